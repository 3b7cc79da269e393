"""What is entered of a project, by form or file, and what is wrong with it, field by field."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry.base import BaseGeometry

from layers.codes import FundSource, WorkKind

SHORTEST_NAME, LONGEST_NAME = 2, 80
LARGEST_YUAN = 2_000_000_000
FIRST_YEAR, LAST_YEAR = 2015, 2050
LONGEST_YEARS = 10


@dataclass(frozen=True)
class Entry:
    """A project as it is entered.

    Attributes
    ----------
    admin_code : 12-digit code of the village that it is mostly for, or of the township or county.
    villages : codes of the villages whose people gain, that one among them if it is a village.
    geometry : EPSG:4490; point, line or polygon.
    payments : ``{"source", "year", "yuan"}``; none while it is open who pays.
    people : whose need it meets; None to count the people of the villages.
    """

    name: str
    kind: WorkKind | None
    admin_code: str
    villages: tuple[str, ...]
    geometry: BaseGeometry
    budget_yuan: int | None
    planned_start: dt.date | None
    planned_finish: dt.date | None
    payments: tuple[Mapping[str, Any], ...] = ()
    department: str | None = None
    team: str | None = None
    note: str = ""
    people: float | None = None


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field; the sentence is ``library.fault.<kind>`` with `values`."""

    field: str
    kind: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)


def faults(entry: Entry) -> tuple[Fault, ...]:
    """Everything that is wrong with an entry; nothing if it can be kept."""
    return tuple(_faults(entry))


def _faults(entry: Entry) -> Iterator[Fault]:
    if not SHORTEST_NAME <= len(entry.name.strip()) <= LONGEST_NAME:
        yield Fault("name", "name", {"shortest": SHORTEST_NAME, "longest": LONGEST_NAME})
    if entry.kind is None:
        yield Fault("kind", "kind")
    if entry.budget_yuan is None or not 0 < entry.budget_yuan <= LARGEST_YUAN:
        yield Fault("budget_yuan", "budget", {"most": LARGEST_YUAN // 10_000})
    yield from _dates(entry)
    yield from _payments(entry)


def _dates(entry: Entry) -> Iterator[Fault]:
    start, finish = entry.planned_start, entry.planned_finish
    for name, day in (("planned_start", start), ("planned_finish", finish)):
        if day is None:
            yield Fault(name, "date_needed")
        elif not FIRST_YEAR <= day.year <= LAST_YEAR:
            yield Fault(name, "year", {"first": FIRST_YEAR, "last": LAST_YEAR})
    if start is not None and finish is not None:
        if finish < start:
            yield Fault("planned_finish", "dates_order")
        elif (finish - start).days > 366 * LONGEST_YEARS:
            yield Fault("planned_finish", "too_long", {"years": LONGEST_YEARS})


def _payments(entry: Entry) -> Iterator[Fault]:
    sources = {str(source) for source in FundSource}
    for paid in entry.payments:
        if paid["source"] not in sources or not FIRST_YEAR <= paid["year"] <= LAST_YEAR or paid["yuan"] <= 0:
            yield Fault("payments", "payment")
            return
    total = sum(paid["yuan"] for paid in entry.payments)
    if entry.payments and entry.budget_yuan is not None and abs(total - entry.budget_yuan) > 0.5:
        values = {"total": f"{total / 10_000:g}", "budget": f"{entry.budget_yuan / 10_000:g}"}
        yield Fault("payments", "payments_sum", values)
