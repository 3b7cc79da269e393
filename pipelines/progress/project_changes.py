"""A row of the project sheet that can be kept, and what it changes of a project that there is."""

import datetime as dt
from dataclasses import dataclass, replace

import shapely
from shapely.geometry.base import BaseGeometry

from analysis.progress.entry import Entry
from layers.codes import LibraryState
from store.progress.library import Milestone, Project
from store.progress.project_links import Link

_LAST_DIGIT = 1e-7
"""Degrees; a centimetre."""


@dataclass(frozen=True)
class ProjectLine:
    """A row that can be kept.

    Attributes
    ----------
    row_no : row in the file.
    code : of the project; None for a new one without a code.
    known : the project that it changes; None for a new one.
    state, state_on : None if the file does not say.
    milestones, links : None where the file says nothing of them, so that they stay.
    changed : names of what differs from `known`.
    """

    row_no: int
    code: str | None
    entry: Entry
    known: Project | None
    state: LibraryState | None
    state_on: dt.date | None
    milestones: tuple[Milestone, ...] | None
    links: tuple[Link, ...] | None
    changed: tuple[str, ...] = ()


def is_there(shape: BaseGeometry, known: BaseGeometry) -> bool:
    """Whether a shape is the project's, to the last digit that a sheet has."""
    return bool(shapely.equals_exact(shape, known, tolerance=_LAST_DIGIT))


def with_changes(line: ProjectLine, steps: tuple[Milestone, ...]) -> ProjectLine:
    """The row with what differs from the project that there is."""
    known, entry = line.known, line.entry
    if known is None:
        return line
    pairs: dict[str, tuple[object, object]] = {
        "name": (known.name, entry.name),
        "kind": (known.kind, entry.kind),
        "villages": (tuple(sorted(known.villages)), entry.villages),
        "budget_yuan": (known.budget_yuan, entry.budget_yuan),
        "payments": (known.payments, tuple(entry.payments)),
        "planned_start": (known.planned_start, entry.planned_start),
        "planned_finish": (known.planned_finish, entry.planned_finish),
        "department": (known.department, entry.department),
        "team": (known.team, entry.team),
        "note": (known.note, entry.note),
        "people": (round(known.people, 2), None if entry.people is None else round(entry.people, 2)),
        "geometry": (shapely.to_wkb(known.geometry), shapely.to_wkb(entry.geometry)),
        "state": (known.state, line.state or known.state),
        "milestones": (steps, steps if line.milestones is None else line.milestones),
    }
    changed = tuple(name for name, (before, after) in pairs.items() if before != after)
    return replace(line, changed=changed)
