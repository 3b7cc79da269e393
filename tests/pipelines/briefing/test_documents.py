"""The three documents of a made-up briefing, opened again: what they say, how they are built, how pages look."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from docx import Document
from docx.oxml.ns import qn
from PIL import Image
from pptx import Presentation
from pptx.util import Emu

from i18n import LANGUAGES, Lang
from pipelines.briefing.drawn import drawn
from pipelines.briefing.model import Briefing
from pipelines.briefing.pdf import as_pdf, page_pictures
from pipelines.briefing.slides import MOST_SLIDES, as_pptx
from pipelines.briefing.word import as_docx
from tests.pipelines.briefing.pdf_text import page_texts
from tests.pipelines.briefing.told import HOSTILE, picture, told

PPI = 60


def hostile() -> Briefing:
    """Everything that people write, long and full of signs."""
    made = told(rows=60, words=HOSTILE * 12)
    section = made.sections[1]
    assert section.tables
    table = replace(
        section.tables[0],
        title=HOSTILE * 9,
        columns=(HOSTILE,) * 3,
        rows=((HOSTILE * 9,) * 3,) * 30,
        note=HOSTILE * 30,
    )
    return replace(
        made,
        place=HOSTILE * 5,
        path=HOSTILE * 20,
        notice=HOSTILE * 20,
        sections=(replace(section, title=HOSTILE * 4, picture=picture(name=HOSTILE), tables=(table,)),),
        tables=(table,),
    )


def packed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module")
def opened() -> tuple[Document, Presentation]:
    made = told()
    pictures = drawn(made)
    return (
        Document(io.BytesIO(as_docx(made, pictures))),
        Presentation(io.BytesIO(as_pptx(made, pictures))),
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pdf_says_all(lang: Lang) -> None:
    made = told(lang)
    pages = page_texts(as_pdf(made))
    said = packed("".join(pages))
    for words in (
        made.title, made.subtitle, made.notice, made.path, *made.summary, *made.sources, *made.missing, made.made,
        *(figure.value for figure in made.figures), *(section.title for section in made.sections),
        *(cell for row in made.tables[0].rows for cell in row),
    ):  # fmt: skip
        assert packed(words) in said, words
    assert 3 <= len(pages) <= 7
    last = {"zh": f"第{len(pages)}页，共{len(pages)}页", "en": f"Page{len(pages)}of{len(pages)}"}[lang]
    assert last in packed(pages[-1])


def test_pdf_repeats_the_head_of_a_long_table() -> None:
    made = replace(told(rows=120), sections=())
    pages = [page for page in page_texts(as_pdf(made)) if "镇" in page and "差（百分点）" in packed(page)]
    assert len(pages) >= 3


@pytest.mark.parametrize("name", ["usual", "hostile"])
def test_pages_are_not_blank_and_keep_their_margins(name: str) -> None:
    made = told() if name == "usual" else hostile()
    for page in page_pictures(made, PPI):
        shown = np.asarray(Image.open(io.BytesIO(page)).convert("L"))
        side = int(15 / 25.4 * PPI)  # 15 of the 17 mm: letters may hang over a hair
        assert (shown[:, :side] > 250).all()
        assert (shown[:, -side:] > 250).all()
        assert (shown[: int(6 / 25.4 * PPI)] > 250).all()
        assert (shown[-int(5 / 25.4 * PPI) :] > 250).all()
        assert (shown < 200).mean() > 0.003


def test_hostile_words_stay_words() -> None:
    made = hostile()
    assert "#panic" in "".join(page_texts(as_pdf(made)))
    pictures = drawn(made)
    paper = Document(io.BytesIO(as_docx(made, pictures)))
    assert any("#panic" in line.text for line in paper.paragraphs)
    deck = Presentation(io.BytesIO(as_pptx(made, pictures)))
    assert "\u202e" not in deck.slides[0].shapes.title.text_frame.text


def test_word_has_real_headings_captions_and_fields(opened: tuple[Document, Presentation]) -> None:
    paper, made = opened[0], told()
    styles = {line.style.name: line.text for line in paper.paragraphs}
    assert styles["Title"] == made.title
    headings = [line.text for line in paper.paragraphs if line.style.name == "Heading 1"]
    assert headings == ["要点", *(s.title for s in made.sections), "附表", "缺少的数据", "数据来源"]
    said = [line.text for line in paper.paragraphs]
    for words in (made.notice, *made.summary, *made.sources, *made.missing):
        assert words in said
    captions = [line.text for line in paper.paragraphs if line.style.name == "Caption"]
    assert captions[:2] == ["图 1　比例与目标", "图 2　连南各乡镇自来水普及率"]
    assert captions[-1] == f"表 {len([c for c in captions if c.startswith('表')])}　距目标较远的地方"
    codes = [code.text.strip() for code in paper.element.iter(qn("w:instrText"))]
    assert codes.count("SEQ Figure \\* ARABIC") == 7
    foot = paper.sections[0].footer.paragraphs[0]._p
    assert [code.text.strip() for code in foot.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]


def test_word_tables_repeat_their_head_and_hold_the_cells(opened: tuple[Document, Presentation]) -> None:
    made = told()
    tables = [table for table in opened[0].tables if table.style.name == "Table Grid"]
    assert len(tables) == 8
    for table in tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    cells = [tuple(cell.text for cell in row.cells) for row in tables[-1].rows]
    assert cells == [made.tables[0].columns, *made.tables[0].rows]


def test_word_names_a_chinese_font_and_what_to_use_without_it(opened: tuple[Document, Presentation]) -> None:
    paper = opened[0]
    for name in ("Normal", "Title", "Heading 1", "Caption", "List Bullet"):
        fonts = paper.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "微软雅黑"
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    table = next(part for part in paper.part.package.iter_parts() if part.partname == "/word/fontTable.xml")
    assert '<w:altName w:val="Noto Sans CJK SC"' in table.blob.decode()


def test_word_pictures_have_words_for_those_who_cannot_see_them(
    opened: tuple[Document, Presentation],
) -> None:
    shown = list(opened[0].element.iter(qn("wp:docPr")))
    assert len(shown) == 7
    assert all(one.get("descr") for one in shown)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_slides_are_few_wide_and_hold_their_shapes(lang: Lang) -> None:
    made = told(lang)
    deck = Presentation(io.BytesIO(as_pptx(made, drawn(made))))
    assert len(deck.slides) == MOST_SLIDES
    assert round(deck.slide_width / deck.slide_height, 3) == round(16 / 9, 3)
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= deck.slide_width + Emu(1)
            assert shape.top + shape.height <= deck.slide_height + Emu(1)


def test_slides_have_charts_of_numbers_and_notes_with_the_sources(
    opened: tuple[Document, Presentation],
) -> None:
    deck, made = opened[1], told()
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    bars, lines = charts
    assert list(bars.plots[0].categories) == ["光纤入户率", "自来水普及率"]
    values = {series.name: tuple(series.values) for series in bars.plots[0].series}
    assert values == {"现状": (None, 92.3), "目标": (95.0, 99.0)}
    values = {series.name: tuple(series.values) for series in lines.plots[0].series}
    assert values == dict(made.sections[-1].charts[0].series)
    for slide in deck.slides:
        notes = slide.notes_slide.notes_text_frame.text
        assert "指标：2026-10-20 快照。" in notes
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert tables[0].cell(1, 1).text == "60.5%"
    pictures = [shape for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]
    assert len(pictures) == 5


def test_drawn_pictures_are_not_blank() -> None:
    for png in drawn(told()).values():
        shown = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
        assert shown.shape[1] > 800
        assert (shown < 200).mean() > 0.01
