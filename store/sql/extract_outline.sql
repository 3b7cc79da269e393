-- A unit's outline, thinned to a tolerance in degrees.
SELECT ST_AsBinary(ST_SimplifyPreserveTopology(geom, :tolerance)) AS shape
FROM feature.admin_units
WHERE admin_code = :code
