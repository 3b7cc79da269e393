-- Outlines of the units of one level below a prefix, thinned to a tolerance in degrees.
SELECT ST_AsBinary(ST_SimplifyPreserveTopology(geom, :tolerance)) AS shape
FROM feature.admin_units
WHERE level = :below AND admin_code LIKE :prefix || '%'
ORDER BY admin_code
