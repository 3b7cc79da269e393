-- Days with a snapshot, newest first.
SELECT DISTINCT as_of
FROM xiangtu.indicator_runs
WHERE state = 'done'
ORDER BY as_of DESC
