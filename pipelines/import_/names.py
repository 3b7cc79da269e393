"""Finding units by the names that departments write: whole names in their scope, never a silent guess."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from layers import AdminLevel
from pipelines.import_.findings import Check
from pipelines.import_.folding import comparable
from pipelines.import_.register import Register

_PEOPLES = "壮|瑶|苗|侗|回|满|黎|畲|彝|藏|白|傣|水|羌|土|土家|布依|仡佬|毛南|仫佬|哈尼|蒙古|朝鲜|各"
"""Peoples after whom autonomous counties and townships are called."""

_ETHNIC = rf"(?:(?:{_PEOPLES})族)*"
_SUFFIXES = {
    AdminLevel.CITY: re.compile(r"(?:地级市|市)$"),
    AdminLevel.COUNTY: re.compile(rf"{_ETHNIC}(?:自治县|自治旗|县级市|县|市|区|旗)$"),
    AdminLevel.TOWNSHIP: re.compile(
        rf"{_ETHNIC}(?:镇人民政府|乡人民政府|街道办事处|街道办|办事处|街道|镇|乡|街)$"
    ),
    AdminLevel.VILLAGE: re.compile(
        r"(?:社区居民委员会|社区居委会|居民委员会|村民委员会|社区居委|社区村|居委会|村委会|村居委|居委|村委|社区|行政村|村)$"
    ),
}
_TOWNISH = re.compile(r"社区|居委|居民")
_LIKELY, _WORTH_SAYING, _LEAD = 0.6, 0.4, 0.1
_SAID = 3


@dataclass(frozen=True)
class Named:
    """What came of names: a place in the register, or why there is none and which units are spelled alike.

    `meant` has the units that the names may mean as far as they could be followed; empty if not at all.
    """

    place: int | None
    failure: Check | None = None
    level: AdminLevel | None = None
    written: str = ""
    proposals: tuple[tuple[int, float], ...] = ()
    meant: tuple[int, ...] = ()


def stem(name: str, level: AdminLevel) -> str:
    """The name without what kind of unit it is: 西牛镇 → 西牛, 花塘村委会 → 花塘; never an empty string."""
    folded = comparable(name).replace("(", "").replace(")", "")
    return _SUFFIXES[level].sub("", folded) or folded


@dataclass(frozen=True)
class NameIndex:
    """Units of the register by name within their parents."""

    register: Register

    @cached_property
    def _whole(self) -> dict[tuple[AdminLevel, str], list[int]]:
        index = defaultdict(list)
        for i, (name, level) in enumerate(zip(self.register.names, self.register.levels, strict=True)):
            index[level, comparable(name)].append(i)
        return index

    @cached_property
    def _stems(self) -> dict[tuple[AdminLevel, str], list[int]]:
        index = defaultdict(list)
        for i, (name, level) in enumerate(zip(self.register.names, self.register.levels, strict=True)):
            index[level, stem(name, level)].append(i)
        return index

    @cached_property
    def _lengths(self) -> dict[AdminLevel, list[int]]:
        """Lengths of the whole names of each level, longest first."""
        lengths = defaultdict(set)
        for level, name in self._whole:
            lengths[level].add(len(name))
        return {level: sorted(found, reverse=True) for level, found in lengths.items()}

    def find(self, county: str, township: str, village: str) -> Named:
        """Find the unit that names mean; blank names are skipped.

        The county narrows the townships, the township the villages. A name that fits several units of its
        scope is ambiguous; one that fits none is answered with proposals.
        """
        scope: list[int] | None = None
        deepest: AdminLevel | None = None
        written = ""
        for level, name in (
            (AdminLevel.COUNTY, county),
            (AdminLevel.TOWNSHIP, township),
            (AdminLevel.VILLAGE, village),
        ):
            if not name:
                continue
            hits = self._hits(level, name, scope)
            if not hits:
                return self._unknown(level, name, scope)
            scope, deepest, written = hits, level, name
        if scope is None or deepest is None:
            return Named(None, Check.PLACE_EMPTY)
        if len(scope) > 1:
            named = tuple((i, 1.0) for i in scope[:_SAID])
            return Named(None, Check.NAME_AMBIGUOUS, deepest, written, named, tuple(scope))
        return Named(scope[0], level=deepest, written=written, meant=tuple(scope))

    def _hits(self, level: AdminLevel, name: str, scope: list[int] | None) -> list[int]:
        """Units of a level in scope that a name means, with or without names of higher units in front."""
        for rest, within in self._paths(level, name, scope):
            hits = self._called(level, rest, within)
            if hits:
                return hits
        return []

    def _called(self, level: AdminLevel, name: str, scope: list[int] | None) -> list[int]:
        """Units of a level in scope with that whole name; failing that, with that stem."""
        whole = self._within(self._whole.get((level, name), []), scope)
        if whole:
            return whole
        same = self._within(self._stems.get((level, stem(name, level)), []), scope)
        if len(same) > 1 and level is AdminLevel.VILLAGE and name != stem(name, level):
            townish = bool(_TOWNISH.search(name))
            kind = [i for i in same if bool(_TOWNISH.search(self.register.names[i])) == townish]
            same = kind or same
        return same

    def _paths(
        self, level: AdminLevel, name: str, scope: list[int] | None, below: int = 0
    ) -> Iterator[tuple[str, list[int] | None]]:
        """清远市英德市西牛镇花塘村 as it is, then 英德市西牛镇花塘村 in 清远市 and so on to 花塘村 in 西牛镇.

        A higher unit that is not in scope is not taken off.
        """
        rest = comparable(name)
        yield rest, scope
        levels = tuple(AdminLevel)
        for depth in range(below, levels.index(level)):
            for length in self._lengths.get(levels[depth], ()):
                if len(rest) > length + 1 and (levels[depth], rest[:length]) in self._whole:
                    within = self._narrowed(scope, self._whole[levels[depth], rest[:length]])
                    if within:
                        yield from self._paths(level, rest[length:], within, depth + 1)

    def _narrowed(self, scope: list[int] | None, parents: list[int]) -> list[int]:
        """What scope and parents have in common: of each two units above one another the lower one."""
        if scope is None:
            return parents
        return list(dict.fromkeys((*self._within(parents, scope), *self._within(scope, parents))))

    def _within(self, places: list[int], scope: list[int] | None) -> list[int]:
        if scope is None:
            return list(places)
        prefixes = tuple(self.register.prefixes[i] for i in scope)
        return [i for i in places if self.register.codes[i].startswith(prefixes)]

    def _unknown(self, level: AdminLevel, name: str, above: list[int] | None) -> Named:
        rest, scope = min(self._paths(level, name, above), key=lambda path: len(path[0]))
        wanted = stem(rest, level)
        everything = [i for i, at in enumerate(self.register.levels) if at is level]
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(wanted)
        scored = []
        for i in self._within(everything, scope):
            matcher.set_seq1(stem(self.register.names[i], level))
            if matcher.real_quick_ratio() >= _WORTH_SAYING and matcher.quick_ratio() >= _WORTH_SAYING:
                scored.append((i, matcher.ratio()))
        scored = sorted((s for s in scored if s[1] >= _WORTH_SAYING), key=lambda s: (-s[1], s[0]))[:_SAID]
        alone = bool(scored) and scored[0][1] >= _LIKELY
        alone = alone and (len(scored) == 1 or scored[0][1] - scored[1][1] >= _LEAD)
        check = Check.NAME_PROPOSED if alone else Check.NAME_UNKNOWN
        return Named(None, check, level, name, tuple(scored[:1] if alone else scored), tuple(scope or ()))

    def told(self, place: int) -> str:
        """A unit with its code, as findings show it."""
        return f"{self.register.names[place]}({self.register.codes[place]})"
