-- Names of the largest natural villages within a box in degrees.
SELECT settlement_no AS admin_code, name, ST_X(geom) AS lon, ST_Y(geom) AS lat
FROM feature.settlements
WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, 4490)
ORDER BY households DESC NULLS LAST, settlement_no
LIMIT :most
