-- The last finished computation of indicators.
SELECT as_of, finished_at
FROM xiangtu.indicator_runs
WHERE state = 'done'
ORDER BY as_of DESC, finished_at DESC NULLS LAST
LIMIT 1
