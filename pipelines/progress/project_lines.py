"""Rows of the project sheet: what each says of a project that there is, or of a new one, and what is wrong with it."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from access import Action, OwnTable
from analysis.progress.duplicates import Pair, Place, Reason, duplicates_of
from analysis.progress.entry import Entry, faults
from analysis.progress.states import may_follow
from i18n import Text, tr
from layers import AdminLevel, Remedy
from layers.codes import LibraryState, WorkKind
from pipelines.import_.folding import comparable
from pipelines.import_.names import NameIndex
from pipelines.import_.register import Register
from pipelines.progress.cells import CellFault, read_links, read_milestones, read_payments
from pipelines.progress.project_changes import ProjectLine, is_there, with_changes
from pipelines.progress.sheet_import import OpenSheet, SheetOptions, as_read, day, sentence, words
from store.progress.errors import LibraryError
from store.progress.library import Milestone, Project, milestones, place_of, projects, require_milestones
from store.progress.project_links import Link, require_feature

_CODE = re.compile(r"XM-\d{6}-\d{4}-\d{4,6}")


class LineReader:
    """Reads the rows of one sheet, one after the other."""

    def __init__(
        self, connection: sa.Connection, opened: OpenSheet, register: Register, options: SheetOptions
    ) -> None:
        self._connection = connection
        self._opened = opened
        self._register = register
        self._options = options
        self._names = NameIndex(register)
        self._known = {one.code: one for one in projects(connection)}
        self._milestones = milestones(connection)
        self._places = [place_of(one) for one in self._known.values() if one.state.value != "cancelled"]
        self._codes: dict[str, int] = {}
        self._named: dict[tuple[str, str], int] = {}

    def line(self, row: int, place: int, given: BaseGeometry | None) -> ProjectLine | None:
        """What a row says; None if it is left out, which the findings tell."""
        held = self._opened.values.iloc[row]
        code = words(held["code"]).upper() or None
        admin_code = self._register.codes[place]
        known = None if code is None else self._known.get(code)
        if not self._identified(row, code, known, admin_code):
            return None
        entry = self._entry(row, held, admin_code, place, given, known)
        steps = self._milestones_of(row, held)
        linked = self._links_of(row, held)
        state = LibraryState.of(words(held["state"])) if words(held["state"]) else None
        state_on = day(held["state_on"])
        self._check_state(row, known, state, state_on)
        if entry is None or self._opened.findings.rejected[row]:
            return None
        if known is None:
            self._look_for_twins(row, entry)
            if self._opened.findings.rejected[row]:
                return None
        line = ProjectLine(
            int(self._opened.findings.source_rows[row]), code, entry, known, state, state_on, steps, linked
        )
        return with_changes(line, () if known is None else tuple(self._milestones.get(known.id, ())))

    def _identified(self, row: int, code: str | None, known: Project | None, admin_code: str) -> bool:
        """Whether the row's code can be its project's, and its place is one that the person plans for."""
        opened, by = self._opened, self._options.by
        if by is not None and not by.may(OwnTable.PLANS, Action.WRITE, admin_code):
            opened.reject(row, "name", "out_of_scope", place=self._register.told(admin_code))
            return False
        if code is None:
            return True
        if code in self._codes:
            opened.reject(row, "code", "code_twice", code, earlier=self._codes[code])
            return False
        self._codes[code] = int(opened.findings.source_rows[row])
        if known is not None and known.admin_code != admin_code:
            opened.reject(row, "code", "place_stays", code, place=self._register.told(known.admin_code))
            return False
        if known is None and not _CODE.fullmatch(code):
            opened.reject(row, "code", "code_form", code)
            return False
        if known is None and code[3:9] != admin_code[:6]:
            opened.reject(row, "code", "code_county", code, county=admin_code[:6])
            return False
        return True

    def _entry(
        self,
        row: int,
        held: Mapping[str, Any],
        admin_code: str,
        place: int,
        given: BaseGeometry | None,
        known: Project | None,
    ) -> Entry | None:
        opened = self._opened
        start = day(held["planned_start"])
        payments = self._payments_of(row, held, start, known)
        budget = None if pd.isna(held["budget_yuan"]) else round(float(held["budget_yuan"]))
        shape = given
        if known is not None and (shape is None or is_there(shape, known.geometry)):
            shape = known.geometry
        if shape is None:
            shape = shapely.point_on_surface(self._register.outlines[place])
            opened.repair(row, "name", "point_of_place", place=self._register.told(admin_code))

        def kept(name: str, before: str | None) -> str | None:
            same = not opened.has(name) or words(held[name]) == as_read(before or "")
            return before if same else words(held[name]) or None

        entry = Entry(
            name=" ".join(words(held["name"]).split()),
            kind=WorkKind.of(words(held["kind"])),
            admin_code=admin_code,
            villages=self._villages_of(row, held, admin_code, known),
            geometry=shape,
            budget_yuan=budget,
            planned_start=start,
            planned_finish=day(held["planned_finish"]),
            payments=payments,
            department=kept("department", known and known.department),
            team=kept("team", known and known.team),
            note=kept("note", known and known.note) or "",
            people=self._people_of(held, known),
        )
        wrong = faults(entry)
        for fault in wrong:
            opened.findings.rows(
                f"entry_{fault.kind}",
                Remedy.REJECT,
                [row],
                Text(*(tr(f"library.fault.{fault.kind}", lang, **fault.values) for lang in ("zh", "en"))),
                column=opened.title(fault.field),
                value=lambda _, field=fault.field: held[field],
            )
        return None if wrong else entry

    def _people_of(self, held: Mapping[str, Any], known: Project | None) -> float | None:
        if not pd.isna(held["people"]):
            return float(held["people"])
        return None if known is None else known.people

    def _villages_of(
        self, row: int, held: Mapping[str, Any], admin_code: str, known: Project | None
    ) -> tuple[str, ...]:
        """The village itself and those named besides, which lie in its township unless their names say where."""
        own = {admin_code} if admin_code[9:] != "000" else set()
        if not self._opened.has("villages"):
            return tuple(sorted(own | set(known.villages if known else ())))
        township = self._register.names[self._register.place[admin_code[:9] + "000"]]
        county = self._register.names[self._register.place[admin_code[:6] + "000000"]]
        for name in filter(None, words(held["villages"]).replace("，", "、").replace(",", "、").split("、")):
            plain = name.strip()
            place = self._register.place.get(plain)
            if place is None:
                place = self._names.find(county, township, plain).place
            if place is None or self._register.levels[place] is not AdminLevel.VILLAGE:
                self._opened.reject(row, "villages", "village_unknown", plain, township=township)
            else:
                own.add(self._register.codes[place])
        return tuple(sorted(own))

    def _payments_of(
        self, row: int, held: Mapping[str, Any], start: dt.date | None, known: Project | None
    ) -> tuple[dict[str, Any], ...]:
        if not self._opened.has("payments"):
            return () if known is None else known.payments
        column = self._opened.headings.of("payments")
        try:
            return read_payments(
                words(held["payments"]), column.unit if column else None, start.year if start else None
            )
        except CellFault as fault:
            self._opened.reject(row, "payments", fault.kind, fault.part)
            return ()

    def _milestones_of(self, row: int, held: Mapping[str, Any]) -> tuple[Milestone, ...] | None:
        if not words(held["milestones"]):
            return None
        try:
            found = read_milestones(words(held["milestones"]))
            require_milestones(found)
        except CellFault as fault:
            self._opened.reject(row, "milestones", fault.kind, fault.part)
        except LibraryError as error:
            self._told_error(row, "milestones", error)
        else:
            return found
        return None

    def _links_of(self, row: int, held: Mapping[str, Any]) -> tuple[Link, ...] | None:
        if not words(held["links"]):
            return None
        try:
            found = read_links(words(held["links"]))
            for link in found:
                require_feature(self._connection, link)
        except CellFault as fault:
            self._opened.reject(row, "links", fault.kind, fault.part)
        except LibraryError as error:
            self._told_error(row, "links", error)
        else:
            return found
        return None

    def _told_error(self, row: int, name: str, error: LibraryError) -> None:
        text = Text(error.sentence("zh"), error.sentence("en"))
        value = self._opened.values.iloc[row][name]
        self._opened.findings.rows(
            name, Remedy.REJECT, [row], text, column=self._opened.title(name), value=lambda _: value
        )

    def _check_state(
        self, row: int, known: Project | None, state: LibraryState | None, state_on: dt.date | None
    ) -> None:
        if state_on is not None and state_on > self._options.today:
            self._opened.reject(row, "state_on", "day_ahead", state_on)
        if known is None or state is None or state is known.state:
            return
        if not may_follow(known.state, state):
            self._opened.reject(
                row, "state", "state_not_allowed", state.text.zh, before=known.state.text, after=state.text
            )

    def _look_for_twins(self, row: int, entry: Entry) -> None:
        """A new project that is there already is left out; one that may be is told."""
        opened, name = self._opened, comparable(entry.name)
        twin = next(
            (
                one.code
                for one in self._known.values()
                if one.admin_code == entry.admin_code and comparable(one.name) == name
            ),
            None,
        )
        if twin is not None:
            opened.reject(row, "name", "known_already", entry.name, code=twin)
            return
        earlier = self._named.setdefault((entry.admin_code, name), int(opened.findings.source_rows[row]))
        if earlier != int(opened.findings.source_rows[row]):
            opened.reject(row, "name", "name_twice", entry.name, earlier=earlier)
            return
        number = -int(opened.findings.source_rows[row])
        kind = WorkKind.OTHER if entry.kind is None else entry.kind
        place = Place(
            number,
            kind.layer_id,
            str(kind),
            entry.name,
            frozenset(entry.villages),
            entry.geometry,
        )
        codes = {one.id: one.code for one in self._known.values()}
        for pair in duplicates_of(place, self._places)[:3]:
            other = pair.second if pair.first == number else pair.first
            told_as = codes.get(other) or sentence("row_of", row=-other)
            opened.warn(row, "name", f"twin_{pair.reason}", entry.name, code=told_as, amount=_amount(pair))
        self._places.append(place)


def _amount(pair: Pair) -> str:
    """Metres of two that are near, else a share."""
    return f"{pair.amount:.0f}" if pair.reason is Reason.NEAR else f"{pair.amount:.0%}"
