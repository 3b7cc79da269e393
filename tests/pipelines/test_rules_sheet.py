"""Rules of assessment in Excel: out and in again the same, each fault told with its row and column."""

from pathlib import Path

import openpyxl
import pytest

from analysis.assessment import BadRules, Item, ItemKind, NoData, Rules, require_sound
from i18n import LANGUAGES, Lang
from layers import all_indicators
from pipelines.import_.errors import FileRefused
from pipelines.progress.default_rules import default_rules
from pipelines.progress.rules_sheet import ColumnMissing, RulesUnreadable, as_workbook, read_rules

GRADES = (0.25, 0.4, 0.3)
BANDED = Rules(
    (
        Item(1, "=供水", "tap_water_rate", 60, floor=0.5, full=1.0),
        Item(2, "危房", "overdue_houses", 40, floor=20.0, full=0.0),
        Item(3, "加分", "ftth_household_share", 5, ItemKind.BONUS, bands=((0.5, 0.4), (0.8, 1.0))),
    )
)


def test_our_own_table_adds_up() -> None:
    require_sound(default_rules("zh"), [one.id for one in all_indicators()])


def _written(tmp_path: Path, rules: Rules, lang: Lang = "zh", **cells: object) -> Path:
    path = tmp_path / "规则.xlsx"
    path.write_bytes(as_workbook(rules, lang))
    book = openpyxl.load_workbook(path)
    for address, value in cells.items():
        book.worksheets[0][address] = value
    book.save(path)
    return path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_out_and_in_again(tmp_path: Path, lang: Lang) -> None:
    rules = default_rules(lang)
    assert read_rules(_written(tmp_path, rules, lang), NoData.EXCLUDE, GRADES) == rules


def test_bands_and_text_that_looks_like_a_formula(tmp_path: Path) -> None:
    read = read_rules(_written(tmp_path, BANDED), NoData.ZERO, GRADES)
    assert read.items[1:] == BANDED.items[1:]
    assert read.items[0].group == "'=供水"
    assert read.no_data is NoData.ZERO


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("F3", "四十", ("第 3 行", "分值", "四十")),
        ("I4", "50%", ("第 4 行", "分档")),
        ("E2", "随意", ("计分方式",)),
    ],
)
def test_a_cell_that_cannot_be_read_is_told(
    tmp_path: Path, cell: str, value: str, said: tuple[str, ...]
) -> None:
    with pytest.raises(RulesUnreadable) as told:
        read_rules(_written(tmp_path, BANDED, **{cell: value}), NoData.EXCLUDE, GRADES)
    assert all(word in str(told.value) for word in said)


def test_a_table_that_does_not_add_up_or_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadRules, match="100"):
        read_rules(_written(tmp_path, BANDED, F2=50), NoData.EXCLUDE, GRADES)
    with pytest.raises(BadRules, match="nonsense"):
        read_rules(_written(tmp_path, BANDED, C2="nonsense"), NoData.EXCLUDE, GRADES)
    with pytest.raises((ColumnMissing, FileRefused)):
        read_rules(_written(tmp_path, BANDED, F1="别的"), NoData.EXCLUDE, GRADES)
    broken = tmp_path / "坏.xlsx"
    broken.write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(FileRefused):
        read_rules(broken, NoData.EXCLUDE, GRADES)
