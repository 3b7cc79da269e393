"""Accounts in words: roles with their places, states, sessions with their browsers."""

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import sqlalchemy as sa

from i18n import Lang, tr
from layers import AdminLevel, Role
from pages import formats
from store import places
from store.accounts import Account
from store.errors import UnknownPlace
from store.session_list import OpenSession

_BROWSERS = (
    (r"MicroMessenger/(\d+)", "WeChat"),
    (r"Edg(?:e|A|iOS)?/(\d+)", "Edge"),
    (r"(?:OPR|Opera)/(\d+)", "Opera"),
    (r"(?:Firefox|FxiOS)/(\d+)", "Firefox"),
    (r"(?:Chrome|CriOS|Chromium)/(\d+)", "Chrome"),
    (r"Version/(\d+)\S* .*Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def place_names(connection: sa.Connection, prefixes: Iterable[str] = ()) -> dict[str, str]:
    """Names by leading digits: city, counties, townships with their county; villages only if asked for."""
    named: dict[str, str] = {}
    for level in (AdminLevel.CITY, AdminLevel.COUNTY, AdminLevel.TOWNSHIP):
        units = places.children(connection, level)
        for code, name in zip(units["admin_code"], units["name"], strict=True):
            county = named.get(code[:6], "") if level is AdminLevel.TOWNSHIP else ""
            named[code[: level.digits]] = county + name
    for code in {prefix for prefix in prefixes if len(prefix) == 12}:
        try:
            named[code] = named.get(code[:9], "") + places.place(connection, code).name
        except UnknownPlace:
            continue
    return named


def role_words(told: str, names: Mapping[str, str], lang: Lang) -> str:
    """``clerk@441881103`` as the role's name with its place's; what is unknown stays as it is."""
    role, _, prefix = told.partition("@")
    shown = Role.of(role).text.get(lang) if role in set(Role) else role
    return tr("pages.people.role_at", lang, role=shown, place=names.get(prefix, prefix))


def roles_words(held: Iterable[str], names: Mapping[str, str], lang: Lang) -> str:
    """All roles of an account in one line."""
    return formats.joined((role_words(told, names, lang) for told in held), lang)


def state_words(account: Account, lang: Lang) -> str:
    """Whether an account can be used, and how."""
    if account.disabled:
        return tr("pages.people.state_disabled", lang)
    if account.demo:
        return tr("pages.people.state_demo", lang)
    return tr("pages.people.state_first" if account.must_change else "pages.people.state_active", lang)


def browser_words(agent: str | None) -> str:
    """A browser's own description as its name, version and system; its beginning if it is none of those known."""
    if not agent:
        return "—"
    browser = next(
        (f"{name} {found[1]}" for form, name in _BROWSERS if (found := re.search(form, agent))), agent[:40]
    )
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{browser} · {system}" if system else browser


def session_table(sessions: Sequence[OpenSession], present: int, lang: Lang, *, who: bool) -> pd.DataFrame:
    """Open sessions; the one in use is marked.

    Parameters
    ----------
    present : id of the session in use.
    who : whether to say whose each one is.
    """
    columns: dict[str, list[str]] = {}
    if who:
        columns[tr("pages.people.who", lang)] = [session_owner(s, lang) for s in sessions]
    columns[tr("pages.people.since", lang)] = [formats.moment(s.started_at, lang) for s in sessions]
    columns[tr("pages.people.seen", lang)] = [
        tr("pages.people.this_session", lang) if s.id == present else formats.moment(s.seen_at, lang)
        for s in sessions
    ]
    columns[tr("pages.people.address", lang)] = [s.address or "—" for s in sessions]
    columns[tr("pages.people.browser", lang)] = [browser_words(s.agent) for s in sessions]
    return pd.DataFrame(columns)


def session_owner(session: OpenSession, lang: Lang) -> str:
    """Whose a session is."""
    return account_title(session.account_name, session.display_name, lang)


def account_title(name: str, display_name: str, lang: Lang) -> str:
    """An account's shown name with the name it signs in by."""
    return name if name == display_name else tr("pages.people.named", lang, shown=display_name, name=name)
