-- The units of a level that contain a point given in degrees.
SELECT admin_code, name
FROM feature.admin_units
WHERE level = :level AND ST_Intersects(geom, ST_SetSRID(ST_Point(:lon, :lat), 4490))
ORDER BY admin_code
LIMIT 1
