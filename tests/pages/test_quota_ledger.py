"""指标台账 under the policies: numbers and the entries behind them, trials, postings, reversals, plans."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from analysis import quota
from i18n import LANGUAGES, Lang, tr
from layers import Role
from layers.codes import ParcelUse, QuotaBook, QuotaBucket, QuotaEntry, QuotaKind
from pages.quota_words import mu
from store.embedded import Cluster
from store.land import ledger
from store.land.ledger_list import balances
from tests.pages.desk import CITY, TOWN, Desk, at_desk

COUNTY, TOWNSHIP = "441881000000", "441881103000"
DAY = dt.date(2026, 3, 1)


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A ledger with three postings."""
    with at_desk(cluster, database, monkeypatch) as made:
        with made.owner.begin() as connection:
            given = {TOWNSHIP: Decimal("900.5"), COUNTY: Decimal(100)}
            ledger.post(
                connection, quota.issued(QuotaKind.SCALE, given, DAY, reference="清府〔2026〕1号"), by="市局"
            )
            ledger.post(connection, quota.issued(QuotaKind.RESERVE, {TOWNSHIP: Decimal(110)}, DAY), by="市局")
            used = quota.allotted(QuotaKind.SCALE, TOWNSHIP, "DK-1", Decimal("0.25"), DAY, ParcelUse.VILLAGE)
            ledger.post(connection, used, by="市局", part_of=ledger.PartOf.OPENING)
        yield made


def sit(desk: Desk, role: Role = Role.LAND_REVIEWER, prefix: str = CITY) -> None:
    desk.sign_in(desk.add("shen", (role, prefix)))


def held(desk: Desk, unit: str, kind: QuotaKind, bucket: QuotaBucket = QuotaBucket.AVAILABLE) -> Decimal:
    with desk.owner.connect() as connection:
        found = balances(connection, unit)
    of = (found["kind"] == str(kind)) & (found["bucket"] == str(bucket))
    return sum(found.loc[of, "amount_mu"], Decimal(0))


def new(app: AppTest, entry: str, kind: QuotaKind, area: str, **fields: object) -> AppTest:
    """Fill in the form and try it."""
    app.segmented_control(key="ledger.view").set_value("post").run()
    app.selectbox(key="ledger.new.entry").set_value(entry).run()
    app.selectbox(key="ledger.new.kind").set_value(kind).run()
    if "book" in fields:
        app.segmented_control(key="ledger.new.book").set_value(fields.pop("book")).run()
    app.text_input(key="ledger.new.area").set_value(area)
    for name, value in fields.items():
        kinds = {"unit": app.selectbox, "target": app.selectbox, "purpose": app.selectbox}
        kinds.get(name, app.text_input)(key=f"ledger.new.{name}").set_value(value)
    return press(app, "ledger.new.try")


def press(app: AppTest, key: str) -> AppTest:
    return next(button for button in app.button if button.key == key).click().run()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_number_is_the_sum_of_the_entries_behind_it(desk: Desk, lang: Lang) -> None:
    sit(desk, Role.AUDITOR)
    app = desk.open("quota_ledger", lang)
    app.selectbox(key="ledger.county").set_value(COUNTY).run()
    assert not app.exception
    table = app.dataframe[0].value.set_index(tr("ledger.column.unit", lang))
    available, allotted = tr("ledger.bucket.available", lang), tr("ledger.bucket.allotted", lang)
    assert table[available].tolist() == [100, 900.25, 1000.25]
    assert table[allotted].tolist() == [0, 0.25, 0.25]
    for row, prefix in enumerate((COUNTY, "441881103", "441881")):
        for bucket in (QuotaBucket.AVAILABLE, QuotaBucket.ALLOTTED):
            app.selectbox(key="ledger.unit").set_value(prefix).run()
            app.selectbox(key="ledger.bucket").set_value(bucket).run()
            number = table[tr(f"ledger.bucket.{bucket}", lang)].iloc[row]
            if number:
                entries = app.dataframe[1].value
                assert entries[tr("ledger.column.amount", lang)].sum() == pytest.approx(number, abs=1e-9)
                assert entries[tr("ledger.column.held", lang)].iloc[0] == pytest.approx(number, abs=1e-9)
            else:
                assert len(app.dataframe) == 1


def test_balances_are_those_of_the_day_asked_for(desk: Desk) -> None:
    sit(desk, Role.LEADER)
    app = desk.open("quota_ledger")
    app.date_input(key="ledger.on").set_value(DAY - dt.timedelta(days=1)).run()
    assert app.dataframe[0].value.iloc[-1, 1:].tolist() == [0, 0, 0, 0]
    app.date_input(key="ledger.on").set_value(DAY).run()
    assert app.dataframe[0].value.iloc[-1, 1] == 1000.25


def test_a_posting_is_tried_then_made_as_it_was_tried(desk: Desk) -> None:
    sit(desk)
    app = new(desk.open("quota_ledger"), "moved", QuotaKind.RESERVE, "60", unit=TOWNSHIP, target=COUNTY)
    assert not app.exception
    before = held(desk, TOWNSHIP, QuotaKind.RESERVE)
    assert before == 110  # a trial posts nothing
    rule = app.table[1].value
    assert "10.88 %" in rule[tr("ledger.rule_before", "zh")][1]
    assert (
        "4.95 %" in rule[tr("ledger.rule_after", "zh")][1] or "不足" in rule[tr("ledger.rule_after", "zh")][1]
    )
    press(app, "ledger.new.post")
    assert held(desk, TOWNSHIP, QuotaKind.RESERVE) == 50
    assert held(desk, COUNTY, QuotaKind.RESERVE) == 60
    assert app.success
    assert desk.recorded()[0] == "quota_posted"
    assert not [button for button in app.button if button.key == "ledger.new.post"]


def test_what_is_not_there_cannot_be_posted(desk: Desk) -> None:
    sit(desk)
    app = new(desk.open("quota_ledger"), "expired", QuotaKind.RESERVE, "110.0001", unit=TOWNSHIP)
    assert any("不够" in error.value for error in app.error)
    assert next(button for button in app.button if button.key == "ledger.new.post").disabled


@pytest.mark.parametrize("area", ["", "0", "-1", "abc", "1.00001", "1e12", "nan"])
def test_an_area_that_is_none_is_told_with_its_mend(desk: Desk, area: str) -> None:
    sit(desk)
    app = new(desk.open("quota_ledger"), "expired", QuotaKind.RESERVE, area, unit=TOWNSHIP)
    assert len(app.error) == 1
    assert "四位小数" in app.error[0].value
    assert not [button for button in app.button if button.key == "ledger.new.post"]


def test_what_somebody_else_took_meanwhile_is_refused_by_the_ledger(desk: Desk) -> None:
    sit(desk)
    app = new(desk.open("quota_ledger"), "expired", QuotaKind.RESERVE, "100", unit=TOWNSHIP)
    held_button = next(button for button in app.button if button.key == "ledger.new.post")
    with desk.owner.begin() as connection:
        ledger.post(connection, quota.expired(QuotaKind.RESERVE, TOWNSHIP, Decimal(50), DAY), by="别人")
    held_button.click().run()
    assert held(desk, TOWNSHIP, QuotaKind.RESERVE) == 60
    assert app.error


def test_a_plan_shows_amber_and_is_carried_out_once(desk: Desk) -> None:
    sit(desk)
    app = new(
        desk.open("quota_ledger"), "expired", QuotaKind.RESERVE, "30", unit=TOWNSHIP, book=QuotaBook.PLANNED
    )
    assert "计划执行后不足" in app.table[1].value[tr("ledger.rule_after", "zh")][1]
    press(app, "ledger.new.post")
    assert held(desk, TOWNSHIP, QuotaKind.RESERVE) == 110
    app = desk.open("quota_ledger")
    app.selectbox(key="ledger.kind").set_value(QuotaKind.RESERVE).run()
    planned = app.dataframe[0].value[tr("ledger.planned", "zh")]
    assert planned.iloc[-1] == -30
    app.session_state["ledger.posting"] = 4
    app.run()
    press(app, "ledger.card.fulfil")
    assert held(desk, TOWNSHIP, QuotaKind.RESERVE) == 80
    assert not [button for button in app.button if button.key == "ledger.card.fulfil"]


def test_a_mistake_is_reversed_with_a_reason_and_once(desk: Desk) -> None:
    sit(desk)
    app = desk.open("quota_ledger")
    app.session_state["ledger.posting"] = 3
    app.run()
    press(app, "ledger.card.reverse")
    assert "理由" in app.error[0].value
    app.text_input(key="ledger.card.reason").set_value("地块编号写错了")
    press(app, "ledger.card.reverse")
    assert held(desk, TOWNSHIP, QuotaKind.SCALE, QuotaBucket.ALLOTTED) == 0
    assert any("冲正或执行" in info.value for info in app.info)
    with desk.owner.connect() as connection:
        mirror = ledger.posting(connection, 4)
    assert mirror.entry is QuotaEntry.REVERSED
    assert mirror.reverses_id == 3


@pytest.mark.parametrize("role", [Role.LEADER, Role.CLERK, Role.AUDITOR, Role.PLANNER])
def test_who_does_not_review_land_only_reads(desk: Desk, role: Role) -> None:
    sit(desk, role, TOWN if role is Role.CLERK else CITY)
    app = desk.open("quota_ledger")
    app.session_state["ledger.posting"] = 3
    app.run()
    assert not app.exception
    assert not [one for one in app.segmented_control if one.key == "ledger.view"]
    assert not [button for button in app.button if button.key == "ledger.card.reverse"]


def test_a_county_neither_issues_nor_posts_elsewhere(desk: Desk) -> None:
    sit(desk, Role.LAND_REVIEWER, "441821")
    app = desk.open("quota_ledger")
    app.segmented_control(key="ledger.view").set_value("post").run()
    assert "issued" not in app.selectbox(key="ledger.new.entry").options
    assert app.selectbox(key="ledger.new.unit").options == ["佛冈县"]


def test_the_balances_come_back_after_the_form_as_they_were(desk: Desk) -> None:
    sit(desk)
    app = desk.open("quota_ledger")
    app.selectbox(key="ledger.county").set_value(COUNTY).run()
    app.selectbox(key="ledger.kind").set_value(QuotaKind.RESERVE).run()
    app.selectbox(key="ledger.unit").set_value("441881103").run()
    app.segmented_control(key="ledger.view").set_value("post").run()
    app.segmented_control(key="ledger.view").set_value("balances").run()
    assert not app.exception
    assert app.selectbox(key="ledger.county").value == COUNTY
    assert app.selectbox(key="ledger.kind").value == QuotaKind.RESERVE
    assert app.selectbox(key="ledger.unit").value == "441881103"


def test_a_link_to_a_posting_opens_its_unit_and_kind(desk: Desk) -> None:
    sit(desk)
    app = desk.open("quota_ledger")
    assert app.selectbox(key="ledger.kind").value == QuotaKind.SCALE
    app.query_params["posting"] = "2"
    app.run()
    assert not app.exception
    assert app.selectbox(key="ledger.kind").value == QuotaKind.RESERVE
    assert app.selectbox(key="ledger.unit").value == CITY, "the city issued it"
    app.query_params["posting"] = "3"
    app.run()
    assert app.selectbox(key="ledger.county").value == COUNTY
    assert app.selectbox(key="ledger.kind").value == QuotaKind.SCALE
    assert app.selectbox(key="ledger.unit").value == TOWNSHIP[:9]
    app.query_params["posting"] = "9" * 30
    app.run()
    assert not app.exception


def test_areas_are_written_as_they_are_kept() -> None:
    assert [mu(Decimal(given)) for given in ("0.2500", "1234567.0001", "-3", "0")] == [
        "0.25",
        "1,234,567.0001",
        "-3",
        "0",
    ]
