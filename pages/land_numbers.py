"""The numbers on top of the land bureau's screen, and the entries behind the one that is opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from analysis.reserve import ReserveFinding
from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import FarmlandVerdict
from pages import formats, links
from pages.farmland_tables import place_sums
from pages.land_lists import conflict_words
from pages.land_reserve import Reserve, rule_words
from pages.number_cards import lay_out, number_card
from pages.parcels_list import Waiting
from pages.parcels_words import due_words
from pages.shell import person
from store.land.reviews import Review

OPENED = "land.behind"
"""Name of the number whose entries are shown."""
_OWN_NUMBERS = ("waiting", "late")
"""Numbers for those who take steps in reviews."""
_MOST_PX = 330


@dataclass(frozen=True)
class Read:
    """What the numbers are of.

    Attributes
    ----------
    reserve : the 10 % rule of the units looked at.
    held : what waits for the person.
    checks : as `store.land.checks.latest_checks`.
    changes : as `store.land.farmland.counted` for the latest comparison; None if nothing was compared.
    """

    reserve: Reserve
    held: Waiting
    checks: pd.DataFrame
    changes: pd.DataFrame | None


@dataclass(frozen=True)
class Behind:
    """The entries of a number: a table, the column that sums to it (None: rows are counted), where each row leads."""

    table: pd.DataFrame
    summed: str | None
    link: Callable[[int], tuple[str, dict[str, str]]]


def takes_part() -> bool:
    """Whether parcels can wait for the person at all."""
    return person().may(OwnTable.REVIEWS, Action.WRITE)


def numbers(read: Read, current: Lang) -> None:
    """Draw the numbers; each opens the entries that make it, in a list below."""
    shown = [name for name in _ENTRIES if takes_part() or name not in _OWN_NUMBERS]
    lay_out("land-numbers", (len(shown) + 1) // 2)
    found = {name: _ENTRIES[name](read, current) for name in shown}
    with st.container(key="land-numbers", gap="small"):
        for name in shown:
            _card(name, found[name], current)
    opened = st.session_state.get(OPENED)
    if found.get(opened) is not None:
        _entries(opened, found[opened], current)


def _card(name: str, behind: Behind | None, current: Lang) -> None:
    opened = st.session_state.get(OPENED) == name
    number_card(
        tr(f"land.number.{name}", current),
        value_words(behind, current),
        tr("land.close_entries" if opened else "land.open_entries", current),
        f"land.open.{name}",
        ":material/expand_less:" if opened else ":material/list_alt:",
        _turn,
        name,
        empty=behind is None or behind.table.empty,
    )


def value_words(behind: Behind | None, current: Lang) -> str:
    """A number as the sum of its entries; what was never looked into is no nought."""
    if behind is None:
        return tr("pages.no_data", current)
    if behind.summed is None:
        return formats.number(len(behind.table))
    column = behind.table[behind.summed]
    return formats.number(float(column.sum()), 0 if column.dtype.kind == "i" else 2)


def _turn(name: str) -> None:
    st.session_state[OPENED] = None if st.session_state.get(OPENED) == name else name


def _entries(name: str, behind: Behind, current: Lang) -> None:
    with st.container(border=True, key="land-behind"):
        title = tr("land.entries_of", current, name=tr(f"land.number.{name}", current))
        st.markdown(f"**{formats.plain(title)}** {formats.plain(value_words(behind, current))}")
        numbers_ = behind.table.select_dtypes("number").columns
        event = st.dataframe(
            behind.table,
            hide_index=True,
            height=min(38 + 35 * len(behind.table), _MOST_PX),
            on_select="rerun",
            selection_mode="single-row",
            placeholder="—",
            column_config={str(one): st.column_config.NumberColumn(format="localized") for one in numbers_},
            key=f"land.behind.{name}.{len(behind.table)}",
        )
        picked = [row for row in event["selection"]["rows"] if row < len(behind.table)]
        if not picked:
            st.caption(f":material/touch_app: {tr(f'land.pick.{_PICKED[name]}', current)}")
            return
        page, query = behind.link(picked[0])
        label = tr(f"land.go.{_PICKED[name]}", current, name=str(behind.table.iloc[picked[0], 0]))
        links.page_link(page, label, ":material/arrow_forward:", query)


def _units(finding: ReserveFinding | None) -> Callable[[Read, Lang], Behind]:
    """Units of a finding, or all that are short: what of them is in the ledger opens with each."""

    def behind(read: Read, current: Lang) -> Behind:
        table = read.reserve.table
        if len(table):
            kept = table["shortage_mu"] > 0 if finding is None else table["finding"] == str(finding)
            table = table[kept].reset_index(drop=True)
        codes = table["admin_code"].tolist() if len(table) else []
        summed = tr("land.column.shortage_mu", current) if finding is None and codes else None
        words = rule_words(replace(read.reserve, table=table), current)
        return Behind(words, summed, lambda row: ("quota_ledger", {"unit": codes[row], "kind": "reserve"}))

    return behind


def _reviews(late: bool) -> Callable[[Read, Lang], Behind]:
    def behind(read: Read, current: Lang) -> Behind:
        return review_entries([one for one in read.held.inbox if one.overdue or not late], current)

    return behind


def review_entries(found: Sequence[Review], current: Lang) -> Behind:
    """Parcels under review as entries."""
    table = pd.DataFrame(
        {
            tr("land.column.parcel", current): [one.name for one in found],
            tr("land.column.number", current): [one.parcel_no for one in found],
            tr("parcels.column_state", current): [one.state.text.get(current) for one in found],
            tr("parcels.column_due", current): [due_words(one.due_on, current) for one in found],
            tr("land.column.area", current): [float(one.area_mu) for one in found],
        }
    )
    return Behind(table, None, lambda row: ("parcels", {"parcel": found[row].parcel_no}))


def _conflicts(wanted: Callable[[pd.DataFrame], "pd.Series[bool]"]) -> Callable[[Read, Lang], Behind]:
    def behind(read: Read, current: Lang) -> Behind:
        found = read.checks[wanted(read.checks)]
        table = conflict_words(found, current)
        names = table[tr("land.column.number", current)].astype(str).tolist()
        return Behind(table, None, lambda row: ("parcels", {"parcel": names[row]}))

    return behind


def _changes(read: Read, current: Lang) -> Behind | None:
    if read.changes is None:
        return None
    table = read.changes
    waiting = table[(table["verdict"] == str(FarmlandVerdict.OPEN)) & ~table["sliver"].astype(bool)]
    sums = place_sums(waiting, AdminLevel.TOWNSHIP.digits)
    sums = sums[sums["open"] > 0].sort_values("open", ascending=False)
    column, names = tr("farmland.column.open", current), read.reserve.names
    codes = [str(code) for code in sums.index]
    shown = pd.DataFrame(
        {
            tr("farmland.column.place", current): [names.get(code, code) for code in codes],
            column: sums["open"].to_numpy(),
        }
    )
    return Behind(shown, column, lambda row: ("farmland", {"code": codes[row], "verdict": "open"}))


_ENTRIES: dict[str, Callable[[Read, Lang], Behind | None]] = {
    "red": _units(ReserveFinding.RED),
    "amber": _units(ReserveFinding.AMBER),
    "shortage": _units(None),
    "waiting": _reviews(late=False),
    "late": _reviews(late=True),
    "prohibited": _conflicts(lambda checks: checks["worst"] == "prohibited"),
    "newly": _conflicts(lambda checks: checks["newly_in"].map(bool).astype(bool)),
    "changes": _changes,
}
"""What makes each number, in the order of the screen."""
_PICKED = (
    dict.fromkeys(("red", "amber", "shortage"), "unit")
    | dict.fromkeys(("waiting", "late", "prohibited", "newly"), "parcel")
    | {"changes": "place"}
)
"""What a row of a number's entries is."""
