-- Projects of the library below a code as they stood at the end of a day by what was known at a moment: the state of
-- then (what the first change after the day says was before), the day of the finish, the newest report by then that was
-- not returned, checked or not.
SELECT
    p.id AS project_id, p.code, p.name, p.layer, p.kind, p.admin_code, p.budget_yuan::float8 AS budget_yuan,
    p.planned_start, p.planned_finish, p.department, p.team, p.synthetic, known.state,
    CASE WHEN known.state IN ('finished', 'accepted') THEN (
        SELECT coalesce(max(s.happened_on) FILTER (WHERE s.after = 'finished'), max(s.happened_on))
        FROM xiangtu.project_states AS s
        WHERE s.project_id = p.id AND s.after IN ('finished', 'accepted') AND s.changed_at <= :known_at
          AND s.happened_on <= :until
    ) END AS finished_on,
    heard.last_heard_on
FROM xiangtu.projects AS p
CROSS JOIN LATERAL (
    SELECT coalesce(
        (SELECT s.before FROM xiangtu.project_states AS s
         WHERE s.project_id = p.id AND s.changed_at <= :known_at AND s.happened_on > :until
         ORDER BY s.happened_on, s.id LIMIT 1),
        (SELECT s.after FROM xiangtu.project_states AS s
         WHERE s.project_id = p.id AND s.changed_at <= :known_at ORDER BY s.id DESC LIMIT 1),
        (SELECT s.before FROM xiangtu.project_states AS s
         WHERE s.project_id = p.id AND s.changed_at > :known_at ORDER BY s.id LIMIT 1),
        p.state
    ) AS state
) AS known
LEFT JOIN (
    SELECT r.project_id, max(r.reported_on) AS last_heard_on
    FROM xiangtu.progress_reports AS r
    LEFT JOIN xiangtu.progress_checks AS c ON c.report_id = r.id AND c.checked_at <= :known_at
    WHERE r.admin_code ^@ :prefix AND r.submitted_at <= :known_at AND r.reported_on <= :until
        AND c.verdict IS DISTINCT FROM 'returned'
    GROUP BY r.project_id
) AS heard ON heard.project_id = p.id
WHERE p.admin_code ^@ :prefix AND p.created_at <= :known_at
ORDER BY p.id
