"""The list of parcels: what waits, what was handed in, all of them; filters, the table, the row that is chosen."""

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from access import Action, OwnTable
from i18n import Lang, tr
from layers import AdminLevel, Severity
from layers.codes import CodeList, ParcelKind, ParcelUse, ReviewState
from pages import formats
from pages.downloads import offer
from pages.parcels_words import due_words, place_words, rounded
from pages.shell import person
from store import places
from store.land.checks import latest_checks
from store.land.parcels import parcels
from store.land.reviews import Review, inbox, reviews, sent

VIEW, COUNTY, TOWN = "parcels.view", "parcels.county", "parcels.town"
STATE, KIND, SEVERITY = "parcels.state", "parcels.kind", "parcels.severity"
SELECTED, SERIAL, TABLE = "parcels.selected", "parcels.serial", "parcels.table"
CLEAR, UNCHECKED = "clear", "unchecked"
_LATE = "background-color: #fde2e1; color: #8f1d14; font-weight: 600"
_GRAVE = "color: #b91c1c; font-weight: 600"
_ROW_PX, _HEAD_PX, _MOST_PX = 35, 38, 290


class View(StrEnum):
    """Which parcels are listed."""

    INBOX = "inbox"
    SENT = "sent"
    ALL = "all"


@dataclass(frozen=True)
class Chosen:
    """What the list is narrowed to; empty or None is all. `severity` also takes `CLEAR` and `UNCHECKED`."""

    view: View
    prefix: str = ""
    state: ReviewState | None = None
    kind: ParcelKind | None = None
    severity: str = ""


@dataclass(frozen=True)
class Waiting:
    """What waits for the person and what they handed in, in the order of both lists."""

    inbox: tuple[Review, ...] = ()
    sent: tuple[Review, ...] = ()

    @property
    def overdue(self) -> int:
        """How many of those that wait are late."""
        return sum(one.overdue for one in self.inbox)


def waiting(connection: sa.Connection) -> Waiting:
    """Read both lists of the person who asks; empty for those who take no steps in reviews."""
    if not person().may(OwnTable.REVIEWS, Action.WRITE):
        return Waiting()
    return Waiting(tuple(inbox(connection)), tuple(sent(connection)))


def open_by_address(counties: pd.DataFrame) -> None:
    """Take view, place, filters and parcel from the address when the page opens.

    ``?view=inbox|sent|all&county=441881&state=submitted&severity=prohibited&parcel=…``
    """
    if VIEW in st.session_state:
        return
    asked = st.query_params.to_dict()
    known = {code[:6] for code in counties["admin_code"]}
    narrowed = any(name in asked for name in ("county", "state", "severity", "parcel"))
    takes_part = person().may(OwnTable.REVIEWS, Action.WRITE)
    first = View.INBOX if takes_part and not narrowed else View.ALL
    st.session_state[VIEW] = View(asked["view"]) if asked.get("view") in set(View) and takes_part else first
    asked_county = asked.get("county", "" if narrowed else _own_county())
    st.session_state[COUNTY] = asked_county if asked_county in known else ""
    st.session_state[STATE] = asked["state"] if asked.get("state") in set(ReviewState) else None
    st.session_state[KIND] = None
    st.session_state[SEVERITY] = asked["severity"] if asked.get("severity") in _severities() else None
    st.session_state[SELECTED] = asked.get("parcel")
    st.session_state[SERIAL] = st.session_state[TABLE] = 0


def _own_county() -> str:
    """The county of somebody who works in one only; empty for others."""
    counties = {prefix[:6] for prefix in person().prefixes(OwnTable.REVIEWS, Action.READ)}
    return counties.pop() if len(counties) == 1 else ""


def keep_choice() -> None:
    """Keep the choice while its fields are not on screen: Streamlit forgets what is not drawn."""
    for key in (VIEW, COUNTY, STATE, KIND, SEVERITY):
        st.session_state[key] = st.session_state.get(key)


def _severities() -> list[str]:
    return [*map(str, Severity), CLEAR, UNCHECKED]


def severity_words(value: str | None, lang: Lang) -> str:
    """The gravest conflict of a parcel in words."""
    if value in (CLEAR, UNCHECKED):
        return tr(f"parcels.{value}", lang)
    return Severity.of(str(value)).text.get(lang)


def toolbar(counties: pd.DataFrame, towns: pd.DataFrame, held: Waiting, current: Lang) -> Chosen:
    """Draw the choice of view and the filters.

    Parameters
    ----------
    counties, towns : units of the two levels: admin_code, name.
    """
    view = _views(held, current)
    with st.container(horizontal=True, vertical_alignment="bottom", key="parcels-toolbar"):
        names = dict(zip((code[:6] for code in counties["admin_code"]), counties["name"], strict=True))
        county = st.selectbox(
            tr("map.county", current),
            ["", *names],
            format_func=lambda code: names.get(code, tr("map.whole_city", current)),
            key=COUNTY,
            width=150,
        )
        own = towns[towns["admin_code"].str.startswith(county)] if county else towns.iloc[:0]
        town_names = dict(zip((code[:9] for code in own["admin_code"]), own["name"], strict=True))
        town = st.selectbox(
            tr("parcels.township", current),
            ["", *town_names],
            format_func=lambda code: town_names.get(code, tr("parcels.every", current)),
            disabled=not county,
            key=f"{TOWN}.{county}",
            width=150,
        )
        state = _code(STATE, "state", ReviewState, current)
        kind = _code(KIND, "kind", ParcelKind, current)
        severity = st.selectbox(
            tr("parcels.severity", current),
            _severities(),
            index=None,
            placeholder=tr("parcels.every", current),
            format_func=lambda one: severity_words(one, current),
            key=SEVERITY,
            width=150,
        )
    return Chosen(
        view,
        town or county,
        None if state is None else ReviewState.of(state),
        None if kind is None else ParcelKind.of(kind),
        severity or "",
    )


def _views(held: Waiting, current: Lang) -> View:
    if not person().may(OwnTable.REVIEWS, Action.WRITE):
        return View.ALL
    numbers = {View.INBOX: len(held.inbox), View.SENT: len(held.sent)}
    chosen = st.segmented_control(
        tr("parcels.view", current),
        list(View),
        required=True,
        format_func=lambda one: (
            tr(f"parcels.view_{one}", current) + (f" ({numbers[one]})" if one in numbers else "")
        ),
        label_visibility="collapsed",
        key=VIEW,
    )
    return View(chosen or View.ALL)


def _code(key: str, name: str, codes: type[CodeList], current: Lang) -> str | None:
    chosen: str | None = st.selectbox(
        tr(f"parcels.{name}", current),
        [code.value for code in codes],
        index=None,
        placeholder=tr("parcels.every", current),
        format_func=lambda one: codes.of(one).text.get(current),
        key=key,
        width=150,
    )
    return chosen


def listed(connection: sa.Connection, chosen: Chosen, held: Waiting) -> pd.DataFrame:
    """The parcels of a choice with their review and check.

    Returns
    -------
    the columns of `store.land.parcels.parcels`, and state (None where the person may not read it), due_on, overdue,
    severity (also `CLEAR` and `UNCHECKED`), conflict_area_m2, checked_at; what waits is in the order of its due dates.
    """
    own = {View.INBOX: held.inbox, View.SENT: held.sent}.get(chosen.view)
    known = {one.parcel_no: one for one in (reviews(connection, chosen.prefix) if own is None else own)}
    found = parcels(connection, chosen.prefix, None if own is None else list(known))
    checks = latest_checks(connection, chosen.prefix).set_index("parcel_no")
    found = found.join(checks[["worst", "conflict_area_m2", "checked_at"]], on="parcel_no")
    worst = found.pop("worst").astype(object)
    found["severity"] = worst.where(worst.notna(), CLEAR).mask(found["checked_at"].isna(), UNCHECKED)
    lying = [known.get(no) for no in found["parcel_no"]]
    found["state"] = [None if one is None else str(one.state) for one in lying]
    found["due_on"] = pd.Series([None if one is None else one.due_on for one in lying], dtype=object)
    found["overdue"] = [one is not None and one.overdue for one in lying]
    for column, wanted in (
        ("state", chosen.state),
        ("parcel_kind", chosen.kind),
        ("severity", chosen.severity),
    ):
        if wanted:
            found = found[found[column] == str(wanted)]
    if own is not None:
        place = {no: at for at, no in enumerate(known)}
        found = found.sort_values("parcel_no", key=lambda numbers: numbers.map(place))
    return found.reset_index(drop=True)


def parcel_table(found: pd.DataFrame, lang: Lang, *, due: bool) -> pd.DataFrame:
    """The list in words; areas in 亩.

    Parameters
    ----------
    due : with the column of due dates.
    """
    head = {name: tr(f"parcels.column_{name}", lang) for name in _COLUMNS}
    shown = {
        "name": found["name"],
        "due": [due_words(day, lang) for day in found["due_on"]],
        "state": [
            "—" if formats.missing(state) else ReviewState.of(state).text.get(lang)
            for state in found["state"]
        ],
        "severity": [severity_words(one, lang) for one in found["severity"]],
        "area": [float(rounded(formats.mu(area), 2)) for area in found["area_m2"]],
        "place": [
            place_words(row.admin_code, row.county_name, row.township_name, row.village_name)
            for row in found.itertuples()
        ],
        "kind": [ParcelKind.of(kind).text.get(lang) for kind in found["parcel_kind"]],
        "use": [
            "—" if formats.missing(use) else ParcelUse.of(use).text.get(lang) for use in found["parcel_use"]
        ],
        "number": found["parcel_no"],
    }
    wanted = [name for name in _COLUMNS if due or name != "due"]
    return pd.DataFrame({head[name]: list(shown[name]) for name in wanted})


_COLUMNS = ("name", "due", "state", "severity", "area", "place", "kind", "use", "number")


def draw_list(found: pd.DataFrame, current: Lang) -> str | None:
    """Draw the table; return the number of the parcel selected in it, on the map or by the address."""
    held = st.session_state[SELECTED]
    numbers = found["parcel_no"].tolist()
    at = numbers.index(held) if held in numbers else None
    table = parcel_table(found, current, due=found["due_on"].notna().any())
    event = st.dataframe(
        table.style.apply(_marked, axis=None, found=found, lang=current).format(
            {tr("parcels.column_area", current): "{:,.2f}"}
        ),
        hide_index=True,
        height=min(_HEAD_PX + _ROW_PX * len(found), _MOST_PX),
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [] if at is None else [at]}},
        key=f"parcels.table.{st.session_state[TABLE]}.{hash(tuple(numbers))}",
    )
    rows = [row for row in event.selection.rows if row < len(numbers)]
    selected = numbers[rows[0]] if rows else None
    if selected is None and held is not None and at is None:
        # It is not among those listed, but opened by its number: the list does not close it.
        return str(held)
    if selected != held:
        st.session_state[SELECTED] = selected
        st.session_state[SERIAL] += 1
    return selected


def offer_list(found: pd.DataFrame, chosen: Chosen, current: Lang) -> None:
    """The list to take away."""
    title = tr(f"parcels.view_{chosen.view}", current)
    note = tr("parcels.list_note", current, day=formats.today().isoformat(), number=len(found))
    offer(
        parcel_table(found, current, due=True),
        f"parcels-{chosen.view}",
        title,
        [note],
        current,
        subtitle=note,
    )


def _marked(table: pd.DataFrame, found: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Styles of the cells: what is late is red, and so is what prohibits."""
    marks = pd.DataFrame("", index=table.index, columns=table.columns)
    due, severity = tr("parcels.column_due", lang), tr("parcels.column_severity", lang)
    if due in marks:
        marks.loc[found["overdue"].to_numpy(dtype=bool), due] = _LATE
    marks.loc[(found["severity"] == str(Severity.PROHIBITED)).to_numpy(), severity] = _GRAVE
    return marks


def counties_and_towns(connection: sa.Connection) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Units to choose from: counties, townships."""
    return places.children(connection, AdminLevel.COUNTY), places.children(connection, AdminLevel.TOWNSHIP)
