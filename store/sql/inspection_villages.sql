-- Villages below a prefix as an inspection lists them, with a point inside each.
SELECT u.admin_code AS unit_id, u.admin_code, u.name,
       concat_ws(' ', county.name, township.name) AS place,
       coalesce(county.name, left(u.admin_code, 6)) AS county, u.village_type,
       ST_X(p.at) AS lon, ST_Y(p.at) AS lat
FROM feature.admin_units AS u
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(u.geom) AS at) AS p
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(u.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS township
       ON township.level = 'township' AND township.admin_code = left(u.admin_code, 9) || '000'
WHERE u.level = 'village' AND u.admin_code ^@ :prefix
ORDER BY u.admin_code
