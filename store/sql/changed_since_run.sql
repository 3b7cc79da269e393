-- Feature types whose data changed after the last finished computation of indicators looked at them.
SELECT v.feature_id
FROM xiangtu.layer_versions AS v
WHERE v.version > coalesce((
    SELECT (r.data_versions ->> v.feature_id)::bigint
    FROM xiangtu.indicator_runs AS r
    WHERE r.state = 'done'
    ORDER BY r.finished_at DESC NULLS LAST, r.id DESC
    LIMIT 1
), 0)
ORDER BY v.feature_id
