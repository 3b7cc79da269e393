"""指标台账: what each unit holds of each kind of quota on any day, the entries behind each number, and new postings."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from analysis.quota import scope
from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import QuotaBook, QuotaBucket, QuotaEntry, QuotaKind
from pages import formats
from pages.downloads import offer
from pages.quota_card import card
from pages.quota_posting import DONE, posting_form
from pages.quota_words import entry_table, level_of, mu, unit_names
from pages.shell import lang, person
from store.engine import reading
from store.land.ledger import posting
from store.land.ledger_errors import UnknownPosting
from store.land.ledger_list import Filters, balances, entries

_COUNTY, _KIND, _ON, _VIEW = "ledger.county", "ledger.kind", "ledger.on", "ledger.view"
_UNIT, _BUCKET, _LOT, _PARCEL = "ledger.unit", "ledger.bucket", "ledger.lot", "ledger.parcel"
_BOOK = "ledger.book"
_POSTING, _SERIAL, _ASKED = "ledger.posting", "ledger.serial", "ledger.asked"
_MOST = 2_000
_LONGEST = 19
"""Digits that a posting's number may have."""
_SHOWN = (QuotaBucket.AVAILABLE, QuotaBucket.ALLOTTED, QuotaBucket.EXPIRED)


class View(StrEnum):
    """What the page shows."""

    BALANCES = "balances"
    POST = "post"


@dataclass(frozen=True)
class Row:
    """A row of the table of units: which accounts it sums, by leading digits of their units."""

    title: str
    prefix: str


def page() -> None:
    """The choice of place, kind and day; below it balances with their entries, or the form of a posting."""
    current = lang()
    st.title(tr("pages.quota_ledger.title", current), anchor=False)
    st.caption(tr("ledger.what", current))
    if done := st.session_state.pop(DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    with reading() as connection:
        names = unit_names(connection)
    if not names:
        st.info(tr("ledger.no_places", current), icon=":material/map:")
        return
    _open_by_address(names)
    may = person().may(OwnTable.QUOTAS, Action.WRITE)
    view = _view(current) if may else View.BALANCES
    if view is View.POST:
        _keep_choice()
        posting_form(names, current)
    else:
        _balances(names, current)


def _open_by_address(names: Mapping[str, str]) -> None:
    """Take what the address asks for when the page opens: unit, own accounts only, kind, bucket and so on."""
    asked = st.query_params.to_dict()
    if _COUNTY in st.session_state and st.session_state.get(_ASKED) == asked:
        return
    st.session_state[_ASKED] = dict(asked)
    said = asked.get("posting", "")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < _LONGEST else None
    if number is not None:
        asked = _where_it_is(number) | asked
    st.session_state.pop("ledger.picked", None)
    unit = asked["unit"] if asked.get("unit") in names else ""
    county = unit[:6].ljust(12, "0") if unit and level_of(unit) is not AdminLevel.CITY else ""
    st.session_state[_SERIAL] = st.session_state.get(_SERIAL, 0) + 1
    st.session_state[_COUNTY] = county if county in names else ""
    st.session_state[_KIND] = (
        QuotaKind(asked["kind"]) if asked.get("kind") in set(QuotaKind) else QuotaKind.SCALE
    )
    own = bool(asked.get("own")) and unit != "" and level_of(unit) is not AdminLevel.TOWNSHIP
    st.session_state[_UNIT] = (unit if own else scope(unit)) if unit else st.session_state[_COUNTY][:6]
    bucket = asked.get("bucket")
    st.session_state[_BUCKET] = QuotaBucket(bucket) if bucket in set(_SHOWN) else None
    book = asked.get("book")
    st.session_state[_BOOK] = QuotaBook(book) if book in set(QuotaBook) else None
    st.session_state[_PARCEL], st.session_state[_LOT] = asked.get("parcel", ""), asked.get("project", "")
    st.session_state[_POSTING] = number


def _where_it_is(number: int) -> dict[str, str]:
    """Unit and kind of a posting, so that the lists above its card are of them; nothing if there is none."""
    try:
        with reading() as connection:
            found = posting(connection, number)
    except UnknownPosting:
        return {}
    return {"unit": found.admin_code, "kind": str(found.kind)}


def _keep_choice() -> None:
    """Keep the choice while its fields are not on screen: Streamlit forgets what is not drawn."""
    for key in (_COUNTY, _KIND, _ON, _UNIT, _BUCKET, _BOOK, _LOT, _PARCEL):
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def _view(current: Lang) -> View:
    chosen = st.segmented_control(
        tr("ledger.view", current),
        list(View),
        default=View.BALANCES,
        required=True,
        format_func=lambda one: tr(f"ledger.view_{one}", current),
        key=_VIEW,
        label_visibility="collapsed",
    )
    return View(chosen or View.BALANCES)


def _balances(names: Mapping[str, str], current: Lang) -> None:
    county, kind, on = _choice(names, current)
    rows = table_rows(names, county, current)
    with reading() as connection:
        held = balances(connection, county[:6], on)
        planned = balances(connection, county[:6], None, QuotaBook.PLANNED)
    held, planned = held[held["kind"] == str(kind)], planned[planned["kind"] == str(kind)]
    if held.empty and planned.empty:
        st.info(tr("ledger.empty", current, kind=kind.text.get(current)), icon=":material/account_balance:")
    table = unit_table(rows, held, planned, current)
    st.caption(f":material/touch_app: {tr('ledger.pick', current)}")
    event = st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) < 12 else 400,
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            name: st.column_config.NumberColumn(format="localized")
            for name in table.select_dtypes("number").columns
        },
        key=f"ledger.units.{county}.{kind}",
    )
    _take_cell(event, rows, table, current)
    where = names.get(county) or next(iter(names.values()))
    title = tr("ledger.table_title", current, kind=kind.text.get(current))
    offer(table, f"quota-{kind}-{on}", title, [tr("ledger.what", current)], current,
          subtitle=tr("ledger.subtitle", current, place=where, day=on.isoformat()))  # fmt: skip
    _entries(rows, names, kind, on, current)


def _choice(names: Mapping[str, str], current: Lang) -> tuple[str, QuotaKind, dt.date]:
    counties = [code for code in names if level_of(code) is AdminLevel.COUNTY]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        county = st.selectbox(
            tr("pages.choose.county", current),
            ["", *counties],
            format_func=lambda code: names.get(code, tr("map.whole_city", current)),
            key=_COUNTY,
            width=200,
            on_change=_forget_unit,
        )
        kind = st.selectbox(
            tr("ledger.kind", current),
            list(QuotaKind),
            format_func=lambda one: one.text.get(current),
            key=_KIND,
            width=230,
        )
        today = formats.today()
        on = st.date_input(tr("ledger.on", current), today, max_value=today, key=_ON, width=160)
    return county, QuotaKind.of(kind), on if isinstance(on, dt.date) else today


def _forget_unit() -> None:
    st.session_state[_UNIT] = st.session_state[_COUNTY][:6]


def table_rows(names: Mapping[str, str], county: str, current: Lang) -> list[Row]:
    """What the table lists: a county's own accounts and its townships', or the city's own and its counties'."""
    whole = county or next(iter(names))
    level = AdminLevel.TOWNSHIP if county else AdminLevel.COUNTY
    below = [code for code in names if level_of(code) is level and code.startswith(scope(whole))]
    rows = [Row(tr("ledger.own", current, unit=names[whole]), whole)]
    rows += [Row(names[code].split(" · ")[-1], scope(code)) for code in below]
    return [*rows, Row(tr("ledger.all_of", current, unit=names[whole]), scope(whole))]


def unit_table(rows: list[Row], held: pd.DataFrame, planned: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """What each row holds, in 亩: available, allotted, expired, and what is planned of the available.

    Parameters
    ----------
    held, planned : balances of one kind of quota, of the actual and of the planned book.
    """

    def total(frame: pd.DataFrame, prefix: str, bucket: QuotaBucket) -> float:
        of = frame["admin_code"].str.startswith(prefix) & (frame["bucket"] == str(bucket))
        return float(sum(frame.loc[of, "amount_mu"], Decimal(0)))

    columns: dict[str, list[object]] = {tr("ledger.column.unit", current): [row.title for row in rows]}
    for bucket in _SHOWN:
        columns[tr(f"ledger.bucket.{bucket}", current)] = [total(held, row.prefix, bucket) for row in rows]
    columns[tr("ledger.planned", current)] = [
        total(planned, row.prefix, QuotaBucket.AVAILABLE) for row in rows
    ]
    return pd.DataFrame(columns)


def _take_cell(event: object, rows: list[Row], table: pd.DataFrame, current: Lang) -> None:
    """A picked number chooses whose entries are listed below; each pick counts once."""
    cells = event["selection"]["cells"] if isinstance(event, Mapping) else []
    picked = tuple(cells[0]) if cells else None
    if picked is None or st.session_state.get("ledger.picked") == picked:
        return
    st.session_state["ledger.picked"] = picked
    row, column = picked
    buckets = {tr(f"ledger.bucket.{bucket}", current): bucket for bucket in _SHOWN}
    if not isinstance(row, int) or row >= len(rows) or column not in table.columns:
        return
    st.session_state[_UNIT] = rows[row].prefix
    planned = column == tr("ledger.planned", current)
    st.session_state[_BUCKET] = QuotaBucket.AVAILABLE if planned else buckets.get(column)
    if planned or column in buckets:
        st.session_state[_BOOK] = QuotaBook.PLANNED if planned else QuotaBook.ACTUAL
    else:
        st.session_state[_BOOK] = None
    st.session_state[_PARCEL] = st.session_state[_LOT] = ""


def _entries(rows: list[Row], names: Mapping[str, str], kind: QuotaKind, on: dt.date, current: Lang) -> None:
    st.subheader(tr("ledger.entries", current), anchor=False)
    titles = {row.prefix: row.title for row in rows}
    if st.session_state[_UNIT] not in titles:
        st.session_state[_UNIT] = rows[-1].prefix
    with st.container(horizontal=True, vertical_alignment="bottom"):
        prefix = st.selectbox(
            tr("ledger.column.unit", current),
            list(titles),
            format_func=titles.__getitem__,
            key=_UNIT,
            width=240,
        )
        bucket = st.selectbox(
            tr("ledger.column.bucket", current),
            [None, *_SHOWN],
            format_func=lambda one: tr("pages.all", current) if one is None else one.text.get(current),
            placeholder=tr("pages.all", current),
            key=_BUCKET,
            width=140,
        )
        book = st.selectbox(
            tr("ledger.book", current),
            [None, *QuotaBook],
            format_func=lambda one: tr("pages.all", current) if one is None else one.text.get(current),
            placeholder=tr("pages.all", current),
            key=_BOOK,
            width=130,
        )
        lot = st.text_input(tr("ledger.column.lot", current), key=_LOT, width=170, max_chars=60)
        parcel = st.text_input(tr("ledger.column.parcel", current), key=_PARCEL, width=190, max_chars=60)
    wanted = Filters(prefix, kind, bucket, lot.strip() or None, parcel.strip() or None, None, on, book)
    with reading() as connection:
        found = entries(connection, wanted, most=_MOST)
    cut = len(found) >= _MOST
    if book is QuotaBook.PLANNED:
        # What is planned is what was neither carried out nor reversed, as the sum counts it.
        found = found[found["closed_by"].isna() & (found["entry"] != str(QuotaEntry.REVERSED))]
    if bucket is None:
        # What comes from outside is the other side of what came in.
        found = found[found["bucket"] != str(QuotaBucket.OUTSIDE)]
    if found.empty:
        st.info(tr("ledger.no_entries", current), icon=":material/receipt_long:")
    else:
        _list(found, _sheet(titles[prefix], kind, on, current), cut, names, current)
    if st.session_state[_POSTING] is not None:
        card(st.session_state[_POSTING], names, current, _close)


def _sheet(place: str, kind: QuotaKind, on: dt.date, current: Lang) -> tuple[str, str, str]:
    title = tr("ledger.entries_title", current, kind=kind.text.get(current))
    subtitle = tr("ledger.subtitle", current, place=place, day=on.isoformat())
    return f"quota-entries-{kind}-{on}", title, subtitle


def _list(
    found: pd.DataFrame, sheet: tuple[str, str, str], cut: bool, names: Mapping[str, str], current: Lang
) -> None:
    """The entries; of those that are cut off, nothing is summed.

    Parameters
    ----------
    sheet : file, title and subtitle of what is taken away.
    cut : there are older entries that are not listed.
    """
    shown = entry_table(found, names, current)
    if cut:
        shown = shown.drop(columns=tr("ledger.column.held", current))
        st.caption(tr("ledger.too_many", current, number=formats.number(_MOST)))
    else:
        book = QuotaBook(st.session_state[_BOOK] or QuotaBook.ACTUAL)
        summed = sum(found.loc[found["book"] == str(book), "amount_mu"], Decimal(0))
        number, said = formats.number(len(found)), book.text.get(current)
        st.caption(tr("ledger.sum", current, number=number, book=said, mu=mu(summed)))
    event = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        placeholder="",
        column_config={
            tr("ledger.column.number", current): st.column_config.NumberColumn(format="%d", width="small"),
            tr("ledger.column.amount", current): st.column_config.NumberColumn(format="localized"),
            tr("ledger.column.held", current): st.column_config.NumberColumn(format="localized"),
        },
        # Another list has a key of its own: a row that was picked is another posting there.
        key=f"ledger.entries.{st.session_state[_SERIAL]}.{hash(tuple(found['posting_id']))}",
    )
    picked = [row for row in event["selection"]["rows"] if row < len(found)]
    if picked:
        st.session_state[_POSTING] = int(found["posting_id"].iloc[picked[0]])
    name, title, subtitle = sheet
    offer(shown, name, title, [tr("ledger.what", current)], current, subtitle=subtitle)


def _close() -> None:
    """Forget the posting that is open, and the row that opened it."""
    st.session_state[_POSTING] = None
    st.session_state[_SERIAL] += 1
