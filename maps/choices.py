"""What a visitor chose to see on the map, and how the page's address says it (the permalink).

``?code=441881103201&on=roads,houses&theme=tap_water_rate&level=village&scope=441881&kind=town
&houses.grade=C,D``; the runtime of the map keeps the view as ``v=zoom/lat/lon``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from i18n import Lang
from layers import (
    AdminLevel,
    FeatureType,
    Kind,
    UnknownLayer,
    all_features,
    all_layers,
    feature_type,
    indicator,
)
from maps.address import Address

_NO_THEME = "none"
KINDS = ("all", "town", "street")
THEME_LEVELS = (AdminLevel.VILLAGE, AdminLevel.TOWNSHIP, AdminLevel.COUNTY)
Filters = Mapping[str, Mapping[str, frozenset[str]]]


@dataclass(frozen=True)
class MapChoices:
    """Layers switched on, theme, level, scope, filters and selection."""

    on: frozenset[str]
    theme: str | None = None
    level: AdminLevel = AdminLevel.VILLAGE
    scope: str = ""
    kind: str = "all"
    code: str | None = None
    filters: Filters = field(default_factory=dict)


def drawn_features() -> tuple[FeatureType, ...]:
    """Feature types that the map can draw, in the order of their layers."""
    return tuple(f for f in all_features() if f.style is not None)


def usual() -> MapChoices:
    """What the map shows to someone who has chosen nothing: the five core layers over their first indicator."""
    core = [layer for layer in all_layers() if layer.core]
    shown = [f.id for layer in core for f in layer.features if f.style and f.style.shown]
    themes = [indicator.id for layer in core for indicator in layer.indicators]
    return MapChoices(on=frozenset(shown), theme=themes[0] if themes else None)


def filter_values(feature: FeatureType, name: str) -> tuple[str, ...]:
    """Values that a filter of a feature type offers."""
    declared = feature.field(name)
    if declared.kind is Kind.BOOLEAN:
        return ("true", "false")
    return tuple(code.value for code in declared.codes or ())


def read_address(parameters: Mapping[str, str], lang: Lang) -> tuple[MapChoices, list[str]]:
    """Choices from the page's address, and a sentence for each part that makes no sense (it is left out)."""
    standard = usual()
    address = Address(parameters, lang)
    on = standard.on
    if "on" in parameters:
        asked = {part for part in parameters["on"].split(",") if part}
        known = {f.id for f in drawn_features()}
        on = frozenset(asked & known)
        if asked - known:
            address.odd("on")
    theme = standard.theme
    if "theme" in parameters:
        theme = parameters["theme"] if parameters["theme"] != _NO_THEME else None
        try:
            if theme is not None:
                indicator(theme)
        except UnknownLayer:
            address.odd("theme")
            theme = standard.theme
    level = AdminLevel.of(address.one_of("level", list(map(str, THEME_LEVELS)), str(AdminLevel.VILLAGE)))
    scope = address.fitting("scope", r"\d{6}|\d{9}|\d{12}")
    kind = address.one_of("kind", KINDS, "all")
    code = address.fitting("code", r"\d{12}") or None
    address.fitting("v", r"\d{1,2}(\.\d+)?/-?\d{1,2}(\.\d+)?/-?\d{1,3}(\.\d+)?")
    filters = _read_filters(parameters, address.odd)
    return MapChoices(on, theme, level, scope, kind, code, filters), address.problems


def _read_filters(parameters: Mapping[str, str], odd: Callable[[str], None]) -> Filters:
    filters: dict[str, dict[str, frozenset[str]]] = {}
    for name in parameters:
        if "." not in name:
            continue
        feature_id, attribute = name.split(".", 1)
        try:
            feature = feature_type(feature_id)
            offered = set(filter_values(feature, attribute))
        except (UnknownLayer, KeyError):
            odd(name)
            continue
        asked = {part for part in parameters[name].split(",") if part}
        if asked & offered:
            filters.setdefault(feature_id, {})[attribute] = frozenset(asked & offered)
        if asked - offered:
            odd(name)
    return filters


def as_address(choices: MapChoices) -> dict[str, str]:
    """The address's parameters for choices; what is as usual is left out."""
    standard = usual()
    address: dict[str, str] = {}
    if choices.on != standard.on:
        address["on"] = ",".join(sorted(choices.on))
    if choices.theme != standard.theme:
        address["theme"] = choices.theme or _NO_THEME
    if choices.level is not standard.level:
        address["level"] = str(choices.level)
    if choices.scope:
        address["scope"] = choices.scope
    if choices.kind != "all":
        address["kind"] = choices.kind
    if choices.code:
        address["code"] = choices.code
    for feature_id, by_attribute in sorted(choices.filters.items()):
        for attribute, allowed in sorted(by_attribute.items()):
            address[f"{feature_id}.{attribute}"] = ",".join(sorted(allowed))
    return address
