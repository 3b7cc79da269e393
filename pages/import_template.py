"""An Excel sheet to fill in for a feature type: headings that the import knows, lists for codes, a guide."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from i18n import Lang, tr
from layers import FeatureType, Field, Geometry, Kind
from pages import formats

_FILLABLE_ROWS = 5000
_REQUIRED, _OPTIONAL = "FFE2B8", "E8EEF4"


@dataclass(frozen=True)
class Heading:
    """One column of the template; `choices` are the words that may be filled in."""

    words: str
    help: str
    required: bool
    text: bool
    choices: tuple[str, ...] = ()


def template(feature: FeatureType, lang: Lang) -> bytes:
    """The workbook (.xlsx) of a feature type: data sheet, guide, code lists."""
    headings = list(template_headings(feature, lang))
    book = Workbook()
    data = book.worksheets[0]
    data.title = tr("pages.template.data", lang)
    codes = book.create_sheet(tr("pages.template.codes", lang))
    _fill_data(data, codes, headings)
    _fill_guide(book.create_sheet(tr("pages.template.guide", lang), 1), feature, headings, lang)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def template_headings(feature: FeatureType, lang: Lang) -> Iterator[Heading]:
    """Columns of the template: where, what, and for points the position."""
    yield Heading(tr("pages.template.code", lang), tr("pages.template.code_help", lang), False, True)
    if feature.id != "admin_units":
        for name in ("county", "township", "village"):
            yield Heading(
                tr(f"pages.template.{name}", lang), tr("pages.template.name_help", lang), False, True
            )
    for field in feature.fields:
        yield Heading(
            formats.column_title(field, lang),
            "; ".join(_field_help(field, lang)),
            field.required or field.name in feature.key,
            field.kind in (Kind.TEXT, Kind.CODE),
            _choices(field, lang),
        )
    if feature.geometry is Geometry.POINT:
        for name in ("x", "y"):
            yield Heading(tr(f"pages.template.{name}", lang), tr("pages.template.xy_help", lang), True, False)


def _choices(field: Field, lang: Lang) -> tuple[str, ...]:
    if field.kind is Kind.BOOLEAN:
        return tr("pages.yes", "zh"), tr("pages.no", "zh")
    return tuple(member.text.get(lang) for member in field.codes) if field.codes else ()


def _field_help(field: Field, lang: Lang) -> Iterator[str]:
    yield tr(f"pages.dictionary.kind_{field.kind}", lang)
    if field.required:
        yield tr("pages.dictionary.required", lang)
    if field.minimum is not None or field.maximum is not None:
        yield f"{tr('pages.dictionary.range', lang)} {formats.range_words(field)}"


def _fill_data(data: Worksheet, codes: Worksheet, headings: list[Heading]) -> None:
    data.freeze_panes = "A2"
    for index, heading in enumerate(headings, start=1):
        letter = get_column_letter(index)
        cell = data.cell(1, index, heading.words)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=_REQUIRED if heading.required else _OPTIONAL)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        cell.comment = Comment(heading.help, "Xiangtu")
        data.column_dimensions[letter].width = min(28, max(12, 2 * len(heading.words) + 2))
        if heading.text:
            data.column_dimensions[letter].number_format = "@"
        if heading.choices:
            codes.cell(1, index, heading.words).font = Font(bold=True)
            for row, choice in enumerate(heading.choices, start=2):
                codes.cell(row, index, choice)
            allowed = DataValidation(
                "list", f"'{codes.title}'!${letter}$2:${letter}${len(heading.choices) + 1}", allow_blank=True
            )
            allowed.add(f"{letter}2:{letter}{_FILLABLE_ROWS}")
            data.add_data_validation(allowed)


def _fill_guide(guide: Worksheet, feature: FeatureType, headings: list[Heading], lang: Lang) -> None:
    guide.column_dimensions["A"].width = 28
    guide.column_dimensions["B"].width = 80
    guide.append([feature.title.get(lang)])
    guide["A1"].font = Font(bold=True, size=14)
    if feature.geometry in (Geometry.LINE, Geometry.POLYGON):
        guide.append([tr("pages.template.geometry_help", lang)])
    for heading in headings:
        choices = formats.joined(heading.choices, lang)
        guide.append([heading.words, f"{heading.help}{': ' if choices else ''}{choices}"])
