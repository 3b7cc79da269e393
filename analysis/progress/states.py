"""States of a project in the library: which may follow which, and where a reason is needed."""

from collections import deque

from layers.codes import LibraryState

_S = LibraryState
TRANSITIONS: dict[LibraryState, tuple[LibraryState, ...]] = {
    _S.PLANNED: (_S.APPROVED, _S.CANCELLED),
    _S.APPROVED: (_S.STARTED, _S.CANCELLED),
    _S.STARTED: (_S.FINISHED, _S.SUSPENDED, _S.CANCELLED),
    _S.SUSPENDED: (_S.STARTED, _S.CANCELLED),
    _S.FINISHED: (_S.ACCEPTED, _S.STARTED),
    _S.ACCEPTED: (),
    _S.CANCELLED: (),
}
"""The states that may follow each, the usual one first."""
_STOPS = (_S.SUSPENDED, _S.CANCELLED)
SHORTEST_REASON = 2
"""Letters without blanks."""


def may_follow(before: LibraryState, after: LibraryState) -> bool:
    """Whether a project in one state may come into another."""
    return after in TRANSITIONS[before]


def needs_reason(before: LibraryState, after: LibraryState) -> bool:
    """Whether the change is told with a reason: a stop, an end, or going back."""
    return after in _STOPS or (before, after) == (_S.FINISHED, _S.STARTED)


def is_reason(text: str) -> bool:
    """Whether words are enough to be a reason."""
    return len("".join(text.split())) >= SHORTEST_REASON


def way_to(after: LibraryState) -> tuple[LibraryState, ...]:
    """The states that a new project passes through until it is in a state, that one last; none for a planned one."""
    waiting: deque[tuple[LibraryState, ...]] = deque([()])
    while waiting:
        way = waiting.popleft()
        at = way[-1] if way else _S.PLANNED
        if at is after:
            return way
        waiting.extend((*way, step) for step in TRANSITIONS[at] if step not in way)
    raise ValueError(f"no way leads to {after}")
