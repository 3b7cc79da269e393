"""Finding the table in a sheet: title rows above it, a unit row below the headings, notes at its end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.import_.errors import FileRefused, Refusal
from pipelines.import_.folding import heading_key, split_slashed_unit, split_unit, unit_key
from pipelines.import_.raw_table import Remark

SEARCHED_ROWS = 30
FEWEST_KNOWN = 2
"""A row with fewer known headings may be one of a guide as well."""
_NOTE = re.compile(
    r"^[\s(*]*(注|说明|备注|填表|填报|制表|审核|单位负责|负责人|数据来源|联系|note|source)", re.I
)
_SUM = re.compile(r"^\s*(合\s*计|总\s*计|小\s*计|total|sum)\s*[::]?\s*$", re.I)

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Layout:
    """Where things stand; rows are 0-based places in the sheet."""

    headings: tuple[str, ...]
    units: tuple[str | None, ...]
    first_row: int
    score: int
    remarks: tuple[Remark, ...] = field(default=())


def known_headings(cells: Sequence[str], known: frozenset[str]) -> int:
    """How many cells are headings that the feature type knows."""
    return sum(_is_known(cell, known) for cell in cells if cell)


def spellings(cell: str) -> set[str]:
    """What a heading may say: all of it, or all but its unit; folded."""
    slashed = split_slashed_unit(cell)
    stems = (cell, split_unit(cell)[0], *(slashed[:1] if slashed else ()))
    return {heading_key(stem) for stem in stems}


def _is_known(cell: str, known: frozenset[str]) -> bool:
    return not known.isdisjoint(spellings(cell))


def find_layout(top: Rows, known: frozenset[str], units: frozenset[str]) -> Layout:
    """Find the heading row among the first rows of a sheet.

    The row with most known headings wins; when none knows two, the first row that fills most of the width.
    Headings over two rows (a group above, parts below) are joined.

    Parameters
    ----------
    top : the first rows, cells as stripped text, equally long.
    known : folded headings of the feature type; units : folded units.

    Raises
    ------
    FileRefused : nothing looks like a row of headings.
    """
    scores = [known_headings(row, known) for row in top]
    best = max(range(len(top)), key=lambda i: (scores[i], -i), default=None)
    if best is None:
        raise FileRefused(Refusal.NO_ROWS)
    if scores[best] < FEWEST_KNOWN:
        width = max(sum(1 for c in row if c) for row in top)
        filled = (i for i, row in enumerate(top) if sum(1 for c in row if c) >= max(1, 0.6 * width))
        fallback = next(filled, None)
        if width == 0 or fallback is None:
            raise FileRefused(Refusal.NO_HEADINGS)
        best = best if scores[best] else fallback
    above, headings, next_row = _joined(top, best, known)
    remarks = [_skipped(i, row) for i, row in enumerate(top[:above]) if any(row)]
    stated: list[str | None] = [None] * len(headings)
    if next_row < len(top) and _is_unit_row(top[next_row], units):
        stated = [cell or None for cell in top[next_row]]
        next_row += 1
    return Layout(tuple(headings), tuple(stated), next_row, scores[best], tuple(remarks))


def _joined(top: Rows, best: int, known: frozenset[str]) -> tuple[int, list[str], int]:
    """Join headings that span two rows; returns first heading row, headings, first row below them."""
    row = list(top[best])
    if best + 1 < len(top) and _is_lower_half(row, top[best + 1], known):
        return best, _merge(row, top[best + 1], known), best + 2
    if best > 0 and _is_lower_half(top[best - 1], row, known):
        return best - 1, _merge(top[best - 1], row, known), best + 1
    return best, row, best + 1


def _is_lower_half(upper: Sequence[str], lower: Sequence[str], known: frozenset[str]) -> bool:
    """Whether `lower` fills gaps of `upper` with headings: blanks above, known headings or words below."""
    under_gaps = [cell for cell, above in zip(lower, upper, strict=True) if cell and not above]
    if not under_gaps or sum(1 for c in upper if c) < 2:
        return False
    return known_headings(lower, known) >= 1 and not any(c[:1].isdigit() for c in under_gaps)


def _merge(upper: Sequence[str], lower: Sequence[str], known: frozenset[str]) -> list[str]:
    merged, group = [], ""
    for above, below in zip(upper, lower, strict=True):
        group = above or (group if below else "")
        joined = f"{group}{below}"
        if below and heading_key(joined) not in known and _is_known(below, known):
            merged.append(below)
        else:
            merged.append(joined if below else above)
    return merged


def _is_unit_row(row: Sequence[str], units: frozenset[str]) -> bool:
    cells = [cell for cell in row if cell]
    return bool(cells) and all(unit_key(cell) in units or cell in ("/", "-", "—") for cell in cells)


def _skipped(index: int, row: Sequence[str]) -> Remark:
    return Remark("row_skipped", index + 1, None, " ".join(cell for cell in row if cell)[:200])


def is_note(row: list[str]) -> bool:
    """Whether a row below the data is a note, a signature or a sum, not a record."""
    filled = len(row) - row.count("")
    if not filled:
        return True
    if _SUM.match(row[0]) or (len(row) > 1 and _SUM.match(row[1])):
        return True
    return filled <= max(3, len(row) // 4) and bool(_NOTE.match(next(cell for cell in row if cell)))


def trailing_remark(index: int, row: Sequence[str]) -> Remark | None:
    """The remark for a row that `is_note` leaves out; blank rows need none."""
    return _skipped(index, row) if any(row) else None
