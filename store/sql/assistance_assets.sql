-- Assistance assets below a prefix with their places.
SELECT a.admin_code, a.asset_no, a.name, a.asset_kind, a.built_year, a.cost_yuan::float8 AS cost_yuan, a.owner, a.operator,
       a.asset_state, a.income_yuan::float8 AS income_yuan, a.checked_on, county.name AS county,
       town.name AS township, village.name AS village
FROM feature.assistance_assets AS a
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(a.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS town
       ON town.level = 'township' AND town.admin_code = left(a.admin_code, 9) || '000'
LEFT JOIN feature.admin_units AS village ON village.level = 'village' AND village.admin_code = a.admin_code
WHERE a.admin_code ^@ :prefix
ORDER BY a.admin_code, a.asset_no
