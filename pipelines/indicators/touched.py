"""After an edit: which figures it can have changed.

What changed is known by the transactions that wrote it (`store.changes`), how far a change is felt by the measures
(`analysis.measures.Local`), and over a network by the ways that are kept (`pipelines.indicators.kept`).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import analysis
from layers import AdminLevel, FeatureType, Indicator, RecordKind, all_features, all_indicators, feature_type
from pipelines.indicators.county import sources_of
from pipelines.indicators.kept import Keeper
from pipelines.indicators.near import local_of
from store import changes
from store.changes import Change

_UNITS_SOURCE = "admin_units"
_TOO_MANY = 0.25
"""Share of the figures of units from which a whole run is the shorter way."""
_TOWNSHIP_END = "0" * (AdminLevel.VILLAGE.digits - AdminLevel.TOWNSHIP.digits)


@dataclass(frozen=True)
class Touched:
    """What changes can have changed.

    Attributes
    ----------
    counties : codes of counties in which everything is to be computed anew; if any, nothing else is told.
    units : by county, codes of the units to measure anew by indicator id.
    forced : indicator and county of which a row of a higher unit changed, so that the county is to be rolled up
        even if no figure of its units is another.
    records : what the program keeps itself that changed, by source id.
    """

    counties: frozenset[str] = frozenset()
    units: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    forced: frozenset[tuple[str, str]] = frozenset()
    records: frozenset[str] = frozenset()

    @property
    def measured(self) -> int:
        """How many figures of units are measured anew."""
        return sum(len(codes) for by_id in self.units.values() for codes in by_id.values())

    @property
    def villages(self) -> int:
        """How many different units are measured anew."""
        return len({code for by_id in self.units.values() for codes in by_id.values() for code in codes})


def program() -> str:
    """Digest of what makes figures of data: the declared indicators and the text of the measures."""
    return hashlib.sha256(f"{_measures_text()} {all_indicators()!r}".encode()).hexdigest()


@cache
def _measures_text() -> str:
    folder = Path(analysis.__file__).parent
    digests = (hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.py")))
    return " ".join(digests)


def find_touched(keeper: Keeper, chosen: Sequence[Indicator]) -> Touched | None:
    """What the changes since the last run of a day can have changed; None if that may be anything.

    Only feature types whose version rose are looked at: whoever changes features raises it.
    """
    view = keeper.view
    base = changes.base_run(view, keeper.as_of, program())
    if base is None:
        return None
    newer = base.behind(keeper.versions)
    records = frozenset(kind.source_id for kind in RecordKind) & newer
    newer -= records
    by_id = {feature.id: feature for feature in all_features()}
    if not newer <= by_id.keys():
        return None  # a raster, felt everywhere
    if _UNITS_SOURCE in newer:
        counties = changes.counties_with_changed_units(view, base)
        if counties:
            return Touched(counties=_with_other_changes(keeper, base, counties, newer, chosen, by_id))
    changed = {
        name: changes.changes(view, by_id[name], base) for name in sorted(newer & keeper.sources.keys())
    }
    keeper.start_from(base, changed)
    search = _Search(keeper, chosen, base, {name: found for name, found in changed.items() if found})
    touched = search.touched()
    villages = sum(len(by_level[AdminLevel.VILLAGE]) for by_level in keeper.codes.values())
    if touched is None or touched.measured > _TOO_MANY * len(chosen) * villages:
        return None
    return replace(touched, records=records)


def _with_other_changes(
    keeper: Keeper,
    base: changes.Base,
    counties: frozenset[str],
    newer: set[str],
    chosen: Sequence[Indicator],
    by_id: Mapping[str, FeatureType],
) -> frozenset[str]:
    """Counties whose units changed, and those where anything else did: there everything is computed anew."""
    reached = set(counties)
    for source, how in sources_of(chosen).items():
        if source not in newer:
            continue
        found = changes.changes(keeper.view, by_id[source], base)
        reached |= {_county(change.admin_code) for change in found}
        if how.reaches_m is not None:
            reached |= _in_reach(keeper, found, how.reaches_m)
    return frozenset(reached)


def _in_reach(keeper: Keeper, found: Iterable[Change], reach_m: float) -> set[str]:
    """Counties of townships whose bounding box is within reach of a change: those that read it."""
    boxes = [change.extent for change in found if change.extent is not None]
    extents = {code: extent.widened(reach_m) for code, extent in keeper.township_extents.items()}
    return {_county(code) for code, extent in extents.items() if any(extent.meets(box) for box in boxes)}


def _filed_under(code: str) -> str:
    """Digits that the codes of all units have that a row filed under the code may matter to."""
    return code[: AdminLevel.TOWNSHIP.digits] if code.endswith(_TOWNSHIP_END) else code


def _county(code: str) -> str:
    return code[: AdminLevel.COUNTY.digits].ljust(12, "0")


class _Search:
    """Finds the units that changes of sources can have changed, indicator by indicator."""

    def __init__(
        self,
        keeper: Keeper,
        chosen: Sequence[Indicator],
        base: changes.Base,
        changed: Mapping[str, Sequence[Change]],
    ) -> None:
        self.keeper, self.view, self.base = keeper, keeper.view, base
        self.affected = [i for i in chosen if any(source in changed for source in i.sources)]
        self.changed = changed
        self.locals = {indicator.id: local_of(indicator) for indicator in self.affected}
        self.told: set[str] = set()
        """Indicators of which it is known what feels all changes of their first source."""
        self.prefixes: dict[str, set[str]] = {indicator.id: set() for indicator in self.affected}
        """Leading digits of the codes that are touched, by indicator."""
        self.near: dict[str, set[str]] = {indicator.id: set() for indicator in self.affected}
        """Codes of units, of any level, that lie near a changed feature, by indicator."""

    def touched(self) -> Touched | None:
        """All of it; None if that is so much that a whole run is the shorter way."""
        self._by_values()
        stored_distances = self._stored_distances()
        self._by_code()
        self._by_place(stored_distances)
        found_codes = [*self.prefixes.values(), *self.near.values()]
        counties = {code[: AdminLevel.COUNTY.digits] for codes in found_codes for code in codes}
        if any(len(prefix.rstrip("0")) <= AdminLevel.CITY.digits for prefix in counties):
            return None  # a row of the city itself
        units: dict[str, dict[str, frozenset[str]]] = {}
        forced = set()
        for digits in sorted(counties):
            county = digits.ljust(12, "0")
            by_level = self.keeper.codes.get(county, {})
            for indicator in self.affected:
                mine = [prefix for prefix in self.prefixes[indicator.id] if prefix.startswith(digits)]
                every = by_level.get(indicator.level, ())
                found = _begin_with(every, mine)
                if found is None:
                    forced.add((indicator.id, county))
                    found = frozenset(every)
                found |= self.near[indicator.id].intersection(every)
                if found:
                    units.setdefault(county, {})[indicator.id] = found
        return Touched(units=units, forced=frozenset(forced))

    def _by_values(self) -> None:
        """What is touched because it feels other values of features, in counties of which enough is kept to tell."""
        in_reach: dict[str, set[str]] = {}
        for indicator in self.affected:
            first, local = indicator.sources[0], self.locals[indicator.id]
            reads_m = self.keeper.sources[first].reaches_m
            if local is None or local.felt is None or first not in self.changed or reads_m is None:
                continue
            if first not in in_reach:
                in_reach[first] = _in_reach(self.keeper, self.changed[first], reads_m)
            felt = {county: self.keeper.felt(county, indicator) for county in in_reach[first]}
            for county, found in felt.items():
                if found is not None:
                    self.near[indicator.id] |= found.codes
                elif local.network:
                    self.prefixes[indicator.id].add(county[: AdminLevel.COUNTY.digits])
            if all(found is not None and found.only_values for found in felt.values()):
                self.told.add(indicator.id)

    def _by_code(self) -> None:
        """What is touched because a row filed under it, or in its township or county, changed.

        In a county that has another row of the register, before and after, one more or less tells nothing.
        """
        reported: dict[str, frozenset[str]] = {}
        for indicator in self.affected:
            local = self.locals[indicator.id]
            for place, source in enumerate(indicator.sources):
                if source not in self.changed or (place == 0 and indicator.id in self.told):
                    continue
                level = AdminLevel.COUNTY if local is None else AdminLevel.VILLAGE
                if local is not None and place == 0:
                    level = local.presence
                    if level is AdminLevel.COUNTY and source not in reported:
                        feature = feature_type(source)
                        reported[source] = changes.counties_with_unchanged(self.view, feature, self.base)
                known = reported.get(source, frozenset()) if local is not None and place == 0 else frozenset()
                for change in self.changed[source]:
                    alone = level is AdminLevel.COUNTY and change.admin_code[: level.digits] in known
                    digits = AdminLevel.VILLAGE.digits if alone else level.digits
                    self.prefixes[indicator.id].add(_filed_under(change.admin_code)[:digits])

    def _by_place(self, stored_distances: Mapping[tuple[str, ...], Mapping[str, float]]) -> None:
        """What is touched because it lies near a feature that changed."""
        asked: dict[tuple[str, float], list[str]] = {}
        for indicator in self.affected:
            first, local = indicator.sources[0], self.locals[indicator.id]
            if first not in self.changed or indicator.id in self.told:
                continue
            reads_m = self.keeper.sources[first].reaches_m
            if reads_m is not None and (local is None or (local.network and local.felt is None)):
                counties = _in_reach(self.keeper, self.changed[first], reads_m)
                self.prefixes[indicator.id] |= {county[: AdminLevel.COUNTY.digits] for county in counties}
            elif local is not None and local.within_m is not None and local.farthest is None:
                asked.setdefault((first, local.within_m), []).append(indicator.id)
        for alike, metres in stored_distances.items():
            self._by_distance(alike, metres)
        boxes, ids = [], []
        for (source, reach_m), near in asked.items():
            for change in self.changed[source]:
                if change.extent is not None:
                    boxes.append(change.extent.widened(reach_m))
                    ids.append(near)
        for codes, near in zip(changes.units_near(self.view, boxes) if boxes else (), ids, strict=True):
            for indicator_id in near:
                self.near[indicator_id] |= codes

    def _by_distance(self, alike: tuple[str, ...], metres: Mapping[str, float]) -> None:
        """What is touched because a changed feature lies no farther from a natural village than its nearest one did.

        A feature farther from it is not the nearest, and never was. The stored figure of a unit is no less than the
        distance of any of its natural villages.

        Parameters
        ----------
        alike : indicators that look for the same features.
        metres : the least stored figure of each village.
        """
        first = next(i.sources[0] for i in self.affected if i.id in alike)
        most_m = max(metres.values())
        boxes = [change.extent for change in self.changed[first] if change.extent is not None]
        found = changes.located_near(self.view, [box.widened(most_m) for box in boxes])
        for box, located in zip(boxes, found, strict=True):
            for code, extent in located.items():
                if extent.meets(box.widened(metres.get(code, most_m))):
                    for name in alike:
                        self.near[name].add(code)

    def _stored_distances(self) -> dict[tuple[str, ...], dict[str, float]]:
        """Least stored figures of villages, for each group of indicators of nearest features that look for the same.

        A county where none is known bounds nothing: its units are touched, all of them.
        """
        alike: dict[tuple[object, ...], list[str]] = {}
        for indicator in self.affected:
            local = self.locals[indicator.id]
            first = indicator.sources[0]
            if indicator.id in self.told or first not in self.changed:
                continue
            if local is not None and local.farthest is not None:
                key = (local.farthest, indicator.sources, repr(indicator.arguments))
                alike.setdefault(key, []).append(indicator.id)
        counties = {county for county, by_level in self.keeper.codes.items() if by_level[AdminLevel.VILLAGE]}
        known: dict[tuple[str, ...], dict[str, float]] = {}
        for group in map(tuple, alike.values()):
            metres = changes.distances(self.view, self.keeper.as_of, group)
            if counties <= set(map(_county, metres)):
                known[group] = metres
            else:
                self.locals |= dict.fromkeys(group)
        return known


def _begin_with(codes: Sequence[str], prefixes: Iterable[str]) -> frozenset[str] | None:
    """Codes that begin with one of the prefixes; None if a prefix stands for none of them (a county's row)."""
    found: set[str] = set()
    for prefix in prefixes:
        matched = [code for code in codes if code.startswith(prefix)]
        if not matched:
            return None
        found.update(matched)
    return frozenset(found)
