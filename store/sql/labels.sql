-- Names of one level with a point inside each unit, within a box in degrees.
SELECT admin_code, name, ST_X(p) AS lon, ST_Y(p) AS lat
FROM (
    SELECT admin_code, name, ST_PointOnSurface(geom) AS p
    FROM feature.admin_units
    WHERE level = :level AND geom && ST_MakeEnvelope(:west, :south, :east, :north, 4490)
) AS labelled
ORDER BY admin_code
LIMIT :most
