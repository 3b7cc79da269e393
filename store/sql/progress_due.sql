-- Projects below a code that are reported each month, with the last report of one month and of the months before it.
SELECT
    p.id AS project_id, p.code, p.name, p.admin_code, u.name AS village, t.name AS township, p.state, p.budget_yuan,
    p.planned_start, p.planned_finish, last.id AS report_id, earlier.percent AS before_percent,
    earlier.paid_yuan AS before_paid_yuan, earlier.period AS before_period
FROM xiangtu.projects AS p
LEFT JOIN feature.admin_units AS u ON u.admin_code = p.admin_code
LEFT JOIN feature.admin_units AS t ON t.admin_code = rpad(left(p.admin_code, 9), 12, '0')
LEFT JOIN LATERAL (
    SELECT r.id FROM xiangtu.progress_reports AS r
    WHERE r.project_id = p.id AND r.period = :period
      AND NOT EXISTS (SELECT FROM xiangtu.progress_reports AS n WHERE n.supersedes = r.id)
) AS last ON true
LEFT JOIN LATERAL (
    SELECT r.percent, r.paid_yuan, r.period FROM xiangtu.standing_reports AS r
    WHERE r.project_id = p.id AND r.period < :period ORDER BY r.period DESC LIMIT 1
) AS earlier ON true
LEFT JOIN LATERAL (
    SELECT s.happened_on FROM xiangtu.project_states AS s
    WHERE s.project_id = p.id AND s.after = p.state ORDER BY s.id DESC LIMIT 1
) AS ending ON true
WHERE p.admin_code ^@ :prefix
  AND (CAST(:code AS text) IS NULL OR p.code = :code)
  AND (CAST(:code AS text) IS NOT NULL
       OR last.id IS NOT NULL
       OR p.state IN ('started', 'suspended', 'finished')
       -- One that ended is asked for up to the month of its end, if it was ever begun.
       OR (p.state IN ('accepted', 'cancelled') AND ending.happened_on >= CAST(:period AS date)
           AND EXISTS (SELECT FROM xiangtu.project_states AS s WHERE s.project_id = p.id AND s.after = 'started'
                       AND s.happened_on < CAST(:period AS date) + interval '1 month'))
       OR (p.state = 'approved' AND p.planned_start < CAST(:period AS date) + interval '1 month'))
ORDER BY p.admin_code, p.code
