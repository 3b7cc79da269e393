-- Consolidation projects by county, kind and state: how many, their areas and quota in mu, money in yuan.
SELECT left(p.admin_code, 6) || '000000' AS county_code, county.name AS county_name, p.project_kind, p.state,
       count(*) AS projects,
       sum(p.stated_area_mu) AS stated_area_mu,
       sum(p.new_farmland_mu) AS new_farmland_mu,
       sum(p.saved_quota_mu) AS saved_quota_mu,
       sum(p.used_quota_mu) AS used_quota_mu,
       sum(p.saved_quota_mu - p.used_quota_mu) AS left_quota_mu,
       sum(p.investment_yuan) AS investment_yuan
FROM feature.consolidation_projects AS p
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(p.admin_code, 6) || '000000'
WHERE p.admin_code LIKE :prefix || '%'
GROUP BY 1, 2, 3, 4
ORDER BY 1, 3, 4
