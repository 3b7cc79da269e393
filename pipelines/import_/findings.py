"""What was found in the rows of a file, where, and what was done about it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from i18n import Text, tr
from layers import Remedy

STORED_PER_RULE = 1000
"""Findings kept per rule; those beyond it are counted and said in one line."""

_LONGEST_VALUE = 200


class Check(StrEnum):
    """Checks of the import itself; the sentence of each is ``import.finding.<value>``."""

    COLUMN_UNMATCHED = "column_unmatched"
    COLUMN_TWICE = "column_twice"
    COLUMNS_ABSENT = "columns_absent"
    UNIT_CONVERTED = "unit_converted"
    UNIT_UNKNOWN = "unit_unknown"
    UNIT_CUT = "unit_cut"
    ROW_SKIPPED = "row_skipped"
    SHX_REBUILT = "shx_rebuilt"
    CPG_IGNORED = "cpg_ignored"
    TEXT_DAMAGED = "text_damaged"
    CRS_GUESSED = "crs_guessed"
    CRS_OVERRULED = "crs_overruled"
    CRS_OLD_DATUM = "crs_old_datum"
    AXES_SWAPPED = "axes_swapped"
    WEB_MAP_SHIFT = "web_map_shift"
    Z_DROPPED = "z_dropped"
    READ_AS_BLANK = "read_as_blank"
    CONTROL_CHARACTERS = "control_characters"
    WIDTH_FOLDED = "width_folded"
    TEXT_CUT = "text_cut"
    KEY_TOO_LONG = "key_too_long"
    APPROXIMATE = "approximate"
    VALUE_UNIT = "value_unit"
    PERCENT = "percent"
    DATE_MONTH = "date_month"
    DATE_MONTH_DOUBTFUL = "date_month_doubtful"
    DATE_YEAR = "date_year"
    DATE_SERIAL = "date_serial"
    DATE_SHORT_YEAR = "date_short_year"
    UNREADABLE = "unreadable"
    NOT_WHOLE = "not_whole"
    UNKNOWN_CODE = "unknown_code"
    DATE_IMPOSSIBLE = "date_impossible"
    DATE_FUTURE = "date_future"
    OUT_OF_RANGE = "out_of_range"
    REQUIRED_EMPTY = "required_empty"
    KEY_EMPTY = "key_empty"
    DUPLICATE_KEY = "duplicate_key"
    KEY_ELSEWHERE = "key_elsewhere"
    OUT_OF_SCOPE = "out_of_scope"
    KEY_OF_OTHERS = "key_of_others"
    GEOMETRY_EMPTY = "geometry_empty"
    GEOMETRY_UNREADABLE = "geometry_unreadable"
    GEOMETRY_TYPE = "geometry_type"
    GEOMETRY_PARTS = "geometry_parts"
    GEOMETRY_REPAIRED = "geometry_repaired"
    GEOMETRY_DEGENERATE = "geometry_degenerate"
    GEOMETRY_HUGE = "geometry_huge"
    COORDINATES_EMPTY = "coordinates_empty"
    COORDINATES_UNREADABLE = "coordinates_unreadable"
    OUTSIDE_CITY = "outside_city"
    JUST_OUTSIDE_CITY = "just_outside_city"
    OUTSIDE_STATED_UNIT = "outside_stated_unit"
    CODE_SCIENTIFIC = "code_scientific"
    CODE_SHORT = "code_short"
    CODE_UNKNOWN = "code_unknown"
    CODE_MALFORMED = "code_malformed"
    CODE_LEVEL = "code_level"
    CODE_CONTRADICTED = "code_contradicted"
    NAME_UNKNOWN = "name_unknown"
    NAME_PROPOSED = "name_proposed"
    NAME_AMBIGUOUS = "name_ambiguous"
    PLACE_EMPTY = "place_empty"
    PARENT_MISSING = "parent_missing"
    LEVEL_CODE = "level_code"
    APPROVED_CHANGED = "approved_changed"
    MORE_FINDINGS = "more_findings"


def sentence(check: Check, **values: object) -> Text:
    """The sentence of a check in both languages; `Text` values are put in by language."""
    return Text(*(tr(f"import.finding.{check}", lang, **_in(values, lang)) for lang in ("zh", "en")))


def _in(values: dict[str, object], lang: str) -> dict[str, object]:
    chosen = "en" if lang == "en" else "zh"
    return {name: v.get(chosen) if isinstance(v, Text) else v for name, v in values.items()}


@dataclass(frozen=True)
class Finding:
    """One line of the report. `row_no` counts as the source does; None speaks of the file or a column."""

    row_no: int | None
    column_title: str | None
    value: str | None
    rule: str
    remedy: Remedy
    message: Text


class Findings:
    """Collects findings and knows which rows are rejected, repaired and warned of.

    Parameters
    ----------
    source_rows : row number in the source of each position of the frame.
    """

    def __init__(self, source_rows: np.ndarray) -> None:
        self.source_rows = source_rows
        self.totals: Counter[str] = Counter()
        self._stored: list[Finding] = []
        self._kept: Counter[str] = Counter()
        self._remedies: dict[str, Remedy] = {}
        self._touched = {remedy: np.zeros(len(source_rows), dtype=bool) for remedy in Remedy}

    @property
    def rejected(self) -> np.ndarray:
        """True at positions that are left out."""
        return self._touched[Remedy.REJECT]

    def count(self, remedy: Remedy) -> int:
        """How many rows have a finding of that remedy; a rejected row counts as rejected only."""
        touched = self._touched[remedy]
        return int((touched if remedy is Remedy.REJECT else touched & ~self.rejected).sum())

    def note(
        self,
        check: Check,
        *,
        remedy: Remedy = Remedy.WARN,
        column: str | None = None,
        value: str | None = None,
        row_no: int | None = None,
        **values: object,
    ) -> None:
        """Say something about the file, a column, or a row that is not among the data."""
        self.totals[check] += 1
        message = sentence(check, **values)
        self._stored.append(Finding(row_no, column, _short(value), check, remedy, message))

    def rows(
        self,
        rule: str,
        remedy: Remedy,
        positions: np.ndarray | Sequence[int],
        message: Text | Callable[[int], Text],
        *,
        column: str | None = None,
        value: Callable[[int], object] | None = None,
    ) -> None:
        """Record a finding for each of `positions`.

        Parameters
        ----------
        message : one sentence for all, or a function of the place within `positions`.
        value : the offending value, as a function of the place within `positions`.
        """
        positions = np.asarray(positions, dtype=np.int64)
        if not len(positions):
            return
        self._touched[remedy][positions] = True
        self.totals[rule] += len(positions)
        self._remedies[rule] = remedy
        room = max(0, STORED_PER_RULE - self._kept[rule])
        for i, position in enumerate(positions[:room]):
            said = message if isinstance(message, Text) else message(i)
            shown = None if value is None else _short(value(i))
            row_no = int(self.source_rows[position])
            self._stored.append(Finding(row_no, column, shown, rule, remedy, said))
        self._kept[rule] += min(room, len(positions))

    def absorb(self, of_some: "Findings", positions: np.ndarray) -> None:
        """Take over what was found while looking at some of the rows only, which stand at `positions`."""
        self.totals.update(of_some.totals)
        self._stored.extend(of_some._stored)
        self._kept.update(of_some._kept)
        self._remedies.update(of_some._remedies)
        for remedy, touched in of_some._touched.items():
            self._touched[remedy][positions[touched]] = True

    def all(self) -> list[Finding]:
        """Stored findings: of the file first, then by row, then the counts of those beyond the cap."""
        ordered = sorted(self._stored, key=lambda f: (f.row_no is not None, f.row_no or 0))
        for rule, kept in self._kept.items():
            beyond = self.totals[rule] - kept
            if beyond > 0:
                text = sentence(Check.MORE_FINDINGS, rule=rule, count=beyond, kept=kept)
                ordered.append(Finding(None, None, None, rule, self._remedies[rule], text))
        return ordered


def _short(value: object) -> str | None:
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
