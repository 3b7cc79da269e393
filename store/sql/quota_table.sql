-- Construction land of each plan unit of a level: total scale, reserved, allotted and used, in mu.
SELECT u.admin_code, u.name, u.kind, county.name AS county_name,
       q.total_scale_mu, q.reserved_mu, q.allotted_mu, q.used_mu
FROM feature.admin_units AS u
LEFT JOIN feature.construction_quotas AS q ON q.admin_code = u.admin_code
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(u.admin_code, 6) || '000000'
WHERE u.level = :level AND u.admin_code LIKE :prefix || '%'
ORDER BY u.admin_code
