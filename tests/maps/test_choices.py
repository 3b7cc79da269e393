"""The permalink of the map: what is chosen comes back from the address, nonsense is told and left out."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n import tr
from layers import Kind, all_indicators
from maps.choices import (
    KINDS,
    THEME_LEVELS,
    MapChoices,
    as_address,
    drawn_features,
    filter_values,
    read_address,
    usual,
)

FILTERS = [
    (feature.id, field.name, filter_values(feature, field.name))
    for feature in drawn_features()
    for field in feature.filters
]


@st.composite
def choices(draw: Any) -> MapChoices:
    filters: dict[str, dict[str, frozenset[str]]] = {}
    for feature_id, attribute, values in draw(st.lists(st.sampled_from(FILTERS), max_size=4)):
        picked = draw(st.frozensets(st.sampled_from(values), min_size=1))
        filters.setdefault(feature_id, {})[attribute] = picked
    return MapChoices(
        on=draw(st.frozensets(st.sampled_from([f.id for f in drawn_features()]))),
        theme=draw(st.sampled_from([None, *(i.id for i in all_indicators())])),
        level=draw(st.sampled_from(THEME_LEVELS)),
        scope=draw(st.sampled_from(["", "441881", "441881103", "441881103201"])),
        kind=draw(st.sampled_from(KINDS)),
        code=draw(st.sampled_from([None, "441881103201", "441881000000"])),
        filters=filters,
    )


@given(choices())
def test_the_address_keeps_every_choice(chosen: MapChoices) -> None:
    assert read_address(as_address(chosen), "zh") == (chosen, [])


def test_the_usual_view_needs_no_address() -> None:
    assert as_address(usual()) == {}
    assert read_address({}, "zh") == (usual(), [])


def test_the_usual_view_shows_the_five_core_layers_over_an_indicator() -> None:
    assert usual().theme in {i.id for i in all_indicators()}
    assert {"water_works", "roads", "base_stations", "houses", "consolidation_projects"} <= usual().on


@pytest.mark.parametrize(
    "name",
    ["on", "theme", "level", "scope", "kind", "code", "v", "houses.grade", "houses.nothing", "nothing.grade"],
)
@pytest.mark.parametrize("value", ["nonsense", "<img src=x>", "'; DROP TABLE x; --", "９９", "1" * 500])
def test_nonsense_is_told_and_left_out(name: str, value: str) -> None:
    found, problems = read_address({name: value}, "en")
    assert problems == [tr("map.bad_address", "en", name=name, value=value[:60])]
    expected = usual()
    if name == "on":
        expected = replace(expected, on=frozenset())
    assert found == expected


def test_booleans_filter_by_word() -> None:
    booleans = [
        (f.id, field.name) for f in drawn_features() for field in f.filters if field.kind is Kind.BOOLEAN
    ]
    assert booleans
    for feature_id, attribute in booleans:
        found, problems = read_address({f"{feature_id}.{attribute}": "true"}, "zh")
        assert (found.filters, problems) == ({feature_id: {attribute: frozenset({"true"})}}, [])
