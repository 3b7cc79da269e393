"""The road graph: by hand, by properties, and against networkx."""

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.errors import MissingColumn
from analysis.network import RoadGraph, Travel

Path = Sequence[tuple[float, float]]
TRAVEL = Travel.of(
    {
        "tolerance_m": 5,
        "snap_m": 1500,
        "walking_kmh": 6,
        "technical_kmh": {"2": 60, "4": 20},
        "road_kmh": {"X": 30},
        "surface_factor": {"gravel": 0.75, "earth": 0.5},
        "condition_factor": {"bad": 0.6},
    }
)
"""On foot 100 m take a minute."""


def graph(*paths: Path, kmh: float | Sequence[float] = 60.0) -> RoadGraph:
    """A graph of single lines in metres; at 60 km/h a kilometre takes a minute."""
    lines = np.array([shapely.LineString(path) for path in paths] or [], dtype=object)
    return RoadGraph.of(lines, np.broadcast_to(np.asarray(kmh, dtype=float), len(lines)), TRAVEL.tolerance_m)


def minutes(made: RoadGraph, seat: tuple[float, float], *places: tuple[float, float]) -> np.ndarray:
    """Minutes of each place to one seat."""
    seats = made.snap(shapely.points([seat]), TRAVEL.snap_m)
    at = made.snap(shapely.points(list(places)), TRAVEL.snap_m)
    return made.minutes_to(
        made.minutes_from(seats, 1, TRAVEL), seats, at, np.zeros(len(places), dtype=np.intp), TRAVEL
    )


# A runs 3 km east from the seat; B leaves it at 1 km, drawn from 3 m beside it, 1,997 m north at half the speed;
# C lies apart.
A, B, C = [(0, 0), (3000, 0)], [(1000, 3), (1000, 2000)], [(5000, 0), (6000, 0)]


def test_a_small_network_by_hand() -> None:
    made = graph(A, B, C, kmh=[60, 30, 60])
    found = minutes(
        made,
        (0, 0),
        (2000, 0),  # 2 km of A
        (2000, 100),  # 100 m on foot to the same place: 1 + 2
        (1000, 2000),  # 1 km of A; B's 1,997 m at 500 m a minute: 3.994
        (5500, 0),  # on C, which nothing joins
        (2000, 5000),  # 3,162 m from the nearest road
    )
    assert found == pytest.approx([2, 3, 4.994, np.inf, np.inf])
    assert len(made.nodes_m) == 6, "B's first end is a node of A, and four ends of A and C, and B's last"
    assert made.part_of_edge[made.line != 2].max() == made.part_of_edge[made.line != 2].min()
    assert len(set(made.part_of_node)) == 2


def test_a_place_on_the_seats_own_edge_does_not_go_round_by_its_ends() -> None:
    found = minutes(graph(A), (1500, 200), (1800, 0), (1500, -100), (0, 0))
    assert found == pytest.approx([2 + 0.3, 2 + 1, 2 + 1.5])


def test_a_seat_at_a_junction_is_on_each_road_that_meets_there() -> None:
    made = graph([(0, 0), (1000, 0)], [(0, 0), (0, 1000)], [(0, 0), (-1000, 0)])
    assert minutes(made, (0, 0), (500, 0), (0, 500), (-500, 0), (0, 0)) == pytest.approx([0.5, 0.5, 0.5, 0])


def test_the_quicker_of_two_ways_is_taken() -> None:
    round_about = [(0, 0), (0, 1000), (2000, 1000), (2000, 0)]
    slow = graph([(0, 0), (2000, 0)], round_about, kmh=[20, 60])
    assert minutes(slow, (0, 0), (2000, 0)) == pytest.approx([4]), (
        "4 km at 60 beat 2 km at 20 km/h, 6 minutes"
    )
    assert minutes(graph([(0, 0), (2000, 0)], round_about), (0, 0), (2000, 0)) == pytest.approx([2])


def test_no_way_leads_through_another_seat() -> None:
    made = graph([(0, 0), (1000, 0)], [(1000, 50), (2000, 50)])
    seats = made.snap(shapely.points([(0, 0), (1000, 25)]), TRAVEL.snap_m)
    found = made.minutes_from(seats, 2, TRAVEL)
    far_node = made.node_of_end[1, 1]
    assert np.isinf(found[0, far_node]), "the second seat is near both roads and joins neither"
    assert found[1, far_node] == pytest.approx(0.25 + 1)


@pytest.mark.parametrize(("apart_m", "joined"), [(0, True), (4.9, True), (5.1, False)])
def test_ends_are_joined_within_the_tolerance_only(apart_m: float, joined: bool) -> None:
    made = graph([(0, 0), (1000, 0)], [(1000 + apart_m, 0), (2000, 0)])
    assert np.isfinite(minutes(made, (0, 0), (1900, 0)))[0] == joined
    t_junction = graph([(0, 0), (1000, 0)], [(500, apart_m), (500, 900)])
    assert np.isfinite(minutes(t_junction, (0, 0), (500, 900)))[0] == joined


def test_lines_that_cross_are_not_joined() -> None:
    made = graph([(0, 0), (1000, 0)], [(500, -500), (500, 500)])
    assert np.isinf(minutes(made, (0, 0), (500, 500)))[0]


def test_multi_lines_empty_and_missing_ones() -> None:
    roads = np.array(
        [
            shapely.MultiLineString([[(0, 0), (1000, 0)], [(1000, 0), (2000, 0)]]),
            shapely.LineString(),
            None,
            shapely.LineString([(2000, 0), (3000, 0)]),
        ],
        dtype=object,
    )
    made = RoadGraph.of(roads, np.array([60.0, 60.0, 60.0, 30.0]), 5)
    assert made.row.tolist() == [0, 0, 3]
    assert minutes(made, (0, 0), (3000, 0)) == pytest.approx([1 + 1 + 2])


def test_no_roads_no_way() -> None:
    assert minutes(graph(), (0, 0), (1, 1)).tolist() == [np.inf]
    made = graph(A)
    nothing = made.snap(np.empty(0, dtype=object))
    assert made.minutes_from(nothing, 0, TRAVEL).shape == (0, 2)


def test_speeds_by_class_surface_and_condition() -> None:
    roads = pd.DataFrame(
        {
            "technical_class": ["2", "4", None, None, "4", "4"],
            "road_class": ["C", "C", "X", "Q", "C", "C"],
            "surface": ["cement", "gravel", "earth", None, "earth", "earth"],
            "condition": ["good", None, None, "bad", None, "bad"],
        }
    )
    # 60; 20 × 0.75; 30 × 0.5; no class listed; 20 × 0.5; 20 × 0.5 × 0.6 and no two listed slower than on foot
    assert TRAVEL.kmh(roads) == pytest.approx([60, 15, 15, 6, 10, 6])
    with pytest.raises(MissingColumn):
        TRAVEL.kmh(roads[["surface"]])


@pytest.mark.parametrize("seed", range(8))
def test_minutes_are_those_of_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 50_000, (60, 2))
    pairs = np.unique(np.sort(rng.integers(0, 60, (110, 2)), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    kmh = rng.choice([20.0, 30.0, 60.0], len(pairs))
    made = RoadGraph.of(shapely.linestrings(places[pairs]), kmh, 1e-3)
    assert len(made.start) == len(pairs), "no end happens to touch another road"
    peer = nx.Graph()
    for (a, b), speed in zip(pairs.tolist(), kmh.tolist(), strict=True):
        peer.add_edge(a, b, weight=float(np.hypot(*(places[a] - places[b]))) / 1000 / speed * 60)
    used = sorted(peer.nodes)
    at = made.snap(shapely.points(places[used]), 0.001)
    chosen = rng.choice(len(used), 4, replace=False)
    seats = made.snap(shapely.points(places[np.array(used)[chosen]]), 0.001)
    from_seat = made.minutes_from(seats, len(chosen), TRAVEL)
    for k, seat in enumerate(np.array(used)[chosen].tolist()):
        found = made.minutes_to(from_seat, seats, at, np.full(len(used), k), TRAVEL)
        told = nx.single_source_dijkstra_path_length(peer, seat)
        assert found == pytest.approx([told.get(node, np.inf) for node in used], rel=1e-9, abs=1e-9)


CELL = st.integers(0, 5)
STREET = st.one_of(
    st.tuples(CELL, CELL, CELL).map(lambda t: [(t[0], t[2]), (t[1], t[2])]),
    st.tuples(CELL, CELL, CELL).map(lambda t: [(t[2], t[0]), (t[2], t[1])]),
).filter(lambda p: p[0] != p[1])
STREETS = st.lists(STREET, min_size=1, max_size=14)
LATTICE = [(x * 1000.0, y * 1000.0) for x in range(6) for y in range(6)]


def town(streets: list[list[tuple[int, int]]]) -> RoadGraph:
    """Straight streets on a lattice of kilometres, some of which cross or end on each other."""
    return graph(*[[(x * 1000.0, y * 1000.0) for x, y in street] for street in streets])


@settings(max_examples=60)
@given(STREETS, STREET, st.sampled_from(LATTICE))
def test_adding_a_road_never_lengthens_a_trip(streets, added, seat) -> None:
    before, after = town(streets), town([*streets, added])
    on_road = before.snap(shapely.points(LATTICE), 1e-9).gaps(len(LATTICE)) == 0
    assume(on_road[LATTICE.index(seat)])
    was, now = (minutes(made, seat, *LATTICE) for made in (before, after))
    assert (now[on_road] <= was[on_road] + 1e-9).all()
    assert was[LATTICE.index(seat)] == now[LATTICE.index(seat)] == 0


@settings(max_examples=60)
@given(STREETS, st.randoms(use_true_random=False), st.sampled_from(LATTICE))
def test_the_order_of_roads_and_places_changes_nothing(streets, chance, seat) -> None:
    places = list(LATTICE)
    was = dict(zip(places, minutes(town(streets), seat, *places), strict=True))
    chance.shuffle(streets)
    chance.shuffle(places)
    assert dict(zip(places, minutes(town(streets), seat, *places), strict=True)) == was


@settings(max_examples=20)
@given(STREETS, st.sampled_from(LATTICE))
def test_a_place_alone_has_the_time_that_it_has_among_others(streets, seat) -> None:
    made = town(streets)
    among = minutes(made, seat, *LATTICE)
    assert [minutes(made, seat, place)[0] for place in LATTICE] == among.tolist()
