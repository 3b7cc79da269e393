"""The map of a parcel's check: pieces numbered and coloured by severity, what lies about it, nothing outside."""

import xml.etree.ElementTree as ET

import pytest
import shapely

from i18n import Lang
from layers import Constraint, Severity
from maps.check_picture import PIECES, SURROUNDINGS, ConflictPiece, check_extent, check_picture

PARCEL = shapely.box(113.0, 24.0, 113.001, 24.001)
PIECE = ConflictPiece(shapely.box(113.0, 24.0, 113.0005, 24.001), "prohibited", False, 1)
THIN = ConflictPiece(shapely.box(113.0009, 24.0, 113.001, 24.001), "restricted", True, 2)


def picture(lang: Lang = "zh", pieces: tuple[ConflictPiece, ...] = (PIECE, THIN)) -> str:
    return check_picture(
        PARCEL,
        pieces,
        [(Constraint.BASIC_FARMLAND, shapely.box(112.99, 23.99, 113.0005, 24.01))],
        [(shapely.box(112.9, 23.9, 113.2, 24.2), "花塘<村>")],
        title="检查图",
        lang=lang,
    )


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", ["永久基本农田", "禁止", "本地块"]), ("en", ["prohibited", "this parcel"])]
)
def test_it_is_sound_svg_with_a_legend(lang: Lang, words: list[str]) -> None:
    svg = picture(lang)
    root = ET.fromstring(svg)
    told = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    for word in words:
        assert any(word in (text or "") for text in told)
    assert "<script" not in svg and "href" not in svg and "<村>" not in svg


def test_pieces_are_numbered_but_slivers_are_not() -> None:
    root = ET.fromstring(picture())
    texts = root.iter("{http://www.w3.org/2000/svg}text")
    bold = [n.text for n in texts if n.get("font-size") == "12" and n.get("text-anchor")]
    assert bold == ["1"]


def test_the_most_serious_lies_on_top() -> None:
    svg = picture()
    first, last = (svg.index(f'fill="{PIECES[s].fill}"') for s in (Severity.RESTRICTED, Severity.PROHIBITED))
    assert first < last
    assert set(SURROUNDINGS) == set(Constraint) - {Constraint.VILLAGE}


def test_without_conflicts_the_legend_speaks_of_none() -> None:
    assert "冲突部分" not in picture(pieces=())


def test_the_box_holds_the_parcel_with_room_even_a_tiny_one() -> None:
    for parcel in (PARCEL, shapely.box(113, 24, 113.00001, 24.00001)):
        west, south, east, north = check_extent(parcel).bounds
        assert check_extent(parcel).contains(parcel) and east - west > 0.0015 and north - south > 0.0015


def test_an_empty_parcel_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a parcel"):
        check_picture(shapely.Polygon(), [], [], [], title="", lang="zh")
