-- Units of one level below a prefix, with their county and township.
SELECT u.admin_code, u.name, u.kind, u.village_type,
       county.name AS county_name, township.name AS township_name, township.kind AS township_kind
FROM feature.admin_units AS u
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(u.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS township
       ON township.level = 'township' AND township.admin_code = left(u.admin_code, 9) || '000'
WHERE u.level = :level AND u.admin_code LIKE :prefix || '%'
ORDER BY u.admin_code
