"""Roads: natural villages joined to the hardened network along the roads that there are, or by new ones.

The way of all of them together is a Steiner forest (`analysis.proposals.forest`), taken apart into one candidate
for each village: its branch, from the hardened network or another candidate's road to the village.
"""

from collections.abc import Mapping
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from analysis.grid import Grid
from analysis.proposals.demand import Lacking, lacking, priced, reported_at
from analysis.proposals.forest import Branch, grow
from analysis.proposals.model import Candidate, Proposal, Served
from analysis.proposals.road_graph import ROOT, Built, RoadGraph, road_graph
from analysis.proposals.terrain import MAX_GRADE, Terrain
from analysis.roads import SEARCH_M, distances_to_hardened
from analysis.territory import BoolArray, ObjectArray, Territory, matching, numbers
from layers.codes import HARDENED_SURFACES, CandidateKind, Need

_HARDENED = [str(surface) for surface in HARDENED_SURFACES]
_HARDENED_NETWORK = -1


def propose_roads(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    elevation: Grid | None,
    unit_yuan: Mapping[str, float],
    *,
    relocation: frozenset[str] = frozenset(),
    linked_m: float = 50.0,
    min_households: int = 20,
    reach_m: float = SEARCH_M,
) -> Proposal:
    """Propose roads to the natural villages that the indicator ``linked_settlement_share`` counts as unlinked.

    Parameters
    ----------
    roads : lines with ``surface`` and ``admin_code``, neighbours' within `SEARCH_M` of the border included,
        EPSG:4490. A road of unknown surface counts as unhardened, as in the indicator.
    settlements : the county's natural villages (points) with ``admin_code``, ``settlement_no``, ``name``,
        ``households`` and ``population``.
    elevation : metres above the sea; None takes the land for flat.
    unit_yuan : prices of ``harden_km`` and ``new_road_km``.
    relocation : relocation villages: they are joined after all others, so that nobody's road waits for theirs.
    linked_m : a village this near to a hardened road is linked.
    min_households : smaller villages are left out, and those of unknown size.
    reach_m : longest straight distance of a new link.

    Returns
    -------
    One candidate for each village, or for several that one stretch links at once. Their costs add up to the
    forest's; with the candidates that it needs first, each reaches the hardened network. Left without: villages
    of townships that reported no road (``not_reported``), and those out of reach of any (``no_route``).

    Raises
    ------
    CrsMismatch, MissingColumn, MissingPrice.
    """
    harden_yuan, new_yuan = priced(unit_yuan, "harden_km", "new_road_km")
    metres = distances_to_hardened(territory, roads, settlements, _HARDENED)
    unlinked = (metres > linked_m) & (numbers(settlements, "households") >= min_households)
    reported = reported_at(territory, roads, settlements)
    villages = lacking(territory, settlements, unlinked & reported, Need.ROAD, relocation)
    unknown = lacking(territory, settlements, unlinked & ~reported, Need.ROAD, relocation)
    terrain = Terrain(elevation, territory.metric_crs)
    hardened, unhardened = _lines(territory, roads)
    graph = road_graph(
        villages.xy, hardened, unhardened, terrain,
        harden_yuan_m=harden_yuan / 1000, new_yuan_m=new_yuan / 1000, linked_m=linked_m, reach_m=reach_m,
    )  # fmt: skip
    phases = [
        [goal for goal, late in zip(graph.goals, villages.relocation, strict=True) if late == phase]
        for phase in (False, True)
    ]
    branches = grow(graph.links, ROOT, phases)
    rules: dict[str, float | str] = {"linked_m": linked_m, "min_households": float(min_households)}
    prices = {"harden_km": harden_yuan, "new_road_km": new_yuan}
    candidates = _Candidates(villages, graph, terrain, prices, rules).made(branches)
    lost = sorted(set(range(len(villages))) - {graph.goals.index(branch.target) for branch in branches})
    return Proposal(
        tuple(candidates),
        (
            *(villages.without(place, "no_route") for place in lost),
            *(unknown.without(place, "not_reported") for place in range(len(unknown))),
        ),
    )


def _lines(territory: Territory, roads: gpd.GeoDataFrame) -> tuple[ObjectArray, ObjectArray]:
    """Hardened and unhardened lines in metres, in an order of their own, not that of the rows."""
    parts, row = shapely.get_parts(territory.in_metres(roads).to_numpy(), return_index=True)
    is_hardened: BoolArray = matching(roads, {"surface": _HARDENED})[row]
    drawn = shapely.length(parts) > 0
    return _sorted(parts[drawn & is_hardened]), _sorted(parts[drawn & ~is_hardened])


def _sorted(lines: ObjectArray) -> ObjectArray:
    return lines[np.argsort(shapely.to_wkb(lines).astype(object), kind="stable")] if len(lines) else lines


class _Way(NamedTuple):
    """What a candidate builds, added up by price id (quantity in km, yuan), and its line in metres."""

    parts: dict[str, tuple[float, float]]
    built_m: float
    drawn_m: float
    flat_m: float
    rise_m: float
    line: shapely.LineString


class _Candidates:
    """Makes candidates of branches, in the order in which the forest grew."""

    def __init__(
        self,
        villages: Lacking,
        graph: RoadGraph,
        terrain: Terrain,
        prices: Mapping[str, float],
        rules: Mapping[str, float | str],
    ) -> None:
        self._villages, self._graph, self._terrain = villages, graph, terrain
        self._prices, self._rules = prices, rules

    def made(self, branches: list[Branch]) -> list[Candidate]:
        """One for each branch along which something is built; other villages are served by those they join."""
        village_of = {goal: place for place, goal in enumerate(self._graph.goals)}
        owner: dict[int, int] = {}
        leading: list[tuple[int, int, _Way]] = []
        served: list[list[Served]] = []
        for branch in branches:
            place, number = village_of[branch.target], owner.get(branch.nodes[0], _HARDENED_NETWORK)
            way = self._way(branch)  # nothing is built only for a village beside the road of another
            if way is not None:
                joined, number = number, len(leading)
                leading.append((place, joined, way))
                served.append([])
            served[number].append(self._villages.served(place))
            owner.update(dict.fromkeys(branch.nodes[1:], number))
        return [
            self._candidate(
                place, None if joined == _HARDENED_NETWORK else leading[joined][0], way, tuple(those)
            )
            for (place, joined, way), those in zip(leading, served, strict=True)
        ]

    def _way(self, branch: Branch) -> _Way | None:
        pieces = [
            built
            for edge, node in zip(branch.edges, branch.nodes, strict=False)
            if (built := self._graph.built(edge, node)) is not None
        ]
        if not pieces:
            return None
        parts = {}
        for id_, is_new in (("harden_km", False), ("new_road_km", True)):
            of_kind: list[Built] = [piece for piece in pieces if piece.is_new == is_new]
            if of_kind:
                km = sum(piece.built_m for piece in of_kind) / 1000
                parts[id_] = (km, sum(piece.flat_m for piece in of_kind) / 1000 * self._prices[id_])
        line = shapely.LineString(np.vstack([shapely.get_coordinates(piece.line) for piece in pieces]))
        return _Way(
            parts,
            sum(piece.built_m for piece in pieces),
            sum(piece.line.length for piece in pieces),
            sum(piece.flat_m for piece in pieces),
            sum(piece.rise_m for piece in pieces),
            line,
        )

    def _candidate(self, place: int, first: int | None, way: _Way, served: tuple[Served, ...]) -> Candidate:
        villages = self._villages
        assumptions = dict(self._rules)
        if self._terrain.grid is None:
            assumptions["flat_land"] = 1.0
        else:
            assumptions["slope_percent"] = 100 * way.rise_m / way.drawn_m
            assumptions["terrain_factor"] = way.flat_m / way.built_m
            if way.built_m > way.drawn_m * 1.001:
                assumptions["max_grade_percent"] = 100 * MAX_GRADE
                assumptions["bends_m"] = way.built_m - way.drawn_m
        if villages.estimated[place]:
            assumptions["people_estimated"] = 1.0
        towards = "" if first is None else f"—{villages.names[first]}"
        return Candidate(
            no=_no(villages.numbers[place]),
            kind=CandidateKind.ROAD_LINK,
            admin_code=villages.codes[place],
            name=f"{villages.names[place]}{towards}通硬化路",
            geometry=self._terrain.to_degrees(way.line),
            size=way.built_m,
            unit="m",
            cost_yuan=sum(yuan for _, yuan in way.parts.values()),
            cost_parts=way.parts,
            served=served,
            needs_first=() if first is None else (_no(villages.numbers[first]),),
            assumptions=assumptions,
            relocation=bool(villages.relocation[place]),
        )


def _no(settlement_no: str) -> str:
    return f"R-{settlement_no}"
