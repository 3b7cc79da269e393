-- The newest accepted report of each project on a day.
SELECT DISTINCT ON (r.project_id)
    r.project_id, r.period, r.reported_on, r.percent::float8 AS percent, r.paid_yuan::float8 AS paid_yuan
FROM xiangtu.progress_reports AS r
JOIN xiangtu.progress_checks AS c ON c.report_id = r.id
WHERE c.verdict = 'accepted' AND r.reported_on <= :day
ORDER BY r.project_id, r.period DESC, r.id DESC
