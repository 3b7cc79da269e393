-- Projects under way below a prefix on a day, with signs of risk (0–1) from their accepted reports:
-- stalled: no report for :stalled_days; behind: percent short of the part of time gone by; money_ahead: share paid above
-- the percent done; no_photo: the last report came without a photo.
SELECT p.code AS unit_id, p.admin_code, p.name,
       concat_ws(' ', county.name, township.name, village.name) AS place,
       coalesce(county.name, left(p.admin_code, 6)) AS county, p.layer,
       ST_X(at.point) AS lon, ST_Y(at.point) AS lat,
       CASE WHEN coalesce(last.reported_on, p.planned_start, :as_of) < CAST(:as_of AS date) - CAST(:stalled_days AS int)
            THEN 1 ELSE 0 END AS stalled,
       coalesce(greatest(0, least(1, (:as_of - p.planned_start)::float8
           / nullif(p.planned_finish - p.planned_start, 0)) - coalesce(last.percent, 0) / 100), 0) AS behind,
       greatest(0, least(1, coalesce(last.paid_yuan / nullif(p.budget_yuan, 0), 0)
           - coalesce(last.percent, 0) / 100)) AS money_ahead,
       CASE WHEN last.report_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM xiangtu.progress_photos AS f WHERE f.report_id = last.report_id) THEN 1 ELSE 0 END AS no_photo
FROM xiangtu.projects AS p
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(p.geom) AS point) AS at
LEFT JOIN LATERAL (
    SELECT a.report_id, a.reported_on, a.percent, a.paid_yuan FROM xiangtu.accepted_reports AS a
    WHERE a.project_id = p.id AND a.reported_on <= :as_of ORDER BY a.period DESC LIMIT 1) AS last ON true
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(p.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS township
       ON township.level = 'township' AND township.admin_code = left(p.admin_code, 9) || '000'
LEFT JOIN feature.admin_units AS village
       ON village.level = 'village' AND village.admin_code = p.admin_code
WHERE p.state IN ('started', 'suspended', 'finished') AND p.admin_code ^@ :prefix
ORDER BY p.code
