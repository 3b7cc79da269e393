-- Every project of the library with what its accepted reports say, and what was handed in since.
-- `month`: first day of the month whose payments are asked for.
WITH held AS (
    SELECT DISTINCT ON (project_id) project_id, report_id, period, reported_on, percent, paid_yuan
    FROM xiangtu.accepted_reports ORDER BY project_id, period DESC
), earlier AS (
    SELECT DISTINCT ON (project_id) project_id, paid_yuan
    FROM xiangtu.accepted_reports WHERE period < :month ORDER BY project_id, period DESC
), told AS (
    SELECT project_id, max(reported_on) AS told_on FROM xiangtu.progress_reports GROUP BY project_id
), waiting AS (
    SELECT DISTINCT ON (r.project_id) r.project_id, r.id AS waiting_id,
           (r.submitted_at AT TIME ZONE 'Asia/Shanghai')::date AS waiting_since
    FROM xiangtu.progress_reports AS r
    WHERE NOT EXISTS (SELECT FROM xiangtu.progress_checks AS c WHERE c.report_id = r.id)
      AND NOT EXISTS (SELECT FROM xiangtu.progress_reports AS s WHERE s.supersedes = r.id)
    ORDER BY r.project_id, r.submitted_at
), turned AS (
    SELECT DISTINCT ON (project_id) project_id, happened_on AS state_since
    FROM xiangtu.project_states ORDER BY project_id, id DESC
)
SELECT p.code, p.name, p.layer, p.admin_code, p.state, p.department, p.budget_yuan, p.planned_start, p.planned_finish,
       p.synthetic, held.report_id, held.period, held.reported_on, held.percent, held.paid_yuan,
       earlier.paid_yuan AS paid_before, told.told_on, waiting.waiting_id, waiting.waiting_since, turned.state_since
FROM xiangtu.projects AS p
LEFT JOIN held ON held.project_id = p.id
LEFT JOIN earlier ON earlier.project_id = p.id
LEFT JOIN told ON told.project_id = p.id
LEFT JOIN waiting ON waiting.project_id = p.id
LEFT JOIN turned ON turned.project_id = p.id
ORDER BY p.code
