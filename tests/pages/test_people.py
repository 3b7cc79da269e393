"""People's page under the policies of the database: adding, changing, two at once, refusals, sessions."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from access import Assignment
from i18n import LANGUAGES, Lang, tr
from layers import Role
from pages.account_words import browser_words
from pages.formats import plain
from store import accounts, sessions
from store.embedded import Cluster
from store.engine import changing
from store.errors import AccountKnown, BadAccountName, LastAdmin, OwnRoles, RecordChanged
from store.session_list import open_sessions
from tests.pages.desk import CITY, TOWN, Desk, at_desk

NEW = "people.new.0"


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An administrator at work, and a clerk."""
    with at_desk(cluster, database, monkeypatch) as made:
        made.add("li.clerk", (Role.CLERK, TOWN))
        made.sign_in(made.add("wang", (Role.ADMIN, CITY)))
        yield made


def add_role(app: AppTest, key: str, role: Role, county: str = "", town: str = "") -> AppTest:
    app.selectbox(key=f"{key}.role").set_value(role).run()
    if county:
        app.selectbox(key=f"{key}.county").set_value(county).run()
    if town:
        app.selectbox(key=f"{key}.town.{county}").set_value(town).run()
    return app.button(key=f"{key}.add").click().run()


def choose(app: AppTest, desk: Desk, name: str) -> str:
    """Open an account in the form; gives the beginning of its widgets' keys."""
    account = desk.account(name)
    app.selectbox(key="people.chosen").set_value(account.id).run()
    return f"people.change.{account.id}.{account.version}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_table_tells_roles_places_and_sessions(desk: Desk, lang: Lang) -> None:
    app = desk.open("people", lang)
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table.iloc[:, 0]) == ["li.clerk", "wang"]
    assert "英德市西牛镇" in table[tr("pages.people.roles", lang)][0]
    assert table[tr("pages.people.last", lang)][0] == tr("pages.people.never", lang)
    assert list(table[tr("pages.people.open", lang)]) == [0, 1]


def test_added_account_signs_in_with_the_password_shown_once(desk: Desk) -> None:
    app = desk.open("people")
    app.text_input(key=f"{NEW}.name").set_value(" Chen.Ke ").run()
    app.text_input(key=f"{NEW}.shown").set_value("陈科").run()
    add_role(app, NEW, Role.HOUSING_OFFICER, "441881")
    add_role(app, NEW, Role.CLERK, "441881", TOWN)
    app.button(key="people.add").click().run()
    assert not app.exception
    assert [m.value for m in app.success] == [tr("pages.people.added", "zh", name="chen\\.ke")]
    made = desk.account("chen.ke")
    assert made.display_name == "陈科"
    assert made.must_change
    assert set(made.assignments) == {
        Assignment(Role.HOUSING_OFFICER, "441881"),
        Assignment(Role.CLERK, TOWN),
    }
    password = app.code[0].value
    assert sessions.sign_in(desk.owner, "chen.ke", password, sessions.Visit())
    app.button(key="people.away").click().run()
    assert not app.code
    assert app.text_input(key="people.new.1.name").value == ""
    assert desk.recorded()[:2] == ["signed_in", "account_added"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_are_refused_in_words(desk: Desk, lang: Lang) -> None:
    app = desk.open("people", lang)
    add_role(app, NEW, Role.PLANNER)
    for name, refused in (("李", BadAccountName(name="李")), ("wang", AccountKnown(name="wang"))):
        app.text_input(key=f"{NEW}.name").set_value(name).run()
        app.button(key="people.add").click().run()
        assert not app.exception
        assert [e.value for e in app.error] == [plain(refused.sentence(lang))]


def test_a_role_that_was_not_added_is_not_lost_unseen(desk: Desk) -> None:
    app = desk.open("people")
    app.text_input(key=f"{NEW}.name").set_value("chen").run()
    app.button(key="people.add").click().run()
    assert [e.value for e in app.error] == [tr("pages.people.role_needed", "zh")]
    app.selectbox(key=f"{NEW}.role").set_value(Role.PLANNER).run()
    app.button(key="people.add").click().run()
    assert [e.value for e in app.error] == [tr("pages.people.role_pending", "zh")]
    assert desk.recorded()[0] == "signed_in"


def test_change_is_saved_and_recorded(desk: Desk) -> None:
    app = desk.open("people")
    key = choose(app, desk, "li.clerk")
    app.text_input(key=f"{key}.shown").set_value("李填报").run()
    app.multiselect(key=f"{key}.held").set_value([]).run()
    add_role(app, key, Role.PLANNER)
    app.button(key="people.save").click().run()
    assert not app.exception
    saved = desk.account("li.clerk")
    assert (saved.display_name, saved.assignments) == ("李填报", (Assignment(Role.PLANNER, CITY),))
    assert desk.recorded()[0] == "account_changed"
    app.button(key="people.save").click().run()
    assert [i.value for i in app.info] == [tr("pages.people.unchanged", "zh")]


def change_elsewhere(desk: Desk, name: str, shown: str) -> None:
    with changing() as connection:
        seen = accounts.named(connection, name)
        accounts.change(
            connection, seen, display_name=shown, assignments=seen.assignments, disabled=seen.disabled
        )


@pytest.mark.parametrize("over", [True, False], ids=["mine", "theirs"])
def test_second_saver_sees_what_the_first_changed(desk: Desk, over: bool) -> None:
    app = desk.open("people")
    key = choose(app, desk, "li.clerk")
    app.text_input(key=f"{key}.shown").set_value("我写的").run()
    change_elsewhere(desk, "li.clerk", "别人写的")
    app.button(key="people.save").click().run()
    assert not app.exception
    assert [w.value for w in app.warning] == [plain(RecordChanged(None).sentence("zh"))]
    table = app.table[0].value
    assert list(table.iloc[0, 1:]) == ["**别人写的**", "**我写的**"]
    assert not table.iloc[1, 1].startswith("**")
    assert desk.account("li.clerk").display_name == "别人写的"
    app.button(key="people.mine" if over else "people.theirs").click().run()
    assert not app.exception
    assert not app.warning
    account = desk.account("li.clerk")
    assert account.display_name == ("我写的" if over else "别人写的")
    key = f"people.change.{account.id}.{account.version}"
    assert app.text_input(key=f"{key}.shown").value == account.display_name


def test_third_saver_is_asked_again(desk: Desk) -> None:
    app = desk.open("people")
    key = choose(app, desk, "li.clerk")
    app.text_input(key=f"{key}.shown").set_value("我写的").run()
    change_elsewhere(desk, "li.clerk", "甲写的")
    app.button(key="people.save").click().run()
    change_elsewhere(desk, "li.clerk", "乙写的")
    app.button(key="people.mine").click().run()
    assert app.table[0].value.iloc[0, 1] == "**乙写的**"


def test_new_password_in_between_is_no_conflict(desk: Desk) -> None:
    app = desk.open("people")
    key = choose(app, desk, "li.clerk")
    app.text_input(key=f"{key}.shown").set_value("我写的").run()
    with changing() as connection:
        accounts.reset_password(connection, accounts.named(connection, "li.clerk"))
    app.button(key="people.save").click().run()
    assert not app.exception
    assert not app.warning
    assert desk.account("li.clerk").display_name == "我写的"


def test_last_administrator_and_own_roles_are_refused(desk: Desk) -> None:
    app = desk.open("people", "en")
    key = choose(app, desk, "wang")
    app.toggle(key=f"{key}.disabled").set_value(True).run()
    app.button(key="people.save").click().run()
    assert not app.exception
    assert [e.value for e in app.error] == [plain(LastAdmin().sentence("en"))]
    app.toggle(key=f"{key}.disabled").set_value(False).run()
    add_role(app, key, Role.AUDITOR)
    app.button(key="people.save").click().run()
    assert [e.value for e in app.error] == [plain(OwnRoles().sentence("en"))]
    assert desk.account("wang").assignments == (Assignment(Role.ADMIN, CITY),)


def test_reset_ends_sessions_and_shows_a_password(desk: Desk) -> None:
    admin = desk.acting
    desk.sign_in(desk.account("li.clerk"), "10.0.0.2")
    desk.acting = admin
    app = desk.open("people")
    choose(app, desk, "li.clerk")
    app.button(key="people.reset").click().run()
    assert not app.exception
    assert desk.sessions("li.clerk") == 0
    assert sessions.sign_in(desk.owner, "li.clerk", app.code[0].value, sessions.Visit())
    assert desk.account("li.clerk").must_change


def test_sessions_are_ended_one_and_all(desk: Desk) -> None:
    admin = desk.acting
    for number in range(3):
        desk.sign_in(desk.account("li.clerk"), f"10.0.0.{number}")
    desk.acting = admin
    app = desk.open("people")
    table = app.dataframe[1].value
    assert len(table) == 4
    assert tr("pages.people.this_session", "zh") in set(table[tr("pages.people.seen", "zh")])
    assert set(table[tr("pages.people.browser", "zh")]) == {"Firefox 140 · Linux"}
    assert len(app.selectbox(key="people.session").options) == 3
    with desk.owner.connect() as connection:
        latest = max(s.id for s in open_sessions(connection))
    app.selectbox(key="people.session").set_value(latest).run()
    app.button(key="people.end").click().run()
    assert not app.exception
    assert desk.sessions("li.clerk") == 2
    choose(app, desk, "li.clerk")
    app.button(key="people.end_all").click().run()
    assert not app.exception
    assert (desk.sessions("li.clerk"), desk.sessions("wang")) == (0, 1)
    assert desk.recorded()[:3] == ["session_ended"] * 3


def test_who_is_no_administrator_sees_only_themselves(desk: Desk) -> None:
    desk.sign_in(desk.account("li.clerk"))
    app = desk.open("people")
    assert not app.exception
    assert list(app.dataframe[0].value.iloc[:, 0]) == ["li.clerk"]
    app.text_input(key=f"{NEW}.name").set_value("chen").run()
    add_role(app, NEW, Role.ADMIN)
    app.button(key="people.add").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert not app.code


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (None, "—"),
        ("curl/8", "curl/8"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/131.0 Safari/537 Edg/131.0", "Edge 131 · Windows"),
        ("Mozilla/5.0 (iPhone; CPU) AppleWebKit/605 Version/17.1 Mobile/15 Safari/604", "Safari 17 · iOS"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120.0 MicroMessenger/8.0", "WeChat 8 · Android"),
    ],
)  # fmt: skip
def test_browser_words(agent: str | None, words: str) -> None:
    assert browser_words(agent) == words
