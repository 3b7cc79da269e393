"""人员与权限: accounts with their roles, a new account, a changed one; who is signed in, and ending that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from access import Assignment
from i18n import Lang, tr
from pages import formats
from pages.account_words import (
    account_title,
    browser_words,
    place_names,
    roles_words,
    session_owner,
    session_table,
    state_words,
)
from pages.conflict import Kept, choose_version
from pages.role_choice import choose_roles, pending
from pages.shell import lang, person
from store import accounts
from store.accounts import Account
from store.engine import changing, reading
from store.errors import DatabaseAway, RecordChanged, StoreError
from store.session_list import OpenSession, end_session, end_sessions, open_sessions

_SEEN, _CONFLICT = "people.seen", "people.conflict"
_DONE, _PASSWORD, _ADDED = "people.done", "people.password", "people.added"


@dataclass(frozen=True)
class Entered:
    """What an administrator entered in an account."""

    display_name: str
    assignments: tuple[Assignment, ...]
    disabled: bool

    @classmethod
    def of(cls, account: Account) -> "Entered":
        """What is there now."""
        return cls(account.display_name, tuple(sorted(account.assignments)), account.disabled)


def page() -> None:
    """The accounts; below them a form to change one, a form to add one, and the open sessions."""
    current = lang()
    st.title(tr("pages.people.title", current), anchor=False)
    st.caption(tr("pages.people.what", current))
    _news(current)
    with reading() as connection:
        known = accounts.all_accounts(connection)
        sessions = open_sessions(connection)
        names = place_names(connection, (a.prefix for account in known for a in account.assignments))
    if known:
        roles = st.column_config.TextColumn(width="large")
        st.dataframe(
            account_table(known, sessions, names, current),
            hide_index=True,
            column_config={tr("pages.people.roles", current): roles},
        )
    else:
        st.info(tr("pages.people.none", current))
    change, add, opened = st.tabs(
        [
            tr("pages.people.change", current),
            tr("pages.people.add", current),
            tr("pages.people.sessions", current, number=len(sessions)),
        ]
    )
    with change:
        _choose(known, sessions, names, current)
    with add:
        _add(names, current)
    with opened:
        _sessions(sessions, current)


def account_table(
    known: list[Account], sessions: list[OpenSession], names: Mapping[str, str], current: Lang
) -> pd.DataFrame:
    """One row for each account."""
    opened = pd.Series([s.account_id for s in sessions], dtype=object).value_counts()
    return pd.DataFrame(
        {
            tr("pages.people.name", current): [a.name for a in known],
            tr("pages.people.shown", current): [a.display_name for a in known],
            tr("pages.people.roles", current): [
                roles_words(map(str, a.assignments), names, current) for a in known
            ],
            tr("pages.people.state", current): [state_words(a, current) for a in known],
            tr("pages.people.last", current): [
                tr("pages.people.never", current)
                if a.last_sign_in is None
                else formats.moment(a.last_sign_in, current)
                for a in known
            ],
            tr("pages.people.open", current): [int(opened.get(a.id, 0)) for a in known],
        }
    )


def _news(current: Lang) -> None:
    """What was just done, and a first password until it is put away."""
    done: str | None = st.session_state.pop(_DONE, None)
    if done is not None:
        st.success(formats.plain(done), icon=":material/check_circle:")
    given: tuple[str, str] | None = st.session_state.get(_PASSWORD)
    if given is None:
        return
    with st.container(border=True):
        st.markdown(f"**{formats.plain(tr('pages.people.first_password', current, name=given[0]))}**")
        st.code(given[1], language=None)
        st.caption(tr("pages.people.first_password_once", current))
        if st.button(
            tr("pages.people.put_away", current), icon=":material/visibility_off:", key="people.away"
        ):
            st.session_state.pop(_PASSWORD)
            st.rerun()


def _do(work: Callable[[], str], current: Lang) -> None:
    """Do something and say so at the top of the page, or say here why it was refused."""
    try:
        done = work()
    except (DatabaseAway, RecordChanged):
        raise
    except StoreError as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    st.session_state[_DONE] = done
    st.rerun()


def _add(names: Mapping[str, str], current: Lang) -> None:
    # A number in the keys: after an account was added the form begins anew.
    key = f"people.new.{st.session_state.get(_ADDED, 0)}"
    with st.container(border=True):
        left, right = st.columns(2)
        with left:
            name = st.text_input(
                tr("pages.people.name", current),
                max_chars=40,
                help=tr("pages.people.name_help", current),
                key=f"{key}.name",
            )
        with right:
            shown = st.text_input(
                tr("pages.people.shown", current),
                max_chars=60,
                help=tr("pages.people.shown_help", current),
                key=f"{key}.shown",
            )
        held = choose_roles(key, (), names, current)
        if not st.button(
            tr("pages.people.add_do", current), type="primary", icon=":material/person_add:", key="people.add"
        ):
            return
        if not _roles_ready(key, held, current):
            return

        def work() -> str:
            wanted = name.strip().lower()
            with changing() as connection:
                password = accounts.add(connection, wanted, shown, held)
            st.session_state[_PASSWORD] = (wanted, password)
            st.session_state[_ADDED] = st.session_state.get(_ADDED, 0) + 1
            return tr("pages.people.added", current, name=wanted)

        _do(work, current)


def _roles_ready(key: str, held: tuple[Assignment, ...], current: Lang) -> bool:
    """Whether the roles can be saved; says what is missing."""
    if pending(key):
        st.error(tr("pages.people.role_pending", current), icon=":material/block:")
    elif not held:
        st.error(tr("pages.people.role_needed", current), icon=":material/block:")
    else:
        return True
    return False


def _choose(
    known: list[Account], sessions: list[OpenSession], names: Mapping[str, str], current: Lang
) -> None:
    by_id = {account.id: account for account in known}
    chosen = st.selectbox(
        tr("pages.people.choose", current),
        list(by_id),
        index=None,
        format_func=lambda i: account_title(by_id[i].name, by_id[i].display_name, current),
        placeholder=tr("pages.people.choose_hint", current),
        key="people.chosen",
    )
    if chosen is None:
        st.session_state.pop(_SEEN, None)
        st.session_state.pop(_CONFLICT, None)
        return
    # The account as it was when it was opened here: what others save meanwhile must not be overwritten unseen.
    seen: Account | None = st.session_state.get(_SEEN)
    if seen is None or seen.id != chosen:
        st.session_state.pop(_CONFLICT, None)
        seen = st.session_state[_SEEN] = by_id[chosen]
    conflict: tuple[Account, Entered] | None = st.session_state.get(_CONFLICT)
    if conflict is not None:
        _compare(*conflict, names, current)
        return
    _change(seen, names, current)
    _session_and_password(seen, [s for s in sessions if s.account_id == seen.id], current)


def _change(seen: Account, names: Mapping[str, str], current: Lang) -> None:
    key = f"people.change.{seen.id}.{seen.version}"
    with st.container(border=True):
        left, right = st.columns([2, 1], vertical_alignment="bottom")
        with left:
            shown = st.text_input(
                tr("pages.people.shown", current), seen.display_name, max_chars=60, key=f"{key}.shown"
            )
        with right:
            disabled = st.toggle(
                tr("pages.people.disable", current),
                seen.disabled,
                help=tr("pages.people.disable_help", current),
                key=f"{key}.disabled",
            )
        held = choose_roles(key, seen.assignments, names, current)
        if not st.button(
            tr("pages.people.save", current), type="primary", icon=":material/save:", key="people.save"
        ):
            return
        entered = Entered(shown.strip() or seen.name, held, disabled)
        if entered == Entered.of(seen) and not pending(key):
            st.info(tr("pages.people.unchanged", current))
        elif _roles_ready(key, held, current):
            _save(seen, entered, current)


def _save(seen: Account, entered: Entered, current: Lang) -> None:
    """Save over what was seen; if someone else saved since, keep both for a comparison."""

    def work() -> str:
        with changing() as connection:
            accounts.change(
                connection,
                seen,
                display_name=entered.display_name,
                assignments=entered.assignments,
                disabled=entered.disabled,
            )
        _reopen()
        return tr("pages.people.saved", current, name=seen.name)

    try:
        _do(work, current)
    except RecordChanged as other:
        now = other.now
        if not isinstance(now, Account):
            raise
        if Entered.of(now) == Entered.of(seen):
            # Only what no form shows has changed, as by a new password: nobody's words are lost.
            st.session_state[_SEEN] = now
            _save(now, entered, current)
        else:
            st.session_state[_CONFLICT] = (now, entered)
            st.rerun()


def _reopen() -> None:
    """Read the chosen account anew."""
    st.session_state.pop(_SEEN, None)
    st.session_state.pop(_CONFLICT, None)


def _compare(now: Account, entered: Entered, names: Mapping[str, str], current: Lang) -> None:
    """What the other one saved beside what was entered here, and the choice between them."""
    kept = choose_version(
        RecordChanged(now), comparison(Entered.of(now), entered, names, current), "people", current
    )
    if kept is Kept.THEIRS:
        _reopen()
        st.rerun()
    if kept is Kept.MINE:
        _save(now, entered, current)


def comparison(theirs: Entered, mine: Entered, names: Mapping[str, str], current: Lang) -> pd.DataFrame:
    """Both versions in words as Markdown, bold where they differ."""

    def words(entered: Entered) -> list[str]:
        state = "pages.people.state_disabled" if entered.disabled else "pages.people.state_active"
        held = roles_words(map(str, entered.assignments), names, current) or "—"
        return [formats.plain(said) for said in (entered.display_name, held, tr(state, current))]

    rows = [
        (left, right) if left == right else (f"**{left}**", f"**{right}**")
        for left, right in zip(words(theirs), words(mine), strict=True)
    ]
    return pd.DataFrame(
        {
            tr("pages.people.part", current): [
                tr(f"pages.people.{part}", current) for part in ("shown", "roles", "state")
            ],
            tr("pages.people.theirs", current): [left for left, _ in rows],
            tr("pages.people.mine", current): [right for _, right in rows],
        }
    )


def _session_and_password(seen: Account, opened: list[OpenSession], current: Lang) -> None:
    """Reset the password, end all sessions; of one's own account that is done under "my account"."""
    if seen.id == person().account_id:
        st.caption(tr("pages.people.own", current))
        return
    with st.container(horizontal=True):
        if seen.demo:
            st.caption(tr("pages.people.demo_password", current))
        else:
            with st.popover(tr("pages.people.reset", current), icon=":material/lock_reset:"):
                st.write(formats.plain(tr("pages.people.reset_what", current, name=seen.name)))
                reset = st.button(tr("pages.people.reset_do", current), type="primary", key="people.reset")
            if reset:
                _do(lambda: _reset(seen, current), current)
        if opened and st.button(
            tr("pages.people.end_all", current, number=len(opened)),
            icon=":material/logout:",
            key="people.end_all",
        ):
            _do(lambda: _end_all(seen, current), current)


def _reset(seen: Account, current: Lang) -> str:
    with changing() as connection:
        password = accounts.reset_password(connection, seen)
    st.session_state[_PASSWORD] = (seen.name, password)
    _reopen()
    return tr("pages.people.reset_done", current, name=seen.name)


def _end_all(seen: Account, current: Lang) -> str:
    with changing() as connection:
        number = end_sessions(connection, seen.id)
    return tr("pages.people.ended", current, name=seen.name, number=number)


def _sessions(sessions: list[OpenSession], current: Lang) -> None:
    if not sessions:
        st.info(tr("pages.people.no_sessions", current))
        return
    present = person().session_id
    st.dataframe(session_table(sessions, present, current, who=True), hide_index=True)
    others = {s.id: s for s in sessions if s.id != present}
    if not others:
        return
    choice, button = st.columns([3, 1], vertical_alignment="bottom")
    with choice:
        chosen = st.selectbox(
            tr("pages.people.session", current),
            list(others),
            index=None,
            format_func=lambda i: _session_words(others[i], current) if i in others else "",
            placeholder=tr("pages.people.session_choose", current),
            key="people.session",
        )
    with button:
        asked = st.button(
            tr("pages.people.end", current),
            icon=":material/logout:",
            disabled=chosen is None,
            width="stretch",
            key="people.end",
        )
    if asked and chosen is not None:
        _do(lambda: _end(others[chosen], current), current)


def _end(session: OpenSession, current: Lang) -> str:
    with changing() as connection:
        number = int(end_session(connection, session.id))
    return tr("pages.people.ended", current, name=session.account_name, number=number)


def _session_words(session: OpenSession, current: Lang) -> str:
    """A session in one line; with its number, since a list must not hold the same words twice."""
    return " · ".join(
        (
            session_owner(session, current),
            formats.moment(session.started_at, current),
            session.address or "—",
            browser_words(session.agent),
            f"#{session.id}",
        )
    )
