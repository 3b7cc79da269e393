"""Boundaries of a past day as layers of the map: today's tiles where they are the same, else tiles of that day."""

import datetime as dt
from dataclasses import replace

from maps.state import VectorLayer

_NOW = "now"
_START = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def moment_words(known_at: dt.datetime | None) -> str:
    """A moment of knowledge for an address, to the microsecond; ``now`` for None."""
    return _NOW if known_at is None else str((known_at - _START) // _MICROSECOND)


def moment_in(text: str) -> dt.datetime | None:
    """The moment of knowledge (UTC) that an address says.

    Raises
    ------
    ValueError : it says none.
    """
    if text == _NOW:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 17):
        raise ValueError(text)
    return _START + int(text) * _MICROSECOND


def past_address(as_of: dt.date, known_at: dt.datetime | None, edition: str) -> str:
    """Address template of the boundaries of a day; another `edition` is another address, so that no old tile stays."""
    return f"/past/tiles/{as_of.isoformat()}/{moment_words(known_at)}/{{z}}/{{x}}/{{y}}.pbf?edition={edition}"


def with_boundaries(base: tuple[VectorLayer, ...], address: str) -> tuple[VectorLayer, ...]:
    """The layers of the administrative units with tiles from another address."""
    return tuple(replace(layer, url=address) for layer in base)
