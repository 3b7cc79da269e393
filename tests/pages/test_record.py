"""The record's page: filters, pages, words, what is taken away; for auditors only."""

import datetime as dt
import io
from collections.abc import Iterator

import openpyxl
import pytest
import sqlalchemy as sa

import pages.record
from access import Assignment, Person
from i18n import LANGUAGES, Lang, tr
from layers import Role, feature_type
from pages.formats import SCREEN_ZONE
from pages.record import changes_words, exported, record_table
from store import accounts, record
from store.embedded import Cluster
from store.record_list import ACTIONS, Entry, Sought
from tests.pages.desk import CITY, TOWN, Desk, at_desk

AT = dt.datetime(2026, 3, 1, 16, 30, tzinfo=dt.UTC)
AUDITOR = Person(1, 1, "shen", "审计", (Assignment(Role.AUDITOR, CITY),))


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An auditor at work; accounts were added and one changed, a file was imported."""
    with at_desk(cluster, database, monkeypatch) as made:
        made.add("li.clerk", (Role.CLERK, TOWN))
        made.sign_in(made.add("wang", (Role.ADMIN, CITY)), "10.0.0.7")
        seen = made.account("li.clerk")
        with pages.record.changing() as connection:
            accounts.change(
                connection,
                seen,
                display_name="=李\n填报",
                assignments=[Assignment(Role.PLANNER, CITY)],
                disabled=False,
            )
        with database.begin() as connection:
            record.note_for(
                connection,
                seen.id,
                "li.clerk",
                "imported",
                "clinics",
                7,
                after={"file": "卫生站.csv", "rows": 3},
            )
        made.sign_in(made.add("shen", (Role.AUDITOR, CITY)))
        yield made


@pytest.mark.parametrize("lang", LANGUAGES)
def test_newest_first_in_words(desk: Desk, lang: Lang) -> None:
    app = desk.open("record", lang)
    assert not app.exception
    table = app.dataframe[0].value
    actions = [tr(f"pages.record.action_{name}", lang) for name in desk.recorded()]
    assert list(table[tr("pages.record.action", lang)]) == actions
    changed = table[table[tr("pages.record.action", lang)] == tr("pages.record.action_account_changed", lang)]
    said = changed[tr("pages.record.changes", lang)].iloc[0]
    assert "li.clerk 某 → =李" in said
    assert "英德市西牛镇" in said
    assert "清远市" in said
    assert tr("pages.record.field_disabled", lang) not in said
    imported = table[table[tr("pages.record.action", lang)] == tr("pages.record.action_imported", lang)]
    assert feature_type("clinics").title.get(lang) in imported[tr("pages.record.object", lang)].iloc[0]
    assert table[tr("pages.record.at", lang)].iloc[0].startswith(str(dt.datetime.now(SCREEN_ZONE).year))


def test_filters_narrow_and_say_when_nothing_is_left(desk: Desk) -> None:
    app = desk.open("record")
    heads = {name: tr(f"pages.record.{name}", "zh") for name in ("who", "action", "object", "address")}
    everything = len(app.dataframe[0].value)

    app.selectbox(key="record.who").set_value("li.clerk").run()
    assert set(app.dataframe[0].value[heads["who"]]) == {"li.clerk"}
    app.selectbox(key="record.who").set_value(None).run()

    app.selectbox(key="record.action").set_value("account_added").run()
    assert len(app.dataframe[0].value) == 3
    app.selectbox(key="record.object").set_value("clinics").run()
    assert not app.dataframe
    assert [i.value for i in app.info] == [tr("pages.record.nothing", "zh")]
    app.selectbox(key="record.action").set_value(None).run()
    assert list(app.dataframe[0].value[heads["action"]]) == [tr("pages.record.action_imported", "zh")]
    app.selectbox(key="record.object").set_value(None).run()

    app.text_input(key="record.words").set_value("10.0.0.7").run()
    assert set(app.dataframe[0].value[heads["address"]]) == {"10.0.0.7"}
    app.text_input(key="record.words").set_value("卫生站").run()
    assert len(app.dataframe[0].value) == 1
    app.text_input(key="record.words").set_value("%").run()
    assert not app.dataframe
    app.text_input(key="record.words").set_value("").run()

    today = dt.datetime.now(SCREEN_ZONE).date()
    app.date_input(key="record.since").set_value(today).run()
    assert len(app.dataframe[0].value) == everything
    app.date_input(key="record.until").set_value(today - dt.timedelta(days=1)).run()
    assert [w.value for w in app.warning] == [tr("pages.record.days_reversed", "zh")]
    app.date_input(key="record.since").set_value(None).run()
    assert [i.value for i in app.info] == [tr("pages.record.nothing", "zh")]
    assert not app.exception


def test_pages_of_two_hundred(desk: Desk) -> None:
    with desk.owner.begin() as connection:
        for number in range(250):
            record.note_for(connection, None, "机器", "imported", "clinics", number)
    app = desk.open("record")
    first = app.dataframe[0].value
    assert len(first) == 200
    (pager,) = app.get("pagination")
    pager.set_value(2).run()
    second = app.dataframe[0].value
    number = tr("pages.record.number", "zh")
    assert second[number].max() == first[number].min() - 1
    app.selectbox(key="record.who").set_value("机器").run()
    assert len(app.dataframe[0].value) == 200
    assert app.session_state["record.page"] == 1


def test_only_auditors_read_it(desk: Desk) -> None:
    desk.sign_in(desk.account("wang"))
    app = desk.open("record")
    assert not app.exception
    assert not app.dataframe
    assert [i.value for i in app.info] == [tr("pages.record.empty", "zh")]


def test_what_is_taken_away_is_guarded_and_recorded(desk: Desk) -> None:
    sought = Sought(action="account_changed")
    csv = exported(sought, "csv", AUDITOR, desk.acting, "zh").decode("utf-8-sig")
    lines = csv.splitlines()
    assert len([line for line in lines if "修改账号" in line]) == 1
    assert "li.clerk 某 → =李" in csv
    assert desk.recorded()[0] == "exported"
    sheet = openpyxl.load_workbook(io.BytesIO(exported(sought, "xlsx", AUDITOR, desk.acting, "en"))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "account changed" in {cell.value for cell in cells}
    assert all(cell.data_type in ("s", "n") for cell in cells)
    app = desk.open("record", "en")
    table = app.dataframe[0].value
    assert list(table["Action"][:2]) == ["exported", "exported"]
    assert "Action: account changed" in table["Changes"][0]
    assert "Rows: 1" in table["Changes"][0]


def test_hostile_words_stay_words() -> None:
    entry = Entry(
        1, AT, "=cmd()", (), None, "burnt", "nothing", "@x", None, {"+k": "-1", "n": {"a": 1}}, "=1"
    )
    table = record_table([entry], {}, "zh")
    assert table[tr("pages.record.at", "zh")][0] == "2026-03-02 00:30:00"
    assert table[tr("pages.record.action", "zh")][0] == "burnt"
    csv = pages.record.as_csv(table).decode("utf-8-sig").splitlines()[1]
    assert "'=cmd()" in csv
    assert "'+k" in csv
    assert csv.endswith(",'=1")


def test_every_action_has_words() -> None:
    for action in ACTIONS:
        assert pages.record.action_words(action, "zh") != action


def test_what_stayed_is_left_out() -> None:
    entry = Entry(
        1, AT, "a", (), None, "account_changed", "account", "1",
        {"disabled": False, "name": "a", "roles": []},
        {"disabled": True, "name": "a", "roles": ["clerk@441881103"]},
        None,
    )  # fmt: skip
    assert changes_words(entry, {TOWN: "西牛镇"}, "zh") == "停用：否 → 是；角色：— → 镇级填报员（西牛镇）"
