"""Cards of numbers in a grid that leaves no card alone in a row, each with the way to what makes it."""

from collections.abc import Callable

import streamlit as st

_STYLE = """<style>.st-key-{key}{{display:grid!important;grid-template-columns:repeat({across},minmax(0,1fr))}}
@media (max-width:1100px){{.st-key-{key}{{grid-template-columns:repeat(3,minmax(0,1fr))}}}}
@media (max-width:640px){{.st-key-{key}{{grid-template-columns:repeat(2,minmax(0,1fr))}}}}</style>"""


def lay_out(key: str, across: int) -> None:
    """Lay the cards of a container with a key out in columns; fewer on narrow screens."""
    st.html(_STYLE.format(key=key, across=across))


def number_card(
    label: str,
    value: str,
    button: str,
    key: str,
    icon: str,
    opened: Callable[[str], None],
    name: str,
    *,
    empty: bool,
) -> None:
    """A number and below it the button that opens its entries; no button to press where there are none."""
    with st.container(border=True, gap="xxsmall"):
        st.metric(label, value)
        st.button(button, key=key, type="tertiary", icon=icon, disabled=empty, on_click=opened, args=(name,))
