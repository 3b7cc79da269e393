"""The legend, as escaped HTML, from the same symbols and classes that the map draws.

One self-contained fragment without script, made for `st.html`; swatches are images with SVG in their address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

from i18n import Lang, tr
from layers import FeatureType, Geometry, Kind, Style, Symbol
from maps.state import Theme
from maps.swatch import color_picture, no_data_picture, symbol_picture
from maps.theme import ThemeClasses

_STYLE = (
    "<style>.xt-legend{font-size:.86rem;line-height:1.5}.xt-legend h4{margin:.5rem 0 .15rem;padding:0;"
    "font-size:.9rem;font-weight:600}.xt-legend ul{list-style:none;margin:0;padding:0}"
    ".xt-legend li{display:flex;align-items:center;gap:.5rem;margin:0;padding:.04rem 0}"
    ".xt-legend img{flex:none;width:28px;height:18px}"
    ".xt-legend .n{margin-left:auto;opacity:.68;font-variant-numeric:tabular-nums}"
    ".xt-legend .t{border-top:2px solid #334155;margin-top:.2rem;padding-top:.1rem;"
    "font-size:.78rem;opacity:.85}.xt-legend .o{font-size:.78rem;opacity:.75}</style>"
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
    names: dict[str, str] = {}
    if feature.style.attribute is not None:
        declared = feature.field(feature.style.attribute)
        if declared.kind is Kind.CODE and declared.codes is not None:
            names = {code.value: code.text.get(lang) for code in declared.codes}
    return LegendLayer(feature.title.get(lang), feature.geometry, feature.style, names, counts or {})


def _row(picture: str, words: str, count: str = "") -> str:
    number = f'<span class="n">{escape(count)}</span>' if count else ""
    return f'<li><img alt="" src="{escape(picture)}"><span>{escape(words)}</span>{number}</li>'


def _rows_of(layer: LegendLayer, lang: Lang) -> list[tuple[Symbol, str, str]]:
    style = layer.style
    if style.attribute is None or not style.symbols:
        total = sum(layer.counts.values())
        return [(style.default, layer.title, f"{total:,}" if layer.counts else "")]
    values = [value for value in style.priority if value in style.symbols]
    values += [value for value in style.symbols if value not in values]
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


def theme_legend(theme: Theme, made: ThemeClasses, lang: Lang, note: str = "") -> str:
    """Return the legend of a choropleth: classes from high to low with counts, the target as a line, no data.

    Parameters
    ----------
    theme : as shown on the map.
    made : its classes, from `theme_classes`.
    lang : language of the words.
    note : a line below the title: date and source of the figures.
    """
    rows = []
    for index in reversed(range(made.classes.count)):
        rows.append(_row(color_picture(theme.colors[index]), theme.labels[index], f"{made.counts[index]:,}"))
        if made.target is not None and index == made.classes.target_at:
            rows.append(f'<li class="t">{escape(tr("maps.target", lang, value=made.target))}</li>')
    if made.without_data:
        picture = no_data_picture(theme.no_data, theme.no_data_line)
        rows.append(_row(picture, tr("maps.no_data", lang), f"{made.without_data:,}"))
    below = f'<div class="o">{escape(note)}</div>' if note else ""
    return (
        f'{_STYLE}<div class="xt-legend"><h4>{escape(theme.title)}</h4><ul>{"".join(rows)}</ul>{below}</div>'
    )
