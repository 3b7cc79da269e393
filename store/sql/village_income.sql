-- Villages below a prefix with the income of their collective, NULL where none was delivered.
SELECT v.admin_code, v.name AS village, county.name AS county, town.name AS township, town.admin_code AS township_code,
       i.income_year, i.income_yuan::float8 AS income_yuan, i.operating_yuan::float8 AS operating_yuan
FROM feature.admin_units AS v
LEFT JOIN feature.village_income AS i ON i.admin_code = v.admin_code
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(v.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS town
       ON town.level = 'township' AND town.admin_code = left(v.admin_code, 9) || '000'
WHERE v.level = 'village' AND v.admin_code ^@ :prefix
ORDER BY v.admin_code
