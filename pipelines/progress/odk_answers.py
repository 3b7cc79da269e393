"""Answers of the field form as a report: every answer read strictly, what cannot be read is named."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from pipelines.progress.xlsform import FORM_ID, milestone_choice
from store.progress.field_projects import FieldProject
from store.progress.reports import NewReport

_YUAN_PER_WAN = Decimal(10_000)
_MOST_WAN = Decimal(1_000_000)
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")


@dataclass(frozen=True)
class Wrong:
    """An answer that cannot be taken: why (``fieldforms.wrong.<reason>``), what it says, of which question."""

    reason: str
    value: str
    question: str = ""


def report_of(
    answers: Mapping[str, str], key: UUID, projects: Mapping[str, FieldProject]
) -> tuple[list[Wrong], NewReport | None]:
    """The report that answers make, or what is wrong with them.

    Parameters
    ----------
    projects : by code, those that the person reports for.
    """
    wrong: list[Wrong] = []
    form = answers.get("__form") or answers.get("_xform_id_string") or FORM_ID
    if form != FORM_ID:
        return [Wrong("form", form)], None
    code = answers.get("project", "")
    project = projects.get(code)
    if project is None:
        wrong.append(Wrong("project" if code else "empty", code, "project"))
    period = _day(answers, "period", wrong)
    reported_on = _day(answers, "reported_on", wrong, needed=False)
    percent = _number(answers, "percent", Decimal(100), wrong)
    paid_wan = _number(answers, "paid_wan", _MOST_WAN, wrong)
    milestones = _milestones(answers.get("milestones", ""), project, wrong) if project else ()
    if wrong or project is None or period is None or percent is None or paid_wan is None:
        return wrong, None
    return wrong, NewReport(
        submission_key=key,
        project_id=project.id,
        period=period,
        percent=percent,
        paid_yuan=paid_wan * _YUAN_PER_WAN,
        milestones=milestones,
        note=answers.get("note", ""),
        fall_reason=answers.get("fall_reason", ""),
        reported_on=reported_on,
        channel="odk",
    )


def _day(answers: Mapping[str, str], name: str, wrong: list[Wrong], *, needed: bool = True) -> dt.date | None:
    said = answers.get(name, "")
    if not said:
        if needed:
            wrong.append(Wrong("empty", "", name))
        return None
    try:
        return dt.date.fromisoformat(said[:10] if len(said) > len("2026-11") else f"{said}-01")
    except ValueError:
        wrong.append(Wrong("day", said, name))
        return None


def _number(answers: Mapping[str, str], name: str, most: Decimal, wrong: list[Wrong]) -> Decimal | None:
    said = answers.get(name, "")
    if not said:
        wrong.append(Wrong("empty", "", name))
        return None
    try:
        value = Decimal(said) if _NUMBER.fullmatch(said) else None
    except InvalidOperation:
        value = None
    if value is None or not 0 <= value <= most:
        wrong.append(Wrong(name, said, name))
        return None
    return value


def _milestones(said: str, project: FieldProject, wrong: list[Wrong]) -> tuple[int, ...]:
    known = {milestone_choice(project.code, number): number for number, _ in project.milestones}
    chosen = said.split()
    strange = [one for one in chosen if one not in known]
    if strange:
        wrong.append(Wrong("milestones", " ".join(strange), "milestones"))
    return tuple(sorted(known[one] for one in chosen if one in known))
