"""The briefing as a Word document: real headings, tables whose heads repeat, numbered captions, page numbers."""

import io
from collections.abc import Mapping

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from i18n import tr
from pipelines.briefing.chart_svg import chart_svg
from pipelines.briefing.model import Briefing, Section, Table
from pipelines.briefing.pdf import column_widths
from pipelines.briefing.word_fonts import name_fonts
from pipelines.words_on_paper import cut

_GREEN, _AMBER, _FAINT = RGBColor(0x0B, 0x6E, 0x4F), RGBColor(0xB4, 0x53, 0x09), RGBColor(0x64, 0x74, 0x8B)
_WIDTH_CM = 17.0
_LINE, _CELL = 600, 200
PROPERTY_CELLS = 200
"""Half-width cells of a property of the file, which takes 255 letters."""


def as_docx(told: Briefing, pictures: Mapping[str, bytes]) -> bytes:
    """Return the briefing as a ``.docx`` file; `pictures` as `pipelines.briefing.drawn.drawn` gives them."""
    return _Writer(told, pictures).written()


class _Writer:
    """One document while it is written."""

    def __init__(self, told: Briefing, pictures: Mapping[str, bytes]) -> None:
        self.told, self._pictures = told, pictures
        self.paper: Paper = Document()
        self._numbers = {"table": 0, "figure": 0}

    def written(self) -> bytes:
        """The whole file."""
        told = self.told
        name_fonts(self.paper, told.lang)
        self._page()
        self._line(told.title, "Title")
        self._line(told.subtitle, "Subtitle")
        self._line(told.path, "Subtitle")
        if told.notice:
            self._colored(self._line(told.notice), _AMBER)
        self._key_figures()
        self._heading(tr("briefing.summary", told.lang))
        for line in told.summary:
            self._line(line, "List Bullet")
        for section in told.sections:
            self._section(section)
        self._heading(tr("briefing.table.annex", told.lang))
        for table in told.tables:
            self._table(table)
        self._lines("briefing.missing_title", told.missing)
        self._lines("briefing.sources", told.sources)
        made = io.BytesIO()
        self.paper.save(made)
        return made.getvalue()

    def _page(self) -> None:
        """A4, title and author, head with the title, foot with the page's number."""
        told, section = self.told, self.paper.sections[0]
        section.orientation = WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin = section.bottom_margin = Cm(2)
        kept = self.paper.core_properties
        kept.title, kept.author = cut(told.title, PROPERTY_CELLS), tr("shell.title", told.lang)
        kept.subject, kept.comments = cut(told.subtitle, PROPERTY_CELLS), cut(told.notice, PROPERTY_CELLS)
        kept.language = "zh-CN" if told.lang == "zh" else "en-GB"
        self._colored(self._small(section.header.paragraphs[0], cut(told.title, 90)), _FAINT)
        foot = section.footer.paragraphs[0]
        words = tr("briefing.page", told.lang, page="\u0001", pages="\u0002")
        before, rest = words.split("\u0001")
        middle, after = rest.split("\u0002")
        self._small(foot, f"{told.made}\t\t{before}")
        _field(foot, "PAGE", "1")
        self._small(foot, middle)
        _field(foot, "NUMPAGES", "1")
        self._small(foot, after)
        self._colored(foot, _FAINT)

    def _line(self, words: str, style: str = "Normal") -> Paragraph:
        return self.paper.add_paragraph(cut(words, _LINE), style)

    def _heading(self, words: str, level: int = 1) -> None:
        self.paper.add_heading(cut(words, 120), level)

    def _lines(self, key: str, lines: tuple[str, ...]) -> None:
        self._heading(tr(key, self.told.lang))
        for line in lines:
            self._line(line, "List Bullet")

    def _key_figures(self) -> None:
        """One row of large figures, without lines."""
        figures = self.told.figures
        if not figures:
            return
        table = self.paper.add_table(rows=1, cols=len(figures))
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for cell, one in zip(table.rows[0].cells, figures, strict=True):
            color = _FAINT if one.good is None else _GREEN if one.good else _AMBER
            first = cell.paragraphs[0]
            self._colored(self._small(first, cut(one.label, 60)), _FAINT)
            value = cell.add_paragraph()
            run = value.add_run(cut(one.value, 40))
            run.bold, run.font.size = True, Pt(15)
            self._colored(value, color)
            if one.remark:
                self._colored(self._small(cell.add_paragraph(), cut(one.remark, 60)), color)
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = Pt(1)

    def _section(self, section: Section) -> None:
        self._heading(section.title)
        for line in section.sentences:
            self._line(line).paragraph_format.keep_with_next = bool(section.charts or section.picture)
        for chart in section.charts:
            self._picture(chart_svg(chart), chart.title, chart.title, 15.5)
        if section.picture is not None:
            self._picture(section.picture.svg, section.picture.title, section.picture.words, 11.5)
        for table in section.tables:
            self._table(table)

    def _picture(self, svg: str, title: str, words: str, width_cm: float) -> None:
        """A picture with its caption below; `words` are for readers that cannot see it."""
        line = self.paper.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.keep_with_next = True
        shown = line.add_run().add_picture(io.BytesIO(self._pictures[svg]), width=Cm(width_cm))
        shown._inline.docPr.set("descr", words)
        self._caption("figure", title).alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _caption(self, kind: str, title: str) -> Paragraph:
        """A numbered caption: a field, so that Word can list figures and tables."""
        self._numbers[kind] += 1
        line = self.paper.add_paragraph(style="Caption")
        line.add_run(tr(f"briefing.{kind}_label", self.told.lang))
        _field(line, f"SEQ {kind.title()} \\* ARABIC", str(self._numbers[kind]))
        line.add_run(tr("briefing.after_number", self.told.lang, title=cut(title, 120)))
        return line

    def _table(self, table: Table) -> None:
        self._caption("table", table.title).paragraph_format.keep_with_next = True
        made = self.paper.add_table(rows=1, cols=len(table.columns), style="Table Grid")
        made.alignment = WD_TABLE_ALIGNMENT.CENTER
        made.autofit = False
        made._tbl.tblPr.append(_pale_lines())
        shares = column_widths(table)
        widths = [Cm(_WIDTH_CM * share / sum(shares)) for share in shares]
        head = made.rows[0]
        head._tr.get_or_add_trPr().append(_flag("w:tblHeader"))
        self._row(head.cells, table.columns, table.numeric, bold=True)
        for cell in head.cells:
            _shade(cell, "E9F2EE")
        for row in table.rows:
            added = made.add_row()
            added._tr.get_or_add_trPr().append(_flag("w:cantSplit"))
            self._row(added.cells, row, table.numeric, bold=False)
        for column, width in zip(made.columns, widths, strict=True):
            column.width = width
        for row_made in made.rows:
            for cell, width in zip(row_made.cells, widths, strict=True):
                cell.width = width
        note = self.paper.add_paragraph()
        if table.note:
            self._colored(self._small(note, cut(table.note, _LINE)), _FAINT)

    def _row(
        self, cells: tuple[_Cell, ...], row: tuple[str, ...], numeric: tuple[bool, ...], *, bold: bool
    ) -> None:
        for cell, words, right in zip(cells, row, numeric, strict=True):
            line = cell.paragraphs[0]
            run = line.add_run(cut(words, _CELL))
            run.font.size, run.bold = Pt(9), bold
            line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(1)
            line.paragraph_format.line_spacing = 1.0
            if right:
                line.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def _small(self, line: Paragraph, words: str) -> Paragraph:
        line.add_run(words).font.size = Pt(8.5)
        return line

    def _colored(self, line: Paragraph, color: RGBColor) -> Paragraph:
        for run in line.runs:
            run.font.color.rgb = color
        return line


def _flag(tag: str) -> BaseOxmlElement:
    element = OxmlElement(tag)
    element.set(qn("w:val"), "true")
    return element


def _pale_lines() -> BaseOxmlElement:
    """Thin grey lines between rows, none between columns."""
    lines = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        shown = side in ("top", "bottom", "insideH")
        for name, value in (
            ("val", "single" if shown else "nil"),
            ("sz", "4"),
            ("space", "0"),
            ("color", "CBD5E1"),
        ):
            line.set(qn(f"w:{name}"), value)
        lines.append(line)
    return lines


def _shade(cell: _Cell, color: str) -> None:
    shading = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", color)):
        shading.set(qn(name), value)
    cell._tc.get_or_add_tcPr().append(shading)


def _field(line: Paragraph, code: str, shown: str) -> None:
    """A field of Word with the result that it has until Word computes it anew."""
    for kind, words in (("begin", ""), ("code", code), ("separate", ""), ("result", shown), ("end", "")):
        run = line.add_run()
        run.font.size = Pt(8.5)
        if kind == "code":
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {words} "
            run._r.append(instruction)
        elif kind == "result":
            run.text = words
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
