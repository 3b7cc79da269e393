-- Units of natural villages that lie in boxes: place of the box, code, bounding box of the natural villages in it.
WITH boxes AS (
    SELECT box.place, ST_MakeEnvelope(box.west, box.south, box.east, box.north, 4490) AS shape
    FROM unnest(CAST(:place AS int[]), CAST(:west AS float8[]), CAST(:south AS float8[]),
                CAST(:east AS float8[]), CAST(:north AS float8[])) AS box (place, west, south, east, north)
)
SELECT boxes.place, settlement.admin_code, min(ST_XMin(settlement.geom)), min(ST_YMin(settlement.geom)),
       max(ST_XMax(settlement.geom)), max(ST_YMax(settlement.geom))
FROM boxes JOIN feature.settlements AS settlement ON settlement.geom && boxes.shape
GROUP BY 1, 2
