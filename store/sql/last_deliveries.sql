-- The last file of each feature type that was taken in; of those that began before a moment, if one is given.
SELECT DISTINCT ON (feature_id) feature_id, file_name, finished_at, as_of, synthetic
FROM xiangtu.import_batches
WHERE state = 'done' AND (CAST(:before AS timestamptz) IS NULL OR started_at <= :before)
ORDER BY feature_id, finished_at DESC NULLS LAST, id DESC
