"""A table on paper: A4 across, headings on every page, text that stays text."""

import io

import pytest
from PIL import Image

from i18n import LANGUAGES, Lang
from pipelines.table_sheet import MOST_ROWS, TableSheet, _data, as_pdf, page_pictures


def sheet(rows: int = 3, lang: Lang = "zh", name: str = "英城街道") -> TableSheet:
    """Units with two figures."""
    return TableSheet(
        title="建设用地预留核对表",
        subtitle="清远市　2026-11-24　单位：亩",
        columns=("单位", "总规模", "预留"),
        numeric=(False, True, True),
        rows=[(f"{name}{i}", "1,234.50", "") for i in range(rows)],
        notes=("演示数据为模拟。",),
        made_at="2026-11-24 17:00",
        lang=lang,
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("rows", "pages"), [(0, 1), (3, 1), (200, 7)])
def test_pages_lie_across_and_grow_with_the_rows(rows: int, pages: int, lang: Lang) -> None:
    made = page_pictures(sheet(rows, lang), ppi=30)
    assert abs(len(made) - pages) <= 2
    assert (len(made) > 1) == (rows > 100)
    for page in made:
        picture = Image.open(io.BytesIO(page))
        assert picture.width > picture.height


def test_text_never_becomes_code() -> None:
    hostile = sheet(name='#panic("x") $x$ [*a*] \\ "</svg>')
    assert as_pdf(hostile).startswith(b"%PDF")


def test_more_rows_than_anyone_reads_are_cut_and_told() -> None:
    made = _data(sheet(MOST_ROWS + 1))
    assert len(made["rows"]) == MOST_ROWS  # type: ignore[arg-type]
    assert "3,001" in str(made["notes"])


def test_columns_share_the_page_by_what_they_hold() -> None:
    widths = _data(sheet(name="很长的单位名称，" * 20))["widths"]
    assert widths[0] > 3 * widths[1]  # type: ignore[index]
