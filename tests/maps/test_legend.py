"""The legend says what the map shows, and markup in names stays text."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from layers import Geometry, Shape, Style, Symbol, all_features
from maps.legend import LegendLayer, layer_legend, legend_layer
from maps.shapes import PATHS
from maps.state import _symbol
from maps.swatch import symbol_picture

MARKUP = '<img src=x onerror="alert(1)">'
STYLE = Style(
    Symbol("#ffffff", fill="#636363"),
    attribute="grade",
    symbols={
        "C": Symbol("#ffffff", fill="#ef6548", shape=Shape.SQUARE),
        "D": Symbol("#ffffff", fill="#a50f15", shape=Shape.DIAMOND),
    },
    priority=("D", "C"),
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.pictures: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.pictures.append(dict(attrs)["src"] or "")

    def handle_data(self, data: str) -> None:
        if self.tags[-1] != "style" and data.strip():
            self.words.append(data)


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    return reader


def _svg(address: str) -> str:
    return base64.b64decode(address.removeprefix("data:image/svg+xml;base64,")).decode()


def test_layer_rows_by_importance_with_counts_and_the_rest() -> None:
    layer = LegendLayer(
        "危房", Geometry.POINT, STYLE, {"D": "D 级", "C": "C 级"}, {"D": 12, "C": 3400, "A": 5}
    )
    read = _read(layer_legend((layer,), "zh"))
    assert read.words == ["危房", "D 级", "12", "C 级", "3,400", "其他", "5"]
    assert PATHS[Shape.DIAMOND] in _svg(read.pictures[0])
    assert 'fill="#a50f15"' in _svg(read.pictures[0])


@pytest.mark.parametrize("markup", [MARKUP, "</ul></div><script>1</script>", "a & b <b>"])
def test_markup_stays_text(markup: str) -> None:
    layer = LegendLayer(markup, Geometry.LINE, STYLE, {"D": markup})
    read = _read(layer_legend((layer,), "zh"))
    assert set(read.tags) <= {"style", "div", "h4", "ul", "li", "img", "span"}
    assert markup in read.words
    assert all(picture.startswith("data:image/svg+xml;base64,") for picture in read.pictures)


@pytest.mark.parametrize("feature", [f for f in all_features() if f.style], ids=lambda f: f.id)
def test_every_declared_feature_type_has_a_legend(feature: object) -> None:
    layer = legend_layer(feature, "zh")  # type: ignore[arg-type]
    read = _read(layer_legend((layer,), "zh"))
    assert read.pictures
    assert not [word for word in read.words if re.fullmatch(r"[a-z]+_[a-z_]+", word)]


def test_forbidden_land_is_hatched_in_legend_and_state() -> None:
    """Basic farmland and red lines; what merely guides building is not."""
    hatched = {one.id for one in all_features() if one.style is not None and one.style.default.hatched}
    assert hatched == {"basic_farmland", "ecological_redlines"}

    def drawn(symbol: Symbol) -> str:
        return base64.b64decode(symbol_picture(symbol, Geometry.POLYGON).split(",")[1]).decode()

    plain = Symbol("#dc2626", fill="#ef4444")
    assert "clipPath" not in drawn(plain)
    assert "clipPath" in drawn(replace(plain, hatched=True)) and "#ef4444" in drawn(
        replace(plain, hatched=True)
    )
    assert _symbol(replace(plain, hatched=True))["hatched"] is True
