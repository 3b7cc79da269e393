"""The register of layers: every public module of this package that declares `LAYER`."""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from base.errors import XiangtuError
from i18n import Text
from layers._declaration import FeatureType, Indicator, Layer
from layers.codes import RasterKind, RecordKind


class UnknownLayer(XiangtuError):
    """A layer, feature type or indicator id that nothing declares."""

    key = "error.unknown_layer"


_NO_LAYERS = ("codes", "conflict_rules")
"""Public modules of this package that declare something else."""
_added: list[Layer] = []


@cache
def _declared() -> tuple[Layer, ...]:
    package = importlib.import_module("layers")
    found = []
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("_") or module.name in _NO_LAYERS:
            continue
        found.append(importlib.import_module(f"layers.{module.name}").LAYER)
    return tuple(found)


def all_layers() -> tuple[Layer, ...]:
    """All layers in the order in which screens list them."""
    return tuple(sorted((*_declared(), *_added), key=lambda layer: (layer.order, layer.id)))


def all_features() -> tuple[FeatureType, ...]:
    """All feature types of all layers."""
    return tuple(feature for layer in all_layers() for feature in layer.features)


def all_indicators() -> tuple[Indicator, ...]:
    """All indicators of all layers."""
    return tuple(indicator for layer in all_layers() for indicator in layer.indicators)


def layer(layer_id: str) -> Layer:
    """Return a layer by id.

    Raises
    ------
    UnknownLayer : nothing is declared under that id.
    """
    for candidate in all_layers():
        if candidate.id == layer_id:
            return candidate
    raise UnknownLayer(id=layer_id)


def feature_type(feature_id: str) -> FeatureType:
    """Return a feature type by id.

    Raises
    ------
    UnknownLayer : nothing is declared under that id.
    """
    for candidate in all_features():
        if candidate.id == feature_id:
            return candidate
    raise UnknownLayer(id=feature_id)


def layer_of(feature_id: str) -> Layer:
    """Return the layer that a feature type belongs to.

    Raises
    ------
    UnknownLayer : nothing is declared under that id.
    """
    for candidate in all_layers():
        if any(feature.id == feature_id for feature in candidate.features):
            return candidate
    raise UnknownLayer(id=feature_id)


def indicator(indicator_id: str) -> Indicator:
    """Return an indicator by id.

    Raises
    ------
    UnknownLayer : nothing is declared under that id.
    """
    for candidate in all_indicators():
        if candidate.id == indicator_id:
            return candidate
    raise UnknownLayer(id=indicator_id)


def source_title(source_id: str) -> Text:
    """The name of something that indicators read: a feature type, or a raster or record by its `source_id`.

    Raises
    ------
    UnknownLayer : nothing is declared under that id.
    """
    named: dict[str, Text] = {kind.source_id: kind.text for kind in RasterKind}
    named |= {kind.source_id: kind.text for kind in RecordKind}
    if source_id in named:
        return named[source_id]
    return feature_type(source_id).title


@contextmanager
def registered(layer: Layer) -> Iterator[Layer]:
    """Add a layer while the context lasts, as a plug-in or a test does."""
    _added.append(layer)
    try:
        yield layer
    finally:
        _added.remove(layer)
