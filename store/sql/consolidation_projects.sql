-- Consolidation projects below a place, with where they lie and their last acceptance that stands; of its areas those
-- whose posting is reversed are 0.
SELECT p.project_no, p.name, p.admin_code, county.name AS county_name, township.name AS township_name,
       village.name AS village_name, p.project_kind, p.state, p.stated_area_mu, p.area_m2, p.new_farmland_mu,
       p.class_before, p.class_after, p.saved_quota_mu, p.used_quota_mu, p.investment_yuan, p.started_on,
       p.planned_finish, p.progress_percent, p.accepted_on AS stated_accepted_on, p.synthetic,
       b.handed_by, b.account_id AS handed_by_account, b.finished_at AS handed_at,
       ST_X(s.spot) AS lon, ST_Y(s.spot) AS lat,
       a.id AS acceptance_id, a.accepted_on,
       CASE WHEN EXISTS (SELECT FROM xiangtu.quota_postings AS r WHERE r.reverses_id = a.farmland_posting_id)
            THEN 0 ELSE a.new_farmland_mu END AS accepted_farmland_mu,
       CASE WHEN EXISTS (SELECT FROM xiangtu.quota_postings AS r WHERE r.reverses_id = a.posting_id)
            THEN 0 ELSE a.saved_mu END AS accepted_saved_mu,
       a.opening, a.made_by AS accepted_by, a.made_at AS accepted_at, a.remark, a.reference, a.posting_id,
       a.farmland_posting_id
FROM feature.consolidation_projects AS p
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(p.geom) AS spot) AS s
LEFT JOIN xiangtu.import_batches AS b ON b.id = p.batch_id
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(p.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS township
       ON township.level = 'township' AND township.admin_code = left(p.admin_code, 9) || '000'
LEFT JOIN feature.admin_units AS village ON village.level = 'village' AND village.admin_code = p.admin_code
LEFT JOIN LATERAL (
    SELECT * FROM xiangtu.consolidation_acceptances AS c
    WHERE c.project_no = p.project_no AND (
        coalesce(c.posting_id, c.farmland_posting_id) IS NULL OR EXISTS (
            SELECT FROM unnest(ARRAY[c.posting_id, c.farmland_posting_id]) AS posted(id)
            WHERE posted.id IS NOT NULL
              AND NOT EXISTS (SELECT FROM xiangtu.quota_postings AS r WHERE r.reverses_id = posted.id)))
    ORDER BY c.round DESC LIMIT 1
) AS a ON true
WHERE p.admin_code ^@ :prefix AND (CAST(:project_no AS text) IS NULL OR p.project_no = :project_no)
ORDER BY p.admin_code, p.project_no
