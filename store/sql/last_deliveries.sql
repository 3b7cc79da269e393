-- The last file of each feature type that was taken in.
SELECT DISTINCT ON (feature_id) feature_id, file_name, finished_at, as_of, synthetic
FROM xiangtu.import_batches
WHERE state = 'done'
ORDER BY feature_id, finished_at DESC NULLS LAST, id DESC
