-- The last finished computation of a day, and the newest file of each feature type that it can have looked at.
SELECT run.finished_at, run.data_versions, run.program,
       (SELECT coalesce(jsonb_agg(to_jsonb(b)), '[]'::jsonb) FROM (
            SELECT DISTINCT ON (b.feature_id) b.feature_id, b.file_name, b.handed_by, b.synthetic,
                   coalesce(b.as_of, (b.finished_at AT TIME ZONE 'Asia/Shanghai')::date) AS as_of
            FROM xiangtu.import_batches AS b
            WHERE b.state = 'done' AND b.finished_at <= run.finished_at
            ORDER BY b.feature_id, b.finished_at DESC, b.id DESC) AS b) AS files
FROM xiangtu.indicator_runs AS run
WHERE run.as_of = :as_of AND run.state = 'done'
ORDER BY run.finished_at DESC NULLS LAST
LIMIT 1
