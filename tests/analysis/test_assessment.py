"""Assessment: worked figures, more is never worse, missing data as the table says, ranks and grades."""

import dataclasses
import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.assessment import (
    BadRules,
    Basis,
    Grade,
    Item,
    ItemKind,
    NoData,
    Rules,
    require_sound,
    scores,
    totals,
)

RULES = Rules(
    (
        Item(1, "供水", "water", 60, floor=0.5, full=0.9),
        Item(2, "危房", "houses", 40, floor=20, full=0),
        Item(3, "加分", "extra", 5, ItemKind.BONUS, bands=((0.5, 0.4), (0.8, 1.0))),
        Item(4, "扣分", "late", 10, ItemKind.PENALTY, floor=0, full=5),
    )
)
KNOWN = ("water", "houses", "extra", "late")


def _figures(**rows: list[float]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(KNOWN))


def test_worked_by_hand() -> None:
    figures = _figures(A=[0.8, 5, 0.85, 1], B=[0.95, 20, 0.5, 0], C=[0.4, 0, 0.49, 9])
    scored = scores(RULES, figures)
    assert scored["score"].tolist() == [45, 30, 5, 2, 60, 0, 2, 0, 0, 40, 0, 10]
    found = totals(RULES, scored)
    assert found["admin_code"].tolist() == ["A", "B", "C"]
    assert found["total"].tolist() == [78, 62, 30]
    assert found["rank"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(("how", "total"), [(NoData.EXCLUDE, 75.0), (NoData.ZERO, 45.0)])
def test_no_data_counts_as_the_table_says(how: NoData, total: float) -> None:
    rules = dataclasses.replace(RULES, no_data=how)
    scored = scores(rules, _figures(A=[0.8, np.nan, np.nan, np.nan]))
    assert scored["basis"].tolist() == [Basis.MEASURED, *[Basis.NO_DATA] * 3]
    assert totals(rules, scored)["total"].tolist() == [total]


def test_without_any_data_there_is_no_rank() -> None:
    found = totals(RULES, scores(RULES, _figures(A=[0.8, 5, 0, 0], B=[np.nan] * 4)))
    assert found["admin_code"].tolist() == ["A", "B"]
    assert found["rank"].tolist()[0] == 1
    assert found.loc[1, ["total", "rank", "grade"]].isna().all()


def _by_code(table: dict[str, list[float]]) -> dict[str, tuple[float, int]]:
    """Total and rank by code."""
    found = totals(RULES, scores(RULES, _figures(**table)))
    rows = zip(found["admin_code"], found["total"], found["rank"], strict=True)
    return {str(code): (float(total), int(rank)) for code, total, rank in rows}


shares = st.one_of(st.none(), st.floats(0, 1))


@given(
    st.lists(st.tuples(shares, st.floats(0, 40), shares, st.floats(0, 8)), min_size=1, max_size=12),
    st.floats(0, 1),
)
def test_more_is_never_worse(
    rows: list[tuple[float | None, float, float | None, float]], better: float
) -> None:
    table = {f"T{n:02d}": [np.nan if v is None else v for v in row] for n, row in enumerate(rows)}
    first = next(iter(table))
    if np.isnan(table[first][0]):
        table[first][0] = 0.3
    before = _by_code(table)
    table[first] = [min(1.0, table[first][0] + better), *table[first][1:]]
    after = _by_code(table)
    assert after[first][0] >= before[first][0]
    assert after[first][1] <= before[first][1]
    assert all(after[code][0] == before[code][0] for code in after if code != first)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 40), shares, st.floats(0, 8)), min_size=1, max_size=12)
)
def test_totals_stay_within_what_can_be_had(rows: list[tuple[float, float, float | None, float]]) -> None:
    table = {f"T{n:02d}": [np.nan if v is None else v for v in row] for n, row in enumerate(rows)}
    found = totals(RULES, scores(RULES, _figures(**table)))
    assert found["base"].between(0, 100 + 1e-9).all()
    assert found["total"].between(0, 105 + 1e-9).all()


def test_grades_are_shares_of_the_ranked_and_equals_are_equal() -> None:
    rules = Rules((Item(1, "一", "water", 100, floor=0, full=1),), grades=(0.25, 0.25, 0.25))
    values = [0.9, 0.9, 0.9, 0.5, 0.4, 0.3, 0.2, 0.1]
    figures = pd.DataFrame({"water": values}, index=[f"T{n}" for n in range(8)])
    found = totals(rules, scores(rules, figures))
    assert found["rank"].tolist() == [1, 1, 1, 4, 5, 6, 7, 8]
    assert found["grade"].tolist() == [
        *[Grade.GOOD] * 3, Grade.FAIR, *[Grade.AVERAGE] * 2, *[Grade.POOR] * 2,
    ]  # fmt: skip


def test_no_points_are_a_plain_zero() -> None:
    """Minus zero would not come back from the database as it went in, and the seal would not hold."""
    assert [math.copysign(1.0, one.share(20.0)) for one in RULES.items] == [1.0] * 4


def test_a_sound_table_passes() -> None:
    require_sound(RULES, KNOWN)


def _with(which: int, **changes: object) -> Rules:
    items = [dataclasses.replace(one, **changes) if one.no == which else one for one in RULES.items]  # type: ignore[arg-type]
    return dataclasses.replace(RULES, items=tuple(items))


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        (Rules(()), "empty"),
        (_with(2, no=5), "numbers"),
        (_with(1, indicator="nonsense"), "indicator"),
        (_with(1, points=0), "points"),
        (_with(1, points=50), "total"),
        (_with(1, full=0.5), "ends"),
        (_with(1, full=None), "ends"),
        (_with(3, bands=((0.8, 1.0), (0.5, 0.4))), "bands"),
        (_with(3, bands=((0.5, 1.4),)), "bands"),
        (dataclasses.replace(RULES, grades=(0.5, 0.4, 0.3)), "grades"),
    ],
)
def test_a_table_that_does_not_add_up_is_refused(rules: Rules, what: str) -> None:
    with pytest.raises(BadRules) as refused:
        require_sound(rules, KNOWN)
    assert refused.value.what == what
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
