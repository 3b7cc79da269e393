"""The monthly report as an XLSForm, for ODK Collect and KoboToolbox: filled in without a network, read by `odk`.

Source: XLSForm standard, https://xlsform.org/en/ (sheets survey, choices, settings; cascading selects by
``choice_filter``; figures of a choice read by ``instance()``).
"""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from base.errors import XiangtuError
from i18n import LANGUAGES, tr
from store.progress.field_projects import FieldProject

FORM_ID = "xiangtu_monthly_report"
PHOTOS = 5
"""Photos that the form asks for, one after the other."""
_TITLES = {"zh": "中文 (zh)", "en": "English (en)"}
_YUAN_PER_WAN = Decimal(10_000)
_PHOTO_PIXELS = 1600
_SURVEY = (
    "type", "name", "label", "hint", "required", "required_message", "constraint", "constraint_message", "relevant",
    "choice_filter", "calculation", "appearance", "parameters", "default",
)  # fmt: skip
_SPOKEN = ("label", "hint", "required_message", "constraint_message")
_CHOICES = ("list_name", "name", "label", "county", "township", "project", "percent", "paid_wan")
_MILESTONES_THERE = "count(instance('milestone')/root/item[project=${project}]) > 0"

Row = dict[str, str]


class NoProjects(XiangtuError):
    """There is no project that the person could report."""

    key = "fieldforms.no_projects"


def milestone_choice(project_code: str, number: int) -> str:
    """The value of a milestone in the form; unlike those of other projects."""
    return f"{project_code}_{number}"


def form(projects: Sequence[FieldProject], made_at: dt.datetime) -> bytes:
    """The form as a workbook.

    Parameters
    ----------
    projects : those of the person's places; percent 0–100, paid in yuan (the form asks for 万元).
    made_at : UTC; the form's version, so that a later one takes its place on the phone.

    Raises
    ------
    NoProjects : the list is empty.
    """
    if not projects:
        raise NoProjects()
    book = Workbook()
    survey, choices, settings = book.active, book.create_sheet("choices"), book.create_sheet("settings")
    survey.title = "survey"
    _fill(survey, _SURVEY, list(_survey(projects)))
    _fill(choices, _CHOICES, list(_choices(projects)))
    _fill(
        settings,
        ("form_title", "form_id", "version", "default_language", "instance_name"),
        [
            {
                "form_title": tr("fieldforms.title", "zh"),
                "form_id": FORM_ID,
                "version": f"{made_at:%Y%m%d%H%M%S}",
                "default_language": _TITLES["zh"],
                "instance_name": "concat(${project}, ' ', format-date(${period}, '%Y-%m'))",
            }
        ],
    )
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _survey(projects: Sequence[FieldProject]) -> Iterator[Row]:
    counties = {one.county_code for one in projects}
    townships = {one.township_code for one in projects}
    yield {"type": "start", "name": "start"}
    yield {"type": "end", "name": "end"}
    yield _asked("select_one county", "county", default=_only(counties))
    yield _asked(
        "select_one township", "township", choice_filter="county=${county}", default=_only(townships)
    )
    yield _asked(
        "select_one project",
        "project",
        choice_filter="township=${township}",
        appearance="minimal autocomplete",
    )
    for name in ("percent", "paid_wan"):
        yield {
            "type": "calculate",
            "name": f"before_{name}",
            "calculation": f"instance('project')/root/item[name=${{project}}]/{name}",
        }
    yield {"type": "note", "name": "before", "relevant": "${project} != ''"} | _spoken("before", "label")
    yield _asked("date", "period", appearance="month-year", constraint=". <= today()")
    yield _asked(
        "date",
        "reported_on",
        required=False,
        constraint=". <= today() and format-date(., '%Y-%m') = format-date(${period}, '%Y-%m')",
    )
    yield _asked("decimal", "percent", constraint=". >= 0 and . <= 100")
    yield _asked("text", "fall_reason", relevant="${percent} < number(${before_percent})",
                 constraint="string-length(normalize-space(.)) >= 2")  # fmt: skip
    yield _asked("decimal", "paid_wan", constraint=". >= 0 and . <= 1000000")
    yield _asked(
        "select_multiple milestone", "milestones", required=False, choice_filter="project=${project}",
        relevant=_MILESTONES_THERE,
    )  # fmt: skip
    yield _asked("text", "note", required=False, appearance="multiline",
                 constraint="string-length(.) <= 2000")  # fmt: skip
    for number in range(1, PHOTOS + 1):
        shown = {} if number == 1 else {"relevant": f"${{photo_{number - 1}}} != ''"}
        yield {
            "type": "image",
            "name": f"photo_{number}",
            "parameters": f"max-pixels={_PHOTO_PIXELS}",
            **shown,
        } | _spoken("photo", "label", "hint", number=number)
    yield _asked("geopoint", "place", required=False)


def _asked(kind: str, name: str, *, required: bool = True, **more: str) -> Row:
    """A question with its words; what it must hold comes with a message."""
    row = {"type": kind, "name": name, **more} | _spoken(name, "label", "hint")
    if required:
        row |= {"required": "yes"} | _spoken("required", "required_message")
    if "constraint" in more:
        row |= _spoken(name, "constraint_message")
    return row


def _spoken(name: str, *columns: str, **values: object) -> Row:
    return {
        f"{column}::{_TITLES[lang]}": tr(f"fieldforms.{column}.{name}", lang, **values)
        for column in columns
        for lang in LANGUAGES
    }


def _only(codes: set[str]) -> str:
    return next(iter(codes)) if len(codes) == 1 else ""


def _choices(projects: Sequence[FieldProject]) -> Iterator[Row]:
    def choice(list_name: str, name: str, words: str, **more: str) -> Row:
        # A name that looks like a reference to a question is no such reference.
        said = words.replace("${", "＄{")
        return {"list_name": list_name, "name": name, **more} | {
            f"label::{_TITLES[lang]}": said for lang in LANGUAGES
        }

    counties = {one.county_code: one.county for one in projects}
    townships = {one.township_code: one for one in projects}
    for code, name in counties.items():
        yield choice("county", code, name)
    for code, one in townships.items():
        yield choice("township", code, one.township, county=one.county_code)
    for one in projects:
        place = one.village or one.township
        yield choice(
            "project", one.code, f"{one.name}（{place}）", township=one.township_code, percent=f"{one.percent:f}",
            paid_wan=f"{one.paid_yuan / _YUAN_PER_WAN:f}",
        )  # fmt: skip
    milestones = [(one, number, name) for one in projects for number, name in one.milestones]
    for one, number, name in milestones:
        yield choice("milestone", milestone_choice(one.code, number), f"{number} {name}", project=one.code)
    if not milestones:
        # A list without a choice is no list: this one belongs to no project and is never shown.
        yield choice("milestone", "none", "-", project="-")


def _fill(sheet: Worksheet, columns: Sequence[str], rows: Sequence[Row]) -> None:
    heads = [
        head
        for column in columns
        for head in ([f"{column}::{_TITLES[lang]}" for lang in LANGUAGES] if column in _SPOKEN else [column])
    ]
    sheet.append(heads)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([row.get(head, "") for head in heads])
        for cell in sheet[sheet.max_row]:
            # Codes stay text, and nothing that a person wrote becomes a formula.
            cell.data_type = "s"
            cell.number_format = "@"
    sheet.freeze_panes = "A2"
