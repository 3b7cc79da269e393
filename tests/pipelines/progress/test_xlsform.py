"""The field form: accepted by the reference implementation of XLSForm, with its words, its cascade and its rules."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from pyxform.xls2xform import convert

from layers.codes import LibraryState
from pipelines.progress.xlsform import FORM_ID, NoProjects, form
from store.progress.field_projects import FieldProject

MADE = dt.datetime(2026, 11, 28, 9, 5, 7, tzinfo=dt.UTC)
ROAD = FieldProject(
    1, "XM-441821-2026-0001", "=进村${project}道路", "441821", "佛冈县", "441821100", "石角镇", "三八村",
    Decimal("12.50"), Decimal(55_000), ((1, "开工"), (2, "主体完成")), LibraryState.STARTED,
)  # fmt: skip
WATER = FieldProject(
    2,
    "XM-441826-2026-0002",
    "集中供水",
    "441826",
    "连南县",
    "441826100",
    "三江镇",
    "",
    Decimal(0),
    Decimal(0),
    (),
    LibraryState.APPROVED,
)
XF = {
    "h": "http://www.w3.org/1999/xhtml",
    "x": "http://www.w3.org/2002/xforms",
    "jr": "http://openrosa.org/javarosa",
}


def converted(projects: list[FieldProject], folder: Path) -> etree._Element:
    """The XForm that pyxform makes of the workbook; it raises on anything that is no XLSForm."""
    path = folder / "form.xlsx"
    path.write_bytes(form(projects, MADE))
    result = convert(str(path))
    assert result.warnings == []
    return etree.fromstring(result.xform.encode())


def test_pyxform_takes_it_with_both_languages_and_its_version(tmp_path: Path) -> None:
    xform = converted([ROAD, WATER], tmp_path)
    data = xform.find(".//x:instance/*", XF)
    assert (data.get("id"), data.get("version")) == (FORM_ID, "20261128090507")
    languages = [one.get("lang") for one in xform.iterfind(".//x:translation", XF)]
    assert languages == ["中文 (zh)", "English (en)"]
    texts = [
        {one.get("id") for one in translation.iterfind("x:text", XF)}
        for translation in xform.iterfind(".//x:translation", XF)
    ]
    assert texts[0] == texts[1], "every question, hint and message is said in both"
    asked = {etree.QName(one).localname for one in data}
    assert {"county", "township", "project", "period", "percent", "paid_wan", "milestones", "note", "fall_reason",
            "photo_1", "photo_5", "place", "meta"} <= asked  # fmt: skip


def test_choices_cascade_and_a_fall_asks_for_its_reason(tmp_path: Path) -> None:
    xform = converted([ROAD, WATER], tmp_path)
    sets = {one.get("nodeset") for one in xform.iterfind(".//x:itemset", XF)}
    assert any("instance('township')" in one and "county=" in one for one in sets)
    assert any("instance('project')" in one and "township=" in one for one in sets)
    assert any("instance('milestone')" in one and "project=" in one for one in sets)
    binds = {one.get("nodeset"): one for one in xform.iterfind(".//x:bind", XF)}
    fall = binds["/data/fall_reason"]
    assert "/data/percent" in fall.get("relevant") and "before_percent" in fall.get("relevant")
    assert fall.get("required") == "true()"
    assert "and" in binds["/data/percent"].get("constraint")
    message = f"{{{XF['jr']}}}constraintMsg"
    for name in ("percent", "paid_wan", "period", "reported_on", "note", "fall_reason"):
        assert binds[f"/data/{name}"].get(message), name
    assert binds["/data/before_percent"].get("calculate") == (
        "instance('project')/root/item[name= /data/project ]/percent"
    )
    assert "photo_1" in binds["/data/photo_2"].get("relevant")


def test_a_choice_carries_what_was_reported_last_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(form([ROAD, WATER], MADE))
    sheet = openpyxl.load_workbook(path)["choices"]
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    found = [dict(zip(head, row, strict=True)) for row in rows]
    road = next(one for one in found if one["name"] == ROAD.code)
    assert (road["percent"], road["paid_wan"], road["township"]) == ("12.50", "5.5", "441821100")
    assert road["label::中文 (zh)"] == "=进村＄{project}道路（三八村）"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert [one["name"] for one in found if one["list_name"] == "milestone"] == [
        f"{ROAD.code}_1", f"{ROAD.code}_2"
    ]  # fmt: skip


def test_one_place_is_chosen_before_and_no_milestones_is_a_form_too(tmp_path: Path) -> None:
    xform = converted([WATER], tmp_path)
    data = xform.find(".//x:instance/*", XF)
    assert data.find("x:township", XF).text == "441826100"
    assert data.find("x:county", XF).text == "441826"
    with pytest.raises(NoProjects):
        form([], MADE)
