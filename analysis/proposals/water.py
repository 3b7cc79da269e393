"""Piped water: natural villages outside every service area, joined to mains or given works of their own.

A forest grows from the mains and works that there are: always the village next that costs least to supply, by a main
from the nearest source or from a village supplied before, or by new works of its own. So branches share the mains
before them, and a village's project needs first that of the village it hangs on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from analysis.grid import Grid
from analysis.proposals.demand import Lacking, lacking, priced, reported_at
from analysis.proposals.model import Candidate, Proposal
from analysis.proposals.terrain import Terrain
from analysis.roads import SEARCH_M
from analysis.territory import BoolArray, FloatArray, ObjectArray, Territory, matching, need_columns, numbers
from layers.codes import CandidateKind, Need, OperatingState, WorksType

DEMAND_M3D = 0.1 * 1.3
"""Water for a person on the day of largest use: 100 L at a daily peak of 1.3 (SL 310)."""
DETOUR = 1.2
"""Length of a main over the straight distance."""
FRICTION_M_KM = 5.0
"""Head lost along a kilometre of main."""
MAIN_HEAD_M = 20.0
"""Pressure taken for the head at a main or works where a new main starts."""
SERVICE_HEAD_M = 10.0
"""Least head at a village (SL 310: 5 to 10 m for houses of one storey)."""
_VILLAGES_TRIED = 8
_SOURCES_TRIED = 4
_OWN_WORKS, _SOURCE = -1, -2
_PRICES = ("mains_km", "pump", "head_m", "works", "capacity_m3d", "connection")

Parts = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class WaterRules:
    """Figures that the proposals rest on; the defaults are the module's constants."""

    demand_m3d: float = DEMAND_M3D
    detour: float = DETOUR
    friction_m_km: float = FRICTION_M_KM
    main_head_m: float = MAIN_HEAD_M
    service_head_m: float = SERVICE_HEAD_M
    reach_m: float = SEARCH_M
    near_share: float = 0.3


def propose_water(
    territory: Territory,
    areas: gpd.GeoDataFrame,
    mains: gpd.GeoDataFrame,
    works: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    elevation: Grid | None,
    unit_yuan: Mapping[str, float],
    *,
    relocation: frozenset[str] = frozenset(),
    rules: WaterRules | None = None,
) -> Proposal:
    """Propose mains or works for the natural villages that ``served_settlement_share`` counts as not served.

    Parameters
    ----------
    areas : service areas (polygons) with ``admin_code``.
    mains : lines with ``works_no``.
    works : points with ``works_no``, ``works_type``, ``design_capacity_m3d``, ``actual_capacity_m3d``, ``state``.
        Dispersed works, and those stopped or being built, supply nobody further, nor do their mains.
    settlements : as for roads.
    elevation : metres above the sea; None takes the land for flat.
    unit_yuan : prices of ``mains_km``, ``pump``, ``head_m``, ``works``, ``capacity_m3d`` and ``connection``.
    relocation : relocation villages: they are supplied after all others, so that nobody waits for them.
    rules : None takes the defaults.

    Returns
    -------
    One candidate for each village. Where the other way (a main instead of works, works instead of a main) costs at
    most `WaterRules.near_share` more, that too, for the same demand. Left without: villages of townships that
    reported no service area (``not_reported``).

    Raises
    ------
    CrsMismatch, MissingColumn, MissingPrice.
    """
    rules = rules or WaterRules()
    prices = dict(zip(_PRICES, priced(unit_yuan, *_PRICES), strict=True))
    territory.check_crs(areas, mains, works, settlements)
    inside = _inside(areas, settlements)
    reported = reported_at(territory, areas, settlements)
    villages = lacking(territory, settlements, ~inside & reported, Need.WATER, relocation)
    unknown = lacking(territory, settlements, ~inside & ~reported, Need.WATER, relocation)
    terrain = Terrain(elevation, territory.metric_crs)
    supply = _Supply(villages, _sources(territory, mains, works), terrain, prices, rules)
    supply.grow()
    return Proposal(
        tuple(supply.candidates()), tuple(unknown.without(i, "not_reported") for i in range(len(unknown)))
    )


def _inside(areas: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame) -> BoolArray:
    tree = shapely.STRtree(settlements.geometry.to_numpy())
    inside = np.zeros(len(settlements), dtype=bool)
    inside[tree.query(areas.geometry.to_numpy(), predicate="intersects")[1]] = True
    return inside


@dataclass(frozen=True, eq=False)
class _Sources:
    """Mains and works that may supply further: shapes in metres, and the number of the works behind each."""

    shapes: ObjectArray
    works_no: tuple[str, ...]
    spare_m3d: dict[str, float]


def _sources(territory: Territory, mains: gpd.GeoDataFrame, works: gpd.GeoDataFrame) -> _Sources:
    need_columns(mains, ("works_no",))
    need_columns(works, ("works_no", "works_type"))
    unfit = matching(works, {"works_type": [str(WorksType.DISPERSED)]}) | matching(
        works, {"state": [str(OperatingState.STOPPED), str(OperatingState.BUILDING)]}
    )
    names = _texts(works)
    spare = numbers(works, "design_capacity_m3d") - numbers(works, "actual_capacity_m3d")
    idle = {name for name, out in zip(names, unfit, strict=True) if out and name}
    main_names = _texts(mains)
    kept = np.array([name not in idle for name in main_names], dtype=bool)
    shapes = np.concatenate(
        [territory.in_metres(mains).to_numpy()[kept], territory.in_metres(works).to_numpy()[~unfit]]
    )
    behind = [name for name, k in zip(main_names, kept, strict=True) if k]
    behind += [name for name, out in zip(names, unfit, strict=True) if not out]
    order = sorted(range(len(shapes)), key=lambda i: (shapely.to_wkb(shapes[i]), behind[i]))
    return _Sources(
        shapes[order],
        tuple(behind[i] for i in order),
        {
            name: max(0.0, float(left))
            for name, left, out in zip(names, spare, unfit, strict=True)
            if name and not out and not np.isnan(left)
        },
    )


def _texts(frame: gpd.GeoDataFrame) -> list[str]:
    return ["" if missing else str(text) for text, missing in
            zip(frame["works_no"], frame["works_no"].isna(), strict=True)]  # fmt: skip


class _Link(NamedTuple):
    """How a village could be supplied: from a village, a source, or works of its own.

    `parent` is a village's place, `_SOURCE` or `_OWN_WORKS`; `grade_m` is the height of the water at the
    start, `works_no` the works behind it (empty: unknown or new).
    """

    parent: int
    start_xy: tuple[float, float]
    start_z: float
    grade_m: float
    works_no: str
    from_new_works: bool


@dataclass(frozen=True)
class _Way:
    """A priced link."""

    link: _Link
    parts: Parts
    length_m: float
    lift_m: float
    loss_m: float
    end_grade_m: float
    short_m3d: float

    @property
    def yuan(self) -> float:
        return sum(yuan for _, yuan in self.parts.values())

    @property
    def joining_yuan(self) -> float:
        """Without the connections of its households, which cost the same whatever way is chosen."""
        return self.yuan - self.parts["connection"][1]


@dataclass(eq=False)
class _Supply:
    """The growing forest."""

    villages: Lacking
    sources: _Sources
    terrain: Terrain
    prices: Mapping[str, float]
    rules: WaterRules
    ways: dict[int, _Way] = field(default_factory=dict)
    others: dict[int, _Way] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._z = np.nan_to_num(self.terrain.heights(self.villages.xy))
        self._need_m3d = self.villages.people * self.rules.demand_m3d
        self._spare = dict(self.sources.spare_m3d)
        self._from_sources = self._source_links()
        self._neighbours = _neighbours(self.villages.xy, self.rules.reach_m)

    def grow(self) -> None:
        """Supply every village, those not to be relocated first."""
        for late in (False, True):
            self._grow(np.flatnonzero(self.villages.relocation == late).tolist())

    def _grow(self, waiting: list[int]) -> None:
        heap: list[tuple[float, int, int, _Way]] = []
        numbered = count()

        def offer(place: int, link: _Link) -> None:
            way = self._way(place, link)
            heappush(heap, (way.joining_yuan, place, next(numbered), way))

        for place in waiting:
            offer(place, self._own_works(place))
            for link in self._from_sources[place]:
                offer(place, link)
            for other in self._neighbours[place]:
                if other in self.ways:
                    offer(place, self._from_village(other))
        left = set(waiting)
        while heap:
            yuan, place, _, way = heappop(heap)
            if place not in left:
                continue
            now = self._way(place, way.link)
            if now.joining_yuan > yuan:  # other villages have taken the spare capacity meanwhile
                offer(place, way.link)
                continue
            self.ways[place] = now
            left.discard(place)
            if now.link.works_no in self._spare:
                spare = self._spare[now.link.works_no] - (self._need_m3d[place] - now.short_m3d)
                self._spare[now.link.works_no] = spare
            for other in self._neighbours[place]:
                if other in left:
                    offer(other, self._from_village(place))

    def _way(self, place: int, link: _Link) -> _Way:
        """Price a link with the spare capacity of the moment."""
        rules, prices, need = self.rules, self.prices, float(self._need_m3d[place])
        households = float(self.villages.households[place])
        parts: Parts = {}
        length_m = lift_m = loss_m = 0.0
        end_grade_m = float(self._z[place]) + rules.main_head_m
        short = need if link.from_new_works else max(0.0, need - self._spare.get(link.works_no, np.inf))
        if link.parent == _OWN_WORKS:
            parts["works"] = (1.0, prices["works"])
        else:
            length_m = rules.detour * float(np.hypot(*(self.villages.xy[place] - link.start_xy)))
            loss_m = rules.friction_m_km * length_m / 1000
            parts["mains_km"] = (length_m / 1000, length_m / 1000 * prices["mains_km"])
            least = float(self._z[place]) + rules.service_head_m
            lift_m = max(0.0, least - (link.grade_m - loss_m))
            end_grade_m = max(least, link.grade_m - loss_m)
            if lift_m > 0:
                parts["pump"] = (1.0, prices["pump"])
                parts["head_m"] = (lift_m, lift_m * prices["head_m"])
        if short > 0:
            parts["capacity_m3d"] = (short, short * prices["capacity_m3d"])
        parts["connection"] = (households, households * prices["connection"])
        return _Way(link, parts, length_m, lift_m, loss_m, end_grade_m, short)

    def _own_works(self, place: int) -> _Link:
        z = float(self._z[place])
        return _Link(_OWN_WORKS, tuple(self.villages.xy[place]), z, z + self.rules.main_head_m, "", True)

    def _from_village(self, other: int) -> _Link:
        way = self.ways[other]
        return _Link(
            other, tuple(self.villages.xy[other]), float(self._z[other]), way.end_grade_m,
            way.link.works_no, way.link.from_new_works,
        )  # fmt: skip

    def _source_links(self) -> list[list[_Link]]:
        """Of each village the links from the nearest places of its nearest sources, of different works."""
        shapes, points = self.sources.shapes, self.villages.points()
        links: list[list[_Link]] = [[] for _ in points]
        tree = shapely.STRtree(shapes)
        found, nearest_m = tree.query_nearest(points, return_distance=True, all_matches=False)
        radius_m = np.zeros(len(points))
        radius_m[found[0]] = np.minimum(nearest_m * 1.5 + 100, self.rules.reach_m)
        place, source = tree.query(points, predicate="dwithin", distance=radius_m)
        feet = shapely.get_point(shapely.shortest_line(shapes[source], points[place]), 0)
        xy = shapely.get_coordinates(feet).reshape(-1, 2)
        heights = np.nan_to_num(self.terrain.heights(xy))
        metres = np.hypot(*(xy - self.villages.xy[place]).T)
        taken: set[tuple[int, str]] = set()
        for row in np.lexsort((source, np.round(metres, 6), place)).tolist():
            at, works_no = int(place[row]), self.sources.works_no[source[row]]
            if (at, works_no) in taken or len(links[at]) == _SOURCES_TRIED:
                continue
            taken.add((at, works_no))
            z = float(heights[row])
            start = (float(xy[row, 0]), float(xy[row, 1]))
            links[at].append(_Link(_SOURCE, start, z, z + self.rules.main_head_m, works_no, False))
        return links

    def candidates(self) -> list[Candidate]:
        """One for each village, and another where the other way is not much dearer."""
        made = []
        for place, way in sorted(self.ways.items()):
            made.append(self._candidate(place, way))
            other = self._other(place, way)
            if other is not None and other.yuan <= (1 + self.rules.near_share) * way.yuan:
                made.append(self._candidate(place, other))
        return made

    def _other(self, place: int, way: _Way) -> _Way | None:
        """Works instead of a main, or the cheapest main from what there is today instead of works."""
        if way.link.parent != _OWN_WORKS:
            return self._way(place, self._own_works(place))
        ways = [self._way(place, link) for link in self._from_sources[place]]
        return min(ways, key=lambda one: one.yuan, default=None)

    def _candidate(self, place: int, way: _Way) -> Candidate:
        villages, link = self.villages, way.link
        is_works = link.parent == _OWN_WORKS
        name = villages.names[place]
        if is_works:
            shape: BaseGeometry = shapely.Point(villages.xy[place])
            title, size, unit = f"{name}新建集中供水", float(self._need_m3d[place]), "m3d"
        else:
            shape = shapely.LineString([link.start_xy, villages.xy[place]])
            towards = f"—{villages.names[link.parent]}" if link.parent >= 0 else ""
            title, size, unit = f"{name}{towards}供水管网延伸", way.length_m, "m"
        return Candidate(
            no=self._no(place, is_works=is_works),
            kind=CandidateKind.NEW_WORKS if is_works else CandidateKind.MAINS_EXTENSION,
            admin_code=villages.codes[place],
            name=title,
            geometry=self.terrain.to_degrees(shape),
            size=size,
            unit=unit,
            cost_yuan=way.yuan,
            cost_parts=way.parts,
            served=(villages.served(place),),
            needs_first=self._needs_first(link),
            assumptions=self._assumptions(place, way),
            relocation=bool(villages.relocation[place]),
        )

    def _needs_first(self, link: _Link) -> tuple[str, ...]:
        if link.parent < 0:
            return ()
        return (self._no(link.parent, is_works=self.ways[link.parent].link.parent == _OWN_WORKS),)

    def _no(self, place: int, *, is_works: bool) -> str:
        return f"{'N' if is_works else 'M'}-{self.villages.numbers[place]}"

    def _assumptions(self, place: int, way: _Way) -> dict[str, float | str]:
        rules, link = self.rules, way.link
        told: dict[str, float | str] = {
            "litres_per_person_day": 1000 * rules.demand_m3d,
            "demand_m3d": float(self._need_m3d[place]),
        }
        if link.parent == _OWN_WORKS:
            told["source_not_surveyed"] = 1.0
        else:
            told |= {"detour": rules.detour, "friction_m_km": rules.friction_m_km}
            told |= {"main_head_m": rules.main_head_m, "service_head_m": rules.service_head_m}
            told["pump_head_m"] = way.lift_m
            if self.terrain.grid is None:
                told["flat_land"] = 1.0
            else:
                told["climb_m"] = float(self._z[place]) - link.start_z
            if link.from_new_works:
                told["from_new_works"] = 1.0
            elif link.works_no in self.sources.spare_m3d:
                told["works_no"] = link.works_no
                told["spare_m3d"] = self.sources.spare_m3d[link.works_no]
                if way.short_m3d > 0:
                    told["capacity_short_m3d"] = way.short_m3d
            else:
                told["spare_unknown"] = 1.0
        if self.villages.estimated[place]:
            told["people_estimated"] = 1.0
        return told


def _neighbours(xy: FloatArray, reach_m: float) -> list[list[int]]:
    """Of each village the nearest others within reach, and those that it is among the nearest of."""
    found: list[set[int]] = [set() for _ in xy]
    if len(xy) > 1:
        metres, others = map(np.asarray, cKDTree(xy).query(xy, k=min(_VILLAGES_TRIED + 1, len(xy))))
        for i, (near, row) in enumerate(zip(metres, others, strict=True)):
            for other in row[near <= reach_m].tolist():
                if other != i:
                    found[i].add(other)
                    found[other].add(i)
    return [sorted(those) for those in found]
