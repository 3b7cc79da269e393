"""Two neighbouring counties of four square villages each, stored by hand.

County 441801 lies west of 113.04°E, county 441802 east of it; each has a town (001) and a street or another
unit (002), one above the other, each of two villages side by side; villages measure 0.02 degrees.
"""

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa

from layers import AdminLevel
from store.bulk import copy_frame

WEST, EAST, CITY = "441801000000", "441802000000", "441800000000"
KINDS = {"441801001": "town", "441801002": "street", "441802001": "town", "441802002": "other"}
VILLAGES = [f"{township}{number}" for township in KINDS for number in (201, 202)]


def centre(code: str) -> tuple[float, float]:
    """Middle of a village, degrees."""
    county, township, number = int(code[5]), int(code[8]), int(code[11])
    return 113.01 + 0.04 * (county - 1) + 0.02 * (number - 1), 24.01 + 0.02 * (township - 1)


def store(engine: sa.Engine) -> None:
    """Put the counties and their features into an empty database."""
    with engine.begin() as connection:
        _copy(connection, "admin_units", _units())
        _copy(connection, "settlements", _settlements())
        _copy(connection, "roads", _roads())
        _copy(connection, "base_stations", _point_rows("station_no", technology="5G"))
        _copy(connection, "water_service_areas", _areas())
        _copy(connection, "houses", _houses())
        _copy(connection, "speed_tests", _speed_tests())
        _copy(connection, "village_water", _water())
        connection.execute(
            sa.text("INSERT INTO xiangtu.layer_versions (feature_id, version) VALUES ('roads', 7)")
        )


def _copy(connection: sa.Connection, feature_id: str, frame: pd.DataFrame) -> None:
    stored = pd.DataFrame(frame)
    if "geometry" in stored:
        shapes = shapely.set_srid(gpd.GeoSeries(stored.pop("geometry")).to_numpy(), 4490)
        stored["geom"] = shapely.to_wkb(shapes, hex=True, include_srid=True)
    copy_frame(connection, f"feature.{feature_id}", stored)


def _units() -> pd.DataFrame:
    squares = {code: _square(centre(code)) for code in VILLAGES}
    townships = {f"{t}000": kind for t, kind in KINDS.items()}
    kinds = {CITY: "city", WEST: "county", EAST: "county", **townships, **dict.fromkeys(VILLAGES, "village")}
    rows = []
    for code, kind in kinds.items():
        level = next(
            level for level in AdminLevel if code[level.digits :].strip("0") == "" and code[: level.digits]
        )
        inside = [shape for village, shape in squares.items() if village.startswith(code[: level.digits])]
        shape = shapely.MultiPolygon([shapely.union_all(inside)])
        rows.append({"admin_code": code, "name": code, "level": str(level), "kind": kind, "geometry": shape})
    return pd.DataFrame(rows)


def _square(middle: tuple[float, float]) -> shapely.Polygon:
    x, y = middle
    return shapely.box(round(x - 0.01, 9), round(y - 0.01, 9), round(x + 0.01, 9), round(y + 0.01, 9))


def _point_rows(key: str, **columns: object) -> pd.DataFrame:
    places = [centre(code) for code in VILLAGES]
    return pd.DataFrame(
        {
            "admin_code": VILLAGES,
            key: [f"{key}{i}" for i in range(len(VILLAGES))],
            "geometry": list(shapely.points(places)),
            **columns,
        }
    )


def _settlements() -> pd.DataFrame:
    return _point_rows(
        "settlement_no", name="村", households=[30, 40, 50, 60, 70, 80, 90, 10], population=100
    )


def _roads() -> pd.DataFrame:
    """A cement road through both towns, and one just east of the border at the height of the second row."""
    paths = [[(113.005, 24.012), (113.075, 24.012)], [(113.041, 24.021), (113.041, 24.039)]]
    return pd.DataFrame(
        {
            "admin_code": [VILLAGES[0], VILLAGES[6]],
            "segment_no": ["L1", "L2"],
            "road_class": "C",
            "surface": "cement",
            "geometry": [shapely.MultiLineString([path]) for path in paths],
        }
    )


def _areas() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "admin_code": [VILLAGES[0]],
            "area_no": ["F1"],
            "works_type": ["large"],
            "geometry": [shapely.MultiPolygon([_square(centre(VILLAGES[0]))])],
        }
    )


def _houses() -> pd.DataFrame:
    return _point_rows("household_no", grade=list("CDBACDBA"), state="planned", cut_slope=False)


def _speed_tests() -> pd.DataFrame:
    frame = pd.concat([_point_rows("test_no", down_mbps=10.0 * i) for i in range(1, 4)], ignore_index=True)
    frame["test_no"] = [f"T{i}" for i in range(len(frame))]
    frame["down_mbps"] += pd.Series(range(len(frame))) / 7
    return frame


def _water() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "admin_code": VILLAGES[:6],
            "households": [100, 200, 300, 400, 500, 600],
            "households_connected": [100, 100, 100, 100, 100, 100],
            "dispersed_population": [1, 2, 3, 4, 5, 6],
        }
    )
