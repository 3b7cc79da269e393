-- Reports below a code that nobody has looked at, with what stands of the month before and how far their photos are.
SELECT
    r.id, t.name AS township, b.percent AS before_percent, b.paid_yuan AS before_paid_yuan,
    (SELECT o.submitted_at FROM xiangtu.progress_reports AS o
     WHERE o.project_id = r.project_id AND o.period = r.period AND o.supersedes IS NULL) AS first_at,
    (SELECT max(f.distance_m) FROM xiangtu.progress_photos AS f WHERE f.report_id = r.id) AS farthest_m
FROM xiangtu.progress_reports AS r
LEFT JOIN feature.admin_units AS t ON t.admin_code = rpad(left(r.admin_code, 9), 12, '0')
LEFT JOIN LATERAL (
    SELECT s.percent, s.paid_yuan FROM xiangtu.standing_reports AS s
    WHERE s.project_id = r.project_id AND s.period < r.period ORDER BY s.period DESC LIMIT 1
) AS b ON true
WHERE r.admin_code ^@ :prefix
  AND NOT EXISTS (SELECT FROM xiangtu.progress_checks AS c WHERE c.report_id = r.id)
  AND NOT EXISTS (SELECT FROM xiangtu.progress_reports AS n WHERE n.supersedes = r.id)
ORDER BY left(r.admin_code, 9), r.period, r.submitted_at, r.id
