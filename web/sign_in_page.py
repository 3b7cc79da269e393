"""The sign-in page and its kin as HTML: small, self-contained, without Streamlit."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

from i18n import Lang, tr
from store.demo_doors import Door

_FOLDER = Path(__file__).resolve().parent / "static"
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Field:
    """One input of a form."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    value: str = ""


@cache
def _style() -> str:
    return (_FOLDER / "sign-in.css").read_text("utf-8")


@cache
def _logo() -> str:
    return b64encode((_FOLDER / "logo.svg").read_bytes()).decode("ascii")


def _form(action: str, hidden: dict[str, str], inside: str, kind: str = "") -> str:
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden.items()
    )
    return f'<form method="post" action="{action}" class="{kind}">{kept}{inside}</form>'


def fields_form(action: str, hidden: dict[str, str], fields: Sequence[Field], button: str) -> str:
    """A form with labelled inputs and one button."""
    rows = "".join(
        f'<label>{escape(f.label)}<input name="{f.name}" type="{f.kind}" autocomplete="{f.autocomplete}" '
        f'value="{escape(f.value)}" required maxlength="128"{" autofocus" if i == 0 else ""}></label>'
        for i, f in enumerate(fields)
    )
    return _form(action, hidden, f"{rows}<button>{escape(button)}</button>")


def demo_doors(doors: Sequence[Door], hidden: dict[str, str], lang: Lang) -> str:
    """A button for each role of the demo, with what that person does here."""
    buttons = "".join(
        f'<button name="account" value="{escape(door.account)}"><b>{escape(door.role.text.get(lang))}</b>'
        f"<i>{escape(door.place)}</i><span>{escape(tr(f'web.duty.{door.role}', lang))}</span></button>"
        for door in doors
    )
    head = (
        f"<h2>{escape(tr('web.sign_in.demo', lang))}</h2><p>{escape(tr('web.sign_in.demo_note', lang))}</p>"
    )
    return f'<section class="demo">{head}{_form("/sign-in/demo", hidden, buttons, "doors")}</section>'


def page(
    lang: Lang, title: str, body: str, *, problem: str = "", hint: str = "", status: int = 200
) -> HTMLResponse:
    """The whole page around a form.

    Parameters
    ----------
    problem : what went wrong, as a sentence.
    hint : a line below the title.
    """
    other: Lang = "en" if lang == "zh" else "zh"
    told = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    under = f'<p class="hint">{escape(hint)}</p>' if hint else ""
    html = (
        f'<!DOCTYPE html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · {escape(tr('shell.title', lang))}</title><style>{_style()}</style></head><body>"
        f'<header><img src="data:image/svg+xml;base64,{_logo()}" alt="乡图 Xiangtu">'
        f'<a href="/language/{other}" lang="{other}">{escape(tr("shell.other_language", lang))}</a></header>'
        f"<main><h1>{escape(title)}</h1>{under}{told}{body}</main></body></html>"
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
    return HTMLResponse(html, status_code=status, headers=headers)
