"""The legend of a printed or static extract, as escaped HTML, from the symbols that the map draws.

One self-contained fragment without script, made for `st.html`; swatches are images with SVG in their address.
The living map has a legend of its own (`maps/static/xiangtu-legend.js`), which knows what is in view.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from i18n import Lang, tr
from layers import FeatureType, Geometry, Kind, Style, Symbol
from maps.swatch import symbol_picture
from maps.theme import ThemeClasses

_STYLE = (
    "<style>.xt-legend{font-size:.86rem;line-height:1.5}.xt-legend h4{margin:.5rem 0 .15rem;padding:0;"
    "font-size:.9rem;font-weight:600}.xt-legend ul{list-style:none;margin:0;padding:0}"
    ".xt-legend li{display:flex;align-items:center;gap:.5rem;margin:0;padding:.04rem 0}"
    ".xt-legend img{flex:none;width:28px;height:18px}"
    ".xt-legend .n{margin-left:auto;opacity:.68;font-variant-numeric:tabular-nums}"
    "</style>"
)


@dataclass(frozen=True)
class LegendLayer:
    """A layer as the legend explains it; `names` are the words for the values of its style's attribute."""

    title: str
    geometry: Geometry
    style: Style
    names: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    """Features by value, where they are known."""


def legend_layer(feature: FeatureType, lang: Lang, counts: Mapping[str, int] | None = None) -> LegendLayer:
    """Return a declared feature type for the legend, its values in the words of their code list."""
    if feature.style is None:
        raise ValueError(f"{feature.id} has no map style")
    names = value_names(feature, lang)
    return LegendLayer(feature.title.get(lang), feature.geometry, feature.style, names, counts or {})


def value_names(feature: FeatureType, lang: Lang) -> dict[str, str]:
    """Return the words for the values of the attribute that a feature type's style looks at."""
    if feature.style is None or feature.style.attribute is None:
        return {}
    declared = feature.field(feature.style.attribute)
    if declared.kind is Kind.BOOLEAN:
        return {value: tr(f"map.{value}", lang) for value in ("true", "false")}
    return {code.value: code.text.get(lang) for code in declared.codes or ()}


def values_listed(style: Style) -> list[str]:
    """Return the values that have a symbol of their own, most important first."""
    values = [value for value in style.priority if value in style.symbols]
    return values + [value for value in style.symbols if value not in values]


def _row(picture: str, words: str, count: str = "") -> str:
    number = f'<span class="n">{escape(count)}</span>' if count else ""
    return f'<li><img alt="" src="{escape(picture)}"><span>{escape(words)}</span>{number}</li>'


def _rows_of(layer: LegendLayer, lang: Lang) -> list[tuple[Symbol, str, str]]:
    style = layer.style
    if style.attribute is None or not style.symbols:
        total = sum(layer.counts.values())
        return [(style.default, layer.title, f"{total:,}" if layer.counts else "")]
    values = values_listed(style)
    rows = [(style.symbols[value], layer.names.get(value, value), _counted(layer, value)) for value in values]
    others = sum(count for value, count in layer.counts.items() if value not in style.symbols)
    if others:
        rows.append((style.default, tr("maps.other_values", lang), f"{others:,}"))
    return rows


def _counted(layer: LegendLayer, value: str) -> str:
    return f"{layer.counts.get(value, 0):,}" if layer.counts else ""


def layer_legend(layers: tuple[LegendLayer, ...], lang: Lang) -> str:
    """Return the legend of feature layers: a row for each symbol, most important first, with known counts."""
    parts = []
    for layer in layers:
        rows = _rows_of(layer, lang)
        heading = f"<h4>{escape(layer.title)}</h4>" if len(rows) > 1 else ""
        listed = "".join(
            _row(symbol_picture(symbol, layer.geometry), words, count) for symbol, words, count in rows
        )
        parts.append(f"{heading}<ul>{listed}</ul>")
    return f'{_STYLE}<div class="xt-legend">{"".join(parts)}</div>'


def class_legend(title: str, made: ThemeClasses, lang: Lang) -> str:
    """Return the legend of a theme's classes, highest first, and of units without data."""
    rows = [
        _row(
            symbol_picture(Symbol("#cfcabb", fill=color, fill_opacity=1, width=0.5), Geometry.POLYGON), words
        )
        for color, words in zip(reversed(made.colors), reversed(made.labels), strict=True)
    ]
    blank = Symbol("#b6b6ae", fill="#f4f4f1", fill_opacity=1, width=1, dash="2 2")
    rows.append(_row(symbol_picture(blank, Geometry.POLYGON), tr("maps.no_data", lang)))
    return f'{_STYLE}<div class="xt-legend"><h4>{escape(title)}</h4><ul>{"".join(rows)}</ul></div>'
