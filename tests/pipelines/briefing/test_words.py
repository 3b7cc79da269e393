"""Sentences from numbers: rises and falls, nothing known, targets met, missed and absent, in both languages."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from i18n import LANGUAGES, Lang
from layers import Direction, all_indicators, indicator
from pipelines.briefing.figures import Fact, figure, money, share, short_of
from pipelines.briefing.words import change_cell, fact_sentence, standing_cell

EARLIER = dt.date(2026, 9, 30)


def fact(name: str, value: float, previous: float = math.nan, with_data: int = 26, units: int = 26) -> Fact:
    return Fact(indicator(name), value, previous, math.nan, math.nan, with_data, units)


def test_a_rise_and_a_distance_to_the_target() -> None:
    said = fact_sentence(fact("tap_water_rate", 0.923, 0.911), EARLIER, "zh")
    assert (
        said
        == "自来水普及率 92.3%，比上期（2026-09-30）提高 1.2 个百分点，距 2025 年目标（99%）差 6.7 个百分点。"
    )
    said = fact_sentence(fact("tap_water_rate", 0.923, 0.911), EARLIER, "en")
    assert said == (
        "Tap-water rate is 92.3%, up 1.2 points since 2026-09-30, 6.7 points short of the 2025 target (99%)."
    )


@pytest.mark.parametrize(
    ("made", "earlier", "expected"),
    [
        (
            fact("tap_water_rate", 0.9, 0.95),
            EARLIER,
            "自来水普及率 90.0%，比上期（2026-09-30）下降 5 个百分点，距 2025 年目标（99%）差 9 个百分点。",
        ),
        (
            fact("tap_water_rate", 0.995, 0.9952),
            EARLIER,
            "自来水普及率 99.5%，与上期（2026-09-30）持平，已达到 2025 年目标（99%）。",
        ),
        (fact("tap_water_rate", 1.0), None, "自来水普及率 100%，已达到 2025 年目标（99%）。"),
        (fact("tap_water_rate", math.nan, 0.9), EARLIER, "自来水普及率：无数据。"),
        (
            fact("dangerous_houses_outstanding", 12, 20, 25, 26),
            EARLIER,
            "未完成 C/D 级危房 12 户，比上期（2026-09-30）减少 8 户，比 2025 年目标（0 户）多 12 户，"
            "26 个统计单元中 25 个有数据。",
        ),
        (
            fact("dangerous_houses_outstanding", 0, 0),
            EARLIER,
            "未完成 C/D 级危房 0 户，与上期（2026-09-30）持平，已达到 2025 年目标（0 户）。",
        ),
        (
            fact("dispersed_supply_population", 1320, 1200),
            EARLIER,
            "分散供水人口 1,320 人，比上期（2026-09-30）增加 120 人。",
        ),
    ],
)  # fmt: skip
def test_sentences(made: Fact, earlier: dt.date | None, expected: str) -> None:
    assert fact_sentence(made, earlier, "zh") == expected


@pytest.mark.parametrize("lang", LANGUAGES)
@given(some.data())
def test_every_indicator_can_be_told_in_one_sentence(lang: Lang, data: some.DataObject) -> None:
    one = data.draw(some.sampled_from(all_indicators()))
    number = some.one_of(some.just(math.nan), some.floats(0, 2000))
    units = data.draw(some.integers(0, 1300))
    made = Fact(
        one, data.draw(number), data.draw(number), 1, 1, data.draw(some.integers(0, units)), units
    )  # fmt: skip
    said = fact_sentence(made, data.draw(some.sampled_from([None, EARLIER])), lang)
    assert said.startswith(one.title.get(lang))
    assert said.endswith("。" if lang == "zh" else ".")
    assert "nan" not in said
    assert "{" not in said
    assert ("%" in said or "无数据" in said or "no data" in said) or one.unit.value != "share"


@given(some.sampled_from(all_indicators()), some.floats(-1, 2000))
def test_the_distance_is_nothing_where_the_target_is_met(one: object, value: float) -> None:
    found = short_of(value, one)  # type: ignore[arg-type]
    if one.target is None or one.direction is Direction.NEUTRAL:  # type: ignore[attr-defined]
        assert math.isnan(found)
    else:
        better = value >= one.target if one.direction is Direction.HIGHER else value <= one.target  # type: ignore[attr-defined]
        assert (found == 0) == better


def test_cells_of_tables() -> None:
    assert change_cell(fact("tap_water_rate", 0.9, 0.95), "zh") == "−5.0"
    assert change_cell(fact("tap_water_rate", 0.95, 0.9), "zh") == "+5.0"
    assert change_cell(fact("tap_water_rate", 0.95, 0.9501), "zh") == "0"
    assert change_cell(fact("tap_water_rate", 0.95), "zh") == "—"
    assert change_cell(fact("overdue_houses", 4, 6), "en") == "−2 houses"
    assert standing_cell(fact("tap_water_rate", 0.999), "zh") == "已达标"
    assert standing_cell(fact("tap_water_rate", math.nan), "zh") == "—"
    assert standing_cell(fact("overdue_houses", 4), "en") == "4 houses to go"


def test_what_only_rounds_to_all_or_nothing_is_told_apart() -> None:
    assert [share(v) for v in (0.0, 0.0001, 0.5, 0.9999, 1.0)] == ["0%", "<0.1%", "50.0%", ">99.9%", "100%"]
    assert figure(math.nan, indicator("tap_water_rate").unit, "zh") == "无数据"
    assert money(12_345_678, "zh") == "1,235 万元"
    assert money(123_456, "zh") == "12.3 万元"
