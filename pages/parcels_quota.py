"""Before an approval: what it would take from which account, and what the 10 % rule would say afterwards."""

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from analysis import quota
from analysis.quota_errors import LotNeeded, QuotaError, ReasonNeeded
from analysis.reserve import ReserveFinding, overdrawn, reserve_table, what_if
from i18n import Lang, tr
from layers.codes import QuotaBook, QuotaBucket, QuotaKind
from pages import formats
from pages.parcels_words import mu_words
from pages.quota_link import entries_link
from store.land import ledger
from store.land.ledger_list import balances
from store.land.reviews import Review
from store.places import place

_ZERO = Decimal(0)
_COLORS = {ReserveFinding.RED: "red", ReserveFinding.AMBER: "orange", ReserveFinding.OK: "green"}


@dataclass(frozen=True)
class Allotment:
    """What an approval would post; `unit` is None where no account has enough."""

    unit: str | None
    accounts: pd.DataFrame
    """unit, now_mu, after_mu (Decimal): of the accounts that are asked, in their order."""
    rule: pd.DataFrame
    """`reserve_table` after the posting, with ``share_now`` and ``finding_now``; empty without a posting."""


def allotment(connection: sa.Connection, seen: Review) -> Allotment:
    """Reckon the allotment of an approval: out of the township's account, else out of the county's; nothing is posted.

    Raises
    ------
    QuotaError : the parcel's kind of quota, project or area makes no posting.
    """
    county = f"{seen.admin_code[:6]}000000"
    town = f"{seen.admin_code[:9]}000"
    lot = seen.project_no or "" if seen.quota_kind in quota.COUNTY_KINDS else ""
    held = balances(connection, county[:6])
    coming = balances(connection, county[:6], book=QuotaBook.PLANNED)
    asked, taken, posting = [], None, None
    for unit in (town, county):
        now_mu = _available(held, unit, seen.quota_kind, lot)
        asked.append((unit, now_mu, now_mu - seen.area_mu))
        # A use that asks for a reason finds it in the remark, which is not written yet.
        made = quota.allotted(
            seen.quota_kind,
            unit,
            seen.parcel_no,
            seen.area_mu,
            ledger.today(),
            seen.parcel_use,
            lot=lot,
            reason="—" * quota.SHORTEST_REASON,
        )
        if not overdrawn(held, made):
            taken, posting = unit, made
            break
    rule = pd.DataFrame()
    if posting is not None:
        before = reserve_table(held, coming, [town, county])
        rule = what_if(held, coming, posting, [town, county])
        rule["share_now"], rule["finding_now"] = before["share"], before["finding"]
        rule["left_now_mu"], rule["reserve_left_now_mu"] = before["left_mu"], before["reserve_left_mu"]
    return Allotment(taken, pd.DataFrame(asked, columns=["unit", "now_mu", "after_mu"]), rule)


def _available(held: pd.DataFrame, unit: str, kind: QuotaKind, lot: str) -> Decimal:
    own = held[
        (held["admin_code"] == unit)
        & (held["kind"] == str(kind))
        & (held["bucket"] == str(QuotaBucket.AVAILABLE))
        & (held["lot"] == lot)
    ]
    return sum(own["amount_mu"], _ZERO)


def needs_reason(seen: Review) -> bool:
    """Whether the remark of an approval is also the reason of its posting: saved quota that goes elsewhere."""
    if seen.quota_kind is not QuotaKind.SAVED or not seen.project_no:
        return False
    unit = f"{seen.admin_code[:9]}000"
    try:
        quota.allotted(
            seen.quota_kind,
            unit,
            seen.parcel_no,
            seen.area_mu,
            ledger.today(),
            seen.parcel_use,
            lot=seen.project_no,
        )
    except ReasonNeeded:
        return True
    return False


def draw_allotment(connection: sa.Connection, seen: Review, current: Lang) -> None:
    """Draw what an approval would do to the ledger."""
    st.markdown(f"**{tr('parcels.quota_title', current)}**")
    try:
        found = allotment(connection, seen)
    except LotNeeded:
        st.error(tr("parcels.quota_lot", current), icon=":material/error:")
        return
    except QuotaError as wrong:
        st.error(formats.plain(wrong.sentence(current)), icon=":material/error:")
        return
    names = {unit: place(connection, unit).name for unit in found.accounts["unit"]}
    kind = seen.quota_kind.text.get(current)
    st.caption(
        formats.plain(tr("parcels.quota_asked", current, kind=kind, area=mu_words(float(seen.area_mu))))
    )
    st.table(_accounts(found, names, current), hide_index=True, border="horizontal")
    lot = seen.project_no or "" if seen.quota_kind in quota.COUNTY_KINDS else ""
    with st.container(horizontal=True):
        for row in found.accounts.itertuples():
            entries_link(
                row.unit, seen.quota_kind, QuotaBucket.AVAILABLE, current, row.now_mu, lot, names[row.unit]
            )
    if found.unit is None:
        st.error(tr("parcels.quota_short", current), icon=":material/error:")
        return
    if needs_reason(seen):
        st.warning(tr("parcels.quota_reason", current), icon=":material/edit_note:")
    known = {row.admin_code: place(connection, row.admin_code).name for row in found.rule.itertuples()}
    for row in found.rule.itertuples():
        found_so = ReserveFinding.of(row.finding)
        if found_so is ReserveFinding.NO_DATA:
            continue
        words = tr(
            "parcels.quota_rule",
            current,
            unit=known[row.admin_code],
            now=_share(row.share_now),
            after=_share(row.share),
            left=mu_words(float(row.reserve_left_mu)),
        )
        finding = found_so.text.get(current)
        st.markdown(f"{formats.plain(words)} :{_COLORS[found_so]}-badge[{formats.plain(finding)}]")


def _accounts(found: Allotment, names: dict[str, str], lang: Lang) -> pd.DataFrame:
    heads = [tr(f"parcels.quota_{name}", lang) for name in ("unit", "now", "after", "finding")]
    rows = []
    for row in found.accounts.itertuples():
        enough = row.unit == found.unit
        words = tr("parcels.quota_taken" if enough else "parcels.quota_too_little", lang)
        after = f"{row.after_mu:,.2f}" if enough else "—"
        rows.append((names[row.unit], f"{row.now_mu:,.2f}", after, words))
    return pd.DataFrame(rows, columns=heads)


def _share(share: Decimal | None) -> str:
    return "—" if share is None else f"{share * 100:.2f}%"
