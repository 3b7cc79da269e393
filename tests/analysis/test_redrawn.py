"""A drawing reckoned by hand: lengths, prices, who gains, and what is refused."""

from dataclasses import replace

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point

from analysis.grid import Grid
from analysis.proposals.model import Candidate, Served
from analysis.proposals.redrawn import BadDrawing, Needy, checked, length_m, reckon, repriced
from analysis.proposals.terrain import Terrain
from analysis.proposals.unit_costs import DEFAULT_YUAN
from layers.codes import CandidateKind, Need

CRS = pyproj.CRS.from_dict(
    {"proj": "tmerc", "lat_0": 0, "lon_0": 113.0, "k": 1, "x_0": 500_000, "y_0": 0, "ellps": "GRS80"}
)
DEGREES = pyproj.Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
X, Y = 500_000.0, 2_700_000.0
NOTHING = np.empty(0, dtype=object)


def _degrees(*places: tuple[float, float]) -> list[tuple[float, float]]:
    return [DEGREES.transform(X + x, Y + y) for x, y in places]


def _metres(*places: tuple[float, float]) -> LineString:
    return LineString([(X + x, Y + y) for x, y in places])


def _needy(*villages: tuple[float, float, float, str]) -> Needy:
    """x, y, people, code of the village; a household is four people."""
    return Needy(
        tuple(Served(Need.ROAD, f"{n}", code, people) for n, (_, _, people, code) in enumerate(villages)),
        np.array([Point(_degrees((x, y))[0]) for x, y, _, _ in villages], dtype=object),
        np.array([people / 4 for _, _, people, _ in villages]),
        np.array([code == "moved" for *_, code in villages]),
    )


def _drawn(kind: CandidateKind, shape: shapely.Geometry) -> Candidate:
    return Candidate(
        no="x", kind=kind, admin_code="home", name="甲", geometry=shape, size=0, unit="", cost_yuan=0,
        cost_parts={}, served=(),
    )  # fmt: skip


def _reckon(
    drawn: Candidate, needy: Needy, hardened: object = NOTHING, unhardened: object = NOTHING, **more: object
):
    return reckon(drawn, needy, DEFAULT_YUAN, CRS, hardened=hardened, unhardened=unhardened, **more)  # type: ignore[arg-type]


def test_a_road_by_hand() -> None:
    """1000 m drawn: 300 m beside a hardened road cost nothing, 400 m follow an earth road, 300 m are new."""
    road = _drawn(CandidateKind.ROAD_LINK, LineString(_degrees((0, 0), (1000, 0))))
    hardened = np.array([_metres((-500, 5), (285, 5))], dtype=object)
    earth = np.array([_metres((300, -8), (685, -8))], dtype=object)
    needy = _needy((1030, 0, 100, "a"), (500, 49, 20, "b"), (500, 51, 999, "c"))
    made = _reckon(road, needy, hardened, earth)
    assert made.size == pytest.approx(1000, abs=0.5)
    assert made.cost_parts["harden_km"][0] == pytest.approx(0.4, abs=0.01)
    assert made.cost_parts["new_road_km"][0] == pytest.approx(0.3, abs=0.015)
    assert made.cost_yuan == pytest.approx(0.4 * 450_000 + 0.3 * 800_000, rel=0.05)
    assert [one.people for one in made.served] == [100, 20]
    assert (made.admin_code, made.relocation) == ("a", False)


def test_slopes_make_a_road_dearer() -> None:
    """Rising 6 m in 100 m costs 1 + 35 · 0.06² = 1.126 flat metres a metre."""
    road = _drawn(CandidateKind.ROAD_LINK, LineString(_degrees((0, 0), (2000, 0))))
    west, north = _degrees((-500, 500))[0]
    step = 0.001
    lon = west + (np.arange(40) + 0.5) * step
    x, _ = pyproj.Transformer.from_crs("EPSG:4490", CRS, always_xy=True).transform(
        lon, np.full(40, north - 0.005)
    )
    hills = Grid(np.tile(0.06 * (np.asarray(x) - X), (20, 1)), west, north, step, step)
    made = _reckon(road, _needy(), terrain=Terrain(hills, CRS))
    flat = _reckon(road, _needy())
    assert made.cost_yuan / flat.cost_yuan == pytest.approx(1.126, rel=0.01)
    assert made.assumptions["slope_percent"] == pytest.approx(6, rel=0.02)
    assert "flat_land" in flat.assumptions


def test_mains_and_works_by_hand() -> None:
    needy = _needy((0, 499, 40, "a"), (0, 501, 80, "a"))
    main = _drawn(CandidateKind.MAINS_EXTENSION, LineString(_degrees((-1000, 0), (1000, 0))))
    made = _reckon(main, needy)
    assert made.cost_yuan == pytest.approx(2 * 160_000 + 10 * 1_500, rel=0.001)
    assert "pumping_not_reckoned" in made.assumptions
    pumped = _reckon(replace(main, cost_parts={"pump": (1, 7), "head_m": (30, 7), "mains_km": (9, 7)}), needy)
    assert pumped.cost_yuan - made.cost_yuan == pytest.approx(150_000 + 30 * 800)
    works = _reckon(_drawn(CandidateKind.NEW_WORKS, Point(_degrees((0, 0))[0])), needy)
    assert works.cost_yuan == pytest.approx(250_000 + 40 * 0.13 * 3_000 + 10 * 1_500)
    assert (works.size, works.unit) == (pytest.approx(5.2), "m3d")


def test_a_station_reaches_its_radius_and_relocation_goes_by_people() -> None:
    needy = _needy((2990, 0, 30, "a"), (0, 10, 40, "moved"), (3010, 0, 500, "b"))
    made = _reckon(_drawn(CandidateKind.BASE_STATION_4G, Point(_degrees((0, 0))[0])), needy)
    assert (made.people, made.cost_yuan, made.admin_code, made.relocation) == (70, 250_000, "moved", True)
    alone = _reckon(_drawn(CandidateKind.BASE_STATION_5G, Point(_degrees((0, 2000))[0])), needy)
    assert (alone.people, alone.admin_code) == (0, "home")


def test_a_new_price_counts_in_proportion() -> None:
    """A road on a slope costs more than its length times the price, before and after."""
    road = replace(
        _drawn(CandidateKind.ROAD_LINK, Point(0, 0)),
        cost_parts={"harden_km": (2.0, 1_000_000.0), "new_road_km": (1.0, 800_000.0)},
    )
    made = repriced(road, DEFAULT_YUAN, DEFAULT_YUAN | {"harden_km": 900_000})
    assert made.cost_parts == {"harden_km": (2.0, 2_000_000.0), "new_road_km": (1.0, 800_000.0)}
    assert made.cost_yuan == 2_800_000
    free = repriced(road, {"harden_km": 0, "new_road_km": 800_000}, DEFAULT_YUAN)
    assert free.cost_parts["harden_km"][1] == 900_000


def test_length_is_geodesic() -> None:
    """A degree of the meridian at 24° N on the ellipsoid of CGCS2000."""
    assert length_m(LineString([(113, 23.5), (113, 24.5)])) == pytest.approx(110_758, abs=5)


@pytest.mark.parametrize(
    ("kind", "shape", "reason"),
    [
        (CandidateKind.ROAD_LINK, Point(113, 24), "line"),
        (
            CandidateKind.ROAD_LINK,
            MultiLineString([[(113, 24), (113.01, 24)], [(113, 24), (113, 24.01)]]),
            "line",
        ),
        (CandidateKind.BASE_STATION_4G, LineString([(113, 24), (113.01, 24)]), "point"),
        (CandidateKind.ROAD_LINK, LineString([(113, 24), (113.0001, 24)]), "length"),
        (CandidateKind.ROAD_LINK, LineString([(113, 24), (113.4, 24)]), "length"),
        (CandidateKind.ROAD_LINK, LineString(), "empty"),
        (CandidateKind.BASE_STATION_4G, Point(float("inf"), 24), "empty"),
        (CandidateKind.ROAD_LINK, LineString([(113 + i / 1e6, 24) for i in range(2001)]), "vertices"),
    ],
)
def test_what_is_no_candidate_is_refused(kind: CandidateKind, shape: shapely.Geometry, reason: str) -> None:
    with pytest.raises(BadDrawing) as refused:
        checked(kind, shape)
    assert refused.value.reason == reason


def test_a_multi_of_one_part_is_that_part() -> None:
    line = LineString([(113, 24), (113.01, 24)])
    assert checked(CandidateKind.ROAD_LINK, MultiLineString([line])) == line


@given(
    st.lists(st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000), st.integers(1, 500)), max_size=8),
    st.randoms(),
)
def test_the_order_of_villages_changes_nothing(
    villages: list[tuple[float, float, int]], chance: object
) -> None:
    named = [(x, y, float(people), f"v{n}") for n, (x, y, people) in enumerate(villages)]
    station = _drawn(CandidateKind.BASE_STATION_5G, Point(_degrees((0, 0))[0]))
    made = _reckon(station, _needy(*named))
    chance.shuffle(named)  # type: ignore[attr-defined]
    again = _reckon(station, _needy(*named))
    assert made.people == again.people and made.admin_code == again.admin_code
    assert made.people <= sum(people for _, _, people, _ in named)
