"""Road segments of a county: shapes that wind through the terrain, and their attributes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.codes import Condition, RoadClass, Surface, TechnicalClass
from pipelines.demo.county_view import CountyView
from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import FloatArray, to_degrees
from pipelines.demo.road_network import RoadNetwork

_RANK = {code: i for i, code in enumerate("CYXSG")}
_WINDING = 0.45
_STEPS_BY_LENGTH_M = ((300.0, 4), (900.0, 7), (np.inf, 12))


def make_roads(view: CountyView, network: RoadNetwork) -> gpd.GeoDataFrame:
    """Road segments with the fields of the roads layer (codes, not words), EPSG:4490.

    `linked_settlements` counts the settlements at the ends of a segment. Widths are missing here and there.
    """
    rng = view.stream("road attributes")
    shapes = road_shapes(view, network)
    surface = _surfaces(view, network, rng)
    technical = _technical(network, surface, rng)
    ends = network.settlement_of_node[network.edges]
    return gpd.GeoDataFrame(
        {
            "segment_no": [f"LD{view.prefix}{i + 1:06d}" for i in range(len(shapes))],
            "road_no": _numbers(view, network),
            "name": _names(view, network),
            "road_class": network.road_class,
            "technical_class": technical,
            "surface": surface,
            "width_m": _widths(network, surface, rng),
            "lanes": _lanes(network.road_class, technical),
            "condition": _conditions(view, network, surface, rng),
            "linked_settlements": (ends >= 0).sum(axis=1),
            "maintainer": _maintainers(view, network),
        },
        geometry=shapes,
        crs="EPSG:4490",
    )


def road_shapes(view: CountyView, network: RoadNetwork) -> np.ndarray:
    """Lines in EPSG:4490: smooth through the more important road at each node, winding between the nodes."""
    start, end = (network.nodes_m[network.edges[:, i]] for i in (0, 1))
    along = end - start
    length = np.hypot(*along.T)
    through = _through_directions(network)
    tangents = [
        _tangents(through[network.edges[:, i]], along, length, _leads_through(network)[:, i]) for i in (0, 1)
    ]
    shapes = np.empty(len(length), dtype=object)
    shortest = 0.0
    for longest, steps in _STEPS_BY_LENGTH_M:
        chosen = (length >= shortest) & (length < longest)
        shortest = longest
        if chosen.any():
            curve = _hermite(start[chosen], end[chosen], tangents[0][chosen], tangents[1][chosen], steps)
            wound = _wound(view, curve)
            shapes[chosen] = shapely.linestrings(to_degrees(wound.reshape(-1, 2)).reshape(wound.shape))
    return shapes


def _importance(network: RoadNetwork) -> FloatArray:
    """Order of edges at a node: class first, then length."""
    return np.array([_RANK[c] for c in network.road_class]) * 1e6 + network.cost_m


def _two_main_edges(network: RoadNetwork) -> tuple[IntArray, IntArray]:
    """For each node its two most important edges, -1 where it has fewer."""
    edge = np.tile(np.arange(len(network.edges)), 2)
    node = network.edges.T.ravel()
    order = np.lexsort((-_importance(network)[edge], node))
    node, edge = node[order], edge[order]
    first = np.searchsorted(node, np.arange(len(network.nodes_m)))
    count = np.bincount(node, minlength=len(network.nodes_m))
    edge = np.append(edge, [-1, -1])
    return np.where(count > 0, edge[first], -1), np.where(
        count > 1, edge[np.minimum(first + 1, len(edge) - 1)], -1
    )


def _through_directions(network: RoadNetwork) -> FloatArray:
    """Unit direction of the main road at each node, (0, 0) where none runs through."""
    main, second = _two_main_edges(network)
    nodes = np.arange(len(network.nodes_m))
    far = [network.edges[e].sum(axis=1) - nodes for e in (main, second)]
    direction = network.nodes_m[far[1] * (second >= 0)] - network.nodes_m[far[0] * (main >= 0)]
    direction[(main < 0) | (second < 0)] = 0
    size = np.hypot(*direction.T)
    return direction / np.where(size > 0, size, 1)[:, None]


def _leads_through(network: RoadNetwork) -> np.ndarray:
    """(e, 2): whether an edge is one of the two main ones at its start and at its end."""
    main, second = _two_main_edges(network)
    edge = np.arange(len(network.edges))[:, None]
    return (main[network.edges] == edge) | (second[network.edges] == edge)


def _tangents(through: FloatArray, along: FloatArray, length: FloatArray, leads: np.ndarray) -> FloatArray:
    """Tangents of the curves: the road's direction at the node, turned the way the edge goes."""
    sign = np.where((through * along).sum(axis=1) >= 0, 1.0, -1.0)
    smooth = leads & (np.abs(through).sum(axis=1) > 0)
    turned = through * (sign * length)[:, None]
    return np.where(smooth[:, None], 0.8 * turned + 0.2 * along, along)


def _hermite(
    start: FloatArray, end: FloatArray, leave: FloatArray, arrive: FloatArray, steps: int
) -> FloatArray:
    t = np.linspace(0, 1, steps)[None, :, None]
    return (
        (2 * t**3 - 3 * t**2 + 1) * start[:, None]
        + (t**3 - 2 * t**2 + t) * leave[:, None]
        + (-2 * t**3 + 3 * t**2) * end[:, None]
        + (t**3 - t**2) * arrive[:, None]
    )


def _wound(view: CountyView, curve: FloatArray) -> FloatArray:
    """Bend curves by the terrain's drift, keeping their ends."""
    flat = curve.reshape(-1, 2)
    drift = (view.terrain.bent(flat) - flat).reshape(curve.shape)
    t = np.linspace(0, 1, curve.shape[1])[None, :, None]
    chord = (1 - t) * drift[:, :1] + t * drift[:, -1:]
    return curve + _WINDING * (drift - chord)


def _surfaces(view: CountyView, network: RoadNetwork, rng: np.random.Generator) -> np.ndarray:
    """Surface of each edge; village roads at a dead end in poor villages are the last to be hardened."""
    luck = rng.random(len(network.edges))
    degree = np.bincount(network.edges.ravel(), minlength=len(network.nodes_m))
    dead_end = (degree[network.edges] == 1).any(axis=1)
    level = _development(view, network)
    road_class = network.road_class
    unhardened = np.where(dead_end, 0.30, 0.13) * (1.12 - level)
    unhardened = np.select(
        [np.isin(road_class, ("G", "S", "X")), road_class == "Y"], [0.0, 0.05 * (1 - level)], unhardened
    )
    asphalt = np.select(
        [np.isin(road_class, ("G", "S")), road_class == "X", road_class == "Y"], [0.97, 0.6, 0.15], 0.04
    )
    kind = rng.random(len(luck))
    return np.select(
        [luck < 0.6 * unhardened, luck < unhardened, kind < asphalt],
        [str(Surface.GRAVEL), str(Surface.EARTH), str(Surface.ASPHALT)],
        str(Surface.CEMENT),
    ).astype(object)


def _development(view: CountyView, network: RoadNetwork) -> FloatArray:
    """Development at the edges' ends; gateways take that of the other end."""
    settlement = network.settlement_of_node[network.edges]
    level = np.where(settlement >= 0, view.development[settlement], np.nan)
    return np.nanmean(level, axis=1)


def _technical(network: RoadNetwork, surface: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    luck = rng.random(len(surface))
    by_class = {
        "G": np.where(luck < 0.35, str(TechnicalClass.FIRST), str(TechnicalClass.SECOND)),
        "S": np.where(luck < 0.75, str(TechnicalClass.SECOND), str(TechnicalClass.THIRD)),
        "X": np.where(luck < 0.35, str(TechnicalClass.THIRD), str(TechnicalClass.FOURTH)),
        "Y": np.full(len(luck), str(TechnicalClass.FOURTH)),
        "C": np.where(luck < 0.75, str(TechnicalClass.FOURTH), str(TechnicalClass.SUBSTANDARD)),
    }
    technical = np.select([network.road_class == c for c in by_class], list(by_class.values()), "").astype(
        object
    )
    technical[np.isin(surface, (str(Surface.GRAVEL), str(Surface.EARTH)))] = str(TechnicalClass.SUBSTANDARD)
    return technical


def _widths(network: RoadNetwork, surface: np.ndarray, rng: np.random.Generator) -> FloatArray:
    usual = {
        "G": (9, 12, 15, 18),
        "S": (8.5, 9, 12),
        "X": (6.5, 7, 7.5, 8),
        "Y": (4.5, 5, 5.5, 6),
        "C": (3, 3.5, 4, 4.5),
    }
    width = np.zeros(len(surface))
    for code, choices in usual.items():
        chosen = network.road_class == code
        width[chosen] = rng.choice(choices, chosen.sum())
    rough = np.isin(surface, (str(Surface.GRAVEL), str(Surface.EARTH)))
    width[rough] = np.minimum(width[rough], rng.choice((2.5, 3, 3.5), rough.sum()))
    width[rng.random(len(width)) < 0.03] = np.nan
    return width


def _lanes(road_class: np.ndarray, technical: np.ndarray) -> IntArray:
    return np.select(
        [technical == str(TechnicalClass.FIRST), np.isin(road_class, ("G", "S", "X", "Y"))], [4, 2], 1
    )


def _conditions(
    view: CountyView, network: RoadNetwork, surface: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    rank = np.array([_RANK[c] for c in network.road_class])
    rough = np.isin(surface, (str(Surface.GRAVEL), str(Surface.EARTH)))
    score = (
        0.35
        + 0.45 * _development(view, network)
        + 0.06 * rank
        - 0.35 * rough
        + rng.normal(0, 0.16, len(rank))
    )
    grades = [
        str(c) for c in (Condition.BAD, Condition.POOR, Condition.FAIR, Condition.GOOD, Condition.EXCELLENT)
    ]
    return np.array(grades, dtype=object)[np.digitize(score, (0.2, 0.35, 0.55, 0.78))]


def _numbers(view: CountyView, network: RoadNetwork) -> list[str]:
    """Trunk numbers as given; township and village roads are numbered within the county."""
    village = _village_of_edges(view, network)
    numbers = []
    for code, number, target, home in zip(
        network.road_class, network.road_no, network.to_village.tolist(), village.tolist(), strict=True
    ):
        if number:
            numbers.append(number)
        elif code == RoadClass.TOWNSHIP:
            numbers.append(f"Y{target + 1:03d}{view.prefix}")
        else:
            numbers.append(f"C{home + 1:03d}{view.prefix}")
    return numbers


def _village_of_edges(view: CountyView, network: RoadNetwork) -> IntArray:
    settlement = network.settlement_of_node[network.edges].max(axis=1)
    return view.village_of[settlement]


def _names(view: CountyView, network: RoadNetwork) -> pd.Series:
    """Names such as 连江口—连樟线; village roads are called after the two hamlets that they join."""
    towns = view.township_stems
    stems = view.village_stems
    hamlets = np.append(view.settlements["name"].to_numpy(), "县界")
    ends = network.settlement_of_node[network.edges]
    names = []
    for code, number, target, (one, other) in zip(
        network.road_class, network.road_no, network.to_village.tolist(), ends.tolist(), strict=True
    ):
        if code == RoadClass.TOWNSHIP:
            names.append(f"{towns[view.township_of[target]]}—{stems[target]}线")
        elif code == RoadClass.VILLAGE:
            names.append(f"{hamlets[one]}—{hamlets[other]}路")
        else:
            names.append(f"{number}线")
    return pd.Series(names, dtype="str")


def _maintainers(view: CountyView, network: RoadNetwork) -> list[str]:
    village = _village_of_edges(view, network)
    towns = view.townships["name"].to_numpy()[view.township_of[village]]
    villages = view.villages["name"].to_numpy()[village]
    owners = {"G": "清远市公路事务中心", "S": "清远市公路事务中心", "X": f"{view.name}地方公路管理站"}
    return [
        owners.get(code) or (government(town) if code == RoadClass.TOWNSHIP else name)
        for code, town, name in zip(network.road_class, towns, villages, strict=True)
    ]


def government(town: str) -> str:
    """What runs a township-level unit: 某镇人民政府, 某街道办事处; other units by their own name."""
    if town.endswith(("镇", "乡")):
        return f"{town}人民政府"
    return f"{town}办事处" if town.endswith("街道") else town
