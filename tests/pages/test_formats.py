"""The house's manner of writing figures, dates and names."""

import datetime as dt

import pytest

from layers import Unit, feature_type, indicator
from pages import formats


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.8734, Unit.SHARE, "87.3%"),
        (0.96, Unit.SHARE, "96.0%"),
        (1.0, Unit.SHARE, "100%"),
        (0.99996, Unit.SHARE, ">99.9%"),
        (0.0001, Unit.SHARE, "<0.1%"),
        (1234567.0, Unit.PERSONS, "1,234,567 人"),
        (1500.55, Unit.MU, "1,500.5 亩"),
        (0.0, Unit.HOUSES, "0 户"),
        (None, Unit.HOUSES, "未上报"),
        (float("nan"), Unit.SHARE, "未上报"),
    ],
)
def test_figure(value: float | None, unit: Unit, words: str) -> None:
    assert formats.figure(value, unit, "zh") == words


def test_no_data_is_not_zero() -> None:
    rate = indicator("tap_water_rate")
    assert formats.short_of_target(None, rate) is None
    assert formats.short_of_target(0.0, rate) == rate.target


def test_direction_of_the_gap() -> None:
    assert formats.short_of_target(7.0, indicator("dangerous_houses_outstanding")) == 7.0
    assert formats.short_of_target(1.0, indicator("tap_water_rate")) == 0.0


def test_moments_are_shown_in_shanghai() -> None:
    moment = dt.datetime(2024, 6, 30, 18, 5, tzinfo=dt.UTC)
    assert formats.moment(moment, "zh") == "2024-07-01 02:05"
    assert formats.day(moment, "zh") == "2024-07-01"


def test_mu() -> None:
    assert formats.mu(10_000.0) == pytest.approx(15.0)


def test_markdown_in_names_is_text() -> None:
    assert formats.plain("[x](http://a) <b>*") == "\\[x\\]\\(http\\:\\/\\/a\\) \\<b\\>\\*".replace("\\/", "/")


def test_codes_in_words() -> None:
    grade = feature_type("houses").field("grade")
    assert formats.code_words(grade, "C", "zh") == "C级"
    assert formats.code_words(grade, None, "en") == "blank"
    assert formats.code_words(grade, "Z", "zh") == "Z"
