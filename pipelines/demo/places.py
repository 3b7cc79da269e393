"""The real places of the demo city: codes, names, kinds and seats; and made-up villages for larger demos."""

import json
from dataclasses import dataclass, replace

import numpy as np
import shapely

import data
from analysis.web_map_offset import gcj02_to_wgs84
from layers import AdminKind
from pipelines.demo.errors import TooFewVillages, TooManyVillages
from pipelines.demo.plane import COORDINATE_DIGITS
from pipelines.demo.randomness import stream

CITY_CODE = "441800000000"
_VILLAGE_NUMBERS = (*range(200, 1000), *range(100, 200))
"""Codes from 200 on are village committees; 100 to 199 serve as a reserve for made-up villages."""
_SYNTHETIC_SYLLABLES = ("新和安平永兴福泰长德仁义光明", "岭塘坑围洞坪冲田江溪陂寨洲坝")


@dataclass(frozen=True)
class Village:
    """A village-level unit: 12-digit code and official name."""

    code: str
    name: str

    @property
    def kind(self) -> AdminKind:
        """Village committee or community."""
        return AdminKind.VILLAGE if self.name.endswith("村委会") else AdminKind.COMMUNITY


@dataclass(frozen=True)
class Township:
    """A township-level unit with its villages; `seat` is (lon, lat) in degrees or None if not known."""

    code: str
    name: str
    seat: tuple[float, float] | None
    villages: tuple[Village, ...]

    @property
    def kind(self) -> AdminKind:
        """One of the plan's 80 towns, of its 5 streets, or a statistical unit that is neither."""
        if self.name.endswith("街道"):
            return AdminKind.STREET
        return AdminKind.TOWN if self.name.endswith(("镇", "乡")) else AdminKind.OTHER


@dataclass(frozen=True)
class County:
    """A county with its townships."""

    code: str
    name: str
    townships: tuple[Township, ...]

    @property
    def prefix(self) -> str:
        """Its six digits."""
        return self.code[:6]


def real_counties() -> tuple[County, ...]:
    """All counties with their real townships and villages, ordered by code."""
    seats = {row["code"]: (float(row["lon"]), float(row["lat"])) for row in data.rows(data.TOWNSHIP_SEATS)}
    children: dict[str, list[tuple[str, str]]] = {}
    for row in data.rows(data.DIVISIONS):
        children.setdefault(row["parent_code"], []).append((row["code"], row["name"]))
    return tuple(
        County(
            county_code,
            county_name,
            tuple(
                Township(code, name, seats.get(code), tuple(Village(*v) for v in sorted(children[code])))
                for code, name in sorted(children[county_code])
            ),
        )
        for county_code, county_name in sorted(children[CITY_CODE])
    )


def known_seats(counties: tuple[County, ...]) -> tuple[tuple[str, float, float], ...]:
    """Nine-digit code, longitude and latitude of each known township seat."""
    townships = (t for county in counties for t in county.townships)
    return tuple((t.code[:9], *t.seat) for t in townships if t.seat is not None)


def with_villages(counties: tuple[County, ...], total: int, seed: int) -> tuple[County, ...]:
    """Fill the towns and streets up with made-up villages until the city has `total`.

    The shares of the townships stay as they are. Made-up names carry 〔模拟〕, their codes are valid and unused.

    Raises
    ------
    TooFewVillages : `total` is below the real number.
    TooManyVillages : 12-digit codes have no room for so many.
    """
    townships = [t for county in counties for t in county.townships]
    real = np.array([len(t.villages) for t in townships])
    grows = np.array([t.kind is not AdminKind.OTHER for t in townships])
    if total < real.sum():
        raise TooFewVillages(asked=total, real=real.sum())
    missing = total - real.sum()
    share = np.where(grows, real, 0) / real[grows].sum() * missing
    extra = np.floor(share).astype(int)
    extra[np.argsort(-(share - extra), kind="stable")[: missing - extra.sum()]] += 1
    if np.any(real + extra > len(_VILLAGE_NUMBERS)):
        raise TooManyVillages(asked=total)
    grown = {
        t.code: replace(t, villages=t.villages + _made_up(t, int(n), seed))
        for t, n in zip(townships, extra, strict=True)
    }
    return tuple(replace(c, townships=tuple(grown[t.code] for t in c.townships)) for c in counties)


def county_polygons_gcj02() -> dict[str, shapely.Geometry]:
    """County polygons as delivered, in GCJ-02 degrees, by 12-digit code."""
    collection = json.loads(data.path(data.COUNTIES_GCJ02).read_text("utf-8"))
    return {
        feature["properties"]["code"]: shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in collection["features"]
    }


def county_polygons() -> dict[str, shapely.Polygon]:
    """County polygons in EPSG:4490 by 12-digit code; neighbours share their vertices exactly.

    The delivered polygons are noded before the shift to CGCS2000 is undone: a vertex of one county that lies
    on a straight edge of its neighbour would otherwise leave that edge, because the shift is not linear.
    """
    delivered = county_polygons_gcj02()
    lines = shapely.union_all(shapely.boundary(list(delivered.values())))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.STRtree(faces)
    polygons = {}
    for code, polygon in delivered.items():
        mine = inside.query(polygon, predicate="intersects")
        mine = mine[
            shapely.contains_xy(polygon, *shapely.get_coordinates(shapely.point_on_surface(faces[mine])).T)
        ]
        polygons[code] = _to_cgcs2000(shapely.get_parts(shapely.union_all(faces[mine]))[0])
    return polygons


def _to_cgcs2000(polygon: shapely.Geometry) -> shapely.Polygon:
    def shift(lonlat: np.ndarray) -> np.ndarray:
        return np.round(np.column_stack(gcj02_to_wgs84(lonlat[:, 0], lonlat[:, 1])), COORDINATE_DIGITS)

    return shapely.transform(polygon, shift)


def _made_up(township: Township, count: int, seed: int) -> tuple[Village, ...]:
    if count == 0:
        return ()
    rng = stream(seed, "village names", township.code)
    used = {v.code[9:] for v in township.villages}
    numbers = [f"{n:03d}" for n in _VILLAGE_NUMBERS if f"{n:03d}" not in used]
    first, second = _SYNTHETIC_SYLLABLES
    pairs = [a + b for a in first for b in second]
    names = [f"{pair}{suffix}" for suffix in ("", "上", "下", "东", "西") for pair in rng.permutation(pairs)]
    return tuple(
        Village(township.code[:9] + number, f"{name}〔模拟〕村委会")
        for number, name in zip(numbers[:count], names[:count], strict=True)
    )
