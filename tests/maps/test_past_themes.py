"""Themes of past days: one colour for one value on all days; changes judged; the number of what a map rests on."""

import datetime as dt
import xml.etree.ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from i18n import LANGUAGES
from layers import AdminLevel, Direction, indicator
from maps.county_pictures import county_outlines, county_picture
from maps.past_layers import moment_in, moment_words, past_address
from maps.past_themes import change_classes, change_theme, common_classes, day_theme, digest
from maps.state import MapState, Swipe, Theme, as_json

TAP = indicator("tap_water_rate")
HOUSES = indicator("dangerous_houses_outstanding")
USED = indicator("used_quota_mu")
_SHARES = st.lists(st.floats(0, 1) | st.just(np.nan), min_size=1, max_size=30)
_CHANGES = st.lists(st.floats(-500, 500) | st.just(np.nan) | st.just(0.0), min_size=1, max_size=40)


@settings(deadline=None)
@given(first=_SHARES, second=_SHARES)
def test_a_value_has_one_colour_on_all_days(first: list[float], second: list[float]) -> None:
    days = [np.array(first), np.array(second)]
    made = common_classes(days, TAP, "zh")
    together = made.classes.assign(np.concatenate(days))
    apart = np.concatenate([made.classes.assign(day) for day in days])
    assert (together == apart).all()
    assert sum(made.counts) + made.without_data == len(first) + len(second)


@settings(deadline=None)
@given(changes=_CHANGES, chosen=st.sampled_from((TAP, HOUSES, USED)))
def test_changes_are_judged_by_what_is_better(changes: list[float], chosen: object) -> None:
    change = np.array(changes)
    assert chosen in (TAP, HOUSES, USED)
    made = change_classes(change, chosen, "zh")
    assert len(made.colors) == len(made.labels) == made.worse + 1 + made.better
    assert len(set(made.colors)) == len(made.colors)
    found = made.assign(change)
    assert ((found == -1) == np.isnan(change)).all()
    gain = -change if chosen.direction is Direction.LOWER else change
    known = found >= 0
    assert (found[known] < len(made.colors)).all()
    assert (
        np.sign(found[known] - made.worse)
        == np.where(np.abs(gain[known]) <= made.least, 0, np.sign(gain[known]))
    ).all()
    order = np.argsort(gain[known], kind="stable")
    assert (np.diff(found[known][order]) >= 0).all(), "the better, the higher the class"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_legend_of_a_change_says_what_is_better(lang: str) -> None:
    series = pd.Series([-30.0, -2.0, 0.0, 4.0, np.nan], index=[f"4418811032{n:02d}" for n in range(5)])
    lower = change_theme(series, HOUSES, AdminLevel.VILLAGE, lang, "")
    better, worse = ("改善", "变差") if lang == "zh" else ("better", "worse")
    assert lower.labels[0].startswith(worse) and lower.labels[-1].startswith(better)
    assert lower.without_data == 1 and sum(lower.counts) == 4
    neutral = change_theme(series, USED, AdminLevel.VILLAGE, lang, "")
    assert not any(word in label for label in neutral.labels for word in (better, worse))


def test_a_change_below_what_screens_show_is_none() -> None:
    made = change_classes(np.array([0.0004, -0.0004, 0.02, -0.03]), TAP, "zh")
    assert made.assign(np.array([0.0004, -0.0004])).tolist() == [made.worse] * 2
    assert made.labels[made.worse] == "基本不变"
    assert "个百分点" in made.labels[0]


def _figures(values: dict[str, float]) -> pd.DataFrame:
    rows = [(code, value, value * 10, 10.0, 1, 1) for code, value in values.items()]
    return pd.DataFrame(
        rows, columns=["admin_code", "value", "numerator", "denominator", "with_data", "units"]
    )


def _units(east: dict[str, float]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(113, 24, edge, 24.1) for edge in east.values()]
    return gpd.GeoDataFrame(
        {"admin_code": list(east), "name": [f"村{c[-1]}" for c in east]}, geometry=shapes, crs=4490
    )


def _print(values: dict[str, float], east: dict[str, float], **said: str) -> str:
    figures = _figures(values)
    return digest(said, figures, common_classes([figures["value"].to_numpy()], TAP, "zh"), _units(east))


def test_the_number_of_a_map_tells_any_change_and_no_order() -> None:
    a, b = "441881103201", "441881103202"
    plain = _print({a: 0.5, b: 0.75}, {a: 113.1, b: 113.2}, day="2025-06-30")
    assert _print({b: 0.75, a: 0.5}, {b: 113.2, a: 113.1}, day="2025-06-30") == plain
    others = [
        _print({a: np.nextafter(0.5, 1), b: 0.75}, {a: 113.1, b: 113.2}, day="2025-06-30"),
        _print({a: np.nan, b: 0.75}, {a: 113.1, b: 113.2}, day="2025-06-30"),
        _print({a: 0.5, b: 0.75}, {a: 113.1, b: np.nextafter(113.2, 114)}, day="2025-06-30"),
        _print({a: 0.5, b: 0.75}, {a: 113.1}, day="2025-06-30"),
        _print({a: 0.5, b: 0.75}, {a: 113.1, b: 113.2}, day="2025-06-29"),
    ]
    assert len({plain, *others}) == 6
    figures = _figures({a: 0.5, b: 0.75})
    pooled = common_classes([figures["value"].to_numpy(), np.array([0.1])], TAP, "zh")
    assert digest({"day": "2025-06-30"}, figures, pooled, _units({a: 113.1, b: 113.2})) != plain, (
        "other classes"
    )


def test_small_maps_of_counties_hold_every_unit_in_its_class() -> None:
    codes = ("441881103201", "441881103202", "441821001201")
    units = gpd.GeoDataFrame(
        {"admin_code": codes},
        geometry=[
            shapely.box(113, 24, 113.1, 24.1),
            shapely.box(113.1, 24, 113.2, 24.1),
            shapely.box(113, 23, 113.4, 23.1),
        ],
        crs=4490,
    )
    outlines = county_outlines(units)
    assert [o.code for o in outlines] == ["441821", "441881"]
    assert all(len(o.units) == n for o, n in zip(outlines, (1, 2), strict=True))
    colors = ("#111111", "#222222")
    picture = county_picture(outlines[1], {codes[0]: 1, codes[1]: None}, colors, "<英德> & 42%")
    tree = ET.fromstring(picture)
    fills = [node.get("fill") for node in tree.findall("{http://www.w3.org/2000/svg}path")]
    assert fills == ["url(#xt-hatch-441881)", "#222222", "none"]
    assert tree.get("aria-label") == "<英德> & 42%"
    numbers = [
        float(n)
        for path in outlines[1].units.values()
        for n in path.replace("M", " ").replace("L", " ").replace("Z", " ").split()
    ]
    assert min(numbers) >= 0 and max(numbers[::2]) <= 150 and max(numbers[1::2]) <= 130
    assert county_outlines(units.iloc[:0]) == ()


@settings(deadline=None)
@given(moment=st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC)))
def test_a_moment_in_an_address_is_exact(moment: dt.datetime) -> None:
    assert moment_in(moment_words(moment)) == moment


def test_addresses_of_moments() -> None:
    assert moment_words(None) == "now" and moment_in("now") is None
    for bad in ("", "-5", "1e9", "１２", "now ", "9" * 18):
        with pytest.raises(ValueError):
            moment_in(bad)
    assert (
        past_address(dt.date(2025, 6, 30), None, "ab")
        == "/past/tiles/2025-06-30/now/{z}/{x}/{y}.pbf?edition=ab"
    )


def test_both_sides_of_a_divider_are_sent() -> None:
    made = common_classes([np.array([0.2, 0.9])], TAP, "zh")
    values = pd.Series([0.2, 0.9], index=["441881103201", "441881103202"])
    left = day_theme(values, made, TAP, AdminLevel.VILLAGE, "zh", "左")
    right = day_theme(values * 0.5, made, TAP, AdminLevel.VILLAGE, "zh", "右")
    assert isinstance(left, Theme) and left.colors == right.colors and left.url != right.url
    address = past_address(dt.date(2024, 6, 30), None, "ab")
    sent = as_json(MapState(base=(), theme=left, swipe=Swipe(right, address, "2024", "2025", "分界线")))
    assert sent["swipe"]["theme"]["url"] == right.url
    assert (sent["swipe"]["url"], sent["swipe"]["left"], sent["swipe"]["right"]) == (address, "2024", "2025")
    assert as_json(MapState(base=()))["swipe"] is None
