"""The small city with a few constraints and parcels in one village, imported as anybody's, checked, and with quota."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry

from analysis import quota
from layers import feature_type
from layers.codes import QuotaKind
from pipelines.import_ import ImportOptions, import_file
from pipelines.land.check import recheck_changed
from pipelines.land.pasted import feature_files
from store import tiles
from store.land import ledger

FREE, GRAVE, NARROW = "DK-FREE", "DK-GRAVE", "DK-NARROW"
"""Numbers of parcels: without a conflict; half on farmland, with a sliver of red line; within a hazard's reach."""
_SIDE = 0.001
_CLEARED = ("land_parcels", "basic_farmland", "ecological_redlines", "growth_boundaries", "hazard_points")


@dataclass(frozen=True)
class Village:
    """Where the parcels lie; `lon` and `lat` of a point well inside."""

    code: str
    name: str
    lon: float
    lat: float

    @property
    def town(self) -> str:
        """Nine digits."""
        return self.code[:9]

    @property
    def county(self) -> str:
        """Six digits."""
        return self.code[:6]

    def plot(self, east: float, north: float, width: float = _SIDE, height: float = _SIDE) -> BaseGeometry:
        """A rectangle that begins so many sides east and north of the point."""
        x, y = self.lon + east * _SIDE, self.lat + north * _SIDE
        return box(x, y, x + width, y + height)


def village_of(engine: sa.Engine, county: str = "441821") -> Village:
    """The largest village of a county."""
    with engine.connect() as connection:
        row = connection.execute(
            sa.text(
                "SELECT admin_code, name, ST_X(c.at) AS lon, ST_Y(c.at) AS lat FROM feature.admin_units, "
                "LATERAL (SELECT (ST_MaximumInscribedCircle(ST_Transform(geom, 3857))).center AS m) AS i, "
                "LATERAL (SELECT ST_Transform(i.m, 4490) AS at) AS c "
                "WHERE level = 'village' AND admin_code ^@ :county ORDER BY area_m2 DESC LIMIT 1"
            ),
            {"county": county},
        ).one()
    return Village(row.admin_code, row.name, row.lon, row.lat)


def put(
    engine: sa.Engine,
    folder: Path,
    feature_id: str,
    shapes: Sequence[BaseGeometry],
    rows: Sequence[dict[str, object]],
) -> None:
    """Import features as a file."""
    path = folder / f"{feature_id}.geojson"
    path.write_bytes(feature_files(shapes, rows))
    report = import_file(
        engine, path, feature_type(feature_id), ImportOptions(crs="EPSG:4490", synthetic=True)
    )
    assert report.counts.rejected == 0, [f.message.zh for f in report.findings]


def furnish(engine: sa.Engine, folder: Path) -> Village:
    """Put constraints, three parcels and 100 亩 of reserve in the place of the demo's; check the parcels."""
    place = village_of(engine)
    with engine.begin() as connection:
        for feature_id in _CLEARED:
            connection.execute(sa.text(f"DELETE FROM feature.{feature_id}"))
            tiles.rebuild(connection, feature_type(feature_id))
    at, county = {"admin_code": place.code}, {"admin_code": f"{place.county}000000"}
    put(engine, folder, "basic_farmland", [place.plot(2.5, 0, height=0.002)], [{**at, "plot_no": "JB-1"}])
    redline = {**county, "redline_no": "HX-1", "name": "北山红线"}
    put(engine, folder, "ecological_redlines", [place.plot(2, 0.999)], [redline])
    hazard = {**at, "hazard_no": "DZ-1", "name": "后坡滑坡", "hazard_kind": "landslide", "radius_m": 60}
    put(engine, folder, "hazard_points", [Point(place.lon + 4.5 * _SIDE, place.lat + 1.3 * _SIDE)], [hazard])
    names = ("parcel_no", "name", "parcel_kind", "parcel_use", "stated_area_mu")
    told = [
        (FREE, "村文化广场", "ordinary", "village", 16.9),
        (GRAVE, "农产品加工点", "ordinary", "industry", 17.5),
        (NARROW, "民宿用地", "spot", "tourism", 16.9),
    ]
    rows = [{**at, "applicant": "村经济联合社", **dict(zip(names, row, strict=True))} for row in told]
    put(engine, folder, "land_parcels", [place.plot(0, 0), place.plot(2, 0), place.plot(4, 0)], rows)
    recheck_changed(engine)
    with engine.begin() as connection:
        issued = quota.issued(
            QuotaKind.RESERVE, {f"{place.town}000": Decimal(100)}, ledger.today(), reference="测试下达"
        )
        ledger.post(connection, issued, by="tests")
    return place
