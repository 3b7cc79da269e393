-- Units that lie in boxes, and units of natural villages that do: place of the box, code.
WITH boxes AS (
    SELECT box.place, ST_MakeEnvelope(box.west, box.south, box.east, box.north, 4490) AS shape
    FROM unnest(CAST(:place AS int[]), CAST(:west AS float8[]), CAST(:south AS float8[]),
                CAST(:east AS float8[]), CAST(:north AS float8[])) AS box (place, west, south, east, north)
)
SELECT boxes.place, unit.admin_code
FROM boxes JOIN feature.admin_units AS unit ON unit.geom && boxes.shape
WHERE unit.level IN ('village', 'township')
UNION
SELECT boxes.place, settlement.admin_code
FROM boxes JOIN feature.settlements AS settlement ON settlement.geom && boxes.shape
