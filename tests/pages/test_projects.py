"""The project library: empty for all, filled from a scenario, filtered, its sums to the yuan."""

from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa

from analysis.selection.model import Budget
from base.settings import settings
from i18n import LANGUAGES, Lang, tr
from pages.project_words import money_table, project_table
from pages.selection_words import names_under
from pipelines.planning import choose
from pipelines.planning.choose import Ask, Plan
from store import record
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.planning import scenarios
from store.planning.projects import carry_into_library, projects
from tests.pages.conftest import Open, show
from tests.planned import put_candidates

COUNTIES = ("441821", "441826")


@pytest.fixture(scope="module")
def library(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """The small city with a scenario of two years whose choice was carried into the library."""
    create_database(cluster, "library", template=city_template)
    engine = make_engine(cluster.url("library"), settings())
    with engine.begin() as connection:
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    put_candidates(engine, each=8)
    budgets = tuple(
        Budget(source, year, 1_500_000) for source in ("central", "county") for year in (2027, 2028)
    )
    ask = Ask(COUNTIES, ("road", "water", "mobile_4g"), budgets)
    with pytest.MonkeyPatch.context() as patch, engine.begin() as connection:
        # The owner's connection, where nobody is signed in.
        patch.setattr(record, "note", lambda *given, **more: None)
        ground = choose.read_ground(connection, ask.counties, ask.needs)
        plan = Plan(ask, ground.candidates, choose.choose(ask, choose.problem_for(ask, ground)))
        made = scenarios.save(
            connection, name="两年", note="", admin_code=ask.admin_code, problem=ask.form(), by="测试"
        )
        made = choose.save_plan(connection, made, plan, ground, (), "测试")
        carry_into_library(connection, made, "测试")
    yield engine
    engine.dispose()
    drop_database(cluster, "library")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_library_says_where_projects_come_from(open_page: Open, lang: Lang) -> None:
    app = open_page("projects", lang)
    assert not app.exception
    assert [m.value for m in app.info] == [tr("library.empty", lang)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_list_sums_and_filters(
    library: sa.Engine, open_page: Open, monkeypatch: pytest.MonkeyPatch, lang: Lang
) -> None:
    show(monkeypatch, library)
    with library.connect() as connection:
        known = projects(connection)
    app = open_page("projects", lang)
    assert not app.exception
    values = {metric.label: metric.value for metric in app.metric}
    assert values[tr("library.number", lang)] == str(len(known))
    cost = tr("library.column.cost_yuan", lang)
    assert app.dataframe[0].value[cost].sum() == sum(one.budget_yuan for one in known)
    app.multiselect(key="projects.county").set_value(["441821"]).run()
    app.multiselect(key="projects.year").set_value([2027]).run()
    kept = [
        one
        for one in known
        if one.admin_code.startswith("441821") and one.planned_start and one.planned_start.year == 2027
    ]
    assert 0 < len(kept) < len(known)
    assert list(app.dataframe[0].value[tr("library.column.code", lang)]) == [one.code for one in kept]
    app.multiselect(key="projects.kind").set_value(["road_link"]).run()
    roads = [one for one in kept if one.kind == "road_link"]
    if roads:
        assert len(app.dataframe[0].value) == len(roads)
    else:
        assert [m.value for m in app.info] == [tr("library.nothing", lang)]


def test_money_adds_up_both_ways(library: sa.Engine) -> None:
    with library.connect() as connection:
        known = projects(connection)
    table = money_table(known, "zh")
    years = table[["2027", "2028"]].to_numpy()
    total = table[tr("library.total", "zh")].to_numpy()
    assert years.sum(axis=1) == pytest.approx(total, abs=0.02)
    assert years[:-1].sum(axis=0) == pytest.approx(years[-1], abs=0.02)
    assert total[-1] * 10_000 == pytest.approx(sum(one.budget_yuan for one in known), abs=100)


def test_table_names_places_and_sources(library: sa.Engine) -> None:
    with library.connect() as connection:
        known = projects(connection)
        names = names_under(connection, COUNTIES)
    table = project_table(known, names, "zh")
    assert isinstance(table, pd.DataFrame)
    assert table["地点"].str.contains("县").all()
    assert set(table["资金来源"]) <= {"中央资金", "县级资金", "中央资金、县级资金", "县级资金、中央资金"}
    assert table["项目编号"].str.match(r"XM-4418\d\d-202[78]-\d{4}").all()
