-- The register of places that rows are matched with: every unit with its outline.
SELECT admin_code, name, level, ST_AsBinary(geom) AS outline
FROM feature.admin_units
ORDER BY admin_code
