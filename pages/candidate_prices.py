"""The table of unit costs, editable by who plans for the whole city."""

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from analysis.proposals.unit_costs import UNIT_COSTS
from base.settings import settings
from i18n import Lang, tr
from pages import formats
from pages.shell import person
from store.engine import changing, reading
from store.errors import RecordChanged, StoreError
from store.planning.unit_costs import MOST_YUAN, Price, change_unit_cost, prices

_SEEN, _SERIAL, _DONE = "candidates.prices", "candidates.prices_serial", "candidates.done"


def price_table(current: Lang) -> None:
    """Show the prices; whoever may types new ones and saves them."""
    serial = st.session_state.setdefault(_SERIAL, 0)
    with reading() as connection:
        known = prices(connection)
    # As they were when the table was opened here: what others save meanwhile must not be overwritten unseen.
    typing = bool(st.session_state.get(f"{_SEEN}.table.{serial}", {}).get("edited_rows"))
    if not typing:
        st.session_state[f"{_SEEN}.{serial}"] = known
    seen: dict[str, Price] = st.session_state.setdefault(f"{_SEEN}.{serial}", known)
    may = person().may(OwnTable.PLANS, Action.WRITE, settings().city_code)
    st.caption(tr("planning.prices_note" if may else "planning.prices_readers", current))
    table = _table(seen, current)
    yuan = tr("planning.price_yuan", current)
    edited = st.data_editor(
        table,
        hide_index=True,
        height="content",
        disabled=[name for name in table.columns if name != yuan] if may else True,
        column_config={
            yuan: st.column_config.NumberColumn(
                min_value=0, max_value=MOST_YUAN, required=True, format="localized"
            )
        },
        key=f"{_SEEN}.table.{serial}",
    )
    if not may:
        return
    typed = {
        id_: float(value)
        for id_, value in zip(seen, edited[yuan], strict=True)
        if pd.notna(value) and float(value) != seen[id_].yuan
    }
    if st.button(
        tr("planning.prices_save", current, number=len(typed)),
        type="primary",
        icon=":material/save:",
        disabled=not typed,
        key="candidates.save_prices",
    ):
        _save(seen, typed, current)


def _table(seen: dict[str, Price], current: Lang) -> pd.DataFrame:
    costs = [cost for cost in UNIT_COSTS if cost.id in seen]
    return pd.DataFrame(
        {
            tr("planning.cost_item", current): [cost.title.get(current) for cost in costs],
            tr("planning.price_unit", current): [cost.unit.get(current) for cost in costs],
            tr("planning.price_yuan", current): [seen[cost.id].yuan for cost in costs],
            tr("planning.price_from", current): [_source(seen[cost.id], current) for cost in costs],
        }
    )


def _source(price: Price, current: Lang) -> str:
    if price.changed_at is None:
        return tr("planning.price_default", current)
    return tr("planning.price_by", current, by=price.changed_by, at=formats.moment(price.changed_at, current))


def _save(seen: dict[str, Price], typed: dict[str, float], current: Lang) -> None:
    """Save all that was typed, or nothing: one price that somebody changed meanwhile holds all of them."""
    try:
        with changing() as connection:
            for id_, yuan in typed.items():
                change_unit_cost(connection, seen[id_], yuan, person().display_name)
    except RecordChanged as other:
        now = other.now
        if not isinstance(now, Price):
            raise
        title = next(cost.title.get(current) for cost in UNIT_COSTS if cost.id == now.id)
        said = tr(
            "planning.price_changed",
            current,
            title=title,
            by=now.changed_by,
            theirs=formats.number(now.yuan, 2),
            mine=formats.number(typed[now.id], 2),
        )
        st.error(formats.plain(said), icon=":material/compare_arrows:")
        # What is seen now is theirs; saving again means it.
        st.session_state[f"{_SEEN}.{st.session_state[_SERIAL]}"] = {**seen, now.id: now}
        return
    except StoreError as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    st.session_state[_SERIAL] += 1
    st.session_state[_DONE] = tr("planning.prices_saved", current, number=len(typed))
    st.rerun()
