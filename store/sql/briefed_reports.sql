-- Accepted reports of projects up to a day, by month.
SELECT r.project_id, r.report_id, r.period, r.reported_on, r.percent, r.paid_yuan
FROM xiangtu.accepted_reports AS r
WHERE r.reported_on <= :until AND r.project_id = ANY(:projects)
ORDER BY r.project_id, r.period
