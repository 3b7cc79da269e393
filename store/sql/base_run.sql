-- The run that a day's figures can be brought up to date from: the last one that left none of them behind.
-- Later runs for a part of the city looked, perhaps, at older data: the earliest look counts. A row that another
-- transaction wrote than the one noted in it came by a restored dump, after which transactions count anew.
WITH finished AS (
    SELECT id, kind, horizon, program, data_versions, finished_at,
           coalesce(horizon IS NOT NULL AND xmin::text::bigint = stored_by % 4294967296, false) AS original
    FROM xiangtu.indicator_runs
    WHERE as_of = :as_of AND state = 'done'
),
base AS (
    SELECT * FROM finished WHERE kind <> 'part' ORDER BY finished_at DESC, id DESC LIMIT 1
),
since AS (
    SELECT min(f.horizon) AS horizon, jsonb_agg(f.data_versions) AS data_versions,
           bool_and(f.original AND f.program = :program) AS usable
    FROM finished AS f, base
    WHERE f.finished_at >= base.finished_at
)
SELECT since.horizon, since.data_versions
FROM since
WHERE since.usable
  AND pg_snapshot_xmax(pg_current_snapshot())::text::bigint - since.horizon < 1000000000
