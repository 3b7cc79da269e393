"""Import page: check before import, the report; templates and downloads."""

import io
from pathlib import PurePosixPath

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import LANGUAGES, Lang
from layers import FeatureType, Geometry, all_features
from pages.downloads import as_csv, as_workbook
from pages.import_template import template
from pages.uploads import safe_name
from pipelines.import_.headings import match
from store import identity
from tests import signed_in
from tests.pages.conftest import _SCRIPT, scalar, show


@pytest.fixture
def app(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    with database.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO feature.admin_units (admin_code, name, level, kind, geom) VALUES "
                "('441881103201', '甲村', 'village', 'village', "
                "ST_Multi(ST_MakeEnvelope(113, 24, 113.1, 24.1, 4490)))"
            )
        )
    show(monkeypatch, database)
    secret = signed_in.session(database)
    monkeypatch.setattr(identity, "_sources", [lambda: secret])
    return AppTest.from_string(_SCRIPT.format(name="data_import", lang="en"), default_timeout=120).run()


CLINICS = (
    "行政区划代码,机构编号,机构名称,床位数,经度,纬度\n"
    "441881103201,C1,甲村卫生站,3,113.05,24.05\n"
    "441881999999,C2,乙村卫生站,2,113.05,24.05\n"
)


def test_check_writes_nothing_and_import_writes(app: AppTest, database: sa.Engine) -> None:
    app.selectbox(key="import.feature").set_value("clinics").run()
    app.file_uploader(key="import.file").set_value(("clinics.csv", CLINICS.encode(), "text/csv")).run()
    assert app.button(key="import.run").disabled
    app.button(key="import.check").click().run()
    assert not app.exception
    counts = {metric.label: metric.value for metric in app.metric}
    assert (counts["Read"], counts["Accepted"], counts["Rejected"]) == ("2", "1", "1")
    assert "rejected" in set(app.dataframe[0].value["Done about it"])
    assert scalar(database, "SELECT count(*) FROM feature.clinics") == 0
    app.button(key="import.run").click().run()
    assert not app.exception
    assert scalar(database, "SELECT name FROM feature.clinics") == "甲村卫生站"
    assert app.button(key="import.run").disabled


def test_refused_file_is_said(app: AppTest, database: sa.Engine) -> None:
    app.selectbox(key="import.feature").set_value("clinics").run()
    app.file_uploader(key="import.file").set_value(("c.gpkg", b"not a geopackage", "x/y")).run()
    app.button(key="import.check").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert app.button(key="import.run").disabled


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\data\\危房.xlsx", "危房.xlsx"),
        ("..", "upload"),
        ("a\x00b.zip", "ab.zip"),
        ("长" * 300 + ".geojson", "长" * 112 + ".geojson"),
    ],
)
def test_safe_name(given: str, kept: str) -> None:
    assert safe_name(given) == kept
    assert PurePosixPath(safe_name(given)).name == safe_name(given)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("feature", all_features(), ids=lambda feature: feature.id)
def test_import_knows_every_heading_of_its_template(feature: FeatureType, lang: Lang) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(template(feature, lang))).worksheets[0]
    headings = [str(cell.value) for cell in sheet[1]]
    found = match(headings, [None] * len(headings), feature, cut=False)
    assert not found.missing
    assert not found.unmatched
    assert (found.of("x") is not None) == (feature.geometry is Geometry.POINT)


def test_downloads_never_hold_a_formula() -> None:
    table = pd.DataFrame({"=1+1": ["=HYPERLINK(1)", "@x", None], "n": [1.5, float("nan"), -2.0]})
    csv = as_csv(table).decode("utf-8-sig").splitlines()
    assert csv[:3] == ["'=1+1,n", "'=HYPERLINK(1),1.5", "'@x,"]
    sheet = openpyxl.load_workbook(io.BytesIO(as_workbook(table, "=t", ["+n"]))).worksheets[0]
    assert all(cell.data_type in ("s", "n") for row in sheet for cell in row)
    assert sheet["A4"].value == "=HYPERLINK(1)"
    assert sheet["A4"].data_type == "s"
