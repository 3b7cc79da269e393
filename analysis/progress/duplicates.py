"""Projects that may be one and the same: of one layer, near one another or over one another, or alike in name.

A pair is only pointed out, with its reason; people decide.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

NEAR_M = 120.0
"""Projects of one kind this near are pointed out, and those of one layer if their names are alike."""
OVERLAP_SHARE = 0.2
"""Share of the smaller polygon, or of the shorter line, that lies over the other."""
ALIKE = 0.82
"""Likeness of names within a village, by `difflib.SequenceMatcher`."""
_LINE_WIDTH_M = 15.0
_M_PER_DEG_LAT, _M_PER_DEG_LON = 110_760.0, 111_510.0
_NOISE = re.compile(r"[\s()\[\]【】·,.,。、_—-]+")


class Reason(StrEnum):
    """Why a pair is pointed out; `Pair.amount` is metres, share or likeness."""

    NEAR = "near"
    OVERLAP = "overlap"
    NAME = "name"


@dataclass(frozen=True)
class Place:
    """What of a project is compared; geometry in EPSG:4490, villages as 12-digit codes."""

    id: int
    layer: str
    kind: str
    name: str
    villages: frozenset[str]
    geometry: BaseGeometry


@dataclass(frozen=True)
class Pair:
    """Two projects that may be one, the smaller id first: why, and how much of it."""

    first: int
    second: int
    reason: Reason
    amount: float


def duplicates(places: Sequence[Place]) -> list[Pair]:
    """Pairs among projects, each with its strongest reason: overlap, nearness, name; by their ids."""
    return sorted(_pairs(places, range(len(places))), key=lambda pair: (pair.first, pair.second))


def duplicates_of(one: Place, others: Sequence[Place]) -> list[Pair]:
    """Pairs of one project with others, which it need not be among."""
    rest = [other for other in others if other.id != one.id]
    return sorted(_pairs([one, *rest], (0,)), key=lambda pair: (pair.first, pair.second))


def likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1; width, blanks and punctuation do not count."""
    return SequenceMatcher(None, _folded(one), _folded(other), autojunk=False).ratio()


def _folded(name: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).casefold()


def _pairs(places: Sequence[Place], wanted: Sequence[int]) -> Iterator[Pair]:
    if len(places) < 2:
        return
    shapes = _in_metres(np.array([one.geometry for one in places], dtype=object))
    tree = shapely.STRtree(shapes)
    seen: set[tuple[int, int]] = set()
    for at in wanted:
        close = tree.query(shapes[at], predicate="dwithin", distance=NEAR_M)
        same = [i for i, other in enumerate(places) if other.villages & places[at].villages]
        for other in {*(int(i) for i in close), *same} - {at}:
            key = (min(at, other), max(at, other))
            if key not in seen:
                seen.add(key)
                yield from _compared(places, shapes, at, other)


def _compared(places: Sequence[Place], shapes: np.ndarray, at: int, other: int) -> Iterator[Pair]:
    one, two = places[at], places[other]
    if one.layer != two.layer:
        return
    first, second = min(one.id, two.id), max(one.id, two.id)
    alike = likeness(one.name, two.name)
    same_kind = one.kind == two.kind
    share = _overlap(shapes[at], shapes[other]) if same_kind or alike >= ALIKE else 0.0
    distance = float(shapely.distance(shapes[at], shapes[other]))
    if share >= OVERLAP_SHARE:
        yield Pair(first, second, Reason.OVERLAP, share)
    elif distance <= NEAR_M and (same_kind or alike >= ALIKE):
        yield Pair(first, second, Reason.NEAR, distance)
    elif alike >= ALIKE and one.villages & two.villages:
        yield Pair(first, second, Reason.NAME, alike)


def _overlap(one: BaseGeometry, other: BaseGeometry) -> float:
    """Share of the smaller of two areas, or of the shorter of two lines, that both have in common."""
    dimension = min(shapely.get_dimensions(one), shapely.get_dimensions(other))
    if dimension == 2:
        smaller = min(one.area, other.area)
        return float(shapely.intersection(one, other).area / smaller) if smaller else 0.0
    if dimension == 1 and shapely.get_dimensions(one) == shapely.get_dimensions(other):
        shorter, longer = sorted((one, other), key=lambda line: line.length)
        along = shapely.intersection(shorter, shapely.buffer(longer, _LINE_WIDTH_M))
        return float(along.length / shorter.length) if shorter.length else 0.0
    return 0.0


def _in_metres(shapes: np.ndarray) -> np.ndarray:
    """Shapes on a plane good to a few parts in a thousand within a prefecture."""
    middle = np.radians(float(np.mean(shapely.get_coordinates(shapes)[:, 1])))
    scale = np.array([_M_PER_DEG_LON * np.cos(middle), _M_PER_DEG_LAT])
    planar: np.ndarray = shapely.transform(shapes, lambda xy: xy * scale)
    return planar
