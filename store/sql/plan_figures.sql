-- Construction land of every plan unit as imported, in mu, with the day that its delivery describes.
SELECT q.admin_code, u.name, q.total_scale_mu, q.reserved_mu, q.allotted_mu,
       coalesce(b.as_of, (coalesce(b.started_at, q.valid_from) AT TIME ZONE 'Asia/Shanghai')::date) AS as_of
FROM feature.construction_quotas AS q
LEFT JOIN xiangtu.import_batches AS b ON b.id = q.batch_id
LEFT JOIN feature.admin_units AS u ON u.admin_code = q.admin_code
WHERE q.admin_code ^@ :prefix
ORDER BY q.admin_code
