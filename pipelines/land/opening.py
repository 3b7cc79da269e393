"""Opening the quota ledger with the imported plan figures (`feature.construction_quotas`), county by county.

Each township gets its ordinary scale (total less reserve), its reserve and what the plan says is allotted; a county is
the sum of its townships and gets nothing of its own. A later edition posts the difference to what was posted before.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from analysis.quota import Account, Line, NewPosting, allotted_to, available, checked, source_of
from i18n import Lang, tr
from layers.codes import QuotaBucket, QuotaEntry, QuotaKind
from store.land.ledger import PartOf, post, today
from store.land.ledger_errors import Overdrawn
from store.land.plan_figures import OPENING, PlanFigure, opened, plan_figures

KINDS = (QuotaKind.SCALE, QuotaKind.RESERVE)
TOLERANCE_MU = Decimal("0.01")
"""For each township: departments round to 0.01 亩 before they add up."""
_ZERO = Decimal(0)


class Trouble(StrEnum):
    """What keeps a figure from being posted as it stands; the sentence is ``quota.opening.<value>``."""

    ALLOTTED_OVER_TOTAL = "allotted_over_total"
    RESERVED_OVER_TOTAL = "reserved_over_total"
    RESERVED_MISSING = "reserved_missing"
    RESERVE_TOUCHED = "reserve_touched"
    COUNTY_UNLIKE_SUM = "county_unlike_sum"
    COUNTY_UNDIVIDED = "county_undivided"
    USED_SINCE = "used_since"


@dataclass(frozen=True)
class Finding:
    """Something about the figures of a unit: `amount_mu` is by how much, in 亩; `detail` a refusal of the ledger."""

    trouble: Trouble
    admin_code: str
    name: str
    amount_mu: Decimal = _ZERO
    detail: Overdrawn | None = None

    def sentence(self, lang: Lang) -> str:
        """What was found, and the mend."""
        told = "" if self.detail is None else self.detail.sentence(lang)
        return tr(
            f"quota.opening.{self.trouble}", lang, unit=self.name, amount=f"{self.amount_mu:.4f}", detail=told
        )


@dataclass(frozen=True)
class Opened:
    """A posting that was made for a county: `amount_mu` is what it moves, in 亩."""

    posting_id: int
    admin_code: str
    name: str
    entry: QuotaEntry
    kind: QuotaKind
    amount_mu: Decimal
    units: int

    def sentence(self, lang: Lang) -> str:
        """What was posted."""
        return tr(
            "quota.opening.posted",
            lang,
            id=self.posting_id,
            unit=self.name,
            entry=self.entry.text.get(lang),
            kind=self.kind.text.get(lang),
            amount=f"{self.amount_mu:.4f}",
            units=self.units,
        )


@dataclass(frozen=True)
class OpeningReport:
    """What was posted, which counties needed nothing, what was found in the figures."""

    postings: tuple[Opened, ...]
    unchanged: tuple[str, ...]
    findings: tuple[Finding, ...]


def open_ledger(engine: sa.Engine, *, by: str = "", prefix: str = "") -> OpeningReport:
    """Bring the ledger to the imported plan figures; a second call with the same figures posts nothing.

    A county is one transaction: all its postings are made, or none. What was allotted, moved or saved since the last
    opening stays as it is.

    Parameters
    ----------
    engine : the owner's.
    by : who opens it; the command line if nobody is named.
    prefix : leading digits of the units whose figures are carried over.
    """
    with engine.connect() as connection:
        figures = plan_figures(connection, prefix)
    postings: list[Opened] = []
    unchanged, findings = [], []
    for county in sorted({figure.admin_code[:6] for figure in figures}):
        own = [figure for figure in figures if figure.admin_code.startswith(county)]
        wanted, found = targets(own)
        findings += found
        name = _name_of(own, county)
        try:
            with engine.begin() as connection:
                made = _post_county(
                    connection, county, name, wanted, _day(own), by or tr("import.by_command", "zh")
                )
        except Overdrawn as error:
            findings.append(Finding(Trouble.USED_SINCE, county.ljust(12, "0"), name, detail=error))
            continue
        postings += made
        if not made:
            unchanged.append(county.ljust(12, "0"))
    return OpeningReport(tuple(postings), tuple(unchanged), tuple(findings))


def targets(figures: list[PlanFigure]) -> tuple[dict[Account, Decimal], list[Finding]]:
    """What each account of a county's townships is to have been given, in 亩, and what is wrong with the figures.

    ``available`` stands for what is issued in all, of which ``allotted`` is a part.
    """
    towns = [figure for figure in figures if not figure.is_county]
    wanted: dict[Account, Decimal] = {}
    findings = [one for figure in figures if figure.is_county for one in _compare(figure, towns)]
    for figure in towns:
        name = figure.name or figure.admin_code
        reserved, allotted = figure.reserved_mu or _ZERO, figure.allotted_mu or _ZERO
        if reserved > figure.total_mu or allotted > figure.total_mu:
            reserve = reserved > figure.total_mu
            trouble = Trouble.RESERVED_OVER_TOTAL if reserve else Trouble.ALLOTTED_OVER_TOTAL
            over = (reserved if reserve else allotted) - figure.total_mu
            findings.append(Finding(trouble, figure.admin_code, name, over))
            continue
        if figure.reserved_mu is None:
            findings.append(Finding(Trouble.RESERVED_MISSING, figure.admin_code, name, figure.total_mu))
        ordinary = figure.total_mu - reserved
        beyond = max(_ZERO, allotted - ordinary)
        if beyond:
            findings.append(Finding(Trouble.RESERVE_TOUCHED, figure.admin_code, name, beyond))
        issued = {QuotaKind.SCALE: ordinary, QuotaKind.RESERVE: reserved}
        given = {QuotaKind.SCALE: allotted - beyond, QuotaKind.RESERVE: beyond}
        for kind in KINDS:
            wanted[available(figure.admin_code, kind)] = issued[kind]
            wanted[allotted_to(figure.admin_code, kind)] = given[kind]
    return wanted, findings


def _compare(county: PlanFigure, towns: list[PlanFigure]) -> Iterator[Finding]:
    """A county is the sum of its townships, or it is said by how much it is not."""
    name = county.name or county.admin_code
    if not towns:
        yield Finding(Trouble.COUNTY_UNDIVIDED, county.admin_code, name, county.total_mu)
        return
    for read in ("total_mu", "reserved_mu", "allotted_mu"):
        stated = getattr(county, read)
        difference = (
            _ZERO if stated is None else stated - sum((getattr(t, read) or _ZERO for t in towns), _ZERO)
        )
        if abs(difference) > TOLERANCE_MU * len(towns):
            yield Finding(Trouble.COUNTY_UNLIKE_SUM, county.admin_code, name, difference)
            return


def _name_of(figures: list[PlanFigure], county: str) -> str:
    known = [figure.name for figure in figures if figure.is_county and figure.name]
    return known[0] if known else county


def _day(figures: list[PlanFigure]) -> dt.date:
    return min(max(figure.as_of for figure in figures), today())


def _post_county(
    connection: sa.Connection,
    county: str,
    name: str,
    wanted: Mapping[Account, Decimal],
    day: dt.date,
    by: str,
) -> list[Opened]:
    # Two openings at once would both see nothing posted.
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(7879774, CAST(:county AS int))"), {"county": county}
    )
    known = opened(connection, county)
    made = []
    code = county.ljust(12, "0")
    for posting in _differences(code, wanted, known, day):
        moved = sum((line.amount_mu for line in posting.lines if line.amount_mu > 0), _ZERO)
        inside = [line.account for line in posting.lines if line.account.bucket is not QuotaBucket.OUTSIDE]
        units = len({account.admin_code for account in inside})
        number = post(connection, posting, by=by, part_of=PartOf.OPENING)
        made.append(Opened(number, code, name, posting.entry, posting.kind, moved, units))
    return made


def _differences(
    county: str, wanted: Mapping[Account, Decimal], known: Mapping[Account, Decimal], day: dt.date
) -> Iterator[NewPosting]:
    """Postings from what was opened to what is wanted, in an order in which nothing is overdrawn on the way.

    Accounts of units that the figures no longer name are left as they are.
    """
    allot: dict[QuotaKind, dict[str, Decimal]] = {kind: {} for kind in KINDS}
    issue: dict[QuotaKind, dict[str, Decimal]] = {kind: {} for kind in KINDS}
    for account, amount_mu in wanted.items():
        unit, kind = account.admin_code, account.kind
        given = known.get(allotted_to(unit, kind), _ZERO)
        if account.bucket is QuotaBucket.ALLOTTED:
            allot[kind][unit] = amount_mu - given
        else:
            issue[kind][unit] = amount_mu - known.get(available(unit, kind), _ZERO) - given
    reference = f"{OPENING} {day.isoformat()}"
    for kind in KINDS:
        more = [_pair(source_of(u, kind), available(u, kind), mu) for u, mu in issue[kind].items() if mu > 0]
        back = [
            _pair(allotted_to(u, kind), available(u, kind), -mu) for u, mu in allot[kind].items() if mu < 0
        ]
        used = [
            _pair(available(u, kind), allotted_to(u, kind), mu) for u, mu in allot[kind].items() if mu > 0
        ]
        less = [_pair(available(u, kind), source_of(u, kind), -mu) for u, mu in issue[kind].items() if mu < 0]
        city = source_of(county, kind).admin_code
        for unit, entry, pairs in (
            (city, QuotaEntry.ISSUED, more),
            (county, QuotaEntry.RETURNED, back),
            (county, QuotaEntry.ALLOTTED, used),
            (city, QuotaEntry.RETURNED, less),
        ):
            if pairs:
                yield checked(
                    NewPosting(
                        unit,
                        kind,
                        entry,
                        day,
                        _merged(pairs),
                        reason=tr("quota.opening.reason", "zh"),
                        reference=reference,
                    )
                )


def _pair(source: Account, target: Account, amount_mu: Decimal) -> tuple[Line, Line]:
    return Line(source, -amount_mu), Line(target, amount_mu)


def _merged(pairs: list[tuple[Line, Line]]) -> tuple[Line, ...]:
    sums: dict[Account, Decimal] = {}
    for line in (line for pair in pairs for line in pair):
        sums[line.account] = sums.get(line.account, _ZERO) + line.amount_mu
    return tuple(Line(account, amount_mu) for account, amount_mu in sorted(sums.items()) if amount_mu)
