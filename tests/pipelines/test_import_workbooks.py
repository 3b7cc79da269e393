"""Workbooks of several sheets, and cells merged over rows."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

import layers
from pages.import_template import template
from pipelines.import_ import FileRefused, ImportOptions, Refusal, check_file, import_file, sandbox, units
from pipelines.import_.flow import _needed
from pipelines.import_.headings import vocabulary
from pipelines.import_.raw_table import RawTable

HOUSES = layers.feature_type("houses")
HEADINGS = ["户编号", "鉴定等级", "改造状态", "区划代码", "经度", "纬度"]


def read(path: Path, feature: str = "houses", layer: str | None = None) -> RawTable:
    kind = layers.feature_type(feature)
    return sandbox.read_file(
        path, headings=vocabulary(kind), units=units.known_units(), needed=_needed(kind), layer=layer
    )


def column(table: RawTable, heading: str) -> list[object]:
    return table.columns[f"c{table.headings.index(heading)}"].to_pylist()


def fill(sheet: Worksheet, first: int, count: int = 3, headings: list[str] = HEADINGS) -> None:
    sheet.append(headings)
    for i in range(first, first + count):
        row = [f"H{i}", "D级", "改造中", "441881103201", 112.42, 24.02]
        sheet.append([*row[: len(headings)], *[None] * (len(headings) - len(row))])


def township_sheets(path: Path, second: list[str] = HEADINGS, state: str = "visible") -> Path:
    """One sheet of houses for each of two townships."""
    book = Workbook()
    book.worksheets[0].title = "沙口镇"
    fill(book.worksheets[0], 0)
    other = book.create_sheet("西牛镇")
    fill(other, 3, 2, second)
    other.sheet_state = state
    book.save(path)
    return path


class TestSheets:
    @pytest.mark.parametrize("second", [HEADINGS, [*HEADINGS, "备注"], HEADINGS[:4]])
    def test_of_several_sheets_with_records_one_must_be_named(
        self, tmp_path: Path, second: list[str]
    ) -> None:
        path = township_sheets(tmp_path / "a.xlsx", second)
        with pytest.raises(FileRefused) as error:
            read(path)
        assert error.value.reason is Refusal.LAYER_CHOICE
        assert "沙口镇、西牛镇" in error.value.sentence("zh")
        assert column(read(path, layer="西牛镇"), "户编号") == ["H3", "H4"]

    def test_the_import_takes_the_named_sheet(self, register: sa.Engine, tmp_path: Path) -> None:
        path = township_sheets(tmp_path / "a.xlsx")
        with pytest.raises(FileRefused) as error:
            check_file(register, path, HOUSES)
        assert error.value.reason is Refusal.LAYER_CHOICE
        assert import_file(register, path, HOUSES, ImportOptions(layer="西牛镇")).counts.inserted == 2

    def test_a_hidden_sheet_is_no_rival(self, tmp_path: Path) -> None:
        assert read(township_sheets(tmp_path / "a.xlsx", state="hidden")).columns.num_rows == 3

    def test_a_sheet_of_headings_alone_is_no_rival(self, tmp_path: Path) -> None:
        book = Workbook()
        fill(book.worksheets[0], 0, 0)
        fill(book.create_sheet("数据"), 0)
        book.save(tmp_path / "a.xlsx")
        assert column(read(tmp_path / "a.xlsx"), "户编号") == ["H0", "H1", "H2"]

    def test_sheets_that_explain_or_sum_up_are_no_rivals(self, tmp_path: Path) -> None:
        book = Workbook()
        guide = book.worksheets[0]
        for line in (["填表说明"], ["户编号", "本县统一编号"], ["鉴定等级", "A、B、C、D"]):
            guide.append(line)
        fill(book.create_sheet("台账"), 0)
        summary = book.create_sheet("汇总")
        for line in (["乡镇", "鉴定等级", "户数"], ["沙口镇", "D级", 3], ["西牛镇", "D级", 2]):
            summary.append(line)
        book.save(tmp_path / "a.xlsx")
        assert column(read(tmp_path / "a.xlsx"), "户编号") == ["H0", "H1", "H2"]

    @pytest.mark.parametrize("feature", [f.id for f in layers.all_features()])
    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_the_template_is_read_without_naming_a_sheet(
        self, tmp_path: Path, feature: str, lang: str
    ) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(template(layers.feature_type(feature), lang))  # type: ignore[arg-type]
        book = load_workbook(path)
        data = book.worksheets[0]
        width = data.max_column
        for i in range(3):
            data.append([f"v{i}"] * width)
        book.save(path)
        table = read(path, feature)
        assert table.columns.num_rows == 3
        assert table.columns["c0"].to_pylist() == ["v0", "v1", "v2"]


class TestMergedCells:
    def _book(self, path: Path, sizes: list[int], offset: int = 0) -> Path:
        """Villages in townships whose cells are merged over as many rows as `sizes` says."""
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(["房屋台账"])
        sheet.append(["乡镇", "行政村", "户编号", "鉴定等级", "改造状态"])
        for i in range(offset):
            sheet.append(["沙口镇", "高桥村", f"A{i}", "D级", "改造中"])
        for number, size in enumerate(sizes):
            first = sheet.max_row + 1
            for i in range(size):
                sheet.append([f"镇{number}" if i == 0 else None, "村", f"H{number}-{i}", "D级", "改造中"])
            sheet.merge_cells(start_row=first, end_row=first + size - 1, start_column=1, end_column=1)
        book.save(path)
        return path

    @pytest.mark.parametrize("offset", [0, 25, 40])
    def test_merged_cells_of_any_height_are_filled_down(self, tmp_path: Path, offset: int) -> None:
        sizes = [2, 3, 4, 2, 7]
        table = read(self._book(tmp_path / "a.xlsx", sizes, offset))
        wanted = [f"镇{number}" for number, size in enumerate(sizes) for _ in range(size)]
        assert column(table, "乡镇")[offset:] == wanted

    def test_merged_headings_are_not_filled_into_the_data(self, tmp_path: Path) -> None:
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(["乡镇", "户编号", "改造情况", None])
        sheet.append([None, None, "改造状态", "鉴定等级"])
        sheet.merge_cells("A1:A2")
        sheet.merge_cells("B1:B2")
        sheet.merge_cells("C1:D1")
        sheet.append([None, "H1", "改造中", "D级"])
        book.save(tmp_path / "a.xlsx")
        table = read(tmp_path / "a.xlsx")
        assert table.headings == ("乡镇", "户编号", "改造状态", "鉴定等级")
        assert column(table, "乡镇") == [""]
        assert column(table, "户编号") == ["H1"]

    def test_a_merge_beyond_the_last_row_ends_with_the_data(self, tmp_path: Path) -> None:
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(["乡镇", "户编号", "鉴定等级"])
        sheet.append(["沙口镇", "H1", "D级"])
        sheet.append([None, "H2", "D级"])
        sheet.merge_cells("A2:A500")
        book.save(tmp_path / "a.xlsx")
        assert column(read(tmp_path / "a.xlsx"), "乡镇") == ["沙口镇", "沙口镇"]
