"""A candidate that someone drew: its length or size, its cost by the unit costs, and who gains, reckoned anew.

Who gains are natural villages that lack the thing and lie within reach of what was drawn: 50 m of a road (the
indicator's distance), 500 m of a main or of new works, the reach of a station.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from analysis.errors import AnalysisError
from analysis.proposals.demand import priced
from analysis.proposals.model import Candidate, Served
from analysis.proposals.stations import FIVE_G, FOUR_G
from analysis.proposals.terrain import Terrain
from analysis.proposals.water import WaterRules
from analysis.territory import STORED_CRS, BoolArray, FloatArray, ObjectArray
from layers import indicator
from layers.codes import CandidateKind

WATER_REACH_M = 500.0
REACH_M: dict[CandidateKind, float] = {
    CandidateKind.ROAD_LINK: float(indicator("linked_settlement_share").arguments["distance_m"]),
    CandidateKind.MAINS_EXTENSION: WATER_REACH_M,
    CandidateKind.NEW_WORKS: WATER_REACH_M,
    CandidateKind.BASE_STATION_4G: FOUR_G.reach_m,
    CandidateKind.BASE_STATION_5G: FIVE_G.reach_m,
}
"""How near a natural village must be to gain; the kinds are those that can be drawn."""
LINES = (CandidateKind.ROAD_LINK, CandidateKind.MAINS_EXTENSION)
SHORTEST_M, LONGEST_M, MOST_VERTICES = 20.0, 30_000.0, 2_000
_ALONG_M = 15.0
"""A drawn road this near to one that is there follows it."""
_KEPT_PARTS = ("pump", "head_m", "capacity_m3d")
_STATION_PRICE = {CandidateKind.BASE_STATION_4G: "station_4g", CandidateKind.BASE_STATION_5G: "station_5g"}
_ELLIPSOID = pyproj.Geod(a=6_378_137.0, rf=298.257222101)


class BadDrawing(AnalysisError):
    """Something was drawn that cannot be built; `reason` names what is wrong with it."""

    key = "planning.bad_drawing"

    def __init__(self, reason: str, **values: object) -> None:
        self.reason = reason
        self.key = f"planning.bad_drawing_{reason}"
        super().__init__(reason=reason, **values)


@dataclass(frozen=True, eq=False)
class Needy:
    """Natural villages that lack the thing, n of them.

    Attributes
    ----------
    served : (n,) their demands.
    lonlat : (n,) points, EPSG:4490.
    households : (n,).
    relocation : (n,) whether the village is to be moved.
    """

    served: tuple[Served, ...]
    lonlat: ObjectArray
    households: FloatArray
    relocation: BoolArray


def checked(kind: CandidateKind, shape: BaseGeometry) -> BaseGeometry:
    """The shape that was drawn, a multi of one part as that part.

    Raises
    ------
    BadDrawing : not finite, empty, of a type that the kind does not have, too short, too long, too many vertices.
    """
    coordinates = shapely.get_coordinates(shape)
    if len(coordinates) == 0 or not np.isfinite(coordinates).all():
        raise BadDrawing("empty")
    if len(coordinates) > MOST_VERTICES:
        raise BadDrawing("vertices", most=MOST_VERTICES)
    parts = shapely.get_parts(shape)
    single: BaseGeometry = parts[0] if len(parts) == 1 else shape
    if single.geom_type != ("LineString" if kind in LINES else "Point"):
        raise BadDrawing("line" if kind in LINES else "point")
    if kind in LINES:
        metres = length_m(single)
        if not SHORTEST_M <= metres <= LONGEST_M:
            raise BadDrawing("length", least=f"{SHORTEST_M:.0f}", most=f"{LONGEST_M / 1000:.0f}")
    return single


def length_m(line: BaseGeometry) -> float:
    """Geodesic length on the ellipsoid of CGCS2000, metres."""
    return float(_ELLIPSOID.geometry_length(line))


def reckon(
    drawn: Candidate,
    needy: Needy,
    unit_yuan: Mapping[str, float],
    crs: pyproj.CRS,
    *,
    hardened: ObjectArray,
    unhardened: ObjectArray,
    terrain: Terrain | None = None,
) -> Candidate:
    """Return a candidate with size, cost, people and assumptions for the shape that it has now.

    Parameters
    ----------
    drawn : its kind, name and geometry (EPSG:4490, as `checked` gives it) count; of its cost the pumping and the
        capacity are kept by quantity, since a new line says nothing of heads.
    needy : who lacks the thing.
    crs : a metric CRS of the county.
    hardened, unhardened : roads in `crs`, for a road: what follows a hardened one costs nothing, what follows another
        is hardened, the rest is new.
    terrain : heights; None takes the land for flat.

    Raises
    ------
    MissingPrice : `unit_yuan` lacks an id that the kind is priced by.
    """
    to_metres = pyproj.Transformer.from_crs(STORED_CRS, crs, always_xy=True)

    def metric(shapes: ObjectArray) -> ObjectArray:
        moved = shapely.transform(shapes, lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1])))
        return np.asarray(moved, dtype=object)

    (line,) = metric(np.array([drawn.geometry], dtype=object))
    points = metric(needy.lonlat) if len(needy.lonlat) else needy.lonlat
    near = (
        np.flatnonzero(shapely.dwithin(points, line, REACH_M[drawn.kind]))
        if len(points)
        else np.empty(0, int)
    )
    served = tuple(needy.served[place] for place in near.tolist())
    households = float(needy.households[near].sum())
    people = sum(one.people for one in served)
    assumptions: dict[str, float | str] = {"drawn_reach_m": REACH_M[drawn.kind]}
    size, unit, factor = 1.0, "stations", 1.0
    quantities: dict[str, float] = {}
    if drawn.kind in LINES:
        size, unit = length_m(drawn.geometry), "m"
        if drawn.kind is CandidateKind.ROAD_LINK:
            quantities = _road(line, size, hardened, unhardened)
            factor = _steepness(line, terrain, assumptions)
            assumptions["follows_m"] = _ALONG_M
        else:
            quantities = {"mains_km": size / 1000, "connection": households}
    elif drawn.kind is CandidateKind.NEW_WORKS:
        size, unit = people * WaterRules().demand_m3d, "m3d"
        quantities = {"works": 1.0, "capacity_m3d": size, "connection": households}
        assumptions["source_not_surveyed"] = 1.0
    else:
        quantities = {_STATION_PRICE[drawn.kind]: 1.0}
        assumptions["no_line_of_sight"] = 1.0
    if drawn.kind is CandidateKind.MAINS_EXTENSION:
        kept = {part: drawn.cost_parts[part][0] for part in _KEPT_PARTS if part in drawn.cost_parts}
        quantities |= kept
        assumptions["pumping_kept" if kept else "pumping_not_reckoned"] = 1.0
    parts = _costs(quantities, unit_yuan, factor)
    moved = float(sum(needy.served[place].people for place in near.tolist() if needy.relocation[place]))
    codes = sorted({one.admin_code for one in served})
    home = max(
        codes, key=lambda code: (sum(o.people for o in served if o.admin_code == code), code), default=""
    )
    return replace(
        drawn,
        admin_code=home or drawn.admin_code,
        size=size,
        unit=unit,
        cost_yuan=sum(yuan for _, yuan in parts.values()),
        cost_parts=parts,
        served=served,
        needs_first=(),
        assumptions=assumptions,
        relocation=moved * 2 > people if people else drawn.relocation,
    )


def repriced(candidate: Candidate, before: Mapping[str, float], after: Mapping[str, float]) -> Candidate:
    """The candidate at other prices: each part of its cost in proportion to its price.

    Parameters
    ----------
    before : prices that it was reckoned with, by unit-cost id; one that was nothing tells no proportion, and the part
        then costs its quantity at the new price.
    after : prices of now.

    Raises
    ------
    MissingPrice : `after` lacks one of the parts.
    """
    prices = dict(zip(candidate.cost_parts, priced(after, *candidate.cost_parts), strict=True))
    parts = {
        part: (held, yuan * prices[part] / before[part] if before.get(part) else held * prices[part])
        for part, (held, yuan) in candidate.cost_parts.items()
    }
    return replace(candidate, cost_parts=parts, cost_yuan=sum(yuan for _, yuan in parts.values()))


def _costs(
    quantities: Mapping[str, float], unit_yuan: Mapping[str, float], factor: float
) -> dict[str, tuple[float, float]]:
    """Quantity and yuan by unit-cost id, `factor` times what they cost on flat land; parts of nothing are left out."""
    prices = dict(zip(quantities, priced(unit_yuan, *quantities), strict=True))
    return {part: (held, held * prices[part] * factor) for part, held in quantities.items() if held > 0}


def _road(
    line: BaseGeometry, metres: float, hardened: ObjectArray, unhardened: ObjectArray
) -> dict[str, float]:
    """Kilometres to be hardened and to be built."""
    rest = line.difference(_beside(line, hardened))
    along_m = rest.intersection(_beside(line, unhardened)).length
    scale = metres / line.length / 1000
    return {"harden_km": along_m * scale, "new_road_km": (rest.length - along_m) * scale}


def _steepness(line: BaseGeometry, terrain: Terrain | None, assumptions: dict[str, float | str]) -> float:
    """How many flat metres a metre of a road costs."""
    if terrain is None or terrain.grid is None:
        assumptions["flat_land"] = 1.0
        return 1.0
    ways = terrain.profiles(np.array([line], dtype=object), is_new=True)
    flat_m, _, rise_m = ways.between(0, 0.0, line.length)
    assumptions["slope_percent"] = 100 * float(rise_m) / line.length
    assumptions["terrain_factor"] = float(flat_m) / line.length
    return float(flat_m) / line.length


def _beside(line: BaseGeometry, roads: ObjectArray) -> BaseGeometry:
    """The ground beside the roads that come near the line."""
    near = roads[shapely.dwithin(roads, line, _ALONG_M)] if len(roads) else roads
    ground: BaseGeometry = shapely.union_all(shapely.buffer(near, _ALONG_M))
    return ground
