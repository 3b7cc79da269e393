"""A new posting: the form, what would be after it, and the posting of exactly that."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from analysis import quota
from analysis.quota import NewPosting, scope
from analysis.reserve import ReserveFinding, overdrawn, reserve_table, what_if, with_posting
from base.errors import XiangtuError
from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import QuotaBook, QuotaBucket, QuotaKind
from pages import formats
from pages.quota_words import account_words, level_of, mu, share_words
from pages.shell import person
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.land import ledger
from store.land.ledger_list import balances

DONE = "ledger.done"
"""What was just posted, in words."""
_HELD = "ledger.trial"
_RULED = (QuotaKind.SCALE, QuotaKind.RESERVE)


class Form(StrEnum):
    """What can be posted by hand; savings come from an accepted project, parcels from an approved review."""

    ISSUED = "issued"
    MOVED = "moved"
    RETURNED = "returned"
    HANDED_BACK = "handed_back"
    EXPIRED = "expired"


_BY_CITY = (Form.ISSUED, Form.HANDED_BACK)


def posting_form(names: Mapping[str, str], current: Lang) -> None:
    """Draw the form; a trial shows what would be, and only what was shown can be posted."""
    reached = person().prefixes(OwnTable.QUOTAS, Action.WRITE)
    units = [code for code in names if any(scope(code).startswith(prefix) for prefix in reached)]
    city = next(iter(names))
    forms = [one for one in Form if one not in _BY_CITY or city in units]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        form = st.selectbox(
            tr("ledger.column.entry", current),
            forms,
            format_func=lambda one: tr(f"ledger.form.{one}", current),
            key="ledger.new.entry",
            width=260,
        )
        kind = st.selectbox(
            tr("ledger.kind", current),
            # What an accepted project brings is not entered by hand.
            [one for one in QuotaKind if form is not Form.ISSUED or one not in quota.COUNTY_KINDS],
            format_func=lambda one: one.text.get(current),
            key="ledger.new.kind",
            width=230,
        )
        book = st.segmented_control(
            tr("ledger.book", current),
            list(QuotaBook),
            default=QuotaBook.ACTUAL,
            required=True,
            format_func=lambda one: one.text.get(current),
            key="ledger.new.book",
        )
    st.caption(tr(f"ledger.form_note.{form}", current))
    tried = _fields(
        Form(form), QuotaKind.of(kind), QuotaBook.of(book or QuotaBook.ACTUAL), units, names, current
    )
    if tried is not None:
        st.session_state[_HELD] = tried
    held: NewPosting | None = st.session_state.get(_HELD)
    if held is not None:
        _trial(held, names, current)


def _fields(
    form: Form, kind: QuotaKind, book: QuotaBook, units: list[str], names: Mapping[str, str], current: Lang
) -> NewPosting | None:
    """The fields of a kind of entry; the posting that they make when the trial is asked for."""
    today = formats.today()
    lots = _lots(kind) if kind in quota.COUNTY_KINDS else []
    with st.form("ledger.new", border=True):
        first, second, third = st.columns(3)
        below = [code for code in units if level_of(code) is not AdminLevel.CITY or form is Form.MOVED]
        with first:
            title = {Form.ISSUED: "ledger.unit_to", Form.MOVED: "ledger.unit_from"}.get(
                form, "ledger.unit_of"
            )
            unit = _unit(title, below, names, "unit", current)
            target = unit
            if form is Form.MOVED:
                target = _unit("ledger.unit_to", below, names, "target", current, at=1)
        with second:
            area = st.text_input(
                tr("ledger.area", current), key="ledger.new.area", max_chars=20, placeholder="0.0000"
            )
            day = st.date_input(
                tr("ledger.column.day", current),
                today,
                max_value=today if book is QuotaBook.ACTUAL else None,
                key=f"ledger.new.day.{book}",
            )
        with third:
            lot = st.selectbox(
                tr("ledger.column.lot", current), lots, index=None, key=f"ledger.new.lot.{kind}",
                accept_new_options=True, placeholder=tr("ledger.lot_choose", current),
                disabled=kind not in quota.COUNTY_KINDS,
            )  # fmt: skip
            parcel = st.text_input(
                tr("ledger.column.parcel", current),
                key="ledger.new.parcel",
                max_chars=60,
                disabled=form is not Form.RETURNED,
            )
        left, right = st.columns(2)
        with left:
            reference = st.text_input(
                tr("ledger.column.reference", current), key="ledger.new.reference", max_chars=200
            )
        with right:
            reason = st.text_input(
                tr("ledger.column.reason", current), key="ledger.new.reason", max_chars=500
            )
        asked = st.form_submit_button(
            tr("ledger.try", current), type="primary", icon=":material/calculate:", key="ledger.new.try"
        )
    if not asked:
        return None
    on = day if isinstance(day, dt.date) else today
    if form is Form.MOVED and unit == target:
        st.session_state.pop(_HELD, None)
        st.error(tr("ledger.same_unit", current), icon=":material/block:")
        return None
    try:
        mu_ = quota.amount(area)
        terms = quota.Terms(book=book, reason=reason, reference=reference)
        match form:
            case Form.ISSUED:
                return quota.issued(kind, {unit: mu_}, on, **terms)
            case Form.MOVED:
                return quota.moved(kind, unit, target, mu_, on, lot=lot or "", **terms)
            case Form.RETURNED:
                return quota.returned(kind, unit, parcel.strip(), mu_, on, lot=lot or "", **terms)
            case Form.HANDED_BACK:
                return quota.handed_back(kind, unit, mu_, on, lot=lot or "", **terms)
            case Form.EXPIRED:
                return quota.expired(kind, unit, mu_, on, lot=lot or "", **terms)
    except XiangtuError as wrong:
        st.session_state.pop(_HELD, None)
        st.error(formats.plain(wrong.sentence(current)), icon=":material/block:")
    return None


def _unit(
    title: str, units: list[str], names: Mapping[str, str], name: str, current: Lang, *, at: int = 0
) -> str:
    return st.selectbox(
        tr(title, current),
        units,
        index=min(at, len(units) - 1) if units else None,
        format_func=lambda code: names.get(code, code),
        key=f"ledger.new.{name}",
    )


def _lots(kind: QuotaKind) -> list[str]:
    """Projects whose savings are still available somewhere."""
    with reading() as connection:
        held = balances(connection)
    found = held[
        (held["kind"] == str(kind)) & (held["bucket"] == str(QuotaBucket.AVAILABLE)) & (held["lot"] != "")
    ]
    return sorted(found["lot"].unique())


def _trial(new: NewPosting, names: Mapping[str, str], current: Lang) -> None:
    """What the accounts and the 10 % rule would be after the posting, and the button that makes it."""
    with reading() as connection:
        held = balances(connection)
        planned = balances(connection, book=QuotaBook.PLANNED)
    with st.container(border=True):
        title = tr(
            "ledger.trial", current, entry=new.entry.text.get(current), kind=new.kind.text.get(current)
        )
        st.markdown(
            f"**{formats.plain(title)}** · {new.book.text.get(current)} · {new.effective_on.isoformat()}"
        )
        st.table(trial_table(new, held if new.book is QuotaBook.ACTUAL else planned, names, current), hide_index=True,
                 border="horizontal")  # fmt: skip
        short = overdrawn(held, new)
        for line in short:
            words = account_words(line.account, names, current)
            st.error(formats.plain(tr("ledger.would_overdraw", current, account=words, mu=mu(line.amount_mu))),
                     icon=":material/block:")  # fmt: skip
        if new.kind in _RULED:
            st.table(rule_table(new, held, planned, names, current), hide_index=True, border="horizontal")
        with st.container(horizontal=True):
            go = st.button(
                tr("ledger.post", current),
                type="primary",
                icon=":material/save:",
                disabled=bool(short),
                key="ledger.new.post",
            )
            drop = st.button(tr("ledger.drop", current), icon=":material/delete:", key="ledger.new.drop")
    if drop:
        st.session_state.pop(_HELD, None)
        st.rerun()
    if go:
        _post(new, current)


def trial_table(new: NewPosting, held: pd.DataFrame, names: Mapping[str, str], current: Lang) -> pd.DataFrame:
    """Each account of a posting: before, the change, after; 亩 in words."""
    keys = ["admin_code", "kind", "bucket", "lot", "parcel_no"]
    before = held.set_index(keys)["amount_mu"].to_dict()
    after = with_posting(held, new).set_index(keys)["amount_mu"].to_dict()
    rows = []
    for line in new.lines:
        one = line.account
        key = (one.admin_code, str(one.kind), str(one.bucket), one.lot, one.parcel_no)
        rows.append(
            (
                formats.plain(account_words(one, names, current)),
                mu(before.get(key, Decimal(0))),
                f"{'+' if line.amount_mu > 0 else ''}{mu(line.amount_mu)}",
                mu(after.get(key, Decimal(0))),
            )
        )
    heads = ("account", "before", "change", "after")
    return pd.DataFrame(rows, columns=[tr(f"ledger.column.{head}", current) for head in heads])


def rule_table(
    new: NewPosting, held: pd.DataFrame, planned: pd.DataFrame, names: Mapping[str, str], current: Lang
) -> pd.DataFrame:
    """The 10 % rule of the units that a posting touches and of their counties, before and after it."""
    touched = {
        line.account.admin_code for line in new.lines if line.account.bucket is not QuotaBucket.OUTSIDE
    }
    units = sorted(touched | {code[:6].ljust(12, "0") for code in touched if len(scope(code)) > len("4418")})
    before = reserve_table(held, planned, units)
    after = what_if(held, planned, new, units)

    def said(row: pd.DataFrame) -> list[str]:
        return [
            f"{share_words(share, current)} · {ReserveFinding.of(finding).text.get(current)}"
            for share, finding in zip(row["share"], row["finding"], strict=True)
        ]

    return pd.DataFrame(
        {
            tr("ledger.column.unit", current): [names.get(code, code) for code in units],
            tr("ledger.rule_before", current): said(before),
            tr("ledger.rule_after", current): said(after),
            tr("ledger.shortage_after", current): [mu(value) for value in after["shortage_mu"]],
        }
    )


def _post(new: NewPosting, current: Lang) -> None:
    try:
        with changing() as connection:
            number = ledger.post(connection, new)
    except DatabaseAway:
        raise
    except XiangtuError as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    st.session_state.pop(_HELD, None)
    st.session_state[DONE] = tr("ledger.done", current, number=number)
    st.rerun()
