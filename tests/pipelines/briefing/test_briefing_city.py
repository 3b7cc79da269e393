"""Briefings of the small demo city: figures of the snapshot in all documents, at every level; the command."""

import datetime as dt
import io
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from docx import Document
from pptx import Presentation
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import cli
from base.settings import settings
from i18n import LANGUAGES, Lang
from layers import AdminLevel, Unit
from maps.theme_picture import theme_picture
from pipelines.briefing import (
    Briefing,
    Format,
    NoSnapshot,
    briefing,
    documents,
    gather,
    months,
    townships,
)  # fmt: skip
from pipelines.briefing.gather import briefed, briefed_layers
from pipelines.briefing.project_words import project_sums
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.errors import UnknownPlace
from store.snapshots import latest_as_of, unit_values
from tests.followed import follow
from tests.pages.conftest import show
from tests.pipelines.briefing.pdf_text import page_texts

CITY, COUNTY = "441800000000", "441826000000"
NOW = dt.datetime(2026, 1, 10, 1, tzinfo=dt.UTC)
TODAY = dt.date(2026, 1, 10)
_EARLIER = """
INSERT INTO xiangtu.indicator_runs (as_of, started_at, finished_at, state, counties, seconds, data_versions, kind,
                                    horizon, program)
SELECT as_of - 90, started_at, finished_at, state, counties, seconds, data_versions, kind, horizon, program
FROM xiangtu.indicator_runs WHERE as_of = :as_of AND state = 'done' ORDER BY id DESC LIMIT 1;
INSERT INTO xiangtu.indicator_values (indicator_id, as_of, level, admin_code, scope, value, numerator, denominator,
                                      with_data, units)
SELECT indicator_id, as_of - 90, level, admin_code, scope, value * 0.9, numerator, denominator, with_data, units
FROM xiangtu.indicator_values WHERE as_of = :as_of;
"""


@pytest.fixture(scope="module")
def followed(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """The small city with an earlier snapshot and twelve followed projects."""
    name = f"briefed_{uuid.uuid4().hex[:8]}"
    create_database(cluster, name, template=city_template)
    engine = make_engine(cluster.url(name), settings())
    with engine.begin() as connection:
        as_of = latest_as_of(connection)
        for statement in _EARLIER.strip().split(";\n")[:2]:
            connection.execute(sa.text(statement.rstrip(";")), {"as_of": as_of})
        villages = connection.scalars(
            sa.text("SELECT admin_code FROM feature.admin_units WHERE level = 'village' ORDER BY admin_code")
        ).all()
        follow(connection, villages[-12:], begin=dt.date(2025, 1, 1))
    yield engine
    engine.dispose()
    drop_database(cluster, name)


def code_of(engine: sa.Engine, level: AdminLevel) -> str:
    """The place of a level in which the last followed project lies."""
    with engine.connect() as connection:
        village = connection.scalar(sa.text("SELECT max(admin_code) FROM xiangtu.projects"))
    return str(village)[: level.digits].ljust(12, "0")


def made(engine: sa.Engine, code: str, lang: Lang = "zh", month: dt.date | None = None) -> Briefing:
    with engine.connect() as connection:
        return briefing(gather(connection, code, month, today=TODAY), code, lang, theme_picture, NOW)


def packed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("level", list(AdminLevel))
def test_every_document_says_the_figures_of_the_snapshot(followed: sa.Engine, level: AdminLevel) -> None:
    code = code_of(followed, level)
    told = made(followed, code)
    with followed.connect() as connection:
        stored = unit_values(connection, code, told.as_of)
    expected = {}
    for layer in briefed_layers():
        for one in briefed(layer, level):
            if one.id in stored.index and one.unit is Unit.SHARE:
                value = float(stored.loc[one.id, "value"])
                if 0.0005 <= value < 0.9995:
                    expected[one.title.zh] = f"{value:.1%}"
    assert len(expected) >= 3
    rows = {row[0]: row for row in told.tables[0].rows}
    for title, words in expected.items():
        assert rows[title][1] == words
        assert rows[title][2].startswith("+"), "the earlier snapshot was lower"
    files = documents(told, set(Format))
    said = packed("".join(page_texts(files[Format.PDF])))
    paper = Document(io.BytesIO(files[Format.DOCX]))
    cells = {row.cells[0].text: row.cells[1].text for table in paper.tables for row in table.rows}
    deck = Presentation(io.BytesIO(files[Format.PPTX]))
    assert len(deck.slides) <= 10
    shown = packed(
        "".join(
            shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame
        )
    )
    for title, words in expected.items():
        assert packed(title) + words in said
        assert cells[title] == words
    for figure in told.figures:
        assert packed(figure.value) in shown
    for sentence in told.summary:
        assert packed(sentence) in said
        assert packed(sentence) in shown
    assert "模拟数据" in said
    assert told.as_of.isoformat() in said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_of_a_township(followed: sa.Engine, lang: Lang) -> None:
    told = made(followed, code_of(followed, AdminLevel.TOWNSHIP), lang)
    assert [section.picture is not None for section in told.sections[1:4]] == [True, True, True]
    every = " ".join(
        (*told.summary, *(line for one in told.sections for line in one.sentences), *told.sources)
    )
    assert "nan" not in every
    assert "{" not in every
    assert {"zh": "比上期", "en": "since"}[lang] in every
    assert told.path.split(" · ")[-1] == told.place
    month = f"{told.month:%Y-%m}"
    assert told.stem == "_".join(
        (*told.path.split(" · ")[1:], {"zh": "进度简报", "en": "briefing"}[lang], month)
    )


def test_project_money_is_that_of_the_accepted_reports(followed: sa.Engine) -> None:
    code = code_of(followed, AdminLevel.COUNTY)
    with followed.connect() as connection:
        gathered = gather(connection, code, today=TODAY)
        paid, budget, done = connection.execute(
            sa.text(
                "SELECT sum(r.paid_yuan), sum(p.budget_yuan), sum(r.percent * p.budget_yuan) / sum(p.budget_yuan) "
                "FROM xiangtu.projects AS p JOIN xiangtu.accepted_reports AS r ON r.project_id = p.id "
                "WHERE r.period = '2025-12-01' AND p.admin_code ^@ :prefix"
            ),
            {"prefix": code[:6]},
        ).one()
    assert gathered.month == dt.date(2025, 12, 1), "the month of the newest accepted report"
    found = project_sums(gathered, gathered.places[code])
    assert found.paid_yuan == float(paid)
    assert found.budget_yuan == float(budget)
    assert found.done_share * 100 == pytest.approx(float(done))
    here = found.curve[found.curve["month"] == pd.Timestamp(2025, 12, 1)]
    assert here["paid_yuan"].item() == pytest.approx(float(paid))


def test_a_past_month_knows_nothing_of_later_reports(followed: sa.Engine) -> None:
    code = code_of(followed, AdminLevel.COUNTY)
    with followed.connect() as connection:
        offered = months(connection)
        past = gather(connection, code, dt.date(2025, 8, 20), today=TODAY)
        with pytest.raises(NoSnapshot):
            gather(connection, code, dt.date(2024, 1, 1), today=TODAY)
        with pytest.raises(UnknownPlace):
            gather(connection, "441899000000", today=TODAY)
    assert (past.month, past.until) == (dt.date(2025, 8, 1), dt.date(2025, 8, 31))
    assert past.library.reports["period"].max() == pd.Timestamp(2025, 8, 1)
    assert offered[0] == dt.date(2025, 12, 1)
    assert dt.date(2025, 8, 1) in offered


def test_one_reading_serves_all_townships_alike(followed: sa.Engine) -> None:
    with followed.connect() as connection:
        whole = gather(connection, CITY, today=TODAY, deepest=AdminLevel.VILLAGE)
    places = townships(whole)
    assert all(one.kind.value in ("town", "street") for one in places)
    code = code_of(followed, AdminLevel.TOWNSHIP)
    assert briefing(whole, code, "zh", theme_picture, NOW) == made(followed, code)


def test_the_command_writes_every_township(
    followed: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store() -> Iterator[sa.Engine]:
        yield followed

    monkeypatch.setattr(cli, "_store", contextmanager(store))
    with followed.connect() as connection:
        wanted = townships(gather(connection, COUNTY, today=TODAY))
    broken = ""

    def drawing(units: object, indicator: object, **named: object) -> str:
        if broken and str(named["title"]).startswith(broken):
            raise ValueError("torn")
        return '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'

    monkeypatch.setattr("maps.theme_picture.theme_picture", drawing)
    runner = CliRunner()
    asked = ["briefing", COUNTY, "--all-townships", "--month", "2025-12", "--out", str(tmp_path / "out")]
    done = runner.invoke(cli.app, asked)
    assert done.exit_code == 0, done.output
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == sorted(f"连南瑶族自治县_{one.name}_进度简报_2025-12.pdf" for one in wanted)
    broken = wanted[0].name
    again = runner.invoke(cli.app, asked)
    assert again.exit_code == 1
    assert broken in again.output
    assert "torn" in again.output
    assert f"{len(wanted) - 1} 个地方" in again.output


def test_the_dossier_offers_the_three_files(followed: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    show(monkeypatch, followed)
    script = (
        "from pages.briefing_offer import offer_briefing\n"
        f"offer_briefing('{code_of(followed, AdminLevel.TOWNSHIP)}', 'zh')\n"
    )
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    assert [button.label for button in app.get("download_button")] == ["PDF 简报", "Word 简报", "PPT 简报"]
    assert app.selectbox[0].value == dt.date(2025, 12, 1)
