"""Layers of plans: one for each geometry that can be there, the selected one in relief, all in words."""

import pytest

from i18n import LANGUAGES, Lang
from layers import Geometry
from layers.codes import CandidateKind, Need
from maps.plan_layer import plan_layers
from maps.state import MapState, as_json


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_is_in_the_legend_once(lang: Lang) -> None:
    listed = [value.value for layer in plan_layers(lang, "1-2") for value in layer.values]
    assert sorted(listed) == sorted(map(str, CandidateKind))
    chosen = [v.value for layer in plan_layers(lang, "1-2", scenario=7) for v in layer.values]
    assert sorted(chosen) == sorted([*map(str, CandidateKind), "left", "left"])


def test_a_need_shows_its_own_kinds_only() -> None:
    (roads,) = plan_layers("zh", "1", needs=(Need.ROAD,))
    assert [v.value for v in roads.values] == ["road_link"] and roads.filters == {"need": frozenset({"road"})}
    water = plan_layers("zh", "1", needs=(Need.WATER,))
    assert [[v.value for v in layer.values] for layer in water] == [["mains_extension"], ["new_works"]]


def test_the_selected_one_lies_under_lines_and_over_points() -> None:
    lines = plan_layers("zh", "1", needs=(Need.ROAD,), selected=("x", Geometry.LINE))
    points = plan_layers("zh", "1", needs=(Need.HOUSING,), selected=("x", Geometry.POINT))
    assert [layer.id for layer in lines] == ["plan_lines_selected", "plan_lines"]
    assert [layer.id for layer in points] == ["plan_points", "plan_points_selected"]
    assert lines[0].filters["no"] == {"x"}


def test_the_runtime_takes_them() -> None:
    sent = as_json(MapState(base=(), layers=plan_layers("zh", "3-4-5", scenario=12)))
    addresses = {layer["url"] for layer in sent["layers"]}  # type: ignore[attr-defined]
    assert addresses == {"/plans/tiles/{z}/{x}/{y}.pbf?scenario=12&v=3-4-5"}
