"""Sheets to fill in, and the library as such a sheet: headings that the import knows, lists for codes, a guide."""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from i18n import Lang, tr
from layers import FeatureType, Field, Kind
from pipelines.progress.cells import write_links, write_milestones, write_payments, write_wkt
from pipelines.progress.sheets import PROJECT_SHEET, REPORT_SHEET
from store.progress.handed_in import Newest
from store.progress.library import Milestone, Project
from store.progress.project_links import Link

_FILLABLE_ROWS = 3000
_REQUIRED, _OPTIONAL = "FFE2B8", "E8EEF4"
_WAN = Decimal(10_000)
_PLACE = ("admin_code", "township", "village")
_POINT = ("x", "y")
Row = Sequence[object]


def project_sheet(
    lang: Lang,
    held: Sequence[Project] = (),
    steps: Mapping[int, Sequence[Milestone]] | None = None,
    linked: Mapping[int, Sequence[Link]] | None = None,
    names: Mapping[str, tuple[str, str]] | None = None,
) -> bytes:
    """The project sheet (.xlsx): empty to fill in, or with the projects given, to be changed and handed in again.

    Parameters
    ----------
    names : township's and village's name by 12-digit code.
    """
    rows = [
        _project_row(one, (steps or {}).get(one.id, ()), (linked or {}).get(one.id, ()), names or {})
        for one in held
    ]
    return _book(PROJECT_SHEET, ("code", "name", "kind", *_PLACE, *_POINT), rows, lang)


def report_sheet(
    lang: Lang, held: Sequence[Project], month: dt.date, told: Mapping[int, tuple[dt.date, Newest]]
) -> bytes:
    """The monthly sheet (.xlsx) with a row for each project, and what was reported last as a help to go on from.

    Parameters
    ----------
    month : its first day.
    told : as `store.progress.handed_in.latest`. What was said of this very month comes whole, words too: a row that is
        handed in as it is corrects nothing.
    """
    rows: list[Row] = []
    for one in held:
        period, before = told.get(one.id, (None, None))
        last = None if before is None else before.content
        said = None if period != month else last
        rows.append(
            [
                one.code,
                one.name,
                f"{month:%Y-%m}",
                None if last is None else float(last.percent),
                None if last is None else float(Decimal(last.paid_yuan) / _WAN),
                "" if last is None else "、".join(map(str, last.milestones)),
                "" if said is None else said.note,
                "" if said is None else said.fall_reason,
            ]
        )
    return _book(REPORT_SHEET, ("code", "name", "period"), rows, lang)


def _project_row(
    one: Project,
    steps: Sequence[Milestone],
    linked: Sequence[Link],
    names: Mapping[str, tuple[str, str]],
) -> Row:
    township, village = names.get(one.admin_code, ("", ""))
    point = one.geometry if one.geometry.geom_type == "Point" else None
    others = [code for code in one.villages if code != one.admin_code]
    return [
        one.code,
        one.name,
        one.kind.text.zh,
        one.admin_code,
        township,
        village,
        None if point is None else round(point.x, 7),
        None if point is None else round(point.y, 7),
        float(Decimal(one.budget_yuan) / _WAN),
        write_payments(one.payments),
        one.planned_start,
        one.planned_finish,
        write_milestones(steps),
        one.department or "",
        one.team or "",
        one.state.text.zh,
        None,
        round(one.people, 2),
        "、".join(others),
        write_links(linked),
        one.note,
        write_wkt(one.geometry),
    ]


def _book(sheet: FeatureType, first: Sequence[str], rows: Sequence[Row], lang: Lang) -> bytes:
    book = Workbook()
    data = book.worksheets[0]
    data.title = sheet.title.get(lang)
    codes = book.create_sheet(tr("projectfile.sheet_codes", lang))
    names = [*first, *(field.name for field in sheet.fields if field.name not in first)]
    fields = {field.name: field for field in sheet.fields}
    for index, name in enumerate(names, start=1):
        _heading(data, codes, index, name, fields.get(name), lang)
    for row in rows:
        data.append([_safe(value) for value in row])
    for line in data.iter_rows(min_row=2, max_row=data.max_row):
        for cell in line:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    _guide(book.create_sheet(tr("projectfile.sheet_guide", lang), 1), sheet, names, fields, lang)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _safe(value: object) -> object:
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value


def _heading(
    data: Worksheet, codes: Worksheet, index: int, name: str, field: Field | None, lang: Lang
) -> None:
    letter = get_column_letter(index)
    cell = data.cell(1, index, _title(name, field, lang))
    cell.font = Font(bold=True)
    needed = field is not None and field.required
    cell.fill = PatternFill("solid", fgColor=_REQUIRED if needed else _OPTIONAL)
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    cell.comment = Comment(_help(name, field, lang), "Xiangtu")
    data.freeze_panes = "C2"
    data.column_dimensions[letter].width = 26 if name in ("name", "milestones", "payments", "note") else 14
    if field is None or field.kind in (Kind.TEXT, Kind.CODE):
        data.column_dimensions[letter].number_format = "@"
    if field is not None and field.codes is not None:
        choices = [member.text.get(lang) for member in field.codes]
        codes.cell(1, index, cell.value).font = Font(bold=True)
        for row, choice in enumerate(choices, start=2):
            codes.cell(row, index, choice)
        allowed = DataValidation(
            "list", f"'{codes.title}'!${letter}$2:${letter}${len(choices) + 1}", allow_blank=True
        )
        allowed.add(f"{letter}2:{letter}{_FILLABLE_ROWS}")
        data.add_data_validation(allowed)


def _title(name: str, field: Field | None, lang: Lang) -> str:
    if field is None:
        return tr(f"projectfile.column_{name}", lang)
    title = field.title.get(lang)
    if field.kind is Kind.MONEY or name == "payments":
        # Read in 万元 in both languages: the unit stands in the heading, and the import reads it there.
        return f"{title}（万元）"
    return f"{title}（{field.unit}）" if field.unit else title


def _help(name: str, field: Field | None, lang: Lang) -> str:
    if field is None:
        return tr(f"projectfile.help_{name}", lang)
    helps = (
        "code",
        "payments",
        "milestones",
        "villages",
        "links",
        "period",
        "fall_reason",
        "reported_on",
        "wkt",
    )
    told = tr(f"projectfile.help_{name}", lang) if name in helps else ""
    needed = tr("projectfile.required" if field.required else "projectfile.optional", lang)
    return f"{needed}{told}"


def _guide(
    guide: Worksheet,
    sheet: FeatureType,
    names: Sequence[str],
    fields: Mapping[str, Field],
    lang: Lang,
) -> None:
    guide.column_dimensions["A"].width = 24
    guide.column_dimensions["B"].width = 90
    guide.append([sheet.title.get(lang)])
    guide["A1"].font = Font(bold=True, size=14)
    for name in names:
        guide.append([_title(name, fields.get(name), lang), _help(name, fields.get(name), lang)])
