-- Units of the same level around a unit, thinned to a tolerance in degrees.
SELECT other.name, ST_AsBinary(ST_SimplifyPreserveTopology(other.geom, :tolerance)) AS shape
FROM feature.admin_units AS own
JOIN feature.admin_units AS other
  ON other.level = own.level AND other.admin_code <> own.admin_code
 AND other.geom && ST_Expand(ST_Envelope(own.geom), :margin)
WHERE own.admin_code = :code
ORDER BY other.admin_code
LIMIT 60
