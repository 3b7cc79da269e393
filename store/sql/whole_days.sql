-- Days with figures of all indicators, newest first.
SELECT DISTINCT as_of
FROM xiangtu.indicator_runs
WHERE state = 'done' AND kind <> 'part'
ORDER BY as_of DESC
