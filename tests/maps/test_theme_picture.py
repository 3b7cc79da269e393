"""Theme maps on paper: colours of the classes, names that keep apart, what every map carries."""

import math
import re

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some

from i18n import LANGUAGES, Lang
from layers import indicator
from maps.names import Name, placed_names, text_width
from maps.theme import theme_classes
from maps.theme_picture import theme_picture

RATE = indicator("tap_water_rate")
UNITS = [
    (shapely.box(112.0 + 0.1 * i, 24.0, 112.1 + 0.1 * i, 24.2), f"第{i}镇", value)
    for i, value in enumerate((0.5, 0.7, 0.995, math.nan))
]


def drawn(lang: Lang = "zh", units: list[tuple[shapely.Geometry, str, float]] = UNITS) -> str:
    return theme_picture(units, RATE, heavier=[], own=None, title="图", lang=lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_units_have_the_colours_of_the_living_map(lang: Lang) -> None:
    made = drawn(lang)
    theme = theme_classes([value for *_, value in UNITS], RATE, lang)
    for color, label in zip(theme.colors, theme.labels, strict=True):
        assert made.count(f'fill="{color}"') == 2, "a unit and its row of the legend"
        assert label in made
    assert made.count('fill="url(#xt-none)"') == 2
    words = {
        "zh": ("自来水普及率", "目标 99%", "无数据", "北"),
        "en": ("Tap-water", "target 99%", "no data", "N"),
    }
    for word in words[lang]:
        assert word in made
    assert "CGCS2000" in made


def test_names_are_escaped_and_nothing_comes_from_outside() -> None:
    made = drawn(units=[(UNITS[0][0], '"><script>镇', 0.5), UNITS[1]])
    assert "<script" not in made
    assert "http" not in made.replace("http://www.w3.org/2000/svg", "")


def test_the_place_itself_and_the_units_above_are_marked() -> None:
    made = theme_picture(
        UNITS,
        RATE,
        heavier=[(shapely.box(112, 24, 112.4, 24.2), "连南")],
        own=UNITS[1][0],
        title="",
        lang="zh",
    )
    assert ">连南<" in made
    assert ">第1镇<" in made
    assert ">第0镇<" not in made
    assert "#b91c1c" in made


def test_a_map_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="unit"):
        drawn(units=[])


@settings(deadline=None)
@given(
    some.lists(
        some.tuples(
            some.floats(0, 380), some.floats(0, 280), some.floats(5, 120), some.text("村镇abc", max_size=9)
        ),
        max_size=30,
    )
)
def test_names_keep_apart_and_inside(boxes: list[tuple[float, float, float, str]]) -> None:
    names = [Name(words, shapely.box(x, y, x + size, y + size)) for x, y, size, words in boxes]
    found = placed_names(names, 400, 300, [(0, 280, 120, 300)])
    held = [shapely.box(0, 280, 120, 300)]
    for svg in found:
        spot = re.search(r'x="([\d.]+)" y="([\d.]+)".*>(.*)</text>', svg)
        assert spot is not None
        x, y, wide = float(spot[1]), float(spot[2]), text_width(spot[3], 10)
        own = shapely.box(x - wide / 2, y - 9, x + wide / 2, y + 1)
        assert shapely.box(0, 0, 400, 300).contains(own)
        assert all(own.intersection(other).area < 1 for other in held)
        held.append(own)
