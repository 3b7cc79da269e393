"""The 10 % rule: by hand, as a property over all levels, and before a posting is made."""

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import quota
from analysis.reserve import (
    COLUMNS,
    ReserveFinding,
    overdrawn,
    required_share,
    reserve_table,
    what_if,
    with_posting,
)
from layers.codes import ParcelUse, QuotaKind

CITY, COUNTY, TOWN, NEIGHBOUR = "441800000000", "441881000000", "441881103000", "441881104000"
DAY = dt.date(2026, 3, 1)
NONE = pd.DataFrame(columns=list(COLUMNS))
Row = tuple[str, str, str, str]


def frame(*rows: Row) -> pd.DataFrame:
    """Balances from unit, kind, bucket and amount."""
    return pd.DataFrame([(u, k, b, "", "", Decimal(mu)) for u, k, b, mu in rows], columns=list(COLUMNS))


HELD = frame(
    (CITY, "scale", "outside", "-1000"),
    (CITY, "reserve", "outside", "-105"),
    (COUNTY, "reserve", "available", "5"),
    (TOWN, "scale", "available", "300"),
    (TOWN, "scale", "allotted", "600"),
    (TOWN, "reserve", "available", "60"),
    (TOWN, "reserve", "allotted", "40"),
    (NEIGHBOUR, "scale", "available", "100"),
    (NEIGHBOUR, "scale", "expired", "50"),
    (NEIGHBOUR, "saved", "available", "999"),
)


def test_the_plans_share_is_a_tenth() -> None:
    assert required_share() == Decimal("0.1")


def test_figures_by_hand() -> None:
    """A county is its own account and its townships; what has expired, and savings, are no scale."""
    table = reserve_table(HELD, NONE, [COUNTY, TOWN, NEIGHBOUR]).set_index("admin_code")
    town = table.loc[TOWN]
    assert (town["total_mu"], town["reserved_mu"], town["allotted_mu"], town["left_mu"]) == (
        1000,
        100,
        640,
        360,
    )
    assert (town["reserve_allotted_mu"], town["reserve_left_mu"]) == (40, 60)
    assert (town["share"], town["shortage_mu"], town["finding"]) == (Decimal("0.1"), 0, ReserveFinding.OK)
    near = table.loc[NEIGHBOUR]
    assert (near["total_mu"], near["shortage_mu"], near["finding"]) == (100, 10, ReserveFinding.RED)
    county = table.loc[COUNTY]
    assert (county["total_mu"], county["reserved_mu"], county["required_mu"]) == (1105, 105, Decimal("110.5"))
    assert (county["shortage_mu"], county["share"]) == (Decimal("5.5"), Decimal("0.0950"))
    assert county["finding"] == ReserveFinding.RED


def test_amber_where_planned_entries_would_make_it_short() -> None:
    planned = frame((TOWN, "reserve", "available", "-1"), (CITY, "reserve", "outside", "1"))
    (row,) = reserve_table(HELD, planned, [TOWN]).to_dict("records")
    assert (row["finding"], row["shortage_mu"]) == (ReserveFinding.AMBER, 0)
    assert (row["planned_total_mu"], row["planned_shortage_mu"]) == (999, Decimal("0.9"))
    mended = frame((NEIGHBOUR, "reserve", "available", "50"))
    (row,) = reserve_table(HELD, mended, [NEIGHBOUR]).to_dict("records")
    assert (row["finding"], row["planned_shortage_mu"]) == (ReserveFinding.RED, 0)


def test_no_data_is_not_zero_and_nearly_a_tenth_is_not_one() -> None:
    (nothing,) = reserve_table(HELD, NONE, ["441826100000"]).to_dict("records")
    assert (nothing["finding"], nothing["share"]) == (ReserveFinding.NO_DATA, None)
    nearly = frame((TOWN, "scale", "available", "900.01"), (TOWN, "reserve", "available", "99.9999"))
    (row,) = reserve_table(nearly, NONE, [TOWN]).to_dict("records")
    assert (row["finding"], row["share"]) == (ReserveFinding.RED, Decimal("0.0999"))
    assert row["shortage_mu"] == Decimal("0.00109")


def test_what_if_of_a_posting() -> None:
    """Handing back a part of the reserve would be red, planned it is amber; neither changes what was given."""
    before = HELD.copy()
    back = quota.handed_back(QuotaKind.RESERVE, TOWN, Decimal(20), DAY)
    (then,) = what_if(HELD, NONE, back, [TOWN]).to_dict("records")
    assert (then["finding"], then["reserved_mu"], then["shortage_mu"]) == (ReserveFinding.RED, 80, 18)
    (then,) = what_if(HELD, NONE, quota.planned(back), [TOWN]).to_dict("records")
    assert (then["finding"], then["planned_shortage_mu"]) == (ReserveFinding.AMBER, 18)
    use = quota.allotted(QuotaKind.RESERVE, TOWN, "P9", Decimal(60), DAY, ParcelUse.VILLAGE)
    (then,) = what_if(HELD, NONE, use, [TOWN]).to_dict("records")
    assert (then["finding"], then["reserve_left_mu"], then["left_mu"]) == (ReserveFinding.OK, 0, 300)
    pd.testing.assert_frame_equal(HELD, before)


def test_what_the_ledger_would_refuse_is_known_before() -> None:
    use = quota.allotted(QuotaKind.RESERVE, TOWN, "P9", Decimal("60.5"), DAY, ParcelUse.VILLAGE)
    (line,) = overdrawn(HELD, use)
    assert (line.account.admin_code, line.amount_mu) == (TOWN, Decimal("-0.5"))
    assert overdrawn(HELD, quota.planned(use)) == []
    assert overdrawn(HELD, quota.issued(QuotaKind.SCALE, {TOWN: Decimal(1)}, DAY)) == []
    spent = with_posting(
        HELD, quota.allotted(QuotaKind.RESERVE, TOWN, "P9", Decimal(60), DAY, ParcelUse.VILLAGE)
    )
    assert (TOWN, "reserve", "available") not in {tuple(r[:3]) for r in spent.itertuples(index=False)}


UNITS = [f"4418{c}{t}000" for c in ("21", "81") for t in ("000", "100", "101")]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(UNITS),
        st.sampled_from(["scale", "reserve"]),
        st.sampled_from(["available", "allotted", "expired"]),
        st.integers(1, 10**7).map(lambda n: str(Decimal(n) / 10_000)),
    ),
    max_size=30,
)


@given(rows=ROWS, share=st.integers(1, 99).map(lambda n: Decimal(n) / 100))
def test_levels_add_up_and_the_finding_follows_from_the_figures(rows: list[Row], share: Decimal) -> None:
    table = reserve_table(frame(*rows), NONE, [CITY, "441821000000", "441881000000", *UNITS], share)
    by_code = table.groupby("admin_code").first()
    for name in ("total_mu", "reserved_mu", "allotted_mu", "left_mu"):
        counties = sum(by_code.loc[["441821000000", "441881000000"], name], Decimal(0))
        assert by_code.loc[CITY, name] == counties
    for row in table.to_dict("records"):
        assert row["total_mu"] == row["left_mu"] + row["allotted_mu"]
        assert row["reserved_mu"] == row["reserve_left_mu"] + row["reserve_allotted_mu"]
        short = row["reserved_mu"] < share * row["total_mu"]
        assert (row["finding"] == ReserveFinding.RED) == short == (row["shortage_mu"] > 0)
        assert (row["finding"] == ReserveFinding.NO_DATA) == (row["total_mu"] == 0)
        assert row["reserved_mu"] + row["shortage_mu"] >= share * row["total_mu"]


@pytest.mark.parametrize("kind", list(ReserveFinding))
def test_findings_have_names(kind: ReserveFinding) -> None:
    assert kind.text.zh and kind.text.en
