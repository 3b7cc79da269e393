"""土地指标 on the small demo city: figures equal the ledger's and the checks', red and amber, the ledger's opening."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pytest
import sqlalchemy as sa

import pages.land
from analysis import quota
from analysis.reserve import ReserveFinding
from i18n import tr
from layers import Role
from layers.codes import QuotaBucket, QuotaKind, ReviewState
from pages.land_lists import conflict_words
from pages.land_numbers import _ENTRIES, Read, value_words
from pages.parcels_list import Waiting
from store.embedded import Cluster
from store.land import ledger
from tests.pages.conftest import Open, scalar
from tests.pages.desk import CITY, Desk, at_desk

COUNTY, TOWNSHIP = "441881000000", "441881103000"
SHORT = (
    "SELECT count(*) FROM feature.construction_quotas q JOIN feature.admin_units u USING (admin_code) "
    "WHERE u.level = :level AND q.reserved_mu < round((0.1 * q.total_scale_mu)::numeric, 2)"
)


@pytest.mark.parametrize("level", ["county", "township"])
def test_units_short_of_the_reserve(open_page: Open, shown_city: sa.Engine, level: str) -> None:
    """The ledger was opened with the plan's figures, so it finds what they say."""
    app = open_page("land", "en")
    app.segmented_control(key="land.level").set_value(level).run()
    assert not app.exception
    table = next(one.value for one in app.dataframe if "Finding" in one.value)
    below = int((table["Finding"] == ReserveFinding.RED.text.en).sum())
    assert below == scalar(shown_city, SHORT, level=level)
    assert (table.loc[table["Finding"] == ReserveFinding.RED.text.en, "Shortage (mu)"] > 0).all()
    assert table["Shortage (mu)"].is_monotonic_decreasing
    assert _numbers(app)[tr("land.number.red", "en")] == str(below)


def test_numbers_are_those_of_checks_and_watch(open_page: Open, shown_city: sa.Engine) -> None:
    numbers = _numbers(open_page("land", "en"))
    prohibited = scalar(
        shown_city, "SELECT count(*) FROM xiangtu.parcel_checks WHERE latest AND worst = 'prohibited'"
    )
    pieces = scalar(
        shown_city, "SELECT count(*) FROM xiangtu.farmland_changes WHERE verdict = 'open' AND NOT sliver"
    )
    assert numbers[tr("land.number.prohibited", "en")] == f"{prohibited:,}"
    assert numbers[tr("land.number.changes", "en")] == f"{pieces:,}"


def test_balances_are_the_ledgers(open_page: Open, shown_city: sa.Engine) -> None:
    app = open_page("land", "zh")
    kind = tr("ledger.kind", "zh")
    table = next(one.value for one in app.dataframe if kind in one.value).set_index(kind)
    for one in QuotaKind:
        held = scalar(
            shown_city,
            "SELECT coalesce(sum(b.amount_mu), 0) FROM xiangtu.quota_balances b JOIN xiangtu.quota_accounts a "
            "ON a.id = b.account_id WHERE a.kind = :kind AND a.bucket = 'available'",
            kind=str(one),
        )
        assert table.loc[one.text.zh, tr("ledger.bucket.available", "zh")] == pytest.approx(float(str(held)))


def test_conflicts_are_worst_first_and_say_what_is_new() -> None:
    moment = pd.Timestamp("2026-11-01", tz="UTC")
    checks = pd.DataFrame(
        {
            "name": ["甲", "乙", "丙", "丁"],
            "parcel_no": ["1", "2", "3", "4"],
            "worst": ["restricted", "prohibited", None, "prohibited"],
            "conflict_area_m2": [9000.0, 6.67, 0.0, 2000 / 3],
            "area_m2": [10_000.0] * 4,
            "newly_in": [[], ["basic_farmland"], [], []],
            "checked_at": [moment] * 4,
        }
    )
    shown = conflict_words(checks, "zh")
    assert shown[tr("land.column.number", "zh")].tolist() == ["4", "2", "1"]
    assert shown[tr("land.column.conflict", "zh")].tolist() == [1.0, 0.01, 13.5]
    assert shown[tr("land.column.newly", "zh")].tolist() == ["", "永久基本农田", ""]


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A few places, their plan figures, and an empty ledger."""
    with at_desk(cluster, database, monkeypatch) as made:
        monkeypatch.setattr(pages.land, "owner", lambda: database)
        with database.begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO feature.construction_quotas (admin_code, total_scale_mu, reserved_mu, allotted_mu) "
                    "VALUES (:county, 1000, 105, 300), (:town, 1000, 105, 300)"
                ),
                {"county": COUNTY, "town": TOWNSHIP},
            )
        yield made


def test_the_city_opens_the_ledger_and_sees_amber_then_red(desk: Desk) -> None:
    desk.sign_in(desk.add("shi", (Role.LAND_REVIEWER, CITY)))
    app = desk.open("land")
    next(button for button in app.button if button.key == "land.open_ledger").click().run()
    assert not app.exception
    assert app.success
    assert _finding(desk) == ReserveFinding.OK.text.zh
    day = dt.date(2026, 3, 1)
    plan = quota.planned(quota.moved(QuotaKind.RESERVE, TOWNSHIP, COUNTY, Decimal(10), day))
    with desk.owner.begin() as connection:
        number = ledger.post(connection, plan, by="测试")
    assert _finding(desk) == ReserveFinding.AMBER.text.zh
    with desk.owner.begin() as connection:
        ledger.post(
            connection, quota.fulfilment(ledger.posting(connection, number), ledger.today()), by="测试"
        )
    assert _finding(desk) == ReserveFinding.RED.text.zh


@pytest.mark.parametrize(("role", "place"), [(Role.LAND_REVIEWER, "441881"), (Role.LEADER, CITY)])
def test_others_are_told_that_the_ledger_is_empty(desk: Desk, role: Role, place: str) -> None:
    desk.sign_in(desk.add("xian", (role, place)))
    app = desk.open("land")
    assert not app.exception
    assert any(tr("land.closed", "zh") in info.value for info in app.info)
    assert not [button for button in app.button if button.key == "land.open_ledger"]


CARDS = {"red": None, "amber": None, "shortage": "land.column.shortage_mu", "prohibited": None, "newly": None,
         "changes": "farmland.column.open"}  # fmt: skip
"""Numbers of the small demo city, and the column of their entries that sums to them; None where rows are counted."""


def test_each_number_opens_the_entries_that_sum_to_it(open_page: Open) -> None:
    app = open_page("land", "en")
    before = len(app.dataframe)
    said = _numbers(app)
    opened = []
    for name, column in CARDS.items():
        value = float(said[tr(f"land.number.{name}", "en")].replace(",", ""))
        (button,) = [one for one in app.button if one.key == f"land.open.{name}"]
        assert button.disabled is (value == 0), name
        if button.disabled:
            continue
        button.click().run()
        assert not app.exception
        assert len(app.dataframe) == before + 1
        entries = app.dataframe[0].value
        found = len(entries) if column is None else entries[tr(column, "en")].sum()
        assert found == pytest.approx(value, abs=0.005), name
        opened.append(name)
        (button,) = [one for one in app.button if one.key == f"land.open.{name}"]
        button.click().run()
        assert len(app.dataframe) == before
    assert {"red", "shortage", "prohibited", "changes"} <= set(opened)


def test_what_waits_and_what_is_late_are_lists_of_parcels() -> None:
    late, early = (
        SimpleNamespace(name=f"{no} 地块", parcel_no=no, overdue=over, state=ReviewState.SUBMITTED,
                        due_on=dt.date(2026, 3, 2), area_mu=Decimal("1.25"))
        for no, over in (("P1", True), ("P2", False))
    )  # fmt: skip
    held = Waiting((late, early))  # type: ignore[arg-type]
    read = Read(None, held, pd.DataFrame(), None)  # type: ignore[arg-type]
    for name, numbers in (("waiting", ["P1", "P2"]), ("late", ["P1"])):
        behind = _ENTRIES[name](read, "zh")
        assert behind is not None and value_words(behind, "zh") == str(len(numbers))
        assert behind.table[tr("land.column.number", "zh")].tolist() == numbers
        assert behind.link(0) == ("parcels", {"parcel": "P1"})
    assert value_words(_ENTRIES["changes"](read, "zh"), "zh") == tr("pages.no_data", "zh")


def test_the_units_of_the_rule_lead_to_their_entries_in_the_ledger(open_page: Open) -> None:
    """What the ledger lists for a unit under a link of the page sums to what the rule reckons with."""
    app = open_page("land", "en")
    rule = next(one.value for one in app.dataframe if "Finding" in one.value)
    row = rule[rule["Allotted (mu)"] > 0].iloc[0]
    unit, listed = str(row[tr("pages.dossier.code", "en")]), {}
    for kind in (QuotaKind.RESERVE, QuotaKind.SCALE):
        for bucket in (QuotaBucket.AVAILABLE, QuotaBucket.ALLOTTED):
            query = {"unit": unit, "kind": str(kind), "bucket": str(bucket), "book": "actual"}
            shown = open_page("quota_ledger", "en", query)
            assert not shown.exception
            frames = [one.value for one in shown.dataframe if tr("ledger.column.amount", "en") in one.value]
            listed[kind, bucket] = sum(float(one[tr("ledger.column.amount", "en")].sum()) for one in frames)
    assert sum(listed.values()) == pytest.approx(row["Total scale (mu)"], abs=0.01)
    reserved = sum(amount for (kind, _), amount in listed.items() if kind is QuotaKind.RESERVE)
    assert reserved == pytest.approx(row["Reserved (mu)"], abs=0.01)
    allotted = sum(amount for (_, bucket), amount in listed.items() if bucket is QuotaBucket.ALLOTTED)
    assert allotted == pytest.approx(row["Allotted (mu)"], abs=0.01)


def _finding(desk: Desk) -> str:
    app = desk.open("land")
    assert not app.exception
    column = tr("pages.land.finding", "zh")
    table = next(one.value for one in app.dataframe if column in one.value)
    return str(table[column].iloc[0])


def _numbers(app: object) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}  # type: ignore[attr-defined]
