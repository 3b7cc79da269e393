"""How figures and texts are written on paper."""

import unicodedata


def wan(yuan: float) -> str:
    """Yuan in ten thousands: whole from a hundred on, else with one decimal."""
    value = yuan / 1e4
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:,.1f}"


def cells(text: str) -> int:
    """Half-width cells that a line of text takes; a wide letter takes two."""
    return sum(map(_cells_of, text))


def _cells_of(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WFA" else 1


def cut(text: str, cells: int) -> str:
    """Text in one line of at most that many half-width cells, with an ellipsis where it was cut.

    Control and direction signs go: they would turn the line around on paper.
    """
    kept = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    text = " ".join(kept.split())
    used = 0
    for index, letter in enumerate(text):
        used += _cells_of(letter)
        if used > cells:
            return text[: max(0, index - 1)] + "…"
    return text
