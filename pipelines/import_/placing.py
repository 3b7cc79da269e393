"""Which administrative unit a row belongs to: by its code, else by names, else by where it lies."""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from analysis.web_map_offset import bd09_to_gcj02, gcj02_to_wgs84
from i18n import Text
from layers import AdminLevel, FeatureType, Geometry, Remedy
from pipelines.import_.crs import BD09, GCJ02, WEB_MAPS
from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.findings import Check, Findings, sentence
from pipelines.import_.folding import fold_width, without_unseen
from pipelines.import_.headings import HeadingMap, Role
from pipelines.import_.names import Named, NameIndex
from pipelines.import_.register import Register
from pipelines.import_.values import BLANKS, comparable

TOLERATED_M = 200.0
"""A feature this far outside its stated unit, or outside the city, is taken for a matter of drawing."""

_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?[eE]\+?\d{1,2}$")
_DIGITS = 12
_ENOUGH_POINTS, _SHIFT_SAMPLE = 20, 20_000
_CLEAR_GAIN = 0.03
_MOST_SHARED = 40
"""Units that a polygon may touch before its inner point decides instead of its largest share."""


@dataclass(frozen=True)
class Stated:
    """Text columns that say where rows belong; None where the file has no such column."""

    code: pa.Array | None
    county: pa.Array | None
    township: pa.Array | None
    village: pa.Array | None

    @property
    def any(self) -> bool:
        """Whether the file says anything."""
        return any(c is not None for c in (self.code, self.county, self.township, self.village))


def place_rows(
    stated: Stated,
    geometries: np.ndarray | None,
    headings: HeadingMap,
    feature: FeatureType,
    register: Register,
    findings: Findings,
    crs_label: str,
) -> np.ndarray:
    """Give each row the place of its unit in the register, -1 for rows that are rejected.

    Parameters
    ----------
    stated : what the file says, as text.
    geometries : EPSG:4490, None where a row has none; None for a feature type without geometry.
    crs_label : coordinate system used, for telling a web-map shift from one already undone.

    Raises
    ------
    FileRefused : the register is empty, or the file says nothing about places and has no geometry.
    """
    if not register.codes:
        raise FileRefused(Refusal.NO_ADMIN_UNITS)
    if not stated.any and geometries is None:
        raise FileRefused(Refusal.PLACE_MISSING)
    count = len(findings.source_rows)
    places = np.full(count, -1, dtype=np.int64)
    if stated.code is not None:
        _by_code(stated.code, places, headings, feature, register, findings)
    said = places.copy()
    if any(c is not None for c in (stated.county, stated.township, stated.village)):
        said = _by_names(stated, places, geometries is not None, headings, feature, register, findings)
    if geometries is not None:
        _by_location(geometries, places, said, feature, register, findings, crs_label)
    lost = np.flatnonzero((places < 0) & ~findings.rejected)
    findings.rows(Check.PLACE_EMPTY, Remedy.REJECT, lost, sentence(Check.PLACE_EMPTY))
    return places


def read_code(text: str) -> tuple[str | None, Check | None]:
    """Normalise a written code: the 12 digits, or what is wrong with it; (None, None) for a blank."""
    plain = without_unseen(fold_width(text)).strip("'\"` ")
    if not plain or comparable(plain) in BLANKS:
        return None, None
    if _SCIENTIFIC.match(plain):
        digits = len(plain.lower().split("e")[0].replace(".", ""))
        if digits < _DIGITS:
            return None, Check.CODE_SCIENTIFIC
        plain = str(int(float(plain)))
    plain = re.sub(r"\.0+$", "", plain).replace(" ", "")
    if not (plain.isascii() and plain.isdigit()):
        return None, Check.CODE_MALFORMED
    if len(plain) != _DIGITS:
        return None, Check.CODE_SHORT if len(plain) < _DIGITS else Check.CODE_MALFORMED
    return plain, None


def _by_code(
    column: pa.Array,
    places: np.ndarray,
    headings: HeadingMap,
    feature: FeatureType,
    register: Register,
    findings: Findings,
) -> None:
    encoded = column.dictionary_encode()
    which = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    words = encoded.dictionary.to_pylist()
    found = np.full(len(words) + 1, -1, dtype=np.int64)
    failed: dict[Check, list[int]] = {}
    for k, word in enumerate(words):
        code, failure = read_code(word)
        if code is not None:
            place = register.place.get(code)
            if place is None:
                failure = Check.CODE_UNKNOWN
            elif register.levels[place] not in feature.levels:
                failure = Check.CODE_LEVEL
            else:
                found[k] = place
        if failure is not None:
            failed.setdefault(failure, []).append(k)
    places[:] = found[which]
    levels = _level_names(feature)
    for check, bad in failed.items():
        rows = np.flatnonzero(np.isin(which, bad))
        findings.rows(
            check,
            Remedy.REJECT,
            rows,
            sentence(check, levels=levels),
            column=_title(headings, Role.CODE),
            value=lambda i, rows=rows: words[which[rows[i]]],
        )


def _by_names(
    stated: Stated,
    places: np.ndarray,
    has_geometry: bool,
    headings: HeadingMap,
    feature: FeatureType,
    register: Register,
    findings: Findings,
) -> np.ndarray:
    """Place the rows without a code by their names, and compare names and code of the others.

    Returns
    -------
    the deepest unit that each row states, of whatever level; -1 for none.
    """
    said = places.copy()
    rows = np.flatnonzero(~findings.rejected)
    lists = [_names(column, rows) for column in (stated.county, stated.township, stated.village)]
    triples = list(zip(*lists, strict=True))
    index = NameIndex(register)
    resolved: dict[tuple[str, str, str], Named] = {t: index.find(*t) for t in dict.fromkeys(triples)}
    failed: dict[Check, list[int]] = {}
    contradicted: list[int] = []
    for at, triple in enumerate(triples):
        named = resolved[triple]
        if places[rows[at]] >= 0:
            if named.meant and not any(register.related(places[rows[at]], unit) for unit in named.meant):
                contradicted.append(at)
            continue
        if named.place is not None:
            said[rows[at]] = named.place
        if named.place is not None and register.levels[named.place] in feature.levels:
            places[rows[at]] = named.place
        elif named.failure is None:
            if not has_geometry:
                failed.setdefault(Check.CODE_LEVEL, []).append(at)
        elif named.failure is not Check.PLACE_EMPTY:
            failed.setdefault(named.failure, []).append(at)
    column = {level: _title(headings, role) for level, role in _ROLES.items()}
    levels = _level_names(feature)
    for check, ats in failed.items():

        def message(i: int, check: Check = check, ats: list[int] = ats) -> Text:
            named = resolved[triples[ats[i]]]
            scores = "、".join(f"{index.told(p)} {score:.2f}" for p, score in named.proposals) or "-"
            return sentence(check, proposals=scores, levels=levels, name=named.written)

        findings.rows(
            check,
            Remedy.REJECT,
            rows[ats],
            message,
            column=column.get(resolved[triples[ats[0]]].level or AdminLevel.VILLAGE),
            value=lambda i, ats=ats: " ".join(part for part in triples[ats[i]] if part),
        )
    findings.rows(
        Check.CODE_CONTRADICTED,
        Remedy.WARN if has_geometry else Remedy.REJECT,
        rows[contradicted],
        lambda i: sentence(
            Check.CODE_CONTRADICTED,
            coded=register.told(register.codes[places[rows[contradicted[i]]]]),
            named=register.told(register.codes[resolved[triples[contradicted[i]]].meant[0]]),
        ),
        column=_title(headings, Role.CODE),
        value=lambda i: " ".join(part for part in triples[contradicted[i]] if part),
    )
    return said


_ROLES = {
    AdminLevel.COUNTY: Role.COUNTY,
    AdminLevel.TOWNSHIP: Role.TOWNSHIP,
    AdminLevel.VILLAGE: Role.VILLAGE,
}


def _names(column: pa.Array | None, rows: np.ndarray) -> list[str]:
    if column is None:
        return [""] * len(rows)
    words = [without_unseen(w) if w else "" for w in column.take(pa.array(rows)).to_pylist()]
    return ["" if comparable(w) in BLANKS else w for w in words]


def _by_location(
    geometries: np.ndarray,
    places: np.ndarray,
    said: np.ndarray,
    feature: FeatureType,
    register: Register,
    findings: Findings,
    crs_label: str,
) -> None:
    """Place what has no place yet by where it lies, and compare what the others say with it."""
    rows = np.flatnonzero(~findings.rejected & ~shapely.is_missing(geometries))
    if not len(rows):
        return
    shapes = geometries[rows]
    located = register.located(inner_points(shapes))
    if feature.geometry is Geometry.POLYGON:
        _by_largest_share(shapes, located, register)
    stating = said[rows] >= 0
    _outside_city(rows, shapes, located, register, findings)
    _disagreeing(rows[stating], shapes[stating], located[stating], said, register, findings)
    unplaced = places[rows] < 0
    if AdminLevel.VILLAGE in feature.levels:
        places[rows[unplaced]] = located[unplaced]
    else:
        places[rows[unplaced]] = [_above(place, feature, register) for place in located[unplaced]]
    if feature.geometry is Geometry.POINT and crs_label not in WEB_MAPS:
        _look_for_shift(shapes[stating], said[rows[stating]], register, findings)


def inner_points(shapes: np.ndarray) -> np.ndarray:
    """A point of each shape that lies on it: the point itself, the middle of a line, inside of a polygon."""
    kinds = shapely.get_type_id(shapes)
    points = shapes.copy()
    lines = np.isin(kinds, (1, 5))
    if lines.any():
        points[lines] = _middles(shapes[lines])
    areas = np.isin(kinds, (3, 6))
    if areas.any():
        points[areas] = shapely.point_on_surface(shapes[areas])
    return points


def _middles(lines: np.ndarray) -> np.ndarray:
    """The middle of each line; of a multi line, that of its longest part."""
    parts, owner = shapely.get_parts(lines, return_index=True)
    order = np.lexsort((-shapely.length(parts), owner))
    first = order[np.searchsorted(owner[order], np.arange(len(lines)))]
    return shapely.line_interpolate_point(parts[first], 0.5, normalized=True)


def _by_largest_share(shapes: np.ndarray, located: np.ndarray, register: Register) -> None:
    """Move polygons over several units to the one that holds most of them."""
    shape, unit = register.tree.query(shapes, predicate="intersects")
    touched = np.bincount(shape, minlength=len(shapes))
    several = np.isin(shape, np.flatnonzero((touched > 1) & (touched <= _MOST_SHARED)))
    shape, unit = shape[several], unit[several]
    if not len(shape):
        return
    outlines = register.outlines[register.deepest[unit]]
    shares = shapely.area(shapely.intersection(shapes[shape], outlines))
    order = np.lexsort((unit, -shares, shape))
    ordered = shape[order]
    first = order[np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])]
    located[shape[first]] = register.deepest[unit[first]]


def _outside_city(
    rows: np.ndarray, shapes: np.ndarray, located: np.ndarray, register: Register, findings: Findings
) -> None:
    """Reject what lies outside; what lies just outside goes to the nearest unit with a warning."""
    out = np.flatnonzero(located < 0)
    if not len(out):
        return
    nearest, metres = register.nearest(inner_points(shapes[out]))
    close = metres <= TOLERATED_M
    located[out[close]] = nearest[close]

    def far_message(i: int) -> Text:
        return sentence(Check.OUTSIDE_CITY, km=f"{metres[~close][i] / 1000:.1f}")

    def close_message(i: int) -> Text:
        unit = register.names[nearest[close][i]]
        return sentence(Check.JUST_OUTSIDE_CITY, m=f"{metres[close][i]:.0f}", unit=unit)

    where = [_coordinates(p) for p in inner_points(shapes[out[~close]][:1000])]
    findings.rows(Check.OUTSIDE_CITY, Remedy.REJECT, rows[out[~close]], far_message, value=lambda i: where[i])
    findings.rows(Check.JUST_OUTSIDE_CITY, Remedy.WARN, rows[out[close]], close_message)


def _coordinates(point: shapely.Point) -> str:
    return f"{point.x:.6f}, {point.y:.6f}"


def _disagreeing(
    rows: np.ndarray,
    shapes: np.ndarray,
    located: np.ndarray,
    said: np.ndarray,
    register: Register,
    findings: Findings,
) -> None:
    """Warn of features that lie away from the unit they state, of whatever level."""
    known = np.flatnonzero(located >= 0)
    count = len(register.codes)
    pairs, which = np.unique(located[known] * count + said[rows[known]], return_inverse=True)
    inside = np.array([register.related(*divmod(int(pair), count)) for pair in pairs], dtype=bool)
    away = known[~inside[which]]
    if not len(away):
        return
    metres = register.distances_m(shapes[away], said[rows[away]])
    far = metres > TOLERATED_M
    ats, metres = away[far], metres[far]

    def message(i: int) -> Text:
        unit, lies = said[rows[ats[i]]], located[ats[i]]
        return sentence(
            Check.OUTSIDE_STATED_UNIT,
            stated=register.names[unit],
            located=register.names[lies],
            m=f"{metres[i]:.0f}",
        )

    findings.rows(
        Check.OUTSIDE_STATED_UNIT,
        Remedy.WARN,
        rows[ats],
        message,
        value=lambda i: register.codes[said[rows[ats[i]]]],
    )


def _above(place: int, feature: FeatureType, register: Register) -> int:
    """The unit above a village that the feature type is kept at, -1 if there is none."""
    if place < 0:
        return -1
    for level in reversed(feature.levels):
        code = register.codes[place][: level.digits].ljust(_DIGITS, "0")
        if code in register.place:
            return register.place[code]
    return -1


def _look_for_shift(shapes: np.ndarray, said: np.ndarray, register: Register, findings: Findings) -> None:
    """Warn when undoing a web map's shift would put clearly more points into their stated villages."""
    at_village = np.flatnonzero(
        np.array([register.levels[p] is AdminLevel.VILLAGE for p in said], dtype=bool)
    )
    if len(at_village) < _ENOUGH_POINTS:
        return
    chosen = at_village[:: max(1, len(at_village) // _SHIFT_SAMPLE)]
    x, y = shapely.get_x(shapes[chosen]), shapely.get_y(shapes[chosen])
    inside = {"": float((register.located(shapes[chosen]) == said[chosen]).mean())}
    for label, moved in (
        (GCJ02, gcj02_to_wgs84(x, y)),
        (BD09, gcj02_to_wgs84(*bd09_to_gcj02(x, y))),
    ):
        inside[label] = float((register.located(shapely.points(*moved)) == said[chosen]).mean())
    likelier = max((GCJ02, BD09), key=lambda label: inside[label])
    # Of the points that lie wrong as they are, the shift must mend most.
    gain = inside[likelier] - inside[""]
    if gain >= _CLEAR_GAIN and gain > 0.5 * (1 - inside[""]):
        findings.note(
            Check.WEB_MAP_SHIFT,
            system=likelier,
            before=f"{inside['']:.0%}",
            after=f"{inside[likelier]:.0%}",
        )


def _title(headings: HeadingMap, role: Role) -> str | None:
    matched = headings.of(role)
    return matched.heading if matched else None


def _level_names(feature: FeatureType) -> Text:
    return Text(*("/".join(level.text.get(lang) for level in feature.levels) for lang in ("zh", "en")))
