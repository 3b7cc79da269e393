"""Themes: words and colours that fit the classes."""

import numpy as np
import pytest

from i18n import Text
from layers import Direction, Indicator, Rollup, Unit
from maps.classes import Method
from maps.ramps import Ramp, around_target, sequential
from maps.theme import theme_classes

NAN = float("nan")


def _indicator(unit: Unit, direction: Direction, target: float | None = None) -> Indicator:
    return Indicator(
        "made_up",
        Text("甲", "A"),
        unit,
        direction,
        Text("甲", "A"),
        "x.y",
        Rollup.RATIO,
        ("z",),
        target=target,
    )


def test_share_around_its_target() -> None:
    values = [0.0, 0.3, 0.5, 0.62, 0.8, 0.9, 0.95, 0.97, 1.0, NAN]
    made = theme_classes(values, _indicator(Unit.SHARE, Direction.HIGHER, 0.95), "zh")
    assert made.labels == ("0–50%", "50–80%", "80–95%", "95–97%", "97–100%")
    assert made.colors == around_target(3, 2)
    assert made.counts == (2, 2, 2, 1, 2)
    assert made.without_data == 1
    assert made.target == "95%"


def test_burden_with_the_target_at_nothing() -> None:
    values = [0, 0, 0, 0, 1, 2, 3, 8, 9]
    made = theme_classes(values, _indicator(Unit.HOUSES, Direction.LOWER, 0), "en")
    assert made.labels[0] == "0"
    assert made.counts[0] == 4
    assert made.colors[0] in around_target(0, 1)
    assert made.target == "0"
    assert sum(made.counts) == 9


def test_whole_numbers_name_only_values_that_can_occur() -> None:
    values = list(range(0, 20))
    made = theme_classes(values, _indicator(Unit.PERSONS, Direction.NEUTRAL), "zh", Method.QUANTILE, 4)
    assert made.labels == ("0–4 人", "5–9 人", "10–14 人", "15–19 人")
    assert made.colors == sequential(Ramp.MORE, 4)


def test_lower_is_better_without_target_is_a_burden() -> None:
    made = theme_classes(
        [1.0, 2.0, 3.0, 50.0], _indicator(Unit.METRES, Direction.LOWER), "en", Method.EQUAL, 3
    )
    assert made.colors == sequential(Ramp.BURDEN, 3)
    assert made.labels == ("1–17 m", "17–34 m", "34–50 m")


def test_nothing_reported() -> None:
    made = theme_classes([NAN, NAN], _indicator(Unit.SHARE, Direction.HIGHER, 0.9), "zh")
    assert (made.colors, made.labels, made.counts, made.without_data) == ((), (), (), 2)


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("unit", Unit)
def test_labels_are_distinct_and_tell_the_truth(method: Method, unit: Unit) -> None:
    rng = np.random.default_rng(5)
    values = rng.gamma(2, 30, 400).round() if unit is not Unit.SHARE else rng.beta(4, 2, 400)
    made = theme_classes(
        values, _indicator(unit, Direction.HIGHER, float(np.median(values))), "zh", method, 5
    )
    assert len(set(made.labels)) == len(made.labels) == len(made.colors) == made.classes.count
    assert sum(made.counts) == 400
