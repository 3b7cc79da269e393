-- One administrative unit with its ancestors' names and its box in degrees.
SELECT u.admin_code, u.name, u.level, u.kind, u.village_type, u.parent_code, u.area_m2, u.synthetic,
       ST_XMin(u.geom) AS west, ST_YMin(u.geom) AS south, ST_XMax(u.geom) AS east, ST_YMax(u.geom) AS north,
       county.name AS county_name, township.name AS township_name, township.kind AS township_kind
FROM feature.admin_units AS u
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(u.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS township
       ON township.level = 'township' AND township.admin_code = left(u.admin_code, 9) || '000'
WHERE u.admin_code = :code
