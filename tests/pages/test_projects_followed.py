"""The library followed on its page: views, card, states, form, sheets, by whoever may."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

import web.visitors
from access import Assignment
from base.settings import settings
from i18n import tr
from layers import Role
from layers.codes import LibraryState
from maps.project_layer import groups, nearest
from pages import formats
from pages.projects import _cancelled
from pages.projects_card import milestone_table
from pages.projects_form_tables import milestones_of, payments_of
from pages.projects_gantt import PER_PAGE, gantt_frames, paged
from pages.projects_read import Library, read_library
from pipelines.progress.template import project_sheet, report_sheet
from store import record
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.progress.entry import require_project
from store.progress.handed_in import latest
from store.progress.library import Project, projects, states
from tests.followed import follow
from tests.pages.conftest import EVERYONE, Open, show

COUNTY = "441821"
OCTOBER = dt.date(2026, 10, 1)


@pytest.fixture(scope="module")
def followed(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """The small city with eight followed projects in two of its counties."""
    create_database(cluster, "projects_followed", template=city_template)
    engine = make_engine(cluster.url("projects_followed"), settings())
    with engine.begin() as connection:
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
        villages = connection.scalars(
            sa.text(
                "SELECT admin_code FROM (SELECT admin_code, row_number() OVER (PARTITION BY left(admin_code, 6) "
                "ORDER BY admin_code) AS no FROM feature.admin_units WHERE level = 'village') AS v WHERE no <= 4"
            )
        ).all()
        follow(connection, villages, months=8)
    yield engine
    engine.dispose()
    drop_database(cluster, "projects_followed")


@pytest.fixture
def seen(followed: sa.Engine, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """The pages show that city, and leave the record alone: nobody is signed in."""
    show(monkeypatch, followed)
    monkeypatch.setattr(record, "note", lambda *given, **more: None)
    return followed


def _first(engine: sa.Engine, prefix: str = COUNTY) -> Project:
    with engine.connect() as connection:
        return projects(connection, prefix)[0]


def _listed(app: AppTest) -> pd.DataFrame:
    """The table of projects, wherever on the page it stands."""
    return next(d.value for d in app.dataframe if tr("library.column.code", "zh") in d.value)


def test_the_address_filters_and_opens_a_card(seen: sa.Engine, open_page: Open) -> None:
    one = _first(seen)
    app = open_page("projects", query={"county": COUNTY, "state": "started", "project": one.code})
    assert not app.exception
    codes = _listed(app)[tr("library.column.code", "zh")]
    assert len(codes) == 4 and codes.str.startswith(f"XM-{COUNTY}").all()
    assert app.multiselect(key="projects.county").value == [COUNTY]
    told = " ".join(m.value for m in app.markdown)
    assert one.name in told and "驻镇帮扶工作队" in told and tr("library.card.progress", "zh") in told
    app.multiselect(key="projects.county").set_value([]).run()
    assert "county" not in app.query_params and len(_listed(app)) == 8


def test_a_card_that_a_link_names_comes_first_and_another_link_names_another(
    seen: sa.Engine, open_page: Open
) -> None:
    with seen.connect() as connection:
        one, other = projects(connection, COUNTY)[:2]

    def first_heading(app: AppTest) -> str:
        return next(m.value for m in app.markdown if m.value.startswith("#####"))

    app = open_page("projects", query={"project": one.code})
    assert one.name in first_heading(app)
    assert tr("library.column.code", "zh") not in app.dataframe[0].value, "the card stands above the list"
    app.query_params["project"] = other.code  # as a link of another page does within the visit
    app.run()
    assert other.name in first_heading(app)
    app.button(key="projects.close").click().run()
    assert not app.exception
    assert "project" not in app.query_params
    assert tr("library.column.code", "zh") in app.dataframe[0].value


def test_cancelled_projects_are_told_apart(seen: sa.Engine, open_page: Open) -> None:
    def told(app: AppTest) -> bool:
        return any("已终止的" in c.value for c in app.caption)

    assert not told(open_page("projects"))
    with seen.connect() as connection:
        one = projects(connection, COUNTY)[0]
    cancelled = replace(one, state=LibraryState.CANCELLED)
    assert _cancelled([one], "zh") == []
    assert "1 个" in _cancelled([one, cancelled], "zh")[0]


def test_an_unknown_project_in_the_address_is_said(seen: sa.Engine, open_page: Open) -> None:
    app = open_page("projects", query={"project": "XM-1"})
    assert not app.exception
    told = tr("library.error.unknown_project", "zh", code="XM-1")
    assert [m.value for m in app.warning] == [formats.plain(told)]


@pytest.mark.parametrize("view", ["map", "gantt", "money", "twins", "sheets", "new"])
def test_every_view_is_drawn_in_both_languages(seen: sa.Engine, open_page: Open, view: str) -> None:
    for lang in ("zh", "en"):
        app = open_page("projects", lang, {"view": view})
        assert not app.exception
        assert app.button_group(key="projects.view").value == view


def test_a_planner_stops_a_project_with_a_reason_and_not_without(seen: sa.Engine, open_page: Open) -> None:
    one = _first(seen)
    key = f"projects.state.{one.code}.{one.version}.suspended"
    app = open_page("projects", query={"project": one.code})
    word = tr("library.act.confirm", "zh", state=LibraryState.SUSPENDED.text.zh)
    next(b for b in app.button if b.label == word).click().run()
    assert app.error[0].value == tr("library.error.state_reason", "zh", after="停工")
    app.text_area(key=f"{key}.reason").set_value("汛期停工")
    next(b for b in app.button if b.label == word).click().run()
    assert not app.exception and not app.error
    with seen.connect() as connection:
        now = require_project(connection, one.code)
        assert now.state is LibraryState.SUSPENDED
        (step,) = states(connection, one.id)
    assert (step.reason, step.changed_by) == ("汛期停工", EVERYONE.display_name)
    assert "汛期停工" in {v for frame in app.dataframe for v in frame.value.to_numpy().ravel().tolist()}


def _fill(app: AppTest, village: str, name: str) -> AppTest:
    """Choose the place and fill in what is needed."""
    county, town = village[:6].ljust(12, "0"), village[:9].ljust(12, "0")
    app.selectbox(key="projects.form.county.").set_value(county).run()
    app.selectbox(key=f"projects.form.township.{county[:6]}").set_value(town).run()
    app.selectbox(key=f"projects.form.village.{town[:9]}").set_value(village).run()
    key = "projects.form.new"
    app.text_input(key=f"{key}.name").set_value(name)
    app.selectbox(key=f"{key}.kind").set_value("works_upgrade")
    app.number_input(key=f"{key}.budget").set_value(88.5)
    app.date_input(key=f"{key}.start").set_value(dt.date(2026, 3, 1))
    return app


def _add(app: AppTest) -> AppTest:
    return next(b for b in app.button if b.label == tr("library.form.add_button", "zh")).click().run()


def test_the_form_says_errors_at_their_fields_asks_about_twins_and_adds(
    seen: sa.Engine, open_page: Open
) -> None:
    village = _first(seen, "441826").admin_code
    with seen.connect() as connection:
        beside = connection.execute(
            sa.text(
                "SELECT max(admin_code) FROM feature.admin_units WHERE level = 'village' AND admin_code ^@ :town"
            ),
            {"town": village[:9]},
        ).scalar_one()
    app = _fill(open_page("projects", query={"view": "new"}), village, "新水厂")
    app.multiselect(key=f"projects.form.new.villages.{village}").set_value([beside])
    app = _add(app)
    said = " ".join(caption.value for caption in app.caption)
    assert formats.plain(tr("library.fault.date_needed", "zh")) in said
    app.date_input(key="projects.form.new.finish").set_value(dt.date(2026, 11, 30))
    app = _add(app)
    assert not app.exception
    told = tr("library.form.added", "zh", name="新水厂", code="XM-441826-2026-0001")
    assert formats.plain(told) in [m.value for m in app.success]
    with seen.connect() as connection:
        made = require_project(connection, "XM-441826-2026-0001")
    assert (made.budget_yuan, made.admin_code) == (885_000, village)
    assert set(made.villages) == {village, beside} and made.people > 0
    assert (made.origin, made.state, made.synthetic) == ("form", LibraryState.PLANNED, False)
    again = _fill(open_page("projects", query={"view": "new"}), village, "新水厂二")
    again.date_input(key="projects.form.new.finish").set_value(dt.date(2026, 11, 30))
    again = _add(again)
    assert any(formats.plain("XM-441826-2026-0001") in m.value for m in again.warning)
    with seen.connect() as connection:
        assert "新水厂二" not in {one.name for one in projects(connection)}
    again.checkbox(key="projects.form.new.sure").set_value(True)
    again = _add(again)
    with seen.connect() as connection:
        assert "新水厂二" in {one.name for one in projects(connection)}


def test_a_line_is_pasted_into_the_form_kept_and_changed(seen: sa.Engine, open_page: Open) -> None:
    village = _first(seen, "441826").admin_code
    with seen.connect() as connection:
        x, y = connection.execute(
            sa.text(
                "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM feature.admin_units "
                "WHERE admin_code = :code) AS inner_point"
            ),
            {"code": village},
        ).one()
    line = f"LINESTRING ({x:.6f} {y:.6f}, {x + 0.001:.6f} {y:.6f})"
    app = _fill(open_page("projects", query={"view": "new"}), village, "进村管线")
    app.date_input(key="projects.form.new.finish").set_value(dt.date(2026, 11, 30))
    for text, key in (
        ("LINESTRING (113 24", "projectfile.wkt_unreadable"),
        ("LINESTRING (116 24, 116.1 24)", None),
        ("LINESTRING (112.9 24.9, 112.91 24.9)", "library.form.shape_outside"),
        (f"{y:.6f}, {x:.6f}\n{y:.6f}, {x + 0.001:.6f}", "import.boundary.ring_short"),
    ):
        app.text_area(key="projects.form.new.shape").set_value(text)
        app = _add(app)
        red = [caption.value for caption in app.caption if ":red[" in caption.value]
        assert len(red) == 1
        assert key is None or formats.plain(tr(key, "zh", line=1, ring=1)) in red[0]
    app.text_area(key="projects.form.new.shape").set_value(line)
    app = _add(app)
    for box in app.checkbox:
        if box.key and box.key.endswith(".sure"):
            box.set_value(True)
            app = _add(app)
    assert not app.exception
    with seen.connect() as connection:
        made = next(one for one in projects(connection) if one.name == "进村管线")
    assert shapely.equals_exact(made.geometry, shapely.from_wkt(line), tolerance=1e-9)
    key = f"projects.form.{made.code}.{made.version}"
    again = open_page("projects", query={"project": made.code})
    assert again.text_area(key=f"{key}.shape").value.startswith("LINESTRING (")
    again.text_area(key=f"{key}.note").set_value("改了备注")
    again = next(b for b in again.button if b.label == tr("library.form.save", "zh")).click().run()
    assert not again.exception
    with seen.connect() as connection:
        now = require_project(connection, made.code)
    assert (now.note, now.geometry) == ("改了备注", made.geometry)


def test_who_only_reads_finds_no_buttons(
    seen: sa.Engine, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = replace(EVERYONE, assignments=(Assignment(Role.LEADER, "4418"),))
    monkeypatch.setattr(web.visitors, "person_now", lambda: leader)
    app = open_page("projects", query={"project": _first(seen, "441826").code})
    assert not app.exception
    assert "new" not in app.button_group(key="projects.view").options
    assert not [b for b in app.button if b.label.startswith("确认")]


def test_gantt_pages_hold_one_county_and_bars_are_filled_as_far_as_reported(seen: sa.Engine) -> None:
    library: Library = read_library()
    one = library.projects[0]
    many = [replace(one, admin_code=f"44182{i % 2}100201", id=i) for i in range(2 * PER_PAGE + 2)]
    pages = paged(sorted(many, key=lambda each: each.admin_code))
    assert sum(map(len, pages)) == len(many) and max(map(len, pages)) <= PER_PAGE
    assert all(len({each.admin_code for each in page}) == 1 for page in pages)
    bars, steps = gantt_frames([one], library, "zh")
    (bar,) = bars.to_dict("records")
    filled = (bar["done"] - bar["start"]) / (bar["finish"] - bar["start"])
    assert filled == pytest.approx(library.standings[one.id].percent / 100, abs=0.01)
    assert len(steps) == 3
    shown = milestone_table(library.milestones[one.id], [1], "zh")
    assert list(shown[tr("library.gantt.reached", "zh")]) == [True, False, False]


def test_the_maps_groups_and_the_project_under_a_click() -> None:
    shapes = [
        ("在建", shapely.Point(113, 24)),
        ("在建", shapely.LineString([(113, 24), (113.1, 24)])),
        ("停工", shapely.Point(113.2, 24)),
    ]
    made = groups([("在建", "#0b6e4f"), ("停工", "#c2410c")], shapes, "zh")
    assert [one.title for one in made] == ["在建（线）", "在建（点）", "停工"]
    held = {"a": shapely.Point(113, 24), "b": shapely.Point(113.001, 24)}
    assert nearest(held, 113.0009, 24, 60) == "b"
    assert nearest(held, 113.1, 24, 60) is None and nearest({}, 113, 24, 60) is None


def test_tables_of_the_form_become_payments_and_milestones() -> None:
    money = pd.DataFrame(
        {"source": ["county", None, "city"], "year": [2026, None, None], "wan": [8.88, None, 2.0]}
    )
    assert payments_of(money) == (
        {"source": "county", "year": 2026, "yuan": 88_800},
        {"source": "city", "year": 0, "yuan": 20_000},
    )
    steps = pd.DataFrame(
        {
            "no": [2, None, None],
            "name": ["主体", "验收", None],
            "weight": [60.0, 40.0, None],
            "day": [dt.date(2026, 5, 1), None, None],
        }
    )
    made = milestones_of(steps)
    assert [(one.no, one.name, one.weight) for one in made] == [
        (2, "主体", Decimal(60)),
        (3, "", Decimal(40)),
    ]


def _hand_in(app: AppTest, key: str, content: bytes) -> AppTest:
    """Hand a workbook in on the page and have it checked."""
    app.file_uploader(key=f"{key}.file").set_value(("表.xlsx", content, "application/octet-stream")).run()
    return app.button(key=f"{key}.check").click().run()


def test_a_sheet_is_checked_shown_and_written_once(seen: sa.Engine, open_page: Open) -> None:
    library = read_library()
    one = next(each for each in library.projects if each.admin_code.startswith("441826"))
    # The points of `follow` lie in no village, which a sheet may not say.
    content = changed_sheet(
        project_sheet("zh", [one], library.milestones),
        {"项目名称": "改名项目", "帮扶工作队": "新工作队", "经度": None, "纬度": None},
    )
    app = _hand_in(open_page("projects", query={"view": "sheets"}), "projects.sheet", content)
    assert not app.exception
    shown = app.dataframe[0].value
    assert list(shown[tr("library.sheets.changes", "zh")]) == ["名称、帮扶工作队"]
    with seen.connect() as connection:
        assert require_project(connection, one.code) == one, "checking changes nothing"
    app.button(key="projects.sheet.write").click().run()
    told = tr("library.sheets.projects_done", "zh", added=0, changed=1, same=0)
    assert formats.plain(told) in [m.value for m in app.success]
    with seen.connect() as connection:
        now = require_project(connection, one.code)
    assert (now.name, now.team, now.budget_yuan) == ("改名项目", "新工作队", one.budget_yuan)
    app = _hand_in(open_page("projects", query={"view": "sheets"}), "projects.sheet", content)
    assert tr("library.sheets.nothing_new", "zh") in [m.value for m in app.info]


def test_a_bad_file_is_refused_on_the_page(seen: sa.Engine, open_page: Open) -> None:
    app = _hand_in(open_page("projects", query={"view": "sheets"}), "projects.sheet", b"no workbook")
    assert not app.exception and len(app.error) == 1


def test_the_monthly_sheet_is_handed_in_where_reports_are_made(seen: sa.Engine, open_page: Open) -> None:
    one = _first(seen, "441826")
    with seen.connect() as connection:
        told = latest(connection, OCTOBER)
    content = changed_sheet(
        report_sheet("zh", [one], OCTOBER, told), {"进展说明": "导入的月报", "形象进度（%）": 100}
    )
    for times in (1, 2):
        app = open_page("report")
        app = _hand_in(app, "reports.sheet", content)
        assert not app.exception
        if times == 1:
            app.button(key="reports.sheet.write").click().run()
            done = tr("library.sheets.reports_done", "zh", added=1, corrections=0, already=0)
            assert formats.plain(done) in [m.value for m in app.success]
        else:
            assert tr("library.sheets.nothing_new", "zh") in [m.value for m in app.info]
    with seen.connect() as connection:
        period, newest = latest(connection, OCTOBER)[one.id]
    assert (period, newest.content.note) == (OCTOBER, "导入的月报")


def changed_sheet(content: bytes, values: dict[str, object]) -> bytes:
    """A workbook with other values in its first row."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    for head, value in values.items():
        sheet.cell(2, heads.index(head) + 1).value = value
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
