"""The declarations hold together: ids, headings, code lists, states, rules, indicators, styles."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest

import layers
from analysis import measures
from layers import FeatureType, Field, Geometry, Indicator, Kind, Layer, Remedy
from layers._declaration import ID_PATTERN
from store.tables import column_type, derived_columns

LAYERS = layers.all_layers()
FEATURES = layers.all_features()
INDICATORS = layers.all_indicators()
BOUNDARY_SOURCES = {"county", "township", "village"}
DBASE_BYTES = 10
_COLOUR = re.compile(r"^#[0-9a-f]{6}$")


def _id(declared: Layer | FeatureType | Indicator) -> str:
    return declared.id


def _accepted(field: Field) -> tuple[str, ...]:
    return (field.name, field.title.zh, field.title.en, *field.headings)


def _folded(heading: str) -> str:
    """A heading without what the import does not look at: case, white space, punctuation."""
    return "".join(letter for letter in heading.casefold() if letter.isalnum())


def test_ids_are_unique_and_well_formed() -> None:
    for declared in (LAYERS, FEATURES, INDICATORS):
        ids = [d.id for d in declared]
        assert len(ids) == len(set(ids))
        assert [i for i in ids if not re.fullmatch(ID_PATTERN, i)] == []
    assert not BOUNDARY_SOURCES & {f.id for f in FEATURES}, "tiles of boundaries have these names"


def test_five_layers_are_core() -> None:
    assert [layer.id for layer in LAYERS if layer.core] == [
        "water_supply",
        "roads",
        "broadband",
        "dangerous_housing",
        "land_consolidation",
    ]


@pytest.mark.parametrize("feature", FEATURES, ids=_id)
def test_titles_are_in_both_languages(feature: FeatureType) -> None:
    for text in (feature.title, *(f.title for f in feature.fields), *(r.message for r in feature.rules)):
        assert text.zh.strip() and text.en.strip()
        assert text.en.isascii() or not re.search(r"[\u4e00-\u9fff]", text.en), text


@pytest.mark.parametrize("feature", FEATURES, ids=_id)
def test_headings_are_unambiguous(feature: FeatureType) -> None:
    owners: dict[str, set[str]] = {}
    for field in feature.fields:
        for heading in _accepted(field):
            owners.setdefault(_folded(heading), set()).add(field.name)
    assert {h: sorted(o) for h, o in owners.items() if len(o) > 1} == {}


@pytest.mark.parametrize("feature", FEATURES, ids=_id)
def test_required_fields_fit_a_shapefile(feature: FeatureType) -> None:
    """dBase cuts headings at 10 bytes, so each field that a file must have has a heading that is short enough."""
    needed = [f for f in feature.fields if f.required or f.name in feature.key]
    too_long = [f.name for f in needed if min(len(h.encode("gbk")) for h in _accepted(f)) > DBASE_BYTES]
    assert too_long == []


@pytest.mark.parametrize("feature", FEATURES, ids=_id)
def test_names_are_columns(feature: FeatureType) -> None:
    common = {"id", "geom", "batch_id", "valid_from", "valid_to", "synthetic", "band", "min_zoom", "rank"}
    for field in feature.fields:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)
        assert field.name not in common
        column_type(field)
    key_fields = [feature.field(name) for name in feature.key if name != "admin_code"]
    assert all(field.required for field in key_fields), "a key is never empty"


@pytest.mark.parametrize("feature", FEATURES, ids=_id)
def test_ranges_and_units(feature: FeatureType) -> None:
    for field in feature.fields:
        if field.minimum is not None or field.maximum is not None:
            assert field.kind in (Kind.INTEGER, Kind.NUMBER, Kind.MONEY), field.name
        if field.minimum is not None and field.maximum is not None:
            assert field.minimum < field.maximum
        assert all(factor > 0 for factor in field.unit_factors.values())
        assert not field.unit_factors or field.unit, "a conversion needs a unit to convert to"
        if field.filterable:
            assert field.kind in (Kind.CODE, Kind.BOOLEAN)


@pytest.mark.parametrize("feature", FEATURES, ids=_id)
def test_numbers_have_a_plausible_range(feature: FeatureType) -> None:
    numbers = [f for f in feature.fields if f.kind in (Kind.INTEGER, Kind.NUMBER, Kind.MONEY)]
    assert [f.name for f in numbers if f.minimum is None or f.maximum is None] == []


@pytest.mark.parametrize("feature", FEATURES, ids=_id)
def test_personal_fields_stay_out_of_tiles_and_cards(feature: FeatureType) -> None:
    seen = {f.name for f in feature.fields if f.summary} | {f.name for f in feature.tile_fields}
    assert [f.name for f in feature.fields if f.personal and f.name in seen] == []


@pytest.mark.parametrize("feature", FEATURES, ids=_id)
def test_codes_and_aliases_lead_to_one_member(feature: FeatureType) -> None:
    for codes in {f.codes for f in feature.fields if f.codes is not None}:
        owners: dict[str, set[str]] = {}
        for member in codes:
            for word in (str(member), member.text.zh, member.text.en, *member.aliases):
                owners.setdefault(word.casefold(), set()).add(str(member))
        assert {w: sorted(o) for w, o in owners.items() if len(o) > 1} == {}


@pytest.mark.parametrize("feature", [f for f in FEATURES if f.style], ids=_id)
def test_style_speaks_of_values_that_exist(feature: FeatureType) -> None:
    style = feature.style
    assert style is not None
    assert feature.geometry is not Geometry.NONE
    named = {*style.symbols, *style.value_min_zoom, *style.priority}
    if style.attribute is None:
        assert named == set()
    else:
        field = feature.field(style.attribute)
        values = {str(m) for m in field.codes} if field.codes else {"true", "false"}
        assert field.kind in (Kind.CODE, Kind.BOOLEAN)
        assert named <= values
    assert 0 <= style.min_zoom <= style.full_zoom
    for symbol in (style.default, *style.symbols.values()):
        assert _COLOUR.match(symbol.color)
        assert symbol.fill is None or _COLOUR.match(symbol.fill)


@pytest.mark.parametrize("feature", [f for f in FEATURES if f.geometry is not Geometry.NONE], ids=_id)
def test_features_on_the_map_have_a_style(feature: FeatureType) -> None:
    assert feature.style is not None or feature.id == "admin_units", "boundaries are drawn by the map itself"
    assert feature.label_field is None or feature.field(feature.label_field)


@pytest.mark.parametrize("feature", [f for f in FEATURES if f.states], ids=_id)
def test_state_machine(feature: FeatureType) -> None:
    states = feature.states
    assert states is not None
    field = feature.field(states.field)
    assert field.codes is not None
    members = set(field.codes)
    assert set(states.transitions) == members, "each state says what may follow it"
    assert {after for followers in states.transitions.values() for after in followers} <= members
    assert set(states.dates) <= members
    for name in states.dates.values():
        assert feature.field(name).kind is Kind.DATE
    begun = {state for state in members if all(state not in after for after in states.transitions.values())}
    assert len(begun) == 1, "there is one state to begin with"
    reached, frontier = set(begun), set(begun)
    while frontier:
        frontier = {after for state in frontier for after in states.transitions[state]} - reached
        reached |= frontier
    assert reached == members, "every state can be reached"


def _empty_values(feature: FeatureType, rows: int) -> pd.DataFrame:
    """A frame of blanks in the types that the import hands to rules."""
    kinds = {
        Kind.INTEGER: "float64",
        Kind.NUMBER: "float64",
        Kind.MONEY: "float64",
        Kind.BOOLEAN: "boolean",
        Kind.DATE: "datetime64[ns]",
    }
    columns = {
        f.name: pd.Series(np.full(rows, None), dtype="object").astype(kinds.get(f.kind, "str"))
        for f in feature.fields
    }
    measured = {
        c.name: np.full(rows, np.nan) for c in derived_columns(feature) if c.name.endswith(("_m", "_m2"))
    }
    return pd.DataFrame({"admin_code": ["441881103201"] * rows, **columns, **measured})


@pytest.mark.parametrize("feature", [f for f in FEATURES if f.rules], ids=_id)
def test_rules_point_at_fields_and_take_blanks(feature: FeatureType) -> None:
    names = [f.name for f in feature.fields]
    assert len({rule.id for rule in feature.rules}) == len(feature.rules)
    frame = _empty_values(feature, 3)
    for rule in feature.rules:
        assert set(rule.columns) <= {*names, "admin_code"}
        broken = rule.broken(frame)
        assert list(broken.index) == list(frame.index)
        if rule.remedy is Remedy.REPAIR:
            assert rule.repair is not None
            assert list(rule.repair(frame).columns) == list(frame.columns)


@pytest.mark.parametrize("indicator", INDICATORS, ids=_id)
def test_indicator_is_computed_by_a_measure_from_declared_sources(indicator: Indicator) -> None:
    measure = measures.find(indicator.function)
    assert indicator.reads
    sources = [layers.feature_type(source) for source in indicator.sources]
    read = tuple(tuple(columns) for columns in measure.columns(indicator.arguments))
    assert len(read) == len(sources)
    for feature, columns in zip(sources, read, strict=True):
        declared = {f.name for f in feature.fields} | {"area_m2", "length_m", "parent_code"}
        assert set(columns) <= declared, f"{indicator.id} reads {feature.id}"
    accepted = set(inspect.signature(measure.function).parameters)
    assert set(indicator.arguments) <= accepted


@pytest.mark.parametrize("indicator", INDICATORS, ids=_id)
def test_indicator_explains_itself(indicator: Indicator) -> None:
    for text in (indicator.title, indicator.formula):
        assert text.zh.strip() and text.en.strip()
    assert indicator.clause
    assert (indicator.target is None) == (indicator.target_year is None)


def test_a_layer_registered_at_run_time_is_found_and_forgotten() -> None:
    added = Layer(
        id="made_up",
        title=LAYERS[0].title,
        features=(
            FeatureType(
                id="made_up_things",
                title=LAYERS[0].title,
                geometry=Geometry.POINT,
                key=("thing_no",),
                fields=(Field("thing_no", LAYERS[0].title, required=True),),
            ),
        ),
    )
    with layers.registered(added):
        assert layers.layer_of("made_up_things") is added
    with pytest.raises(layers.UnknownLayer):
        layers.layer("made_up")
