"""Single values: what is read, what is noted, what is refused."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import layers
from i18n import Text
from layers import Field, Kind
from pipelines.import_.dates import read_date
from pipelines.import_.findings import Check
from pipelines.import_.folding import fold_width, heading_key, unit_key
from pipelines.import_.geometry import read_coordinate
from pipelines.import_.placing import read_code as read_admin_code
from pipelines.import_.values import code_spellings, read_boolean, read_code, read_number, read_text

WIDTH = Field("width_m", Text("宽度", "width"), Kind.NUMBER, unit="m")
MONEY = layers.feature_type("houses").field("subsidy_yuan")
PEOPLE = layers.feature_type("settlements").field("population")
DIAMETER = layers.feature_type("water_mains").field("diameter_mm")
CAPACITY = layers.feature_type("water_works").field("design_capacity_m3d")
AREA = layers.feature_type("consolidation_projects").field("stated_area_mu")
NAME = Field("name", Text("名称", "name"), max_length=20)


@pytest.mark.parametrize(
    ("text", "field", "value", "note"),
    [
        ("3.5", WIDTH, 3.5, None),
        ("\uff13\uff0e\uff15", WIDTH, 3.5, None),
        ("1,234.5", WIDTH, 1234.5, None),
        ("约3.5", WIDTH, 3.5, Check.APPROXIMATE),
        ("3.5左右", WIDTH, 3.5, Check.APPROXIMATE),
        ("3.5米", WIDTH, 3.5, Check.VALUE_UNIT),
        ("3.5m", WIDTH, 3.5, Check.VALUE_UNIT),
        ("1.2公里", WIDTH, 1200, Check.VALUE_UNIT),
        ("约1.2公里", WIDTH, 1200, Check.APPROXIMATE),
        ("1.2万元", MONEY, 12_000, Check.VALUE_UNIT),
        ("1.2345678", MONEY, 1.23, None),
        ("1.5万", PEOPLE, 15_000, Check.VALUE_UNIT),
        ("120人", PEOPLE, 120, Check.VALUE_UNIT),
        ("DN100", DIAMETER, 100, Check.VALUE_UNIT),
        ("1.2万吨/日", CAPACITY, 12_000, Check.VALUE_UNIT),
        ("2公顷", AREA, 30, Check.VALUE_UNIT),
        ("1e3", WIDTH, 1000, None),
        ("-5", WIDTH, -5, None),
    ],
)
def test_numbers_are_read_in_the_stored_unit(
    text: str, field: Field, value: float, note: Check | None
) -> None:
    reading = read_number(text, field)
    assert reading.failure is None
    assert reading.value == pytest.approx(value)
    assert reading.note is note


def test_a_unit_in_the_value_wins_over_that_of_the_heading() -> None:
    assert read_number("3.5", MONEY, factor=10_000).value == 35_000
    assert read_number("35000元", MONEY, factor=10_000).value == 35_000


@pytest.mark.parametrize("text", ["3-5", "三米", "3.5.1", "3平方米", "abc", "3,5", "", "1e400", "=1+1"])
def test_numbers_with_two_meanings_or_none_are_not_read(text: str) -> None:
    assert read_number(text, WIDTH).failure is Check.UNREADABLE


def test_half_a_person_is_not_read() -> None:
    assert read_number("3.5", PEOPLE).failure is Check.NOT_WHOLE
    assert read_number("3.0", PEOPLE).value == 3


@given(st.floats(-1e9, 1e9, allow_nan=False))
def test_every_number_survives_writing_and_reading(value: float) -> None:
    assert read_number(repr(value), WIDTH).value == value
    assert read_number(f"{value:,.3f}米", WIDTH).value == pytest.approx(round(value, 3))


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers(text: str) -> None:
    for reading in (
        read_number(text, WIDTH),
        read_date(text),
        read_boolean(text),
        read_text(text, NAME, identifier=True),
    ):
        assert reading.failure is None or reading.value is None
    number = read_number(text, WIDTH).value
    assert number is None or math.isfinite(float(str(number)))
    code, failure = read_admin_code(text)
    assert code is None or (failure is None and len(code) == 12 and code.isdigit())
    read_coordinate(text)


@pytest.mark.parametrize(
    ("text", "day", "note"),
    [
        ("2023-06-05", (2023, 6, 5), None),
        ("2023/6/5", (2023, 6, 5), None),
        ("2023年6月5日", (2023, 6, 5), None),
        ("2023.6.5", (2023, 6, 5), None),
        ("20230605", (2023, 6, 5), None),
        ("2023-06-05 13:45:10", (2023, 6, 5), None),
        ("2023-06-05T00:00:00", (2023, 6, 5), None),
        ("2023.6.5", (2023, 6, 5), None),
        ("2023.6", (2023, 6, 1), Check.DATE_MONTH),
        ("2023年6月", (2023, 6, 1), Check.DATE_MONTH),
        ("202306", (2023, 6, 1), Check.DATE_MONTH),
        ("2023.1", (2023, 1, 1), Check.DATE_MONTH_DOUBTFUL),
        ("2023.10", (2023, 10, 1), Check.DATE_MONTH),
        ("2023", (2023, 1, 1), Check.DATE_YEAR),
        ("2023年", (2023, 1, 1), Check.DATE_YEAR),
        ("45078", (2023, 6, 1), Check.DATE_SERIAL),
        ("45078.0", (2023, 6, 1), Check.DATE_SERIAL),
        ("31/12/23", (2023, 12, 31), Check.DATE_SHORT_YEAR),
        ("12/31/2023", (2023, 12, 31), Check.DATE_SHORT_YEAR),
        ("23年6月5日", (2023, 6, 5), Check.DATE_SHORT_YEAR),
    ],
)
def test_days_are_read_as_departments_write_them(
    text: str, day: tuple[int, int, int], note: Check | None
) -> None:
    reading = read_date(text)
    assert reading.value == dt.date(*day)
    assert reading.note is note


@pytest.mark.parametrize("text", ["2023-02-30", "2023年13月1日", "20231301", "1203-01-01", "32/13/23"])
def test_days_that_no_calendar_has_are_impossible(text: str) -> None:
    assert read_date(text).failure is Check.DATE_IMPOSSIBLE


@pytest.mark.parametrize("text", ["05/06/2023", "去年", "2023-06-05至2024-01-01", "99999", "1"])
def test_days_with_two_meanings_are_not_read(text: str) -> None:
    assert read_date(text).failure is Check.UNREADABLE


@given(st.dates(dt.date(1901, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_survives_each_way_of_writing(day: dt.date) -> None:
    for written in (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
    ):
        assert read_date(written).value == day


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("是", True),
        ("有", True),
        ("√", True),
        ("1", True),
        ("否", False),
        ("无", False),
        ("0", False),
        ("×", False),
    ],
)
def test_yes_and_no(text: str, value: bool) -> None:
    assert read_boolean(text).value is value


@pytest.mark.parametrize(
    ("written", "code"),
    [("C", "C"), ("c级", "C"), ("Ｃ级", "C"), ("C 级", "C"), ("局部危险", "C"), ("grade D", "D"), ("d", "D")],
)
def test_codes_are_found_by_code_name_and_alias(written: str, code: str) -> None:
    spellings = code_spellings(layers.feature_type("houses").field("grade"))
    assert read_code(written, spellings).value == code


def test_an_unknown_code_is_not_guessed() -> None:
    spellings = code_spellings(layers.feature_type("houses").field("grade"))
    assert read_code("E级", spellings).failure is Check.UNKNOWN_CODE


def test_every_spelling_of_every_code_list_names_its_own_member() -> None:
    for feature in layers.all_features():
        for field in feature.fields:
            if field.codes is None:
                continue
            spellings = code_spellings(field)
            for member in field.codes:
                for written in (str(member), member.text.zh, *member.aliases):
                    assert read_code(written, spellings).value == str(member), (field.name, written)


def test_unseen_characters_leave_the_text_with_a_note() -> None:
    reading = read_text("西\u202e牛\u0007镇", NAME, identifier=False)
    assert (reading.value, reading.note) == ("西牛镇", Check.CONTROL_CHARACTERS)


def test_identifiers_lose_full_width_forms_and_names_keep_them() -> None:
    assert read_text("Ｈ００１", NAME, identifier=True).value == "H001"
    assert read_text("西牛(一)", NAME, identifier=False).value == "西牛(一)"


def test_an_overlong_name_is_cut_and_an_overlong_key_refused() -> None:
    assert read_text("长" * 10_000, NAME, identifier=False).note is Check.TEXT_CUT
    assert read_text("1" * 10_000, NAME, identifier=True).failure is Check.KEY_TOO_LONG


@pytest.mark.parametrize(
    ("text", "code", "failure"),
    [
        ("441881103201", "441881103201", None),
        ("441881103201.0", "441881103201", None),
        ("4.41881103201E+11", "441881103201", None),
        ("\uff14\uff14\uff11881103201", "441881103201", None),
        ("'441881103201", "441881103201", None),
        ("4.41881E+11", None, Check.CODE_SCIENTIFIC),
        ("441881103", None, Check.CODE_SHORT),
        ("441881", None, Check.CODE_SHORT),
        ("44188110320A", None, Check.CODE_MALFORMED),
        ("4418811032011", None, Check.CODE_MALFORMED),
        ("无", None, None),
    ],
)
def test_division_codes(text: str, code: str | None, failure: Check | None) -> None:
    assert read_admin_code(text) == (code, failure)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("113.25", 113.25),
        ("113°12′30″", 113 + 12.5 / 60),
        ("E113.25", 113.25),
        ("东经113.25°", 113.25),
        ("38,412,345.6", 38412345.6),
    ],
)
def test_coordinates(text: str, value: float) -> None:
    assert read_coordinate(text) == pytest.approx(value)


@given(st.text(alphabet="ABCabc0189()_-./ 宽度", max_size=20))
def test_headings_fold_the_same_in_full_and_half_width(text: str) -> None:
    wide = text.translate({i: i + 0xFEE0 for i in range(0x21, 0x7F)})
    assert heading_key(wide) == heading_key(text)
    assert fold_width(wide) == text


def test_units_fold_their_spellings() -> None:
    assert unit_key("㎡") == unit_key("m²") == unit_key("M2")
    assert unit_key("m³/日") == unit_key("m3/d")
    assert unit_key("(单位:万元)") == unit_key("万元")
