"""The briefing as PowerPoint slides: at most ten, with charts that can be edited and notes that name the sources."""

import io
from collections.abc import Mapping, Sequence

from pptx import Presentation
from pptx.chart.chart import Chart as DrawnChart
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.oxml import serialize_part_xml
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from i18n import tr
from pipelines.briefing.chart_svg import COLORS
from pipelines.briefing.model import Briefing, Chart, ChartKind, KeyFigure, Picture, Section, Table
from pipelines.briefing.pdf import column_widths
from pipelines.briefing.word import PROPERTY_CELLS
from pipelines.briefing.word_fonts import CHINESE, LATIN
from pipelines.words_on_paper import cells, cut

MOST_SLIDES = 10
_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)
_LEFT, _TOP, _ROOM = Inches(0.6), Inches(1.2), Inches(12.133)
_FOOT = Inches(7.05)
_TITLE_ONLY, _TITLE = 5, 0
_INK, _FAINT = RGBColor(0x1F, 0x29, 0x37), RGBColor(0x64, 0x74, 0x8B)
_GREEN, _AMBER, _PALE = RGBColor(0x0B, 0x6E, 0x4F), RGBColor(0xB4, 0x53, 0x09), RGBColor(0xE9, 0xF2, 0xEE)
_WHITE = RGBColor(0xFF, 0xFF, 0xFF)
_ROWS = 8
_MANY_COLUMNS = 5
_SHORT_VALUE = 9
"""Half-width cells of a value that a tile has room for in large letters."""
_LEAST_TABLE = Inches(1.5)
_SENTENCE = 260


def as_pptx(told: Briefing, pictures: Mapping[str, bytes]) -> bytes:
    """Return the briefing as a ``.pptx`` file of 16:9 slides; `pictures` as `pipelines.briefing.drawn.drawn`'s."""
    return _Deck(told, pictures).written()


class _Deck:
    """One deck while it is written."""

    def __init__(self, told: Briefing, pictures: Mapping[str, bytes]) -> None:
        self.told, self._pictures = told, pictures
        self.deck: Deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = _WIDTH, _HEIGHT

    def written(self) -> bytes:
        """The whole file."""
        told = self.told
        _name_fonts(self.deck)
        kept = self.deck.core_properties
        kept.title, kept.author = cut(told.title, PROPERTY_CELLS), tr("shell.title", told.lang)
        kept.subject, kept.comments = cut(told.subtitle, PROPERTY_CELLS), cut(told.notice, PROPERTY_CELLS)
        kept.language = "zh-CN" if told.lang == "zh" else "en-GB"
        self._cover()
        self._summary()
        for section in told.sections:
            self._section(section)
        self._sources()
        made = io.BytesIO()
        self.deck.save(made)
        return made.getvalue()

    def _cover(self) -> None:
        told = self.told
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[_TITLE])
        band = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, Inches(2.1), _WIDTH, Inches(2.6))
        band.fill.solid()
        band.fill.fore_color.rgb = _GREEN
        band.line.fill.background()
        band.shadow.inherit = False
        slide.shapes._spTree.insert(2, band._element)  # below the words
        title, subtitle = slide.shapes.title, slide.placeholders[1]
        _put(title, _LEFT, Inches(2.3), _ROOM, Inches(1.3))
        _write(title, [cut(told.title, 60)], 40, color=_WHITE, bold=True)
        _put(subtitle, _LEFT, Inches(3.6), _ROOM, Inches(0.9))
        _write(subtitle, [cut(told.subtitle, 110), cut(told.path, 90)], 16, color=_WHITE)
        if told.notice:
            self._box(slide, [told.notice], _LEFT, Inches(5.1), _ROOM, Inches(0.8), 14, _AMBER)
        self._box(slide, [told.made], _LEFT, Inches(6.5), _ROOM, Inches(0.4), 12, _FAINT)
        self._notes(slide, (told.notice,))

    def _summary(self) -> None:
        told = self.told
        slide = self._slide(tr("briefing.summary", told.lang))
        count = max(1, len(told.figures))
        gap = Inches(0.15)
        width = Emu((_ROOM - gap * (count - 1)) // count)
        for index, one in enumerate(told.figures):
            self._tile(slide, one, Emu(_LEFT + index * (width + gap)), width)
        lines = [cut(line, _SENTENCE) for line in told.summary]
        self._box(slide, lines, _LEFT, Inches(3.0), _ROOM, Inches(3.9), 15, _INK, bullets=True)
        self._notes(slide, told.summary)

    def _tile(self, slide: Slide, one: KeyFigure, left: Emu, width: Emu) -> None:
        color = _INK if one.good is None else _GREEN if one.good else _AMBER
        tile = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, left, _TOP, width, Inches(1.55))
        tile.fill.solid()
        tile.fill.fore_color.rgb = _PALE
        tile.line.fill.background()
        tile.shadow.inherit = False
        frame = tile.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
        for index, (words, size, ink, bold) in enumerate(
            (
                (cut(one.label, 36), 13, _FAINT, False),
                (cut(one.value, 20), 26 if cells(one.value) <= _SHORT_VALUE else 19, color, True),
                (cut(one.remark, 30), 12, color, False),
            )
        ):
            line = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
            line.alignment = PP_ALIGN.CENTER
            run = line.add_run()
            run.text, run.font.size, run.font.bold, run.font.color.rgb = words, Pt(size), bold, ink

    def _section(self, section: Section) -> None:
        """Sentences above; the map or chart to the left, the table to the right or below."""
        slide = self._slide(section.title)
        lines = [cut(line, _SENTENCE) for line in section.sentences]
        high = self._lines_height(lines, 14)
        self._box(slide, lines, _LEFT, _TOP, _ROOM, high, 14, _INK)
        top = Emu(_TOP + high + Inches(0.1))
        room = Emu(_FOOT - top - Inches(0.1))
        left = _LEFT
        if section.picture is not None:
            width = self._map(slide, section.picture, Inches(7.0) if section.tables else _ROOM, top, room)
            left = Emu(_LEFT + width + Inches(0.3))
        elif section.charts:
            width = Inches(5.2) if section.tables else _ROOM
            self._chart(slide, section.charts[0], _LEFT, top, width, room)
            left = Emu(_LEFT + width + Inches(0.3))
        shown = self._tables(slide, section.tables, left, top)
        self._notes(slide, (*section.sentences, *_rest(section.tables[shown:])))

    def _tables(self, slide: Slide, tables: Sequence[Table], left: Emu, top: Emu) -> int:
        """Tables below each other while there is room; how many were shown."""
        for index, table in enumerate(tables):
            room = Emu(_FOOT - top - Inches(0.1))
            if index and room < _LEAST_TABLE:
                return index
            used = self._table(slide, table, left, top, Emu(_LEFT + _ROOM - left), room)
            top = Emu(top + used + Inches(0.1))
        return len(tables)

    def _lines_height(self, lines: Sequence[str], size: int) -> Emu:
        """About the height that lines take in the whole width of a slide."""
        across = _ROOM / Pt(size) * 2 - 4
        rows = sum(max(1, -(-cells(line) // int(across))) for line in lines)
        return Emu(int(rows * Pt(size) * 1.35 + Inches(0.15)))

    def _map(self, slide: Slide, picture: Picture, width: Emu, top: Emu, room: Emu) -> Emu:
        """The map as large as there is room for, with its title below; the width that it takes."""
        png = io.BytesIO(self._pictures[picture.svg])
        shown = slide.shapes.add_picture(png, _LEFT, top, height=Emu(room - Inches(0.3)))
        if shown.width > width:
            shown.height, shown.width = Emu(int(shown.height * width / shown.width)), width
        shown._element._nvXxPr.cNvPr.set("descr", picture.words)
        under = Emu(top + shown.height)
        self._box(slide, [picture.title], _LEFT, under, shown.width, Inches(0.3), 11, _FAINT, centered=True)
        return shown.width

    def _chart(self, slide: Slide, chart: Chart, left: Emu, top: Emu, width: Emu, room: Emu) -> None:
        """A chart of PowerPoint's own, with its numbers inside."""
        data = CategoryChartData(number_format="0.0")
        bars = chart.kind is ChartKind.BARS
        # Lying bars go upward: the first category is to be on top.
        order = slice(None, None, -1) if bars else slice(None)
        data.categories = chart.categories[order]
        for name, values in chart.series[order]:
            data.add_series(name, values[order])
        kind = XL_CHART_TYPE.BAR_CLUSTERED if bars else XL_CHART_TYPE.LINE_MARKERS
        frame = slide.shapes.add_chart(kind, left, top, width, room, data)
        frame._element.nvGraphicFramePr.cNvPr.set("descr", chart.title)
        drawn: DrawnChart = frame.chart
        drawn.has_title, drawn.has_legend = True, True
        drawn.chart_title.text_frame.text = f"{chart.title} ({chart.unit})" if chart.unit else chart.title
        drawn.chart_title.text_frame.paragraphs[0].runs[0].font.size = Pt(13)
        drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        drawn.font.size = Pt(12)
        drawn.value_axis.minimum_scale = 0
        drawn.value_axis.major_gridlines.format.line.color.rgb = RGBColor(0xE2, 0xE8, 0xF0)
        colors = COLORS[: len(chart.series)][order]
        for series, color in zip(drawn.plots[0].series, colors, strict=True):
            ink = RGBColor.from_string(color[1:].upper())
            if bars:
                series.format.fill.solid()
                series.format.fill.fore_color.rgb = ink
            else:
                series.smooth = False
                series.format.line.color.rgb = ink
                series.marker.format.fill.solid()
                series.marker.format.fill.fore_color.rgb = ink
        if bars:
            plot = drawn.plots[0]
            plot.gap_width, plot.overlap, plot.has_data_labels = 60, -10, True
            plot.data_labels.font.size = Pt(10)

    def _table(self, slide: Slide, table: Table, left: Emu, top: Emu, width: Emu, room: Emu) -> Emu:
        """As many rows as there is room for, and a note of how many more there are; the height that it takes."""
        self._box(slide, [table.title], left, top, width, Inches(0.32), 12, _FAINT)
        row_height = Inches(0.34)
        fits = max(1, int((room - Inches(0.75)) // row_height) - 1)
        rows = table.rows[: min(_ROWS, fits)]
        shape = slide.shapes.add_table(
            len(rows) + 1,
            len(table.columns),
            left,
            Emu(top + Inches(0.34)),
            width,
            Emu(row_height * (len(rows) + 1)),
        )
        made = shape.table
        size = Pt(11) if len(table.columns) < _MANY_COLUMNS else Pt(9.5)
        shares = [
            max(share, cells(name) + 2)
            for share, name in zip(column_widths(table), table.columns, strict=True)
        ]
        for column, share in zip(made.columns, shares, strict=True):
            column.width = Emu(int(width * share / sum(shares)))
        for index, row in enumerate((table.columns, *rows)):
            made.rows[index].height = row_height
            for place, (words, right) in enumerate(zip(row, table.numeric, strict=True)):
                cell = made.cell(index, place)
                cell.margin_top = cell.margin_bottom = Inches(0.02)
                cell.margin_left = cell.margin_right = Inches(0.06)
                cell.vertical_anchor = MSO_ANCHOR.MIDDLE
                cell.fill.solid()
                cell.fill.fore_color.rgb = _GREEN if index == 0 else _WHITE if index % 2 else _PALE
                room_cells = int(made.columns[place].width / size * 2) - 3
                line = cell.text_frame.paragraphs[0]
                line.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
                run = line.add_run()
                # A number is never cut: half of it would be another number.
                run.text = cut(words, 60 if right or index == 0 else max(8, room_cells))
                run.font.size, run.font.bold = size, index == 0
                run.font.color.rgb = _WHITE if index == 0 else _INK
        hidden = len(table.rows) - len(rows)
        note = tr("briefing.slide.more", self.told.lang, more=hidden) if hidden else table.note
        if note:
            under = Emu(top + Inches(0.38) + row_height * (len(rows) + 1))
            self._box(slide, [note], left, under, width, Inches(0.3), 10, _FAINT)
        return Emu(Inches(0.7) + row_height * (len(rows) + 1))

    def _sources(self) -> None:
        """What is missing and what all rests on; in full in the notes."""
        told = self.told
        slide = self._slide(tr("briefing.slide.provenance", told.lang))
        missing = _some(told.missing, 7, told)
        head = tr("briefing.missing_title", told.lang)
        half = Emu((_ROOM - Inches(0.3)) // 2)
        self._box(slide, [head], _LEFT, _TOP, half, Inches(0.4), 15, _AMBER, bold=True)
        self._box(slide, missing, _LEFT, Inches(1.6), half, Inches(5.2), 12, _INK, bullets=True)
        right = Emu(_LEFT + half + Inches(0.3))
        self._box(
            slide, [tr("briefing.sources", told.lang)], right, _TOP, half, Inches(0.4), 15, _GREEN, bold=True
        )
        sources = [cut(line, 170) for line in told.sources]
        self._box(slide, sources, right, Inches(1.6), half, Inches(5.2), 11, _INK, bullets=True)
        self._notes(slide, told.missing)

    def _slide(self, title: str) -> Slide:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[_TITLE_ONLY])
        head = slide.shapes.title
        _put(head, _LEFT, Inches(0.35), _ROOM, Inches(0.7))
        _write(head, [cut(title, 70)], 26, color=_GREEN, bold=True)
        rule = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, _LEFT, Inches(1.05), _ROOM, Pt(1.5))
        rule.fill.solid()
        rule.fill.fore_color.rgb = _GREEN
        rule.line.fill.background()
        rule.shadow.inherit = False
        no = len(self.deck.slides)
        told = self.told
        foot = f"{told.title}　{told.subtitle}"
        self._box(slide, [cut(foot, 150)], _LEFT, _FOOT, Inches(11.4), Inches(0.3), 10, _FAINT)
        self._box(slide, [str(no)], Inches(12.1), _FOOT, Inches(0.633), Inches(0.3), 10, _FAINT, right=True)
        return slide

    def _box(
        self,
        slide: Slide,
        lines: Sequence[str],
        left: Emu,
        top: Emu,
        width: Emu,
        height: Emu,
        size: int,
        color: RGBColor,
        **how: bool,
    ) -> None:
        box = slide.shapes.add_textbox(left, top, width, height)
        _write(box, lines, size, color=color, **how)

    def _notes(self, slide: Slide, lines: Sequence[str]) -> None:
        """What the speaker can say, and the sources."""
        told = self.told
        words = [*filter(None, lines), tr("briefing.sources", told.lang), *told.sources]
        frame = slide.notes_slide.notes_text_frame
        assert frame is not None  # noqa: S101 - the notes of the template have one
        frame.text = "\n".join(cut(line, 600) for line in words)


def _some(lines: tuple[str, ...], most: int, told: Briefing) -> list[str]:
    shown = [cut(line, 120) for line in lines[:most]]
    if len(lines) > most:
        shown.append(tr("briefing.slide.more", told.lang, more=len(lines) - most))
    return shown


def _rest(tables: Sequence[Table]) -> list[str]:
    """Tables that have no room on a slide, as lines of the notes."""
    return [
        line
        for table in tables
        for line in (table.title, *(" | ".join(row) for row in (table.columns, *table.rows)), table.note)
    ]


def _put(shape: object, left: Emu, top: Emu, width: Emu, height: Emu) -> None:
    shape.left, shape.top, shape.width, shape.height = left, top, width, height  # type: ignore[attr-defined]


def _write(
    shape: object,
    lines: Sequence[str],
    size: int,
    *,
    color: RGBColor,
    bold: bool = False,
    bullets: bool = False,
    centered: bool = False,
    right: bool = False,
) -> None:
    """Put lines into a shape in one size."""
    frame = shape.text_frame  # type: ignore[attr-defined]
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.TOP
    for index, words in enumerate(lines):
        line = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        line.alignment = PP_ALIGN.CENTER if centered else PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        if bullets:
            line.space_after = Pt(size * 0.45)
        run = line.add_run()
        run.text = f"• {words}" if bullets else words
        run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, color


def _name_fonts(deck: Deck) -> None:
    """Name the fonts in the theme, from which every text of the deck takes them."""
    part = deck.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme = parse_xml(part.blob)
    for fonts in theme.iter(qn("a:majorFont"), qn("a:minorFont")):
        for tag, name in (("a:latin", LATIN), ("a:ea", CHINESE)):
            fonts.find(qn(tag)).set("typeface", name)
    part._blob = serialize_part_xml(theme)
