"""Finding the coordinate system of a file, and bringing coordinates to CGCS2000 degrees (EPSG:4490)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from analysis.web_map_offset import bd09_to_gcj02, gcj02_to_wgs84
from i18n import Text, tr
from pipelines.import_.errors import FileRefused, Refusal

STORED = "EPSG:4490"
GCJ02, BD09 = "GCJ02", "BD09"
WEB_MAPS = (GCJ02, BD09)

CHINA = (72.0, 0.8, 136.0, 54.5)
"""West, south, east, north in degrees; what counts as landing while no city is known."""

_MARGIN_DEG = 0.05
_CLEARLY_THERE, _CLEARLY_NOT = 0.9, 0.05
_XIAN_1980_A_M, _BEIJING_1954_A_M = 6378140.0, 6378245.0

Bounds = tuple[float, float, float, float]
XY = tuple[np.ndarray, np.ndarray]


class CrsOrigin(StrEnum):
    """How the coordinate system was found."""

    STATED = "stated"
    FILE = "file"
    GUESSED = "guessed"
    NONE = "none"


@dataclass(frozen=True)
class CrsChoice:
    """The coordinate system used.

    Attributes
    ----------
    label : ``EPSG:n`` or the name, ``GCJ02``, ``BD09``; empty for a file without geometry.
    swapped : the first coordinate is the northing or latitude.
    sentence : how it was found, for people.
    old_datum : Xian 1980 or Beijing 1954: the shift is uncertain by metres.
    overruled : what the file claimed, where the coordinates showed another system.
    """

    label: str
    origin: CrsOrigin
    sentence: Text
    swapped: bool = False
    old_datum: str | None = None
    overruled: str | None = None
    crs: CRS | None = None

    def to_stored(self, x: np.ndarray, y: np.ndarray) -> XY:
        """Longitude and latitude in EPSG:4490; what is not finite comes out not finite."""
        if self.swapped:
            x, y = y, x
        if self.label in WEB_MAPS:
            return _from_web_map(self.label, x, y)
        if self.crs is None:
            return x, y
        return _transform(self.crs)(x, y)


NO_CRS = CrsChoice("", CrsOrigin.NONE, Text("无坐标", "no coordinates"))


def find_crs(
    x: np.ndarray,
    y: np.ndarray,
    *,
    stated: str | None,
    in_file: str | None,
    file_origin: str | None,
    city: Bounds | None,
) -> CrsChoice:
    """Find the coordinate system: the person's word, then the file's, then a guess that lands in the city.

    Parameters
    ----------
    x, y : a sample of coordinates, finite, same length.
    stated : ``EPSG:n``, ``GCJ02``, ``BD09`` or WKT, as the person says.
    in_file, file_origin : what the file says, and where it says so.
    city : bounds of the city in degrees, None while no administrative units are known.

    Raises
    ------
    FileRefused : the stated system is unknown, or nothing fits.
    """
    bounds = _widened(city) if city else CHINA
    if stated:
        return _stated(stated, x, y, bounds)
    if in_file:
        choice = _from_file(in_file, file_origin or "", x, y, bounds)
        if choice is not None:
            return choice
    guess = _best_guess(x, y, bounds, city_known=city is not None)
    if guess is None:
        raise FileRefused(Refusal.CRS_NOT_GUESSED, x=f"{np.median(x):.3f}", y=f"{np.median(y):.3f}")
    (crs, swapped), landed = guess
    return _choice(crs, CrsOrigin.GUESSED, "guessed", swapped=swapped, landed=landed)


def _stated(stated: str, x: np.ndarray, y: np.ndarray, bounds: Bounds) -> CrsChoice:
    folded = stated.upper().replace("-", "").replace("_", "").strip()
    if folded in WEB_MAPS:
        lands, turned = _landed_web_map(folded, x, y, bounds), _landed_web_map(folded, y, x, bounds)
        swapped = lands < 0.5 < turned
        return CrsChoice(folded, CrsOrigin.STATED, _sentence("stated", crs=folded), swapped=swapped)
    crs = _parsed(stated)
    if crs is None:
        raise FileRefused(Refusal.CRS_UNKNOWN, crs=stated)
    swapped = _landed(crs, x, y, bounds) < 0.5 < _landed(crs, y, x, bounds)
    return _choice(crs, CrsOrigin.STATED, "stated", swapped=swapped)


def _from_file(in_file: str, origin: str, x: np.ndarray, y: np.ndarray, bounds: Bounds) -> CrsChoice | None:
    """The file's own statement, unless its coordinates land nowhere near and another system's do."""
    crs = _parsed(in_file)
    if crs is None:
        return None
    landed, turned = _landed(crs, x, y, bounds), _landed(crs, y, x, bounds)
    if landed < _CLEARLY_NOT:
        if turned >= _CLEARLY_THERE:
            return _choice(crs, CrsOrigin.FILE, "file", swapped=True, origin_name=origin)
        guess = _best_guess(x, y, bounds, city_known=bounds != CHINA)
        if guess is not None and guess[1] >= _CLEARLY_THERE:
            (better, swapped), share = guess
            return _choice(
                better, CrsOrigin.GUESSED, "overruled", swapped=swapped, landed=share, overruled=label_of(crs)
            )
    return _choice(crs, CrsOrigin.FILE, "file", swapped=False, origin_name=origin)


def _best_guess(
    x: np.ndarray, y: np.ndarray, bounds: Bounds, *, city_known: bool
) -> tuple[tuple[CRS, bool], float] | None:
    best: tuple[tuple[CRS, bool], float] | None = None
    for swapped in (False, True):
        east, north = (y, x) if swapped else (x, y)
        for code in _candidates(
            float(np.median(east)), float(np.median(north)), bounds, city_known=city_known
        ):
            crs = CRS.from_epsg(code)
            landed = _landed(crs, east, north, bounds)
            if landed > 0.5 and (best is None or landed > best[1]):
                best = (crs, swapped), landed
    return best


def _candidates(east: float, north: float, bounds: Bounds, *, city_known: bool) -> Iterator[int]:
    """EPSG codes that a typical coordinate could belong to, likeliest first."""
    if abs(east) <= 180 and abs(north) <= 90:
        yield 4490
        return
    if not 1e5 < north < 7.5e6:
        return
    if 25e6 <= east < 46e6:
        yield 4513 + int(east // 1e6) - 25  # 3-degree zones with prefix: 4525 is zone 37, 4526 zone 38
    if 13e6 <= east < 24e6:
        yield 4491 + int(east // 1e6) - 13  # 6-degree zones with prefix
    if 1e5 <= east < 1e6 and city_known:
        middle = (bounds[0] + bounds[2]) / 2
        meridians = [m for m in range(75, 136, 3) if abs(m - middle) <= 4.5]
        for meridian in sorted(meridians, key=lambda m: abs(m - middle)):
            yield 4534 + (meridian - 75) // 3  # 3-degree, central meridian: 4546 is 111°E, 4547 114°E
    if 8e6 <= east <= 15.2e6:
        yield 3857


def _choice(
    crs: CRS,
    origin: CrsOrigin,
    sentence: str,
    *,
    swapped: bool,
    landed: float = 1.0,
    origin_name: str = "",
    overruled: str | None = None,
) -> CrsChoice:
    name = f"{label_of(crs)} {crs.name}" if label_of(crs) != crs.name else crs.name
    said = _sentence(sentence, crs=name, share=f"{landed:.0%}", origin=origin_name, claimed=overruled or "")
    return CrsChoice(
        label_of(crs),
        origin,
        said,
        swapped=swapped,
        old_datum=old_datum(crs),
        overruled=overruled,
        crs=crs,
    )


def label_of(crs: CRS) -> str:
    """``EPSG:n`` where the system is known by that number, else its name."""
    code = crs.to_epsg(min_confidence=60)
    return f"EPSG:{code}" if code else crs.name


def _parsed(text: str) -> CRS | None:
    try:
        return CRS.from_user_input(text if not text.isdigit() else int(text))
    except CRSError:
        return None


def old_datum(crs: CRS) -> str | None:
    """Xian 1980 and Beijing 1954 are told by their ellipsoids, whatever a .prj calls them."""
    if crs.ellipsoid is None:
        return None
    axis = crs.ellipsoid.semi_major_metre
    return {_XIAN_1980_A_M: "Xian 1980", _BEIJING_1954_A_M: "Beijing 1954"}.get(round(axis, 1))


def _landed(crs: CRS, x: np.ndarray, y: np.ndarray, bounds: Bounds) -> float:
    """Share of the sample that lies within bounds when read in a system."""
    try:
        lon, lat = _transform(crs)(x, y)
    except ProjError:
        return 0.0
    return _share_within(lon, lat, bounds)


def _landed_web_map(label: str, x: np.ndarray, y: np.ndarray, bounds: Bounds) -> float:
    if np.abs(x).max() > 180 or np.abs(y).max() > 90:
        return 0.0
    return _share_within(*_from_web_map(label, x, y), bounds)


def _share_within(lon: np.ndarray, lat: np.ndarray, bounds: Bounds) -> float:
    west, south, east, north = bounds
    return float(((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).mean())


def _from_web_map(label: str, lon: np.ndarray, lat: np.ndarray) -> XY:
    ok = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    out_lon, out_lat = np.where(ok, lon, np.inf), np.where(ok, lat, np.inf)
    moved = (lon[ok], lat[ok])
    if label == BD09:
        moved = bd09_to_gcj02(*moved)
    out_lon[ok], out_lat[ok] = gcj02_to_wgs84(*moved)
    return out_lon, out_lat


@cache
def _transform(crs: CRS) -> Callable[[np.ndarray, np.ndarray], XY]:
    geodetic = crs.geodetic_crs
    if crs.is_geographic and geodetic is not None and geodetic.to_epsg() in (4490, 4326):
        return lambda x, y: (x, y)
    transformer = Transformer.from_crs(crs, STORED, always_xy=True)
    return lambda x, y: transformer.transform(x, y)


def _widened(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    return west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG


def _sentence(key: str, **values: str) -> Text:
    return Text(*(tr(f"import.crs.{key}", lang, **values) for lang in ("zh", "en")))
