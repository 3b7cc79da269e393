"""操作记录: what was done by whom, for auditors: filters, pages, downloads; how to verify it."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from access import Person
from i18n import Lang, tr
from layers import UnknownLayer, all_features, feature_type, source_title
from pages import formats
from pages.account_words import place_names, roles_words
from pages.downloads import XLSX, as_csv, as_workbook
from pages.shell import lang, person
from store import identity, record
from store.engine import changing, reading
from store.record_list import ACTIONS, OBJECTS, Entry, Sought, count, entries, names

_ON_PAGE = 200
_TAKEN_AWAY = 100_000
_PAGE = "record.page"
_FIELDS = (
    "name",
    "display_name",
    "roles",
    "disabled",
    "account",
    "file",
    "rows",
    "rejected",
    "inserted",
    "updated",
    "unchanged",
    "format",
    "since",
    "until",
    "action",
    "object",
    "words",
    "yuan",
    "cost_yuan",
    "size",
    "people",
    "need",
    "county",
    "replaced",
    "chosen",
    "already",
    "geometry",
    "admin_code",
    "state",
    "round",
    "version",
    "area_mu",
    "parcel_digest",
    "check_id",
    "posting_id",
    "due_on",
    "files",
)
"""Keys of entries that are no field of a feature type."""
_ONE_WAY_OUT = '<style>[data-testid="stMain"] button[aria-label="Download as CSV"]{display:none}</style>'
"""Streamlit's own download is made in the browser: unrecorded, and with formulas that names may hold."""
Change = tuple[str, str, str]
"""A field's title, its value before and after."""


def page() -> None:
    """The filters, a page of entries, one of them in full, the downloads."""
    current = lang()
    st.title(tr("pages.record.title", current), anchor=False)
    st.caption(tr("pages.record.what", current))
    with reading() as connection:
        people = names(connection)
    sought = _filters(people, current)
    if sought is None:
        return
    with reading() as connection:
        number = count(connection, sought)
        pages = max(1, -(-number // _ON_PAGE))
        skipped = (min(st.session_state.get(_PAGE, 1), pages) - 1) * _ON_PAGE
        found = entries(connection, sought, _ON_PAGE, skipped)
        places = place_names(connection, _villages(found))
    if not found:
        empty = "pages.record.empty" if sought == Sought() else "pages.record.nothing"
        st.info(tr(empty, current), icon=":material/history:")
        st.caption(tr("pages.record.verify", current))
        return
    shown = record_table(found, places, current)
    first, last = formats.number(skipped + 1), formats.number(skipped + len(found))
    st.caption(tr("pages.record.count", current, first=first, last=last, all=formats.number(number)))
    st.html(_ONE_WAY_OUT)
    event = st.dataframe(
        shown,
        hide_index=True,
        placeholder="—",
        column_config={
            tr("pages.record.number", current): st.column_config.NumberColumn(width="small", format="%d"),
            tr("pages.record.address", current): st.column_config.TextColumn(width=120),
            tr("pages.record.changes", current): st.column_config.TextColumn(width="large"),
        },
        on_select="rerun",
        selection_mode="single-row",
        key=f"record.table.{skipped}.{hash(sought)}",
    )
    if pages > 1:
        st.pagination(pages, key=_PAGE)
    chosen = [index for index in event.selection.rows if index < len(found)]
    if chosen:
        _in_full(found[chosen[0]], places, current)
    else:
        st.caption(tr("pages.record.choose_row", current))
    _downloads(sought, current)
    st.caption(tr("pages.record.verify", current))


def _filters(people: list[str], current: Lang) -> Sought | None:
    """Draw the filters; None, with a word about it, where the days are in the wrong order."""
    days, person_column, what = st.columns([3, 2, 4])
    with days:
        left, right = st.columns(2)
        with left:
            since = _day("since", current)
        with right:
            until = _day("until", current)
    with person_column:
        name = st.selectbox(
            tr("pages.record.who", current),
            people,
            index=None,
            placeholder=tr("pages.all", current),
            accept_new_options=True,
            on_change=_first_page,
            key="record.who",
        )
    with what:
        left, right = st.columns(2)
        with left:
            action = _one_of("action", ACTIONS, current)
        with right:
            features = [feature.id for feature in all_features()]
            obj = _one_of("object", (*OBJECTS, *features), current)
    words = st.text_input(
        tr("pages.record.words", current),
        placeholder=tr("pages.record.words_hint", current),
        icon=":material/search:",
        max_chars=200,
        on_change=_first_page,
        key="record.words",
    )
    if since is not None and until is not None and since > until:
        st.warning(tr("pages.record.days_reversed", current))
        return None
    return Sought(
        None if since is None else _midnight(since),
        None if until is None else _midnight(until + dt.timedelta(days=1)),
        name.strip() if name else None,
        action,
        obj,
        words.strip() or None,
    )


def _first_page() -> None:
    st.session_state[_PAGE] = 1


def _day(name: str, current: Lang) -> dt.date | None:
    chosen = st.date_input(
        tr(f"pages.record.{name}", current),
        None,
        format="YYYY-MM-DD",
        on_change=_first_page,
        key=f"record.{name}",
    )
    return chosen if isinstance(chosen, dt.date) else None


def _one_of(name: str, options: Iterable[str], current: Lang) -> str | None:
    words = action_words if name == "action" else object_words
    return st.selectbox(
        tr(f"pages.record.{name}", current),
        list(options),
        index=None,
        format_func=lambda value: words(value, current),
        placeholder=tr("pages.all", current),
        on_change=_first_page,
        key=f"record.{name}",
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), formats.SCREEN_ZONE)


def record_table(found: list[Entry], places: Mapping[str, str], current: Lang) -> pd.DataFrame:
    """Entries in words, one row for each."""

    def head(name: str) -> str:
        return tr(f"pages.record.{name}", current)

    return pd.DataFrame(
        {
            head("number"): [e.id for e in found],
            head("at"): [_moment(e.at) for e in found],
            head("who"): [e.account_name for e in found],
            head("roles"): [roles_words(e.roles, places, current) or None for e in found],
            head("address"): [e.address for e in found],
            head("action"): [action_words(e.action, current) for e in found],
            head("object"): [_object(e, current) for e in found],
            head("changes"): [changes_words(e, places, current) or None for e in found],
            head("reason"): [e.reason for e in found],
        }
    )


def _moment(at: dt.datetime) -> str:
    """To the second: several things are done in one minute."""
    return at.astimezone(formats.SCREEN_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def action_words(action: str, current: Lang) -> str:
    """What was done in words; the name itself of an action that this version does not know."""
    return tr(f"pages.record.action_{action}", current) if action in ACTIONS else action


def object_words(obj: str, current: Lang) -> str:
    """What kind of thing it was done to."""
    if obj in OBJECTS:
        return tr(f"pages.record.object_{obj}", current)
    try:
        return source_title(obj).get(current)
    except UnknownLayer:
        return obj


def _object(entry: Entry, current: Lang) -> str:
    kind = object_words(entry.object, current)
    said = (entry.after or {}).get("name") or (entry.before or {}).get("name")
    if entry.object == "account" and said:
        return f"{kind} {said}"
    return f"{kind} #{entry.object_id}" if entry.object_id else kind


def changes(entry: Entry, places: Mapping[str, str], current: Lang) -> list[Change]:
    """The fields that an entry tells, those that stayed as they were left out."""
    before, after = entry.before or {}, entry.after or {}
    told = list(dict.fromkeys((*before, *after)))
    return [
        (
            _field_title(entry.object, name, current),
            _value_words(entry.object, name, before[name], places, current) if name in before else "",
            _value_words(entry.object, name, after[name], places, current) if name in after else "",
        )
        for name in told
        if name not in before or name not in after or before[name] != after[name]
    ]


def changes_words(entry: Entry, places: Mapping[str, str], current: Lang) -> str:
    """The changes of an entry in one line."""
    said = [
        tr("pages.record.changed", current, field=title, before=before or "—", after=after or "—")
        if entry.before
        else tr("pages.record.told", current, field=title, value=after)
        for title, before, after in changes(entry, places, current)
    ]
    return formats.sentences(said, current)


def _field_title(obj: str, name: str, current: Lang) -> str:
    if obj in {feature.id for feature in all_features()}:
        titles = {field.name: field.title.get(current) for field in feature_type(obj).fields}
        if name in titles:
            return titles[name]
    return tr(f"pages.record.field_{name}", current) if name in _FIELDS else name


def _value_words(obj: str, name: str, value: Any, places: Mapping[str, str], current: Lang) -> str:
    if value is None or value == []:
        return "—"
    if isinstance(value, bool):
        return tr("pages.yes" if value else "pages.no", current)
    if name == "roles" and isinstance(value, list):
        return roles_words(map(str, value), places, current)
    if name == "action":
        return action_words(str(value), current)
    if name == "object":
        return object_words(str(value), current)
    if isinstance(value, list):
        return formats.joined(map(str, value), current)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if obj in {feature.id for feature in all_features()}:
        fields = {field.name: field for field in feature_type(obj).fields}
        if name in fields and not fields[name].personal:
            return formats.value_words(value, fields[name], current)
    return str(value)


def _villages(found: list[Entry]) -> set[str]:
    """Codes of the villages at which somebody has or had a role."""
    told = {role for entry in found for role in entry.roles}
    for entry in found:
        for values in (entry.before, entry.after):
            held = (values or {}).get("roles")
            told |= set(map(str, held)) if isinstance(held, list) else set()
    return {role.partition("@")[2] for role in told}


def _in_full(entry: Entry, places: Mapping[str, str], current: Lang) -> None:
    """One entry with all its words, which a table's cells cut off."""
    with st.container(border=True):
        title = tr("pages.record.entry", current, number=entry.id, action=action_words(entry.action, current))
        st.markdown(f"**{formats.plain(title)}**")
        facts = [_moment(entry.at), entry.account_name, entry.address, _object(entry, current), entry.reason]
        st.write(formats.plain(" · ".join(fact for fact in facts if fact)))
        if entry.roles:
            st.caption(formats.plain(roles_words(entry.roles, places, current)))
        told = changes(entry, places, current)
        if told:
            heads = {"field": 0, "before": 1, "after": 2} if entry.before else {"field": 0, "after": 2}
            columns = {
                tr(f"pages.record.{head}", current): [formats.plain(row[index]) for row in told]
                for head, index in heads.items()
            }
            st.table(pd.DataFrame(columns), hide_index=True, border="horizontal")


def _downloads(sought: Sought, current: Lang) -> None:
    """The entries sought as CSV and Excel; taking them away is recorded itself."""
    who, secret = person(), identity.current()
    name = f"record-{dt.datetime.now(formats.SCREEN_ZONE).date().isoformat()}"
    with st.container(horizontal=True):
        for kind, mime, icon in (
            ("csv", "text/csv", ":material/download:"),
            ("xlsx", XLSX, ":material/table:"),
        ):
            st.download_button(
                tr(f"pages.download.{kind}", current),
                partial(exported, sought, kind, who, secret, current),
                f"{name}.{kind}",
                mime,
                icon=icon,
                on_click="ignore",
                key=f"record.{kind}",
            )


def exported(sought: Sought, kind: str, who: Person, secret: str | None, current: Lang) -> bytes:
    """A file with the entries sought, recorded before it is handed out.

    Parameters
    ----------
    kind : ``csv`` or ``xlsx``.
    secret : of the session that asks: downloads are made outside the page's thread.
    """
    with identity.acting(secret):
        with reading() as connection:
            found = entries(connection, sought, _TAKEN_AWAY)
            table = record_table(found, place_names(connection, _villages(found)), current)
        with changing() as connection:
            record.note(connection, "exported", "record", after=_told(sought, kind, len(found)))
    if kind == "csv":
        return as_csv(table)
    at = formats.moment(dt.datetime.now(dt.UTC), current)
    notes = [tr("pages.record.taken", current, name=who.name, at=at, rows=len(found))]
    if len(found) == _TAKEN_AWAY:
        notes.append(tr("pages.record.cut", current, most=formats.number(_TAKEN_AWAY)))
    return as_workbook(table, tr("pages.record.title", current), notes)


def _told(sought: Sought, kind: str, rows: int) -> dict[str, object]:
    """What was taken away, in the words of the record."""
    limits = {
        "since": sought.since and sought.since.isoformat(timespec="minutes"),
        "until": sought.until and sought.until.isoformat(timespec="minutes"),
        "account": sought.name,
        "action": sought.action,
        "object": sought.obj,
        "words": sought.words,
    }
    return {"format": kind, "rows": rows, **{name: value for name, value in limits.items() if value}}
