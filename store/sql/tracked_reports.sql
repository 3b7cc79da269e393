-- What held at a moment of each project and month below a code: the newest report of it that was accepted by then.
-- A file states the day on which its rows were filled in; it may be handed in much later, many months together.
SELECT DISTINCT ON (r.project_id, r.period)
    r.id AS report_id, r.project_id, r.admin_code, r.period, r.reported_on, r.percent::float8 AS percent,
    r.paid_yuan::float8 AS paid_yuan, r.milestones, r.note, r.fall_reason,
    coalesce(shown.photos, 0) AS photos,
    CASE WHEN first.channel = 'form' THEN (first.submitted_at AT TIME ZONE 'Asia/Shanghai')::date
        ELSE first.reported_on END AS submitted_on,
    c.checked_at
FROM xiangtu.progress_reports AS r
JOIN xiangtu.progress_checks AS c ON c.report_id = r.id
JOIN xiangtu.progress_reports AS first
    ON first.project_id = r.project_id AND first.period = r.period AND first.supersedes IS NULL
LEFT JOIN (
    SELECT h.report_id, count(*) AS photos FROM xiangtu.progress_photos AS h
    WHERE h.admin_code ^@ :prefix GROUP BY h.report_id
) AS shown ON shown.report_id = r.id
WHERE r.admin_code ^@ :prefix AND c.verdict = 'accepted'
    AND r.submitted_at <= :known_at AND c.checked_at <= :known_at
ORDER BY r.project_id, r.period, r.id DESC
