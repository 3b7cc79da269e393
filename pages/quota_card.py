"""One posting of the ledger: its lines, what closed it, and taking it back or carrying it out."""

import datetime as dt
from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from analysis.quota import Posting, fulfilment
from base.errors import XiangtuError
from i18n import Lang, tr
from layers.codes import QuotaBook, QuotaEntry
from pages import formats, links
from pages.quota_posting import DONE
from pages.quota_words import account_words, mu, reference_words
from pages.shell import person
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.land import ledger
from store.land.ledger_errors import UnknownPosting


def card(number: int, names: Mapping[str, str], current: Lang, close: Callable[[], None]) -> None:
    """Draw a posting and what the person may do with it; `close` is called to put it away."""
    try:
        with reading() as connection:
            found = ledger.posting(connection, number)
    except UnknownPosting as error:
        st.warning(formats.plain(error.sentence(current)), icon=":material/search_off:")
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = tr("ledger.posting", current, number=number, entry=found.entry.text.get(current))
            st.markdown(f"**{formats.plain(title)}**", width="content")
            st.button(
                tr("ledger.close", current), icon=":material/close:", on_click=close, key="ledger.card.close"
            )
        st.markdown(formats.plain(_facts(found, names, current)))
        st.table(_lines(found, names, current), hide_index=True, border="horizontal")
        parcels = sorted({line.account.parcel_no for line in found.lines} - {""})
        with st.container(horizontal=True):
            for parcel in parcels:
                links.page_link("parcels", tr("ledger.to_parcel", current, parcel=parcel), ":material/crop_free:",
                                {"parcel": parcel})  # fmt: skip
        if found.closed_by is not None:
            st.info(tr("ledger.closed_by", current, number=found.closed_by), icon=":material/link:")
        elif found.entry is not QuotaEntry.REVERSED and person().may(
            OwnTable.QUOTAS, Action.WRITE, found.admin_code
        ):
            _actions(found, current)


def _facts(found: Posting, names: Mapping[str, str], current: Lang) -> str:
    facts = [
        found.kind.text.get(current),
        found.book.text.get(current),
        tr("ledger.counts_from", current, day=found.effective_on.isoformat()),
        tr("ledger.posted", current, by=found.made_by, at=formats.moment(found.made_at, current)),
        names.get(found.admin_code, found.admin_code),
    ]
    if found.purpose is not None:
        facts.append(tr("ledger.purpose_is", current, purpose=found.purpose.text.get(current)))
    if found.reference:
        facts.append(tr("ledger.reference_is", current, reference=reference_words(found.reference, current)))
    if found.reason:
        facts.append(tr("ledger.reason_is", current, reason=found.reason))
    for name, other in (("reverses", found.reverses_id), ("fulfils", found.fulfils_id)):
        if other is not None:
            facts.append(tr(f"ledger.{name}", current, number=other))
    return formats.joined(facts, current)


def _lines(found: Posting, names: Mapping[str, str], current: Lang) -> pd.DataFrame:
    return pd.DataFrame(
        {
            tr("ledger.column.account", current): [
                formats.plain(account_words(line.account, names, current)) for line in found.lines
            ],
            tr("ledger.column.amount", current): [mu(line.amount_mu) for line in found.lines],
        }
    )


def _actions(found: Posting, current: Lang) -> None:
    today = formats.today()
    planned = found.book is QuotaBook.PLANNED
    with st.form("ledger.card.form", enter_to_submit=False, border=False):
        left, right = st.columns([1, 3])
        with left:
            day = st.date_input(
                tr("ledger.column.day", current),
                max(today, found.effective_on),
                min_value=found.effective_on,
                max_value=None if planned else max(today, found.effective_on),
                key="ledger.card.day",
            )
        with right:
            reason = st.text_input(
                tr("ledger.reverse_reason", current), key="ledger.card.reason", max_chars=500
            )
        with st.container(horizontal=True):
            carry = planned and st.form_submit_button(
                tr("ledger.fulfil", current),
                type="primary",
                icon=":material/done_all:",
                key="ledger.card.fulfil",
            )
            back = st.form_submit_button(
                tr("ledger.reverse", current), icon=":material/undo:", key="ledger.card.reverse"
            )
    on = day if isinstance(day, dt.date) else today
    if carry:
        _do(lambda: _carry_out(found, on), current)
    elif back:
        _do(lambda: _reverse(found, reason, on), current)


def _carry_out(found: Posting, on: dt.date) -> int:
    with changing() as connection:
        return ledger.post(connection, fulfilment(found, on))


def _reverse(found: Posting, reason: str, on: dt.date) -> int:
    with changing() as connection:
        return ledger.reverse(connection, found.id, reason, on)


def _do(work: Callable[[], int], current: Lang) -> None:
    try:
        number = work()
    except DatabaseAway:
        raise
    except XiangtuError as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    st.session_state[DONE] = tr("ledger.done", current, number=number)
    st.rerun()
