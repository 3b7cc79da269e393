-- Projects under way below a prefix as an inspection lists them.
SELECT p.code AS unit_id, p.admin_code, p.name,
       concat_ws(' ', county.name, township.name, village.name) AS place,
       coalesce(county.name, left(p.admin_code, 6)) AS county, p.layer,
       ST_X(at.point) AS lon, ST_Y(at.point) AS lat
FROM xiangtu.projects AS p
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(p.geom) AS point) AS at
LEFT JOIN feature.admin_units AS county
       ON county.level = 'county' AND county.admin_code = left(p.admin_code, 6) || '000000'
LEFT JOIN feature.admin_units AS township
       ON township.level = 'township' AND township.admin_code = left(p.admin_code, 9) || '000'
LEFT JOIN feature.admin_units AS village
       ON village.level = 'village' AND village.admin_code = p.admin_code
WHERE p.state IN ('started', 'suspended', 'finished') AND p.admin_code ^@ :prefix
ORDER BY p.code
