-- Files handed in, newest first.
SELECT id, feature_id, file_name, state, started_at, finished_at, rows_read, inserted, updated, unchanged,
       repaired, rejected, warned, crs, encoding, handed_by, synthetic, as_of, error
FROM xiangtu.import_batches
ORDER BY id DESC
LIMIT :most
