"""Reading what a page's address says: what makes no sense is left out, and told in a sentence."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from i18n import Lang, tr

_LONGEST = 60


class Address:
    """The parameters of an address, read one by one.

    Attributes
    ----------
    problems : a sentence for each parameter that made no sense so far.
    """

    def __init__(self, parameters: Mapping[str, str], lang: Lang) -> None:
        self.parameters = parameters
        self.problems: list[str] = []
        self._lang = lang

    def odd(self, name: str) -> None:
        """Note that a parameter makes no sense."""
        value = self.parameters[name][:_LONGEST]
        self.problems.append(tr("map.bad_address", self._lang, name=name, value=value))

    def one_of(self, name: str, allowed: Sequence[str], usual: str) -> str:
        """One of some words; the usual one without the parameter, or with another word."""
        given = self.parameters.get(name, usual)
        if given in allowed:
            return given
        self.odd(name)
        return usual

    def fitting(self, name: str, pattern: str, usual: str = "") -> str:
        """What is like a pattern as a whole; the usual without the parameter, if it is empty, or unlike."""
        given = self.parameters.get(name) or usual
        if given == usual or re.fullmatch(pattern, given):
            return given
        self.odd(name)
        return usual

    def day(self, name: str) -> dt.date | None:
        """A day; None without the parameter, or with something else."""
        try:
            return dt.date.fromisoformat(self.parameters[name]) if name in self.parameters else None
        except ValueError:
            self.odd(name)
            return None
