-- A tile of one level of boundaries whose shapes (EPSG:3857) are given.
WITH bounds AS (
    SELECT ST_TileEnvelope(:z, :x, :y) AS inside
),
features AS (
    SELECT given.place AS id, given.code AS admin_code, given.name,
           ST_AsMVTGeom(ST_GeomFromWKB(given.shape, 3857), bounds.inside, :extent, :buffer, true) AS geom
    FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:shapes AS bytea[]))
         WITH ORDINALITY AS given (code, name, shape, place), bounds
)
SELECT ST_AsMVT(features, :level, :extent, 'geom', 'id') FROM features WHERE geom IS NOT NULL
