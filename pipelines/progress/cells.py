"""Cells that hold several things: milestones, payments, links, shapes, as people write them into one cell."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers import Field, Kind, all_features
from layers.codes import FundSource
from pipelines.import_.dates import read_date
from pipelines.import_.folding import comparable, fold_width
from pipelines.import_.values import BLANKS, code_spellings
from store.progress.library import Milestone
from store.progress.project_links import Link

_PARTS = re.compile(r"[;；\n]+")
_FIELDS = re.compile(r"\s*[:：|]\s*")
_NUMBERS = re.compile(r"[,，、;；\s]+")
_AMOUNT = re.compile(r"^([\d.,]+)\s*(万元|万|元)?$")
_WAN = Decimal(10_000)
LONGEST_CELL = 32_767
"""Letters that a cell of Excel holds."""
MOST_VERTICES = 20_000
_DIGITS = 7
_TOLD_LETTERS = 60
_SRID = re.compile(r"^SRID=\d+;", re.IGNORECASE)
_SHAPES = ("Point", "LineString", "Polygon", "MultiLineString", "MultiPolygon")
_SOURCES = code_spellings(Field("source", FundSource.CENTRAL.text, kind=Kind.CODE, codes=FundSource))


class CellFault(ValueError):
    """A part of a cell that cannot be read; `kind` names the sentence, `part` is what stands there."""

    def __init__(self, kind: str, part: str) -> None:
        self.kind = kind
        self.part = part
        super().__init__(f"{kind}: {part}")


def read_milestones(cell: str) -> tuple[Milestone, ...]:
    """Read ``开工:20:2026-03-01；主体完成:50:2026-08-01；验收:30:2026-12-01``: name, weight in %, day.

    Raises
    ------
    CellFault : a part that is not of that form.
    """
    found = []
    for no, part in enumerate(_parts(cell), start=1):
        given = _FIELDS.split(part, maxsplit=2)
        if len(given) != 3 or not given[0]:
            raise CellFault("milestone_form", part)
        weight = _decimal(given[1].removesuffix("%"))
        when = read_date(given[2]).value
        if weight is None or not isinstance(when, dt.date):
            raise CellFault("milestone_form", part)
        found.append(Milestone(no, given[0], weight, when))
    return tuple(found)


def write_milestones(held: Sequence[Milestone]) -> str:
    """The cell that `read_milestones` reads."""
    return "；".join(f"{one.name}:{one.weight.normalize():f}:{one.planned_on.isoformat()}" for one in held)


def read_payments(cell: str, unit: str | None, year: int | None) -> tuple[dict[str, Any], ...]:
    """Read ``中央:2025:40；县级:2025:80``: source, year, amount in the heading's unit (万元 if it states none).

    Parameters
    ----------
    year : taken where a part names none (``中央:40``).

    Raises
    ------
    CellFault : a part that is not of that form.
    """
    factor = Decimal(1) if unit in ("元", "yuan") else _WAN
    found = []
    for part in _parts(cell):
        given = _FIELDS.split(part)
        if len(given) == 2 and year is not None:
            given = [given[0], str(year), given[1]]
        source = _SOURCES.get(comparable(given[0]))
        amount = _AMOUNT.match(given[-1])
        number = _decimal(amount[1].replace(",", "")) if amount else None
        when = given[1].removesuffix("年") if len(given) == 3 else ""
        if source is None or number is None or amount is None or not re.fullmatch(r"\d{4}", when):
            raise CellFault("payment_form", part)
        times = {"元": Decimal(1), "万": _WAN, "万元": _WAN}.get(amount[2] or "", factor)
        found.append({"source": source, "year": int(when), "yuan": int((number * times).to_integral_value())})
    return tuple(found)


def write_payments(held: Sequence[dict[str, Any]]) -> str:
    """The cell that `read_payments` reads, in 万元."""
    return "；".join(
        f"{FundSource.of(one['source']).text.zh}:{one['year']}:{(Decimal(one['yuan']) / _WAN).normalize():f}"
        for one in held
    )


def read_links(cell: str) -> tuple[Link, ...]:
    """Read ``供水工程:SC018；water_works:SC019``: title or id of the feature type, and its number.

    Raises
    ------
    CellFault : a part that is not of that form, or a feature type that there is none of.
    """
    known = {
        comparable(name): feature.id
        for feature in all_features()
        for name in (feature.id, feature.title.zh, feature.title.en)
    }
    found = []
    for part in _parts(cell):
        given = _FIELDS.split(part, maxsplit=1)
        feature = known.get(comparable(given[0]))
        if len(given) != 2 or feature is None or not given[1]:
            raise CellFault("link_form", part)
        found.append(Link(feature, given[1]))
    return tuple(found)


def write_links(held: Sequence[Link]) -> str:
    """The cell that `read_links` reads."""
    return "；".join(f"{one.feature}:{one.key}" for one in held)


def read_reached(cell: str, known: Sequence[Milestone]) -> tuple[int, ...]:
    """Milestones reached, by number or name: ``1、2`` or ``开工、主体完成``.

    Raises
    ------
    CellFault : one that the project does not have.
    """
    numbers = {str(one.no): one.no for one in known}
    names = {comparable(one.name): one.no for one in known}
    found = set()
    for part in filter(None, _NUMBERS.split(fold_width(cell).strip())):
        plain = part.removesuffix(".0")
        no = numbers.get(plain) or names.get(comparable(part))
        if no is None:
            raise CellFault("milestone_unknown", part)
        found.add(no)
    return tuple(sorted(found))


def read_wkt(cell: str) -> BaseGeometry:
    """Read a point, line or area in well-known text, one or several parts of a kind, in whatever system it is.

    Raises
    ------
    CellFault : no well-known text, nothing in it, too many vertices, or mixed kinds.
    """
    text = fold_width(cell).strip()
    with np.errstate(invalid="ignore"):
        shape = shapely.from_wkt(_SRID.sub("", text), on_invalid="ignore")
    told = text[:_TOLD_LETTERS]
    if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise CellFault("wkt_unreadable", told)
    if shape.geom_type not in _SHAPES:
        raise CellFault("wkt_kind", told)
    if shapely.get_num_coordinates(shape) > MOST_VERTICES:
        raise CellFault("wkt_long", told)
    flat: BaseGeometry = shapely.force_2d(shape)
    return flat


def write_wkt(shape: BaseGeometry) -> str:
    """The cell that `read_wkt` reads, EPSG:4490 to a centimetre; "" for a point, and for more than a cell holds."""
    text = "" if shape.geom_type == "Point" else shapely.to_wkt(shape, rounding_precision=_DIGITS)
    return text if len(text) <= LONGEST_CELL else ""


def _parts(cell: str) -> Iterator[str]:
    for part in _PARTS.split(fold_width(cell)):
        if part.strip() and comparable(part) not in BLANKS:
            yield part.strip()


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and number > 0 else None
