"""A small county with two editions of land patches, for tests of the farmland watch: made by SQL, synthetic."""

import sqlalchemy as sa

COUNTY, TOWN = "441821000000", "441821100000"
WEST_VILLAGE, EAST_VILLAGE = "441821100201", "441821100202"
BEFORE, AFTER = 2023, 2024

_UNITS = """
INSERT INTO feature.admin_units (admin_code, name, level, kind, parent_code, synthetic, geom)
SELECT code, name, level, kind, parent, true, ST_Multi(ST_MakeEnvelope(west, 23.9, east, 23.91, 4490)) FROM (VALUES
    ('441800000000', '清远市', 'city', 'city', NULL, 113.5, 113.52),
    ('441821000000', '佛冈县', 'county', 'county', '441800000000', 113.5, 113.52),
    ('441821100000', '石角镇', 'township', 'town', '441821000000', 113.5, 113.52),
    ('441821100201', '西村', 'village', 'village', '441821100000', 113.5, 113.51),
    ('441821100202', '东村', 'village', 'village', '441821100000', 113.51, 113.52)
) AS v (code, name, level, kind, parent, west, east)
WHERE NOT EXISTS (SELECT FROM feature.admin_units AS u WHERE u.admin_code = v.code)
"""
_PATCH = """
INSERT INTO feature.land_patches (admin_code, edition, patch_no, land_class, synthetic, geom)
VALUES (:code, :edition, :no, :land_class, true, ST_Multi(ST_MakeEnvelope(:west, 23.9, :east, 23.91, 4490)))
"""
# West to east; fields on both sides of the villages' boundary at 113.51.
_EDITIONS = {
    BEFORE: ((113.5, 113.504, "0101"), (113.504, 113.508, "0301"), (113.508, 113.52, "0103")),
    AFTER: (
        (113.5, 113.503, "0101"),
        (113.503, 113.504, "0601"),  # a workshop on a field
        (113.504, 113.508, "0301"),
        (113.508, 113.512, "0201"),  # an orchard in both villages
        (113.512, 113.51999, "0103"),
        (113.51999, 113.52, "0702"),  # a metre of a field's edge
    ),
}


def put_editions(
    engine: sa.Engine, editions: dict[int, tuple[tuple[float, float, str], ...]] | None = None
) -> None:
    """Put the county and its patches; `editions` by year: west and east edge in degrees, class."""
    with engine.begin() as connection:
        connection.execute(sa.text(_UNITS))
        connection.execute(
            sa.text("DELETE FROM feature.land_patches WHERE admin_code = :code"), {"code": TOWN}
        )
        for year, patches in (editions or _EDITIONS).items():
            for number, (west, east, land_class) in enumerate(patches, start=1):
                given = {"code": TOWN, "edition": year, "no": f"{number:03d}"}
                connection.execute(
                    sa.text(_PATCH), given | {"west": west, "east": east, "land_class": land_class}
                )


def edited(year: int, number: int, land_class: str) -> dict[int, tuple[tuple[float, float, str], ...]]:
    """The editions with another class of one patch."""
    patches = list(_EDITIONS[year])
    patches[number] = (*patches[number][:2], land_class)
    return {**_EDITIONS, year: tuple(patches)}
