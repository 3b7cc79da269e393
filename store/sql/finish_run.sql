-- A computation of indicators ended.
UPDATE xiangtu.indicator_runs
SET finished_at = clock_timestamp(), state = :state, counties = :counties, seconds = :seconds
WHERE id = :id
