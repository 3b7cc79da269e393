"""Page of tracking: figures of the scope, tables with their words, signs with reasons, links; as people see it."""

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from analysis.progress.signs import Sign, SignKind
from i18n import LANGUAGES, Lang, tr
from layers import AdminLevel, Role
from pages import formats
from pages.tracking_signs import reason
from pages.tracking_tables import basis_words, index_words, range_words
from store.embedded import Cluster
from tests.followed import follow
from tests.pages.desk import Desk, at_desk

_MORE = """
INSERT INTO feature.admin_units (admin_code, name, level, kind, parent_code, geom)
SELECT code, name, level, kind, parent, ST_Multi(ST_MakeEnvelope(113, 24, 113.1, 24.1, 4490)) FROM (VALUES
    ('441881103201', '甲村', 'village', 'village', '441881103000'),
    ('441881103202', '乙村', 'village', 'village', '441881103000'),
    ('441881103203', '丙村', 'village', 'village', '441881103000'),
    ('441821100000', '石角镇', 'township', 'town', '441821000000'),
    ('441821100201', '丁村', 'village', 'village', '441821100000')
) AS v (code, name, level, kind, parent)
"""
VILLAGES = ("441881103201", "441881103202", "441881103203", "441821100201")
_MONTHS = 5


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with at_desk(cluster, database, monkeypatch) as made:
        with database.begin() as connection:
            connection.execute(sa.text(_MORE))
        made.sign_in(made.add("liu", (Role.LEADER, "4418")))
        yield made


def _follow(desk: Desk) -> None:
    begin = (formats.today().replace(day=1) - dt.timedelta(days=31 * _MONTHS - 20)).replace(day=1)
    with desk.owner.begin() as connection:
        follow(connection, VILLAGES, begin=begin, months=_MONTHS)
        # One was never reported: a project of its own in the first village.
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.projects (code, name, kind, layer, admin_code, villages, geom, budget_yuan, "
                "payments, planned_start, planned_finish, people, state, origin, created_by, changed_by) SELECT "
                "'XM-441881-2026-0001', '=未动工*项目*', kind, 'other', admin_code, villages, geom, 500000, '[]', "
                "planned_start, planned_finish, 10, 'approved', 'form', 't', 't' FROM xiangtu.projects LIMIT 1"
            )
        )


def _open(lang: Lang = "zh", **query: str) -> AppTest:
    app = AppTest.from_string(
        f'import pages.tracking as shown\nshown.lang = lambda: "{lang}"\nshown.page()\n', default_timeout=60
    )
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def _tables(app: AppTest) -> dict[str, pd.DataFrame]:
    return {str(one.value.columns[0]): one.value for one in app.dataframe}


def test_an_empty_library_says_so(desk: Desk) -> None:
    app = _open()
    assert not app.exception
    assert [info.value for info in app.info] == [tr("tracking.empty", "zh")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_tables_and_signs_of_the_city(desk: Desk, lang: Lang) -> None:
    _follow(desk)
    app = _open(lang)
    assert not app.exception
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics[tr("tracking.figure.projects", lang)] == "5"
    assert metrics[tr("tracking.figure.stalled", lang)] == "1"
    assert metrics[tr("tracking.figure.percent", lang)].endswith("%")
    tables = _tables(app)
    counties = tables[AdminLevel.COUNTY.text.get(lang)]
    assert list(counties.iloc[:, 0]) == ["佛冈县", "英德市"]
    assert list(counties[tr("tracking.column.unreported", lang)]) == [0, 1]
    projects = tables[tr("tracking.column.name", lang)]
    assert len(projects) == 5
    silent = projects[projects[tr("tracking.column.name", lang)] == "=未动工*项目*"].iloc[0]
    assert silent[tr("tracking.column.spi_words", lang)] == tr("tracking.unknown", lang)
    assert silent[tr("tracking.column.basis", lang)] == tr("tracking.why.no_report", lang)
    assert silent["link"] == "/projects?project=XM-441881-2026-0001"
    signs = tables[tr("tracking.column.kind", lang)]
    stalled = signs[signs[tr("tracking.column.kind", lang)] == tr("tracking.sign.stalled", lang)]
    assert list(stalled[tr("tracking.column.name", lang)]) == ["=未动工*项目*"]
    assert signs["report_link"].dropna().str.fullmatch(r"/report_check\?report=\d+").all()


def test_projects_without_a_report_are_told_of_only_where_there_are_some(desk: Desk) -> None:
    _follow(desk)
    for lang, words in (("zh", "尚无核实的月报"), ("en", "no accepted report yet")):
        assert any(words in one.value for one in _open(lang).markdown)
        assert not any(words in one.value for one in _open(lang, place="441821000000").markdown)
    assert any("the whole city has 5 projects" in one.value for one in _open("en").markdown)


def test_the_address_opens_a_place_and_a_layer_and_follows(desk: Desk) -> None:
    _follow(desk)
    app = _open(place="441881103202", layer="water_supply")
    assert not app.exception
    assert {metric.label: metric.value for metric in app.metric}[tr("tracking.figure.projects", "zh")] == "1"
    assert app.selectbox(key="tracking.township").value == "441881103"
    app.selectbox(key="tracking.village").set_value("")
    app.selectbox(key="tracking.layer").set_value("").run()
    assert not app.exception
    assert app.query_params["place"] == "441881103000" and "layer" not in app.query_params
    assert {metric.label: metric.value for metric in app.metric}[tr("tracking.figure.projects", "zh")] == "4"
    wrong = _open(place="44188110300x", layer="nothing")
    assert not wrong.exception
    assert {metric.label: metric.value for metric in wrong.metric}[
        tr("tracking.figure.projects", "zh")
    ] == "5"


def test_a_new_report_is_seen_at_once(desk: Desk) -> None:
    _follow(desk)
    before = _open().metric[2].value
    with desk.owner.begin() as connection:
        report, code = connection.execute(
            sa.text(
                "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, "
                "percent, paid_yuan, fall_reason, channel, reported_by, supersedes) SELECT gen_random_uuid(), "
                "project_id, admin_code, period, reported_on, 1, 0, '返工', 'form', 't', id "
                "FROM xiangtu.progress_reports ORDER BY period DESC, id LIMIT 1 RETURNING id, admin_code"
            )
        ).one()
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.progress_checks (report_id, admin_code, verdict, checked_by) "
                "VALUES (:report, :code, 'accepted', 't')"
            ),
            {"report": report, "code": code},
        )
    app = _open()
    assert app.metric[2].value != before
    kinds = _tables(app)[tr("tracking.column.kind", "zh")][tr("tracking.column.kind", "zh")]
    assert tr("tracking.sign.fallen", "zh") in set(kinds)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("spi", 0.849, "落后"),
        ("spi", 0.85, "略慢"),
        ("spi", 0.95, "正常"),
        ("spi", 1.05, "正常"),
        ("spi", 1.06, "超前"),
        ("cpi", 0.5, "付款超前较多"),
        ("cpi", 1.2, "付款少于完成"),
        ("spi", float("nan"), "未填报"),
    ],
)
def test_index_in_words(name: str, value: float, word: str) -> None:
    assert index_words(name, value, "zh") == word


def test_forecast_in_words() -> None:
    stamp = pd.Timestamp(2027, 3, 1)
    assert range_words(stamp, stamp + pd.Timedelta(days=31), "zh") == "2027-03-01 至 2027-04-01"
    assert range_words(pd.NaT, pd.NaT, "en") == "—"
    known = {"why": "", "basis": "layer", "like": 40, "like_done": 25}
    assert basis_words(known, "zh") == "同类 40 个（完工 25 个）"
    assert "19" in basis_words(known | {"why": "few", "like_done": 19}, "zh")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_copied_note_stands_as_it_is_and_long_ones_are_cut(lang: Lang) -> None:
    """Notes and names of projects bring quotation marks of their own."""
    values = {"from_project": 2, "from_period": dt.date(2026, 1, 1), "note": "按“三通一平”要求推进"}
    said = reason(Sign(SignKind.COPIED, 1, values=values), {2: "“金英”路"}, lang)
    assert said.count("“") == said.count("”") == 2
    assert "“金英”路" in said and "2026-01" in said and said.endswith("按“三通一平”要求推进")
    long = reason(Sign(SignKind.COPIED, 1, values=values | {"note": "字" * 60}), {2: "乙"}, lang)
    assert long.endswith("字…") and long.count("字") < 60


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "one",
    [
        Sign(SignKind.OVERDUE, 1, values={"finish": dt.date(2026, 1, 2), "days": 3, "percent": float("nan")}),
        Sign(SignKind.STALLED, 1, values={"days": 46, "last": dt.date(2026, 1, 2)}),
        Sign(SignKind.STALLED, 1, values={"days": 46, "last": None}),
        Sign(SignKind.LATE, 1, values={"spi": 0.5, "planned": 50.0, "percent": 25.0}),
        Sign(SignKind.MONEY_AHEAD, 1, values={"paid": 65.0, "percent": 40.0}),
        Sign(SignKind.UNSEEN, 1, values={"gain": 5.0}),
        Sign(SignKind.JUMPY, 1, values={"gain": 30.0, "usual": 8.0}),
        Sign(SignKind.QUARTER_END, 1, values={"quarters": 2, "share": 80.0}),
        Sign(
            SignKind.COPIED, 1, values={"from_project": 1, "from_period": dt.date(2026, 1, 1), "note": "同前"}
        ),
        Sign(
            SignKind.COPIED, 1, values={"from_project": 9, "from_period": dt.date(2026, 1, 1), "note": "同前"}
        ),
        Sign(SignKind.FALLEN, 1, values={"before": 40.0, "percent": 39.0, "reason": ""}),
        Sign(SignKind.REPORTED_LATE, 1, values={"due": dt.date(2026, 1, 5), "days": 2}),
    ],
    ids=lambda one: str(one.kind) if isinstance(one, Sign) else str(one),
)
def test_every_sign_has_its_reason_in_a_sentence(one: Sign, lang: Lang) -> None:
    said = reason(one, {1: "甲"}, lang)
    assert said and "{" not in said and "nan" not in said and "None" not in said
