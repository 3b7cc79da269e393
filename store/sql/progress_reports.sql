-- Reports with their project, their check and who corrects them. `:prefix`, `:period`, `:ids` narrow; NULL lets all pass.
SELECT
    r.id, r.submission_key, r.project_id, p.code AS project_code, p.name AS project_name, r.admin_code, r.period,
    r.reported_on, r.percent, r.paid_yuan, r.milestones, r.note, r.fall_reason, r.supersedes,
    n.id AS superseded_by, r.channel, r.synthetic, r.account_id, r.reported_by, r.submitted_at,
    (SELECT count(*) FROM xiangtu.progress_photos AS f WHERE f.report_id = r.id) AS photos,
    c.verdict, c.remark, c.account_id AS check_account_id, c.checked_by, c.checked_at
FROM xiangtu.progress_reports AS r
JOIN xiangtu.projects AS p ON p.id = r.project_id
LEFT JOIN xiangtu.progress_checks AS c ON c.report_id = r.id
LEFT JOIN xiangtu.progress_reports AS n ON n.supersedes = r.id
WHERE r.admin_code ^@ :prefix
  AND (CAST(:period AS date) IS NULL OR r.period = :period)
  AND (CAST(:project AS bigint) IS NULL OR r.project_id = :project)
  AND (CAST(:ids AS bigint[]) IS NULL OR r.id = ANY (:ids))
ORDER BY r.period, r.admin_code, p.code, r.id
