"""Optimistic versions: what a save that met no row means."""

from typing import Protocol

from store.errors import NotAllowed, RecordChanged


class Versioned(Protocol):
    """A record that counts its changes."""

    @property
    def version(self) -> int:
        """How often it was saved."""
        ...


def require_saved(saved: bool, seen: Versioned, now: Versioned) -> None:
    """Refuse a save that found no row of the version that was on screen.

    Parameters
    ----------
    seen, now : the record as it was on screen, and as it is after the attempt.

    Raises
    ------
    RecordChanged : someone saved it since; carries `now`.
    NotAllowed : nobody did, so the policies held the row back.
    """
    if saved:
        return
    if now.version == seen.version:
        raise NotAllowed()
    raise RecordChanged(now)
