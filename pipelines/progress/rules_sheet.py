"""Tables of rules as Excel workbooks: written to be filled in, read back with every fault named by its row."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from analysis.assessment import Item, ItemKind, NoData, Rules, require_sound
from base.errors import XiangtuError
from i18n import Lang, Text, tr
from layers import FeatureType, Field, Geometry, Indicator, Unit, all_indicators, all_layers
from pipelines.import_ import columns, sandbox
from pipelines.import_.folding import comparable, fold_width, heading_key
from pipelines.import_.headings import match, vocabulary

SHEET = FeatureType(
    id="rules_sheet",
    title=Text("考核规则表", "Assessment rules"),
    geometry=Geometry.NONE,
    key=("no",),
    fields=(
        Field("no", Text("序号", "No."), required=True, headings=("编号",)),
        Field("group", Text("考核内容", "Subject"), required=True, headings=("内容", "分组")),
        Field("indicator", Text("指标代码", "Figure id"), required=True, headings=("代码",)),
        Field("title", Text("指标名称", "Figure")),
        Field("kind", Text("计分方式", "Kind"), headings=("方式",)),
        Field("points", Text("分值", "Points"), required=True, headings=("满分",)),
        Field("floor", Text("零分值", "No points at"), headings=("零分",)),
        Field("full", Text("满分值", "Full points at")),
        Field("bands", Text("分档", "Bands"), headings=("档次",)),
    ),
)
_SHARE_UNITS = (Unit.SHARE,)


class RulesUnreadable(XiangtuError):
    """A cell of the sheet that says nothing that can be used: row, column, value and the mend."""

    key = "assessment.sheet_cell"


class ColumnMissing(XiangtuError):
    """The sheet lacks a column."""

    key = "assessment.sheet_column"


def as_workbook(rules: Rules, lang: Lang) -> bytes:
    """The workbook (.xlsx): the rules, and a sheet with all figures by id; shares are written as per cent."""
    known = {one.id: one for one in all_indicators()}
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET.title.get(lang)
    _head(sheet, [field.title.get(lang) for field in SHEET.fields], (8, 16, 28, 30, 12, 8, 12, 12, 28))
    for one in rules.items:
        figure = known[one.indicator]
        sheet.append(
            [
                one.no,
                _text(one.group),
                one.indicator,
                figure.title.get(lang),
                one.kind.text.get(lang),
                one.points,
                _written(one.floor, figure),
                _written(one.full, figure),
                "；".join(f"{_written(at, figure)}:{share * 100:g}%" for at, share in one.bands),
            ]
        )
    guide = book.create_sheet(tr("assessment.sheet_figures", lang))
    heads = ("layer", "indicator", "title", "unit", "target", "formula")
    _head(guide, [tr(f"assessment.sheet_{name}", lang) for name in heads], (18, 30, 30, 12, 12, 80))
    for layer in all_layers():
        for figure in layer.indicators:
            unit = "%" if figure.unit in _SHARE_UNITS else tr(f"pages.unit.{figure.unit.value}", lang)
            target = _written(figure.target, figure)
            texts = (layer.title, figure.title, figure.formula)
            words = [text.get(lang) for text in texts]
            guide.append([words[0], figure.id, words[1], unit, target, words[2]])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _head(sheet: Worksheet, words: list[str], widths: tuple[int, ...]) -> None:
    sheet.append(words)
    for cell, width in zip(sheet[1], widths, strict=True):
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E8EEF4")
        cell.alignment = Alignment(wrap_text=True)
        sheet.column_dimensions[cell.column_letter].width = width
    sheet.freeze_panes = "A2"


def _text(words: str) -> str:
    """Text that a spreadsheet does not run as a formula."""
    return f"'{words}" if words.startswith(("=", "+", "-", "@")) else words


def _written(value: float | None, figure: Indicator) -> float | str | None:
    if value is None:
        return None
    return f"{round(value * 100, 6):g}%" if figure.unit in _SHARE_UNITS else value


def read_rules(path: Path, no_data: NoData, grades: tuple[float, float, float]) -> Rules:
    """Read a workbook as `as_workbook` writes it.

    Parameters
    ----------
    no_data, grades : what the sheet does not say.

    Raises
    ------
    FileRefused : no file of ours to read.
    ColumnMissing, RulesUnreadable : what is missing or wrong, and where.
    BadRules : the table does not add up.
    """
    raw = sandbox.read_file(
        path,
        headings=vocabulary(SHEET),
        units=frozenset(),
        needed=[
            frozenset(heading_key(word) for word in (field.title.zh, field.title.en, *field.headings))
            for field in SHEET.fields
            if field.required
        ],
    )
    headings = match(raw.headings, raw.units, SHEET, cut=raw.cut_headings)
    if missing := next((field for field in headings.missing if field.required), None):
        raise ColumnMissing(column=missing.title.zh)
    texts = {
        one.target: columns.as_text(raw.columns[f"c{one.column}"]).to_pylist()
        for one in headings.matched
        if one.target in {field.name for field in SHEET.fields}
    }
    items = []
    for place, row_no in enumerate(raw.source_rows):
        cells = {name: fold_width(column[place] or "").strip() for name, column in texts.items()}
        if any(cells.values()):
            items.append(_item(cells, path.name, int(row_no)))
    rules = Rules(tuple(items), no_data, grades)
    require_sound(rules, [one.id for one in all_indicators()])
    return rules


def _item(cells: Mapping[str, str], file: str, row: int) -> Item:
    def read(name: str, how: Callable[[str], Any]) -> Any:
        try:
            return how(cells.get(name, ""))
        except ValueError as error:
            raise RulesUnreadable(
                file=file, row=row, column=SHEET.field(name).title.zh, value=cells.get(name, "")[:60]
            ) from error

    floor, full, bands = read("floor", _number_or_none), read("full", _number_or_none), read("bands", _bands)
    return Item(
        no=int(read("no", _number)),
        group=cells["group"][:60],
        indicator=cells["indicator"],
        points=read("points", _number),
        kind=read("kind", _kind),
        floor=None if bands else floor,
        full=None if bands else full,
        bands=bands,
    )


def _number(cell: str) -> float:
    """A number; ``85%`` is 0.85."""
    return float(cell[:-1]) / 100 if cell.endswith("%") else float(cell)


def _number_or_none(cell: str) -> float | None:
    return _number(cell) if cell else None


def _kind(cell: str) -> ItemKind:
    if not cell:
        return ItemKind.SCORE
    for kind in ItemKind:
        if comparable(cell) in {
            comparable(word) for word in (str(kind), kind.text.zh, kind.text.en, *kind.aliases)
        }:
            return kind
    raise ValueError(cell)


def _bands(cell: str) -> tuple[tuple[float, float], ...]:
    """Read ``60%:40%；80%:100%``: from this figure on, this share of the points."""
    found = []
    for part in filter(None, (piece.strip() for piece in cell.replace("；", ";").split(";"))):
        figure, colon, share = part.replace("：", ":").partition(":")
        if not colon:
            raise ValueError(part)
        found.append((_number(figure.strip()), _number(share.strip())))
    return tuple(found)
