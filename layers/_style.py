"""How a feature type looks on the map: symbols by value of one attribute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Shape(StrEnum):
    """Marker shapes of point features."""

    CIRCLE = "circle"
    SQUARE = "square"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    CROSS = "cross"


@dataclass(frozen=True)
class Symbol:
    """One drawing rule. Colours are ``#rrggbb``; sizes are CSS pixels."""

    color: str
    fill: str | None = None
    opacity: float = 1.0
    fill_opacity: float = 0.7
    width: float = 1.0
    dash: str | None = None
    """SVG dash pattern, for instance ``"6 4"``."""
    radius: float = 4.0
    shape: Shape = Shape.CIRCLE
    hatched: bool = False
    """Areas are hatched in the colour of the fill: what is forbidden shows on any ground, and in grey print."""


@dataclass(frozen=True)
class Style:
    """Symbols of a feature type.

    `attribute` names the field looked at (a code list or a boolean, booleans as ``"true"``/``"false"``);
    values without a symbol of their own take `default`. Features are drawn from `min_zoom` on, those
    with a value named in `value_min_zoom` from that zoom on; below `full_zoom` tiles carry a thinned set (one
    point per cell of a few pixels and set of carried values).
    `priority` lists values from most to least important for the drawing order and the legend.
    """

    default: Symbol
    attribute: str | None = None
    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    min_zoom: int = 7
    full_zoom: int = 13
    value_min_zoom: Mapping[str, int] = field(default_factory=dict)
    priority: tuple[str, ...] = ()
    shown: bool = True
    """Switched on when the map opens."""
