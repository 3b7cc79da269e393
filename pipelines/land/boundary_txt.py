"""Writing parcels as the bureau's text of boundary points 界址点坐标 (TXT), as `pipelines.import_` reads it."""

import datetime as dt
from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from analysis.ellipsoid import areas_m2

ENCODING = "gb18030"
"""What the bureau's programs expect; `as_bytes` writes it."""
_DIGITS = 3
"""Millimetres: what is read back lies within half of one in X and in Y."""
_FIRST_EPSG, _FIRST_ZONE = 4513, 25
_BAND_DEG = 3
_HECTARE_M2 = 10_000.0
_UNSAFE = str.maketrans({",": "，", "@": "＠", "\n": " ", "\r": " ", "\t": " "})

Metres = npt.NDArray[np.float64]


def zone_of(shape: shapely.Geometry) -> int:
    """The 3-degree zone whose meridian is nearest to the middle of a shape (EPSG:4490)."""
    west, _, east, _ = shapely.bounds(shape)
    # 112.5°E lies between 37 and 38 and goes to the east, where the zone begins.
    return int(np.floor((west + east) / 2 / _BAND_DEG + 0.5))


def boundary_texts(parcels: gpd.GeoDataFrame, *, producer: str, made_on: dt.date) -> dict[int, str]:
    """The parcels as texts, one for each 3-degree zone that they lie in.

    Parameters
    ----------
    parcels : EPSG:4490 polygons with ``parcel_no name``; ``parcel_use`` and ``land_class`` (or ``class_before``) are
        written where they are given, in whatever words they are.
    producer : 数据产生单位.
    made_on : 数据产生日期.

    Returns
    -------
    text by zone; X is the northing, Y the easting with the zone in front, metres to three digits.
    """
    zones = np.array([zone_of(shape) for shape in parcels.geometry], dtype=np.int64)
    return {
        int(zone): _text(parcels[zones == zone], int(zone), producer, made_on) for zone in np.unique(zones)
    }


def as_bytes(text: str) -> bytes:
    """A text as a file: Windows line ends, GB18030."""
    return text.replace("\n", "\r\n").encode(ENCODING)


def _text(parcels: gpd.GeoDataFrame, zone: int, producer: str, made_on: dt.date) -> str:
    header = {
        "格式版本号": "1.01版本",
        "数据产生单位": _safe(producer),
        "数据产生日期": made_on.isoformat(),
        "坐标系": "2000国家大地坐标系",
        "几度分带": _BAND_DEG,
        "投影类型": "高斯克吕格",
        "计量单位": "米",
        "带号": zone,
        "精度": f"{10**-_DIGITS:.{_DIGITS}f}",
        "转换参数": ",,,,,,",
    }
    lines = ["[属性描述]", *(f"{key}={value}" for key, value in header.items()), "[地块坐标]"]
    to_zone = Transformer.from_crs(4490, _FIRST_EPSG + zone - _FIRST_ZONE, always_xy=True)
    shapes = parcels.geometry.to_numpy()
    areas = areas_m2(shapes)
    for row, shape, area in zip(parcels.to_dict("records"), shapes, areas, strict=True):
        lines += _parcel(row, shape, area, to_zone)
    return "\n".join(lines) + "\n"


def _parcel(
    row: Mapping[str, object], shape: shapely.Geometry, area_m2: float, to_zone: Transformer
) -> list[str]:
    points = [
        f"J{name},{number},{y:.{_DIGITS}f},{x:.{_DIGITS}f}"
        for number, ring in enumerate(_rings(shape, to_zone), start=1)
        for name, (x, y) in ring
    ]
    land_class = row.get("land_class") or row.get("class_before")
    attributes = (
        len(points),
        f"{area_m2 / _HECTARE_M2:.4f}",
        _safe(row.get("parcel_no")),
        _safe(row.get("name")),
        "面",
        "",
        _safe(row.get("parcel_use")),
        _safe(land_class),
        "@",
    )
    return [",".join(map(str, attributes)), *points]


def _rings(shape: shapely.Geometry, to_zone: Transformer) -> Iterator[list[tuple[int, Metres]]]:
    """Rings with their points' numbers, counted through the parcel: each outline and then its holes."""
    name = 0
    for part in shapely.get_parts(shape):
        for i, ring in enumerate(shapely.get_rings(part)):
            xy = np.column_stack(to_zone.transform(*shapely.get_coordinates(ring).T))
            corners = _from_north_west(np.round(xy, _DIGITS)[:-1], clockwise=i == 0)
            if len(corners) < 3:
                continue  # a hole smaller than a millimetre
            numbers = range(name + 1, name + len(corners) + 1)
            yield [*zip(numbers, corners, strict=True), (name + 1, corners[0])]
            name += len(corners)


def _from_north_west(corners: Metres, *, clockwise: bool) -> Metres:
    """Corners from the north-western one on: outlines clockwise, holes the other way, as surveyors number them."""
    moved = np.abs(corners - np.roll(corners, 1, axis=0)).max(axis=1) > 0
    corners = corners[moved] if moved.any() else corners[:1]
    x, y = (corners - corners.mean(axis=0)).T
    turned = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
    if (turned < 0) != clockwise:
        corners = corners[::-1]
    x, y = corners.T
    return np.roll(corners, -int(np.argmax(y - x)), axis=0)


def _safe(value: object) -> str:
    """A value without what the format means something by; nothing for None and NaN."""
    if value is None or value != value:
        return ""
    return str(value).translate(_UNSAFE).strip()
