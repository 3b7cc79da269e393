"""The page of the choice on the small city: ask, choose, explain, save, open again, carry; what is refused."""

import io
import time
from collections.abc import Iterator

import openpyxl
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from base.settings import settings
from i18n import LANGUAGES, Lang, tr
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from tests.pages.conftest import Open, scalar, show
from tests.planned import put_candidates

_PATIENCE_S = 60
_SCRIPT = """
import pages.{name} as shown
shown.lang = lambda: "{lang}"
shown.page()
"""


@pytest.fixture(scope="module")
def planned_template(cluster: Cluster, city_template: str) -> str:
    create_database(cluster, "planned_template", template=city_template)
    engine = make_engine(cluster.url("planned_template"), settings())
    put_candidates(engine)
    engine.dispose()
    return "planned_template"


@pytest.fixture
def planned_city(
    cluster: Cluster, planned_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sa.Engine]:
    """A copy of the small city with candidates, for tests that save."""
    create_database(cluster, "planned_city", template=planned_template)
    engine = make_engine(cluster.url("planned_city"), settings())
    show(monkeypatch, engine)
    yield engine
    engine.dispose()
    drop_database(cluster, "planned_city")


def open_selection(lang: Lang = "zh", name: str = "selection", **query: str) -> AppTest:
    app = AppTest.from_string(_SCRIPT.format(name=name, lang=lang), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def choose(app: AppTest) -> AppTest:
    """Begin the search and wait for its answer, as a visitor's browser would."""
    app.button(key="selection.run").click().run()
    return wait(app)


def wait(app: AppTest) -> AppTest:
    end = time.monotonic() + _PATIENCE_S
    while "selection.work" in app.session_state and time.monotonic() < end:
        time.sleep(0.1)
        app.run()
    assert "selection.work" not in app.session_state
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_candidates_it_leads_to_their_page(open_page: Open, lang: Lang) -> None:
    app = open_page("selection", lang)
    assert not app.exception
    assert [m.value for m in app.info] == [tr("selection.empty", lang)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_ask_choose_explain(planned_city: sa.Engine, lang: Lang) -> None:
    app = choose(open_selection(lang))
    held = app.session_state["selection.held"]
    choice, ask = held.plan.choice, held.plan.ask
    assert choice.years
    assert choice.cost_yuan <= ask.budget_yuan
    values = {m.label: m.value for m in app.metric}
    assert values[tr("selection.figure.people", lang)] == f"{choice.people:,.0f}"
    assert not [one for one in held.plan.chosen if one.relocation]
    for no in (held.plan.chosen[0].no, held.plan.others[0].no):
        app.session_state["selection.focus"] = no
        app.run()
        assert not app.exception
        shown = " ".join(m.value for m in app.markdown)
        assert held.plan.by_no[no].name[:3] in shown
        assert no in held.explained
        heading = "selection.why.in" if no in choice.years else "selection.why.out"
        assert tr(heading, lang, year=held.explained[no].year) in shown


def test_save_reload_rename_carry_delete(planned_city: sa.Engine) -> None:
    app = choose(open_selection())
    people = app.session_state["selection.held"].plan.choice.people
    app.text_input(key="selection.save_name.0").set_value("三年方案").run()
    app.button(key="selection.save_as").click().run()
    assert not app.exception
    assert [m.value for m in app.success] == [tr("selection.saved.done", "zh", name="三年方案")]
    number = str(scalar(planned_city, "SELECT id FROM xiangtu.scenarios"))
    assert app.query_params["scenario"] == number

    reloaded = open_selection(scenario=number)
    assert not reloaded.exception
    held = reloaded.session_state["selection.held"]
    assert held.saved
    assert held.plan.choice.people == people
    assert reloaded.session_state["selection.needs"] == ["road", "water", "mobile_4g"]

    key = f"selection.rename.{number}.{held.scenario.version}"
    reloaded.text_input(key=f"{key}.name").set_value("定稿").run()
    reloaded.button(key=f"{key}.do").click().run()
    assert scalar(planned_city, "SELECT name FROM xiangtu.scenarios") == "定稿"

    # The first window still has the scenario as it was before: what was saved meanwhile is not overwritten.
    app.button(key="selection.delete").click().run()
    assert [m.value for m in app.warning]
    assert scalar(planned_city, "SELECT count(*) FROM xiangtu.scenarios") == 1

    reloaded.button(key="selection.carry").click().run()
    assert not reloaded.exception
    carried = scalar(planned_city, "SELECT count(*) FROM xiangtu.projects")
    assert carried == len(held.plan.choice.years)
    paid = scalar(
        planned_city,
        "SELECT sum((p ->> 'yuan')::bigint) FROM xiangtu.projects, jsonb_array_elements(payments) AS p",
    )
    assert paid == held.plan.choice.cost_yuan

    reloaded.button(key="selection.delete").click().run()
    assert scalar(planned_city, "SELECT count(*) FROM xiangtu.scenarios") == 0
    assert scalar(planned_city, "SELECT count(*) FROM xiangtu.projects") == carried


def test_rules_in_the_way_are_named_and_can_be_dropped(planned_city: sa.Engine) -> None:
    from analysis.selection.model import Rule, RuleKind

    app = open_selection()
    app.session_state["selection.rules"] = [
        Rule("r1", RuleKind.AT_LEAST, prefix="441821", amount=20.0),
        Rule("r2", RuleKind.AT_MOST, prefix="441821", amount=10.0),
    ]
    app.run()
    choose(app)
    assert [m.value for m in app.error] == [tr("selection.way.title", "zh")]
    assert {b.key for b in app.button if b.key and b.key.startswith("selection.way.")} == {
        "selection.way.r1",
        "selection.way.r2",
    }
    app.button(key="selection.way.r1").click().run()
    choose(app)
    assert not app.error
    held = app.session_state["selection.held"]
    assert sum(one.admin_code.startswith("441821") for one in held.plan.chosen) <= 10


def test_adding_and_removing_a_rule(planned_city: sa.Engine) -> None:
    app = open_selection()
    app.number_input(key="selection.new.0.amount.projects").set_value(3).run()
    app.button(key="selection.new.0.do").click().run()
    assert not app.exception
    assert [str(rule.kind) for rule in app.session_state["selection.rules"]] == ["at_least"]
    app.button(key="selection.drop.r1").click().run()
    assert app.session_state["selection.rules"] == []


def test_curve_next_million_and_files(planned_city: sa.Engine) -> None:
    from pages.selection_exports import map_svg, report
    from pages.selection_words import names_under
    from pipelines.plan_report import as_pdf, as_workbook

    app = choose(open_selection())
    app.segmented_control(key="selection.view").set_value("curve").run()
    app.button(key="selection.curve").click().run()
    wait(app)
    app.button(key="selection.next").click().run()
    wait(app)
    held = app.session_state["selection.held"]
    people = [point.people for point in held.curve]
    assert people == sorted(people)
    assert people[0] == 0
    assert held.next_million.people >= 0
    app.segmented_control(key="selection.view").set_value("export").run()
    assert not app.exception

    with planned_city.connect() as connection:
        names = names_under(connection, held.plan.ask.counties)
    made = report(held, names, "zh")
    assert as_pdf(made).startswith(b"%PDF")
    assert "佛冈县" in map_svg(held.plan, names, "zh")
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(made)))
    rows = list(book["入选项目"].iter_rows(min_row=2, values_only=True))
    assert sum(row[6] for row in rows) == held.plan.choice.cost_yuan
    money = list(book["资金"].iter_rows(min_row=2, values_only=True))
    assert sum(row[3] for row in money) == held.plan.choice.cost_yuan


def test_two_scenarios_side_by_side(planned_city: sa.Engine) -> None:
    app = choose(open_selection())
    app.text_input(key="selection.save_name.0").set_value("甲").run()
    app.button(key="selection.save_as").click().run()
    app.slider(key="selection.fair").set_value(20).run()
    choose(app)
    first = app.session_state["selection.held"].scenario.id
    app.text_input(key=f"selection.save_name.{first}").set_value("乙").run()
    app.button(key="selection.save_as").click().run()
    app.segmented_control(key="selection.view").set_value("compare").run()
    assert not app.exception
    assert not app.info
    firsts = [frame.value.iloc[0, 0] for frame in app.dataframe if len(frame.value)]
    assert tr("selection.figure.people", "zh") in firsts


@pytest.mark.parametrize("odd", ["999999", "x", "1 OR 1=1"])
def test_odd_addresses_are_no_error(planned_city: sa.Engine, odd: str) -> None:
    app = open_selection(scenario=odd)
    assert not app.exception
    assert "scenario" not in app.query_params
