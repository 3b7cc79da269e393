"""候选项目: proposing, choosing, withdrawing, prices, and two who save the same project."""

from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa
import streamlit as st
from shapely import LineString
from streamlit.testing.v1 import AppTest

import pages.candidate_drawing
import pages.candidates
from analysis.proposals.unit_costs import DEFAULT_YUAN
from base.settings import settings
from i18n import tr
from layers import Role
from layers.codes import CandidateKind, Need
from pages.candidate_words import candidate_table, comparison, cost_table, money, size_words
from store import identity
from store.embedded import Cluster
from store.engine import changing, create_database, drop_database, make_engine, reading
from store.planning.candidates import candidate, candidates, change, latest_runs
from store.planning.unit_costs import unit_costs
from store.protection import APP
from tests.pages.desk import CITY, Desk
from tests.store.test_planning import LINK

HOME, FOREIGN = "441821", "441826"


@pytest.fixture
def desk(cluster: Cluster, city_template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The small city in a database of its own, for whoever sits down."""
    import store.engine
    import web.visitors

    create_database(cluster, "city_desk", template=city_template)
    owner = make_engine(cluster.url("city_desk"), settings())
    with owner.begin() as connection:
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    app = make_engine(cluster.url("city_desk", user=APP), settings())
    made = Desk(owner, app)
    monkeypatch.setattr(store.engine, "engine", lambda: app)
    monkeypatch.setattr(store.identity, "current", lambda: made.acting)
    monkeypatch.setattr(web.visitors, "owner", lambda: owner)
    monkeypatch.setattr(pages.candidates, "owner", lambda: owner)
    monkeypatch.setattr(pages.candidate_drawing, "owner", lambda: owner)
    yield made
    app.dispose()
    owner.dispose()
    drop_database(cluster, "city_desk")


def _sit(desk: Desk, name: str, role: Role, prefix: str) -> None:
    desk.sign_in(desk.add(name, (role, prefix)))


def _button(app: AppTest, key: str):
    return next((button for button in app.button if button.key == key), None)


def _pick(app: AppTest, no: str) -> AppTest:
    app.session_state["candidates.selected"] = no
    app.session_state["candidates.table"] += 1
    return app.run()


def _texts(app: AppTest) -> str:
    blocks = [*app.markdown, *app.caption, *app.info, *app.success, *app.warning]
    return " ".join(str(block.value) for block in blocks).replace("\\", "")


def test_a_planner_proposes_chooses_and_withdraws(desk: Desk) -> None:
    _sit(desk, "planner", Role.PLANNER, HOME)
    app = desk.open("candidates")
    assert not app.exception
    assert app.selectbox[0].value == HOME, "it opens where the planner plans"
    assert tr("planning.empty", "zh", need="通硬化路") in _texts(app)
    app = _button(app, "candidates.propose").click().run()
    assert not app.exception
    with reading(desk.owner) as connection:
        roads = candidates(connection, needs=[Need.ROAD])
        (run,) = latest_runs(connection)
    assert len(roads) == run.proposed > 0 and run.made_by == "planner 某"
    no = roads[0].no
    app = _pick(app, no)
    assert not app.exception
    assert roads[0].candidate.name in _texts(app)
    app = _button(app, "candidates.withdraw").click().run()
    assert not app.exception
    with reading(desk.owner) as connection:
        assert candidate(connection, no).state == "withdrawn"
        assert no not in {one.no for one in candidates(connection)}
    assert desk.recorded()[:2] == ["candidate_withdrawn", "candidates_proposed"]
    gone = next(box for box in app.selectbox if box.key == "candidates.gone")
    app = _button(gone.set_value(no).run(), "candidates.reopen").click().run()
    assert not app.exception
    with reading(desk.owner) as connection:
        assert no in {one.no for one in candidates(connection)}


def test_who_does_not_plan_there_has_no_buttons(desk: Desk) -> None:
    _sit(desk, "planner", Role.PLANNER, HOME)
    _button(desk.open("candidates"), "candidates.propose").click().run()
    with reading(desk.owner) as connection:
        no = candidates(connection)[0].no
    for name, role, prefix in (("leader", Role.LEADER, CITY), ("other", Role.PLANNER, FOREIGN)):
        _sit(desk, name, role, prefix)
        app = desk.open("candidates")
        app = app.selectbox[0].set_value(HOME).run()
        app = _pick(app, no)
        assert not app.exception
        assert no in _texts(app)
        assert all(_button(app, f"candidates.{what}") is None for what in ("propose", "withdraw", "change"))


def test_a_drawing_is_reckoned_saved_and_compared(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The map is the browser's: here a line comes from it as it would be told."""
    _sit(desk, "planner", Role.PLANNER, HOME)
    app = _button(desk.open("candidates"), "candidates.propose").click().run()
    with reading(desk.owner) as connection:
        seen = max(candidates(connection), key=lambda one: one.candidate.size)
    app = _pick(app, seen.no)
    app = _button(app, "candidates.change").click().run()
    assert not app.exception
    near = LineString([(lon, lat + 0.0001) for lon, lat in seen.candidate.geometry.coords])
    monkeypatch.setattr(pages.candidate_drawing, "sketch", lambda *_: (near,))
    with identity.acting(desk.acting), changing(desk.app) as connection:
        change(connection, seen, seen.candidate, unit_costs(connection), "别人")
    app = app.run()
    app = _button(app, "candidates.save").click().run()
    assert not app.exception
    assert _button(app, "candidates.mine") is not None, "somebody saved it meanwhile: both are shown"
    app = _button(app, "candidates.mine").click().run()
    assert not app.exception
    with reading(desk.owner) as connection:
        now = candidate(connection, seen.no)
    assert now.candidate.geometry.equals(near) and now.version == 3 and now.origin == "edited"
    assert now.candidate.cost_yuan > 0 and "drawn_reach_m" in now.candidate.assumptions


def test_new_prices_mark_what_was_priced_with_old_ones(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _sit(desk, "planner", Role.PLANNER, CITY)
    app = desk.open("candidates")
    app = app.selectbox[0].set_value(HOME).run()
    app = _button(app, "candidates.propose").click().run()

    def dearer(table: pd.DataFrame, **_: object) -> pd.DataFrame:
        yuan = tr("planning.price_yuan", "zh")
        return table.assign(**{yuan: table[yuan].where(table.index != 0, 900_000)})

    monkeypatch.setattr(st, "data_editor", dearer)
    app = app.run()
    app = _button(app, "candidates.save_prices").click().run()
    assert not app.exception
    with reading(desk.owner) as connection:
        costs = unit_costs(connection)
        stale = [one for one in candidates(connection) if one.is_priced_otherwise(costs)]
    assert costs == DEFAULT_YUAN | {"harden_km": 900_000}
    assert stale
    assert tr("planning.stale", "zh", number=len(stale), touched=0) in _texts(app)
    assert app.dataframe[0].value[tr("planning.column_old_prices", "zh")].sum() == len(stale)
    app = _pick(app, stale[0].no)
    app = _button(app, "candidates.reprice").click().run()
    assert not app.exception
    with reading(desk.owner) as connection:
        now = candidate(connection, stale[0].no)
    assert not now.is_priced_otherwise(costs) and now.origin == "proposed"
    app = _button(app, "candidates.propose_projects").click().run()
    assert not app.exception
    with reading(desk.owner) as connection:
        assert not any(one.is_priced_otherwise(costs) for one in candidates(connection))
    before = stale[0].candidate.cost_parts["harden_km"][1]
    assert now.candidate.cost_parts["harden_km"][1] == pytest.approx(2 * before)


def test_words_of_money_and_size() -> None:
    assert (money(1_234_567, "zh"), money(1_234_567, "en")) == ("123.5 万元", "1,234,567 yuan")
    assert (size_words(LINK, "zh"), size_words(LINK, "en")) == ("1.5 公里", "1.5 km")
    costs = cost_table(LINK, DEFAULT_YUAN, "zh")
    assert costs.iloc[-1].tolist() == ["合计", "", "", "1,200,000"]
    assert CandidateKind.ROAD_LINK.text.zh


def test_what_differs_is_bold() -> None:
    from dataclasses import replace

    table = comparison(LINK, replace(LINK, name="改名", cost_yuan=5), "zh")
    bold = [str(said).startswith("**") for said in table.iloc[:, 1]]
    assert bold == [True, False, True, False, False]
    assert candidate_table([], {}, {}, "zh").empty
