"""Rolling up: totals agree at every level and in every scope."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.hierarchy import Hierarchy
from analysis.rollup import COLUMNS, roll_up
from i18n import Text
from layers import AdminLevel, Direction, Indicator, Rollup, Unit

CITY, COUNTY_1, COUNTY_2 = "441800000000", "441801000000", "441802000000"
KINDS = {"441801001000": "town", "441801002000": "street", "441802001000": "town", "441802002000": "other"}
VILLAGES = [f"{township[:9]}{number}" for township in KINDS for number in (201, 202)]
NO_OBSERVATIONS = pd.DataFrame(columns=["indicator_id", "admin_code", "value"])
NO_PARTS = pd.DataFrame(columns=["indicator_id", "admin_code", "numerator", "denominator"])


def hierarchy() -> Hierarchy:
    rows = [(CITY, "city", "city"), (COUNTY_1, "county", "county"), (COUNTY_2, "county", "county")]
    rows += [(code, "township", kind) for code, kind in KINDS.items()]
    rows += [(code, "village", "village") for code in VILLAGES]
    return Hierarchy.from_units(pd.DataFrame(rows, columns=["admin_code", "level", "kind"]))


def declared(rollup: Rollup, level: AdminLevel = AdminLevel.VILLAGE) -> Indicator:
    name = Text("指标", "indicator")
    return Indicator(
        str(rollup), name, Unit.SHARE, Direction.HIGHER, name, "figures.x", rollup, ("x",), level=level
    )


def parts(rollup: Rollup, values: dict[str, tuple[float, float]]) -> pd.DataFrame:
    rows = [(str(rollup), code, *pair) for code, pair in values.items()]
    return pd.DataFrame(rows, columns=["indicator_id", "admin_code", "numerator", "denominator"])


def rolled(rollup: Rollup, values: dict[str, tuple[float, float]], **options: AdminLevel) -> pd.DataFrame:
    found = roll_up([declared(rollup, **options)], parts(rollup, values), NO_OBSERVATIONS, hierarchy())
    assert tuple(found.columns) == COLUMNS
    return found.set_index(["level", "admin_code", "scope"]).sort_index()


def test_ratio_is_never_an_average_of_ratios() -> None:
    found = rolled(Rollup.RATIO, {VILLAGES[0]: (1, 10), VILLAGES[1]: (90, 90), VILLAGES[4]: (np.nan, np.nan)})
    township = found.loc[("township", "441801001000", "all")]
    assert township["value"] == pytest.approx(91 / 100)
    assert township[["with_data", "units"]].tolist() == [2, 2]
    assert found.loc[("city", CITY, "all"), ["with_data", "units"]].tolist() == [2, 8]
    assert np.isnan(found.loc[("county", COUNTY_2, "all"), "value"])


def test_known_but_nothing_to_divide_by() -> None:
    village = rolled(Rollup.RATIO, {VILLAGES[0]: (0, 0)}).loc[("village", VILLAGES[0], "all")]
    assert np.isnan(village["value"])
    assert village["with_data"] == 1


def test_scopes_count_towns_and_streets_apart_and_others_in_all_only() -> None:
    found = rolled(Rollup.SUM, {code: (2.0**i, 1.0) for i, code in enumerate(VILLAGES)})["value"]
    assert found.loc[("city", CITY)].to_dict() == {"all": 255, "street": 4 + 8, "town": 1 + 2 + 16 + 32}
    assert found.loc[("county", COUNTY_2)].to_dict() == {"all": 240, "town": 48}
    assert found.loc[("township", "441802002000")].to_dict() == {"all": 192}
    assert found.loc[("village", VILLAGES[0])].to_dict() == {"all": 1, "town": 1}


def test_a_countys_own_row_goes_before_the_sum_of_its_townships() -> None:
    quotas = {
        "441801001000": (10, 100), "441801002000": (np.nan, np.nan), COUNTY_1: (45, 250), COUNTY_2: (5, 100),
    }  # fmt: skip
    found = rolled(Rollup.RATIO, quotas, level=AdminLevel.TOWNSHIP)
    reported = found.loc[("county", COUNTY_1, "all")]
    assert reported["value"] == pytest.approx(45 / 250), "not 10 / 100, of the one township that reported"
    assert reported[["with_data", "units"]].tolist() == [1, 2]
    assert found.loc[("county", COUNTY_1, "town"), "value"] == pytest.approx(0.1), "a scope has sums only"
    own = found.loc[("county", COUNTY_2, "all")]
    assert own["value"] == pytest.approx(0.05)
    assert own[["with_data", "units"]].tolist() == [0, 2]
    assert np.isnan(found.loc[("county", COUNTY_2, "town"), "value"]), "a county's own row has no scopes"
    assert found.loc[("city", CITY, "all"), "value"] == pytest.approx(50 / 350)
    assert "village" not in found.index.get_level_values("level")


def test_townships_are_summed_where_the_county_has_no_row_or_an_empty_one() -> None:
    quotas = {
        "441801001000": (10, 100), "441801002000": (30, 100), COUNTY_1: (np.nan, np.nan),
        "441802001000": (7, 100),
    }  # fmt: skip
    found = rolled(Rollup.RATIO, quotas, level=AdminLevel.TOWNSHIP)["value"]
    assert found.loc[("county", COUNTY_1, "all")] == pytest.approx(0.2)
    assert found.loc[("county", COUNTY_2, "all")] == pytest.approx(0.07)
    assert found.loc[("city", CITY, "all")] == pytest.approx(47 / 300)


def observed(rollup: Rollup, values: list[tuple[str, float]]) -> pd.DataFrame:
    rows = [(str(rollup), *pair) for pair in values]
    frame = pd.DataFrame(rows, columns=["indicator_id", "admin_code", "value"])
    found = roll_up([declared(rollup)], NO_PARTS, frame, hierarchy())
    assert tuple(found.columns) == COLUMNS
    return found.set_index(["level", "admin_code", "scope"]).sort_index()


def test_median_is_taken_of_observations_never_of_medians() -> None:
    values = [
        (VILLAGES[0], 1.0),
        (VILLAGES[0], 2.0),
        (VILLAGES[0], 3.0),
        (VILLAGES[1], 100.0),
        (VILLAGES[4], 50.0),
    ]
    found = observed(Rollup.MEDIAN, values)
    assert found.loc[("village", VILLAGES[0], "all"), "value"] == 2
    assert found.loc[("township", "441801001000", "all"), "value"] == 2.5, "not (2 + 100) / 2"
    city = found.loc[("city", CITY, "all")]
    assert city["value"] == 3
    assert city[["denominator", "with_data", "units"]].tolist() == [5, 3, 8]
    assert np.isnan(found.loc[("village", VILLAGES[2], "all"), "value"])


def test_maximum_of_observations() -> None:
    found = observed(Rollup.MAXIMUM, [(VILLAGES[0], 10.0), (VILLAGES[2], 700.0), (VILLAGES[4], 30.0)])[
        "value"
    ]
    assert found.loc[("city", CITY)].to_dict() == {"all": 700, "street": 700, "town": 30}


def test_nothing_to_roll_up() -> None:
    assert roll_up([], NO_PARTS, NO_OBSERVATIONS, hierarchy()).empty


PARTS = st.fixed_dictionaries(
    {
        code: st.one_of(
            st.just((np.nan, np.nan)),
            st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(
                lambda p: (float(min(p)), float(max(p)))
            ),
        )
        for code in VILLAGES
    }
)


@given(values=PARTS, order=st.permutations(VILLAGES))
def test_totals_agree_and_order_changes_nothing(
    values: dict[str, tuple[float, float]], order: list[str]
) -> None:
    found = rolled(Rollup.RATIO, values)
    known = [pair for pair in values.values() if not np.isnan(pair[0])]
    city = found.loc[("city", CITY, "all")]
    assert city["with_data"] == len(known)
    if known:
        assert city["numerator"] == sum(p[0] for p in known)
        assert city["denominator"] == sum(p[1] for p in known)
    assert found["value"].dropna().between(0, 1).all()
    for level in ("village", "township", "county"):
        rows = found.xs((level, "all"), level=("level", "scope"))
        assert rows["numerator"].sum() == (city["numerator"] if known else 0)
        assert rows["units"].sum() == len(VILLAGES)
    pd.testing.assert_frame_equal(rolled(Rollup.RATIO, {code: values[code] for code in order}), found)
