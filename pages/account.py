"""我的账号: who I am here, my password, my open sessions."""

import streamlit as st

from access import Person
from access.passwords import KINDS_NEEDED, MAX_LENGTH, MIN_LENGTH
from base.errors import XiangtuError
from i18n import Lang, tr
from pages import formats
from pages.account_words import account_title, place_names, role_words, session_table
from pages.shell import lang, person
from store.engine import owner, reading
from store.errors import DatabaseAway, SignInRefused
from store.session_list import end_others, open_sessions
from store.sessions import change_password

_DONE = "account.done"


def page() -> None:
    """The person with roles and places, the form for a new password, the open sessions."""
    current, who = lang(), person()
    st.title(tr("pages.account.title", current), anchor=False)
    done: str | None = st.session_state.pop(_DONE, None)
    if done is not None:
        st.success(formats.plain(done), icon=":material/check_circle:")
    _roles(who, current)
    _password(who, current)
    _sessions(who, current)


def _roles(who: Person, current: Lang) -> None:
    with reading() as connection:
        names = place_names(connection, (a.prefix for a in who.assignments))
    with st.container(border=True):
        st.markdown(f"**{formats.plain(account_title(who.name, who.display_name, current))}**")
        if who.assignments:
            with st.container(horizontal=True):
                for told in map(str, who.assignments):
                    st.badge(formats.plain(role_words(told, names, current)), color="green")
            st.caption(tr("pages.account.roles", current))
        else:
            st.info(tr("pages.account.no_roles", current))


def _password(who: Person, current: Lang) -> None:
    st.subheader(tr("pages.account.password", current), anchor=False)
    if who.demo:
        st.info(tr("pages.account.demo", current), icon=":material/door_open:")
        return
    with st.form("account.password", clear_on_submit=True, width=480):
        old = _secret("old", "current-password", current)
        new = _secret("new", "new-password", current)
        again = _secret("again", "new-password", current)
        st.caption(
            tr("pages.account.rules", current, shortest=MIN_LENGTH, longest=MAX_LENGTH, kinds=KINDS_NEEDED)
        )
        sent = st.form_submit_button(
            tr("pages.account.change", current),
            type="primary",
            icon=":material/lock_reset:",
            key="account.change",
        )
    if not sent:
        return
    refusal = _changed(who, (old, new, again), current)
    if refusal is not None:
        st.error(formats.plain(refusal), icon=":material/block:")
        return
    st.session_state[_DONE] = tr("pages.account.changed", current)
    st.rerun()


def _secret(name: str, autocomplete: str, current: Lang) -> str:
    given = st.text_input(
        tr(f"web.password.{name}", current),
        type="password",
        max_chars=128,
        autocomplete=autocomplete,
        key=f"account.{name}",
    )
    return given or ""


def _changed(who: Person, given: tuple[str, str, str], current: Lang) -> str | None:
    """Change the password; the sentence of what is wrong, None if nothing is."""
    old, new, again = given
    if not all(given):
        return tr("pages.account.all_three", current)
    if new != again:
        return tr("web.passwords_differ", current)
    if new == old:
        return tr("pages.account.same", current)
    try:
        change_password(owner(), who, old, new)
    except SignInRefused:
        return tr("pages.account.old_wrong", current)
    except DatabaseAway:
        raise
    except XiangtuError as refused:
        return refused.sentence(current)
    return None


def _sessions(who: Person, current: Lang) -> None:
    st.subheader(tr("pages.account.sessions", current), anchor=False)
    with reading() as connection:
        opened = open_sessions(connection, who.account_id)
    if not opened:
        st.info(tr("pages.people.no_sessions", current))
        return
    st.dataframe(session_table(opened, who.session_id, current, who=False), hide_index=True)
    st.caption(tr("pages.account.sessions_what", current))
    others = sum(s.id != who.session_id for s in opened)
    if others and st.button(
        tr("pages.account.end_others", current, number=others),
        icon=":material/logout:",
        key="account.end_others",
    ):
        number = end_others(owner(), who)
        st.session_state[_DONE] = tr("pages.account.ended", current, number=number)
        st.rerun()
