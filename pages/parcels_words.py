"""Parcels in words: areas in three units beside what was stated, days that run out."""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from access import Action, OwnTable
from base.areas import M2_PER_MU
from i18n import Lang, tr
from layers import Role
from pages import formats
from pages.shell import person
from store.land.parcels import Parcel
from store.protection import MASK

M2_PER_HA = 10_000


def rounded(value: float, digits: int) -> Decimal:
    """A figure rounded half up, as areas are stated."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def mu_words(area_mu: float) -> str:
    """An area in 亩 to the hundredth, without its unit."""
    return f"{rounded(area_mu, 2):,}"


def area_words(area_m2: float, lang: Lang) -> str:
    """An area in 亩 (0.01), 公顷 (0.0001) and m² (0.01)."""
    return tr(
        "parcels.area",
        lang,
        mu=mu_words(formats.mu(area_m2)),
        ha=f"{rounded(area_m2 / M2_PER_HA, 4):,}",
        m2=f"{rounded(area_m2, 2):,}",
    )


def area_table(area_m2: float, stated_mu: float | None, lang: Lang) -> pd.DataFrame:
    """The ellipsoidal area beside the one stated, and their difference, each in three units; a dash for not stated.

    Parameters
    ----------
    stated_mu : 亩.
    """
    stated_m2 = None if stated_mu is None else stated_mu * M2_PER_MU
    difference = None if stated_m2 is None else stated_m2 - area_m2
    share = "—" if difference is None or not area_m2 else f"{difference / area_m2:+.2%}"

    def row(name: str, value_m2: float | None, sign: str = "", last: str = "") -> tuple[str, ...]:
        if value_m2 is None:
            return tr(f"parcels.area_{name}", lang), "—", "—", "—", last
        figures = ((formats.mu(value_m2), 2), (value_m2 / M2_PER_HA, 4), (value_m2, 2))
        said = [f"{rounded(value, digits):{sign},}" for value, digits in figures]
        return tr(f"parcels.area_{name}", lang), *said, last

    rows = [
        row("reckoned", area_m2),
        row("stated", stated_m2),
        row("difference", difference, "+", share),
    ]
    heads = [tr(f"parcels.area_head_{name}", lang) for name in ("what", "mu", "ha", "m2", "share")]
    return pd.DataFrame(rows, columns=heads)


def due_words(due_on: dt.date | None, lang: Lang) -> str:
    """A due date, and by how many days it has passed or is still away; a dash without one."""
    if due_on is None or formats.missing(due_on):
        return "—"
    left = (due_on - formats.today()).days
    if left < 0:
        return tr("parcels.overdue", lang, day=due_on.isoformat(), days=-left)
    if left == 0:
        return tr("parcels.due_today", lang, day=due_on.isoformat())
    return tr("parcels.due", lang, day=due_on.isoformat(), days=left)


def edition_words(names: Iterable[str], deliveries: pd.DataFrame, lang: Lang) -> dict[str, str]:
    """The day of the data by feature type: what the delivery says it describes, else when it came in.

    Parameters
    ----------
    deliveries : as `store.dossier.last_deliveries` at the moment of the check.
    """
    told = {}
    for name in sorted(names):
        known = deliveries.loc[name] if name in deliveries.index else None
        if known is None:
            told[name] = tr("pages.no_data", lang)
        elif formats.missing(known["as_of"]):
            told[name] = formats.moment(known["finished_at"], lang)
        else:
            told[name] = formats.day(known["as_of"], lang)
    return told


def may_read_review(admin_code: str) -> bool:
    """Whether the person may see reviews of parcels of a village."""
    return person().may(OwnTable.REVIEWS, Action.READ, admin_code)


def applicant_words(parcel: Parcel) -> str | None:
    """Who asks for the land; its first letter at most for those who read no reviews there."""
    said = str(parcel.values["applicant"] or "")
    return (said if may_read_review(parcel.admin_code) else said[:1] + MASK if said else said) or None


def roles_words(roles: str, lang: Lang) -> str:
    """Roles as steps keep them (``role@prefix``, with spaces between) in words."""
    held = [one.partition("@") for one in roles.split()]
    return formats.joined((f"{Role.of(role).text.get(lang)}@{prefix}" for role, _, prefix in held), lang)


def place_words(admin_code: str, *names: object) -> str:
    """A place by the names of its units, the largest first; its code where no name is known."""
    return " · ".join(str(name) for name in names if not formats.missing(name)) or admin_code
