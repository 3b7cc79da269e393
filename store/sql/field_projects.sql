-- Projects of some places with their state, its end, and what was reported last.
SELECT p.id, p.code, p.name, p.state,
    CASE WHEN p.state IN ('accepted', 'cancelled') THEN (
        SELECT s.happened_on FROM xiangtu.project_states AS s
        WHERE s.project_id = p.id AND s.after = p.state ORDER BY s.id DESC LIMIT 1
    ) END AS ended_on,
    left(p.admin_code, 6) AS county_code, coalesce(county.name, left(p.admin_code, 6)) AS county,
    left(p.admin_code, 9) AS township_code, coalesce(township.name, county.name, left(p.admin_code, 9)) AS township,
    coalesce(village.name, '') AS village,
    coalesce(last.percent, 0) AS percent, coalesce(last.paid_yuan, 0) AS paid_yuan,
    ARRAY(SELECT m.no FROM xiangtu.project_milestones AS m WHERE m.project_id = p.id ORDER BY m.no) AS numbers,
    ARRAY(SELECT m.name FROM xiangtu.project_milestones AS m WHERE m.project_id = p.id ORDER BY m.no) AS milestones
FROM xiangtu.projects AS p
LEFT JOIN feature.admin_units AS county ON county.admin_code = left(p.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS township ON township.admin_code = left(p.admin_code, 9) || '000'
LEFT JOIN feature.admin_units AS village ON village.admin_code = p.admin_code AND village.level = 'village'
LEFT JOIN LATERAL (
    SELECT r.percent, r.paid_yuan FROM xiangtu.standing_reports AS r
    WHERE r.project_id = p.id ORDER BY r.period DESC LIMIT 1
) AS last ON true
WHERE p.admin_code ^@ ANY (CAST(:prefixes AS text[]))
ORDER BY p.admin_code, p.code
