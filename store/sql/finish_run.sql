-- A computation of indicators ended, in the transaction that stored its figures.
UPDATE xiangtu.indicator_runs
SET finished_at = clock_timestamp(), state = :state, counties = :counties, villages = :villages,
    seconds = :seconds, stored_by = pg_current_xact_id()::text::bigint
WHERE id = :id
