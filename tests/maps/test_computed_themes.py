"""Computed themes: kept by what they say, within bounds; counts are those of the classes."""

import json

import numpy as np
import pytest

from analysis.clusters import Cluster, Statistic
from layers import AdminLevel, indicator
from maps.computed_themes import Shelf, computed_theme, kept
from maps.gap_themes import certainty_theme, cluster_theme, indicator_theme, score_theme
from maps.state import MapState, Theme, as_json

CODES = [f"44182110100{k}" for k in range(6)]
NAN = np.nan


def classes_of(theme: Theme) -> dict[str, int | None]:
    body = kept(theme.url.removeprefix("/themes/computed/").removesuffix(".json"))
    assert body is not None
    found: dict[str, int | None] = json.loads(body)
    assert [list(found.values()).count(k) for k in range(len(theme.colors))] == list(theme.counts)
    assert list(found.values()).count(None) == theme.without_data
    return found


def test_the_shelf_forgets_what_was_used_longest_ago() -> None:
    shelf = Shelf(most_bytes=10)
    one, two = shelf.put(b"1234"), shelf.put(b"5678")
    assert shelf.get(one) == b"1234"
    three = shelf.put(b"9abc")
    assert (shelf.get(one), shelf.get(two), shelf.get(three)) == (b"1234", None, b"9abc")
    assert shelf.put(b"1234") == one
    # One that is too large for the shelf is kept alone: the page that asked for it must see it.
    assert shelf.get(shelf.put(b"x" * 20)) == b"x" * 20
    assert shelf.get(one) is None


def test_the_same_classes_have_the_same_address() -> None:
    def made(value: int) -> Theme:
        return computed_theme(AdminLevel.VILLAGE, "t", {"441821101001": value}, ("#ffffff",) * 2, ("a", "b"))

    assert made(1).url == made(1).url != made(0).url


def test_a_theme_goes_through_the_maps_state() -> None:
    theme = score_theme(CODES, np.array([0.1, 0.2, 0.5, 0.9, 0.95, NAN]), AdminLevel.VILLAGE, "zh", "note")
    sent = as_json(MapState(base=(), theme=theme))["theme"]
    assert isinstance(sent, dict)
    assert sent["url"] == theme.url
    found = classes_of(theme)
    assert found[CODES[5]] is None
    assert found[CODES[0]] == 0
    assert found[CODES[4]] == len(theme.colors) - 1


def test_nobody_with_a_score_is_a_theme_without_classes() -> None:
    theme = score_theme(CODES, np.full(6, NAN), AdminLevel.VILLAGE, "zh", "")
    assert (theme.colors, theme.without_data) == ((), 6)
    assert set(classes_of(theme).values()) == {None}


def test_certainty_breaks_at_whatever_the_weights() -> None:
    share = np.array([0.0, 0.01, 0.3, 0.949, 0.95, NAN])
    theme = certainty_theme(CODES, share, AdminLevel.VILLAGE, "en", "")
    assert list(classes_of(theme).values()) == [0, 1, 2, 3, 4, None]
    assert "whatever" in theme.labels[-1]


@pytest.mark.parametrize(
    ("statistic", "large"), [(Statistic.MORAN, Cluster.HIGH_HIGH), (Statistic.GETIS_ORD, Cluster.HOT)]
)
def test_clusters_of_large_gaps_head_the_legend(statistic: Statistic, large: Cluster) -> None:
    kinds = [large, Cluster.NONE, None, Cluster.NONE, large, large]
    theme = cluster_theme(CODES, kinds, statistic, AdminLevel.VILLAGE, "zh", "")
    last = len(theme.colors) - 1
    assert list(classes_of(theme).values()) == [last, 0, None, 0, last, last]


def test_an_indicator_breaks_at_its_target() -> None:
    rate = indicator("tap_water_rate")
    values = np.array([0.2, 0.5, 0.99, 1.0, 0.8, NAN])
    theme = indicator_theme(CODES, values, rate, AdminLevel.VILLAGE, "zh", "")
    found = classes_of(theme)
    assert theme.target is not None
    met = [code for code, at in found.items() if at is not None and at >= theme.target[0]]
    assert met == [CODES[2], CODES[3]]
