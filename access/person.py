"""The person who asks: an account with its roles, each at a place."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from access.matrix import Action, Reach, rules
from layers import Role


@dataclass(frozen=True, order=True)
class Assignment:
    """A role at a place: the leading digits of a statistical code, 4418 for the city."""

    role: Role
    prefix: str

    def __str__(self) -> str:
        """``clerk@441881103``, as `store.accounts.parse_assignments` reads it."""
        return f"{self.role}@{self.prefix}"


@dataclass(frozen=True)
class Person:
    """Who is signed in, for the length of a session.

    `must_change` is set until a first password has been changed; `demo` for the open doors of the demo.
    """

    account_id: int
    session_id: int
    name: str
    display_name: str
    assignments: tuple[Assignment, ...]
    must_change: bool = False
    demo: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held anywhere."""
        return frozenset(a.role for a in self.assignments)

    @cached_property
    def _reached(self) -> dict[tuple[str, Action], tuple[str, ...]]:
        found: dict[tuple[str, Action], set[str]] = {}
        for rule in rules():
            for held in self.assignments:
                if held.role is not rule.role or rule.reach is Reach.OWN:
                    continue
                prefix = "" if rule.reach is Reach.CITY else held.prefix
                found.setdefault((rule.table, rule.action), set()).add(prefix)
        return {key: shortest(prefixes) for key, prefixes in found.items()}

    def prefixes(self, table: str, action: Action) -> tuple[str, ...]:
        """Code prefixes within which the person may do the action; ``("",)`` for all rows, empty for none."""
        return self._reached.get((table, action), ())

    def may(self, table: str, action: Action, code: str = "") -> bool:
        """Whether the person may do the action with rows of a code; without a code, with any row at all."""
        reached = self.prefixes(table, action)
        return any(code.startswith(prefix) for prefix in reached) if code else bool(reached)

    def sees_some(self, table: str, code: str) -> bool:
        """Whether rows below a 12-digit code are among those that the person may read."""
        stem = code.rstrip("0")
        return any(
            code.startswith(prefix) or prefix.startswith(stem) for prefix in self.prefixes(table, Action.READ)
        )


def shortest(prefixes: Iterable[str]) -> tuple[str, ...]:
    """The prefixes that no other one covers, in order."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not any(prefix.startswith(other) for other in kept):
            kept.append(prefix)
    return tuple(kept)
