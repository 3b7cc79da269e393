"""The check sheet of a parcel: one A4 page with areas, map, conflicts, versions and lines to sign, as PDF."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from base.areas import M2_PER_MU
from i18n import Lang, tr
from layers import Constraint, Severity, conflict_rule, feature_type
from pipelines import paper
from pipelines.words_on_paper import cut
from store.land.checks import not_read

ROWS = 14
"""Conflicts that the page has room for; the others are counted."""
_TEMPLATE = Path(__file__).with_name("check_sheet.typ")
_EMPTY_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


@dataclass(frozen=True)
class SheetConflict:
    """One row of the table.

    Attributes
    ----------
    constraint, severity : codes of `Constraint` and `Severity`.
    key, name, zone : number and name of what the parcel lies on, and a growth boundary's zone.
    share : of the parcel, 0 to 1.
    distance_m : hazards: from the point to the parcel.
    """

    constraint: str
    severity: str
    key: str | None
    name: str | None
    zone: str | None
    area_m2: float
    share: float
    sliver: bool
    distance_m: float | None = None


@dataclass(frozen=True)
class CheckSheet:
    """What a sheet says.

    Attributes
    ----------
    place : county, township and village in words.
    parcel_kind : a code of `ParcelKind` or None; `kind_words` and the other words are in the sheet's language.
    area_m2 : ellipsoidal; `stated_area_mu` None if nothing was stated.
    conflict_area_m2 : what all conflicts cover together, double cover counted once, without notes and slivers.
    conflicts : in the order of their numbers on the map.
    editions : day of the data by feature type that was checked against, in words.
    checked_at, made_at : moments in words.
    map_svg : `maps.check_picture`; blank for a sheet without a map.
    """

    parcel_no: str
    name: str
    place: str
    applicant: str
    kind_words: str
    use_words: str
    parcel_kind: str | None
    area_m2: float
    stated_area_mu: float | None
    worst: str | None
    conflict_area_m2: float
    conflicts: Sequence[SheetConflict]
    sliver_m2: float
    sliver_width_m: float
    editions: Mapping[str, str]
    checked_at: str
    made_at: str
    synthetic: bool
    map_svg: str
    lang: Lang


def as_pdf(sheet: CheckSheet) -> bytes:
    """Return the sheet as a PDF of one A4 page.

    Raises
    ------
    FontMissing : the machine has no Chinese font.
    """
    return paper.pdf(_files(sheet))


def page_pictures(sheet: CheckSheet, ppi: float = 110) -> list[bytes]:
    """The same page as a PNG picture, in a list."""
    return paper.pictures(_files(sheet), ppi)


def mu_words(area_m2: float) -> str:
    """An area in 亩 to the hundredth, half a hundredth upwards, as the bureau writes it."""
    mu = (Decimal(repr(area_m2)) * 15 / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{mu + 0:,}"  # without the sign of a nothing


def _files(sheet: CheckSheet) -> dict[str, bytes]:
    return {
        "main": _TEMPLATE.read_bytes(),
        "data.json": json.dumps(_data(sheet), ensure_ascii=False).encode(),
        "map.svg": (sheet.map_svg or _EMPTY_SVG).encode(),
    }


def _data(sheet: CheckSheet) -> dict[str, object]:
    lang = sheet.lang

    def say(key: str, **values: object) -> str:
        return tr(f"landcheck.sheet.{key}", lang, **values)

    shown = list(enumerate(sheet.conflicts, 1))[:ROWS]
    left = len(sheet.conflicts) - len(shown)
    slivers = [one for one in sheet.conflicts if one.sliver]
    notes = [
        say("basis_area"),
        say(
            "slivers",
            number=len(slivers),
            area=f"{sheet.sliver_m2:g}",
            width=f"{sheet.sliver_width_m:g}",
        ),
        say("versions", versions=_editions(sheet)),
    ]
    unread = not_read(sheet.editions)
    if unread:
        comma = "、" if lang == "zh" else ", "
        notes.insert(0, say("unread", constraints=comma.join(one.text.get(lang) for one in unread)))
    if left > 0:
        notes.insert(0, say("more", number=left))
    return {
        "lang": lang,
        "title": say("title"),
        "subtitle": cut(say("subtitle", number=sheet.parcel_no, at=sheet.checked_at), 110),
        "facts": [
            [say(key), cut(value, 60)]
            for key, value in (
                ("parcel_no", sheet.parcel_no),
                ("name", sheet.name),
                ("place", sheet.place),
                ("applicant", sheet.applicant or "—"),
                ("kind", sheet.kind_words or "—"),
                ("use", sheet.use_words or "—"),
            )
        ],
        "area_head": [say("area"), say("mu"), say("hectares"), say("m2")],
        "areas": _areas(sheet, say("measured"), say("stated"), say("difference"), say("conflict_area")),
        "verdict": say(f"verdict_{sheet.worst or ('partly' if unread else 'none')}"),
        "worst": sheet.worst or (str(Severity.RESTRICTED) if unread else ""),
        "has_map": bool(sheet.map_svg),
        "conflicts_title": say("conflicts", number=len(sheet.conflicts)),
        "head": [
            say(key) for key in ("row", "severity", "constraint", "feature", "mu", "m2", "share", "basis")
        ],
        "rows": [_row(number, one, sheet) for number, one in shown],
        "none": say("none_partly" if unread else "none"),
        "notes": [cut(note, 330) for note in notes],
        "signs": [say("checked_by"), say("reviewed_by"), say("approved_by")],
        "footer": cut(say("synthetic") if sheet.synthetic else "", 90),
        "made_at": tr("paper.made_at", lang, at=sheet.made_at),
    }


def _areas(sheet: CheckSheet, measured: str, stated: str, difference: str, conflict: str) -> list[list[str]]:
    """Rows of the table of areas: name, 亩, hectares, m²; blank where nothing was stated."""

    def row(title: str, area_m2: float) -> list[str]:
        return [title, mu_words(area_m2), f"{area_m2 / 10_000:,.4f}", f"{area_m2:,.2f}"]

    rows = [row(measured, sheet.area_m2)]
    if sheet.stated_area_mu is None:
        rows.append([stated, "—", "—", "—"])
    else:
        told_m2 = sheet.stated_area_mu * M2_PER_MU
        rows += [row(stated, told_m2), row(difference, told_m2 - sheet.area_m2)]
    return [*rows, row(conflict, sheet.conflict_area_m2)]


def _row(number: int, one: SheetConflict, sheet: CheckSheet) -> list[str]:
    lang = sheet.lang
    severity = Severity.of(one.severity).text.get(lang)
    if one.sliver:
        severity = tr("landcheck.sheet.sliver", lang, severity=severity)
    what = " ".join(dict.fromkeys(word for word in (one.key, one.name) if word))
    if one.distance_m is not None:
        what = tr("landcheck.sheet.distance", lang, what=what, distance=f"{one.distance_m:,.0f}")
    elif one.constraint == Constraint.VILLAGE:
        what = one.name or tr("landcheck.sheet.nowhere", lang)
    rule = conflict_rule(one.constraint, one.zone, sheet.parcel_kind)
    return [
        str(number),
        severity,
        Constraint.of(one.constraint).text.get(lang),
        cut(what, 44),
        mu_words(one.area_m2),
        f"{one.area_m2:,.2f}",
        f"{one.share:.2%}",
        cut(rule.basis.get(lang), 90),
    ]


def _editions(sheet: CheckSheet) -> str:
    listed = (
        tr("landcheck.sheet.edition", sheet.lang, layer=feature_type(name).title.get(sheet.lang), day=day)
        for name, day in sheet.editions.items()
    )
    return ("、" if sheet.lang == "zh" else ", ").join(listed)
