"""My account: roles, a new password under the rules, ending other sessions."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

import pages.account
from access.passwords import PasswordHasName
from i18n import LANGUAGES, Lang, tr
from layers import Role
from pages.formats import plain
from store import sessions
from store.embedded import Cluster
from store.errors import SignInRefused
from tests.pages.desk import PASSWORD, TOWN, Desk, at_desk

NEW = "Lianjiang+7531"


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A clerk with two sessions, at the second."""
    with at_desk(cluster, database, monkeypatch) as made:
        monkeypatch.setattr(pages.account, "owner", lambda: database)
        clerk = made.add("li.clerk", (Role.CLERK, TOWN))
        made.add("other", (Role.PLANNER, "4418"))
        made.sign_in(made.account("other"))
        made.sign_in(clerk, "10.0.0.8")
        made.sign_in(clerk, "10.0.0.9")
        yield made


def enter(app: AppTest, old: str, new: str, again: str) -> AppTest:
    for name, value in (("old", old), ("new", new), ("again", again)):
        app.text_input(key=f"account.{name}").set_value(value)
    return app.button(key="account.change").click().run()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_says_who_and_where(desk: Desk, lang: Lang) -> None:
    app = desk.open("account", lang)
    assert not app.exception
    assert [t.value for t in app.title] == [tr("pages.account.title", lang)]
    assert any("li\\.clerk" in m.value for m in app.markdown)
    assert any("西牛镇" in m.value for m in app.markdown)
    table = app.dataframe[0].value
    assert len(table) == 2
    assert table[tr("pages.people.seen", lang)][0] == tr("pages.people.this_session", lang)


def test_password_is_changed_and_other_sessions_end(desk: Desk) -> None:
    app = enter(desk.open("account"), PASSWORD, NEW, NEW)
    assert not app.exception
    assert [s.value for s in app.success] == [plain(tr("pages.account.changed", "zh"))]
    assert desk.sessions("li.clerk") == 1
    assert desk.recorded()[0] == "password_changed"
    assert sessions.sign_in(desk.owner, "li.clerk", NEW, sessions.Visit())
    with pytest.raises(SignInRefused):
        sessions.sign_in(desk.owner, "li.clerk", PASSWORD, sessions.Visit())


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (("wrong", NEW, NEW), "pages.account.old_wrong"),
        ((PASSWORD, NEW, NEW + "x"), "web.passwords_differ"),
        ((PASSWORD, PASSWORD, PASSWORD), "pages.account.same"),
        ((PASSWORD, "", ""), "pages.account.all_three"),
        ((PASSWORD, "li.clerk-A1x9", "li.clerk-A1x9"), PasswordHasName.key),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_refusals_are_told(desk: Desk, given: tuple[str, str, str], key: str, lang: Lang) -> None:
    app = enter(desk.open("account", lang), *given)
    assert not app.exception
    assert [e.value for e in app.error] == [plain(tr(key, lang))]
    assert desk.sessions("li.clerk") == 2
    assert sessions.sign_in(desk.owner, "li.clerk", PASSWORD, sessions.Visit())


def test_the_other_sessions_are_ended(desk: Desk) -> None:
    app = desk.open("account")
    app.button(key="account.end_others").click().run()
    assert not app.exception
    assert [s.value for s in app.success] == [plain(tr("pages.account.ended", "zh", number=1))]
    assert (desk.sessions("li.clerk"), desk.sessions("other")) == (1, 1)
    assert desk.recorded()[0] == "session_ended"
    assert len(app.dataframe[0].value) == 1
    assert "account.end_others" not in {button.key for button in app.button}


def test_a_demo_account_has_no_password_to_change(desk: Desk) -> None:
    with desk.owner.begin() as connection:
        connection.execute(sa.text("UPDATE access.accounts SET demo = true WHERE name = 'li.clerk'"))
    app = desk.open("account")
    assert not app.exception
    assert not app.text_input
    assert [i.value for i in app.info] == [tr("pages.account.demo", "zh")]
