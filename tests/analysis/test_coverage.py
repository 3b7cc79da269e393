"""Coverage of settlements by areas and by distance."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from analysis.coverage import share_inside, share_within_distance
from analysis.errors import CrsMismatch, MissingColumn
from tests.analysis.square_county import A1, A2, B1, B2, CRS, VILLAGES, county, geodesic_m, points

SETTLEMENTS = points(
    [(A1, 113.005, 24.005), (A1, 113.015, 24.005), (A2, 113.01, 24.03), (B1, 113.03, 24.01)],
    population=[100.0, 300.0, 50.0, np.nan],
)


def areas(*boxes: tuple[str, str, shapely.Polygon]) -> gpd.GeoDataFrame:
    codes, types, shapes = zip(*boxes, strict=True) if boxes else ((), (), ())
    return gpd.GeoDataFrame(
        {"admin_code": list(codes), "works_type": list(types)}, geometry=list(shapes), crs=CRS
    ).astype({"admin_code": "str"})


LEFT = areas(
    (A1, "large", shapely.box(113.0, 24.0, 113.01, 24.02)),
    (A1, "large", shapely.box(113.0, 24.0, 113.006, 24.02)),
    (A1, "small", shapely.box(113.01, 24.0, 113.02, 24.04)),
)


def test_share_of_people_inside_by_hand() -> None:
    parts = share_inside(
        county(), LEFT, SETTLEMENTS, weight="population", where={"works_type": ["large"]}
    ).frame
    assert parts.loc[A1].tolist() == [100, 400], "overlapping areas count once"
    assert parts.loc[A2].tolist() == [0, 50], "the township reported areas, none of them here"
    assert parts.loc[[B1, B2]].isna().all(axis=None)


def test_share_of_settlements_inside_by_hand() -> None:
    parts = share_inside(county(), LEFT, SETTLEMENTS, weight=None, where={}).frame
    assert parts.loc[[A1, A2]].to_numpy().tolist() == [[2, 2], [1, 1]], "a point on an outline is inside"


def test_neighbours_area_counts_but_does_not_report() -> None:
    beyond = areas(("441999001201", "large", shapely.box(113.0, 24.0, 113.04, 24.04)))
    assert share_inside(county(), beyond, SETTLEMENTS, weight=None, where={}).frame.isna().all(axis=None)
    with_own = areas(
        ("441999001201", "large", shapely.box(113.0, 24.0, 113.04, 24.04)),
        (A2, "small", shapely.box(113.019, 24.039, 113.02, 24.04)),
    )
    parts = share_inside(county(), with_own, SETTLEMENTS, weight=None, where={}).frame
    assert parts.loc[[A1, A2]].to_numpy().tolist() == [[2, 2], [1, 1]]


def test_distance_is_true_on_the_ellipsoid() -> None:
    station = (113.012, 24.031)
    target = (113.02, 24.028)
    metres = geodesic_m(station, target)
    settlement = points([(A2, *target)], population=[10.0])
    facilities = points([(A2, *station)], technology=["5G"])
    for margin, covered in ((0.999, 0.0), (1.001, 10.0)):
        parts = share_within_distance(
            county(), facilities, settlement, distance_m=metres * margin, weight="population", where={}
        ).frame
        assert parts.loc[A2].tolist() == [covered, 10.0]


def test_only_the_matching_facilities_cover() -> None:
    facilities = points([(A1, 113.005, 24.005), (A1, 113.015, 24.005)], technology=["2G", "5G"])
    parts = share_within_distance(
        county(), facilities, SETTLEMENTS, distance_m=100, weight=None, where={"technology": ["5G"]}
    ).frame
    assert parts.loc[A1].tolist() == [1, 2]


def test_empty_frames_have_no_data() -> None:
    nothing = SETTLEMENTS[:0]
    assert share_inside(county(), LEFT, nothing, weight=None, where={}).frame.isna().all(axis=None)
    assert share_inside(county(), LEFT[:0], SETTLEMENTS, weight=None, where={}).frame.isna().all(axis=None)
    assert (
        share_within_distance(county(), nothing, SETTLEMENTS, distance_m=1, weight=None, where={})
        .frame.isna()
        .all(axis=None)
    )


def test_crs_mismatch_raises() -> None:
    with pytest.raises(CrsMismatch, match="4547"):
        share_inside(county(), LEFT.to_crs(4547), SETTLEMENTS, weight=None, where={})
    with pytest.raises(CrsMismatch):
        share_within_distance(
            county(),
            SETTLEMENTS,
            SETTLEMENTS.set_crs(None, allow_override=True),
            distance_m=1,
            weight=None,
            where={},
        )


def test_missing_weight_is_named() -> None:
    with pytest.raises(MissingColumn, match="households"):
        share_inside(county(), LEFT, SETTLEMENTS, weight="households", where={})


PLACES = st.lists(
    st.tuples(
        st.sampled_from(VILLAGES),
        st.floats(112.99, 113.05),
        st.floats(23.99, 24.05),
        st.one_of(st.just(np.nan), st.integers(0, 500).map(float)),
    ),
    min_size=1,
    max_size=25,
)


@given(places=PLACES, distance_m=st.floats(0, 4000), order=st.permutations(VILLAGES))
def test_share_lies_between_0_and_1_whatever_the_order(
    places: list[tuple[str, float, float, float]], distance_m: float, order: list[str]
) -> None:
    settlements = points([p[:3] for p in places], population=[p[3] for p in places])
    given_parts = {
        "facilities": points([(A1, 113.012, 24.013), (B2, 113.031, 24.027)]),
        "settlements": settlements, "distance_m": distance_m, "weight": "population", "where": {},
    }  # fmt: skip
    parts = share_within_distance(county(), **given_parts).frame
    known = parts.dropna()
    assert ((known["numerator"] >= 0) & (known["numerator"] <= known["denominator"])).all()
    assert share_within_distance(county(order=order), **given_parts).frame.equals(parts)
