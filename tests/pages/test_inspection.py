"""Page of inspections: drawn, drawn again on the spot, recorded; kept from those who are inspected."""

from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from analysis.visits import Day
from i18n import LANGUAGES, Lang, tr
from layers import Role
from pages.inspection_words import field_pages, route_table, sign_sentences, stratum_words
from pipelines.progress.field_sheet import FieldSheets, as_pdf, page_pictures
from pipelines.progress.inspection_route import Route
from store.embedded import Cluster
from tests.followed import follow
from tests.pages.desk import Desk, at_desk

VILLAGES = [f"441881103{n:03d}" for n in range(201, 209)]


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with at_desk(cluster, database, monkeypatch) as made:
        with database.begin() as connection:
            follow(connection, VILLAGES)
        yield made


def _open(lang: Lang = "zh") -> AppTest:
    text = f'import pages.inspection as shown\nshown.lang = lambda: "{lang}"\nshown.page()\n'
    return AppTest.from_string(text, default_timeout=60).run()


def _press(app: AppTest, key: str) -> AppTest:
    (button,) = [one for one in app.button if one.label == tr(key, "zh")]
    return button.click().run()


def _draw(number: int, name: str = "九月暗访") -> AppTest:
    app = _open()
    for key, value in (("name", name), ("seed", "开奖号 417")):
        (field,) = [one for one in app.text_input if one.label == tr(f"inspection.{key}", "zh")]
        field.set_value(value)
    (size,) = [one for one in app.number_input if one.label == tr("inspection.number", "zh")]
    size.set_value(number)
    return _press(app, "inspection.draw_button")


def test_projects_are_drawn_on_the_page_and_the_draw_repeats(desk: Desk) -> None:
    desk.sign_in(desk.add("gui", (Role.PLANNER, "4418")))
    app = _draw(3)
    assert not app.exception
    assert [one.value for one in app.error] == []
    assert tr("inspection.repeated", "zh") in [one.value for one in app.success]
    values = {metric.label: metric.value for metric in app.metric}
    assert values[tr("inspection.listed", "zh")] == "8"
    assert values[tr("inspection.drawn", "zh")] == "3"
    drawn = next(f.value for f in app.dataframe if tr("inspection.column.signs", "zh") in f.value.columns)
    assert drawn[tr("inspection.column.probability", "zh")].between(0, 100).all()
    assert drawn[tr("inspection.column.risk", "zh")].ge(1).all()
    assert "inspection_drawn" in desk.recorded()
    for lang in LANGUAGES:
        assert not _open(lang).exception


def test_what_cannot_be_drawn_is_told_and_nothing_kept(desk: Desk) -> None:
    desk.sign_in(desk.add("gui", (Role.PLANNER, "4418")))
    app = _draw(30)
    assert any("30" in one.value and "8" in one.value for one in app.error)
    app = _draw(3, name=" ")
    assert len(app.error) == 1
    with desk.owner.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM xiangtu.inspections")) == 0


def test_who_is_inspected_sees_nothing(desk: Desk) -> None:
    desk.sign_in(desk.add("gui", (Role.PLANNER, "4418")))
    _draw(3)
    desk.sign_in(desk.add("zhen", (Role.CLERK, "441881103")))
    app = _open()
    assert not app.exception
    assert not app.dataframe
    assert tr("inspection.nothing", "zh") in [one.value for one in app.info]


UNITS = pd.DataFrame(
    {
        "unit_id": ["A", "B", "C"],
        "name": ["甲村#供水", "乙村", "丙村"],
        "place": ["英德市 西牛镇"] * 3,
        "stratum": ["英德市 · roads", "英德市 · clustered", "all"],
        "signals": [{"stalled": 1.0, "shortfall": 0.4}, {"shortfall": 0.01}, {}],
        "size": [3.0, 1.0, 1.0],
        "probability": [1.0, 0.2, 0.2],
        "lon": [113.1, 113.2, None],
        "lat": [24.1, 24.2, None],
    }
)
ROUTE = Route("西牛镇人民政府", ("A", "B"), (Day((2,), 30.0, 30.0), Day((1,), 20.0, 20.0)), frozenset("B"))


def test_words_of_strata_and_signs() -> None:
    assert stratum_words("英德市 · roads", "zh") == "英德市 · 道路"
    assert stratum_words("英德市 · clustered", "en").endswith("clustered growth")
    assert len(sign_sentences(UNITS["signals"][0], "zh")) == 2
    assert sign_sentences(UNITS["signals"][1], "zh") == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_for_each_place_in_the_order_of_the_route(lang: Lang) -> None:
    pages = field_pages(UNITS, (ROUTE,), lang)
    assert [one.name for one in pages] == ["乙村", "甲村#供水", "丙村"]
    assert pages[2].order == ""
    table = route_table(ROUTE, {"A": "甲", "B": "乙"}, lang)
    assert table[tr("inspection.column.name", lang)].tolist() == ["乙", "甲"]
    sheets = FieldSheets("明察暗访检查表", "九月", "project", pages, "2026-09-30 10:00", True, lang)
    pictures = page_pictures(sheets, ppi=40)
    assert len(pictures) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert as_pdf(sheets).startswith(b"%PDF")
