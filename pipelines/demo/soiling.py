"""Planting the problems that real files have, and counting them."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pipelines.demo.manifest import Outcome, Planted

_MARK_OF_COPIES = "B"
_FULL_WIDTH = {i: i + 0xFEE0 for i in range(0x21, 0x7F)}


def full_width(text: object) -> str:
    """Write ASCII characters in their full-width forms: C级 → Ｃ级."""
    return str(text).translate(_FULL_WIDTH)


def with_thousands(text: object) -> str:
    """1250.5 → 1,250.5."""
    return f"{float(str(text)):,}".removesuffix(".0")


def month_with_point(text: object) -> str:
    """2023-06-05 → 2023.6."""
    year, month, _ = str(text).split("-")
    return f"{year}.{int(month)}"


def month_in_words(text: object) -> str:
    """2023-06-05 → 2023年6月."""
    year, month, _ = str(text).split("-")
    return f"{year}年{int(month)}月"


def excel_serial(text: object) -> str:
    """2023-06-05 → 45082, the number of the day in Excel."""
    return str((np.datetime64(str(text), "D") - np.datetime64("1899-12-30")).astype(int))


class Soiler:
    """Plants problems in the cells of a table, at most one in a row.

    Parameters
    ----------
    table : text and numbers under their headings; changed in place.
    rng : draws the rows.
    """

    def __init__(self, table: pd.DataFrame, rng: np.random.Generator) -> None:
        self.table = table
        self._rng = rng
        self._free = np.ones(len(table), dtype=bool)
        self._planted: list[Planted] = []

    @property
    def planted(self) -> tuple[Planted, ...]:
        """What has been planted, in order."""
        return tuple(p for p in self._planted if p.count)

    @property
    def untouched(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """Positions of the rows that have no problem."""
        return np.flatnonzero(self._free)

    def cells(
        self,
        kind: str,
        outcome: Outcome,
        rule: str | None,
        count: int,
        values: dict[str, Callable[[object], object]],
        where: Callable[[object], bool] = lambda _: True,
        *,
        copied: str | None = None,
    ) -> None:
        """Change cells of `count` rows.

        Parameters
        ----------
        values : for each heading what its old value becomes; rows in which one is empty are left alone.
        where : further condition on the old value under the first heading.
        copied : heading of the key. Change appended copies under keys of their own instead, where others need
            the rows themselves and an import would reject them: the roads that go on, the works of a main.
        """
        rows = self.draw(count, list(values), where)
        if copied is not None:
            rows = self._appended(rows)
            at = self.table.columns.get_loc(copied)
            for row in rows:
                self.table.iat[row, at] = str(self.table.iat[row, at]) + _MARK_OF_COPIES
        for row in rows:
            for heading, change in values.items():
                at = self.table.columns.get_loc(heading)
                self.table.iat[row, at] = change(self.table.iat[row, at])
            self._note(kind, outcome, rule)

    def meant(self, kind: str, count: int) -> None:
        """Note something that the rows were made with and an import takes as it is: parcels in conflict."""
        self._planted.append(Planted(kind, Outcome.UNDERSTOOD, None, count))

    def duplicates(self, count: int) -> None:
        """Append copies of rows, which their keys give away."""
        rows = self.draw(count, [])
        for _ in self._appended(rows):
            self._note("duplicate_row", Outcome.REJECTED, "duplicate_key")

    def draw(
        self, count: int, headings: list[str], where: Callable[[object], bool] = lambda _: True
    ) -> list[int]:
        """Positions of rows without a problem yet, whose cells under the headings are filled."""
        suited = self._free.copy()
        for heading in headings:
            suited &= self.table[heading].notna().to_numpy()
        candidates = np.flatnonzero(suited)
        if headings:
            first = self.table[headings[0]].to_numpy()
            candidates = np.array([i for i in candidates if where(first[i])], dtype=np.int64)
        count = min(count, len(candidates) // 4)
        rows = np.sort(self._rng.choice(candidates, count, replace=False)) if count else candidates[:0]
        self._free[rows] = False
        return rows.tolist()

    def _appended(self, rows: list[int]) -> list[int]:
        """Copy rows to the end; the positions of the copies, which get no further problem."""
        first = len(self.table)
        self.table = pd.concat([self.table, self.table.iloc[rows]], ignore_index=True)
        self._free = np.append(self._free, np.zeros(len(rows), dtype=bool))
        return list(range(first, first + len(rows)))

    def _note(self, kind: str, outcome: Outcome, rule: str | None) -> None:
        for i, known in enumerate(self._planted):
            if known.kind == kind:
                self._planted[i] = Planted(kind, outcome, rule, known.count + 1)
                return
        self._planted.append(Planted(kind, outcome, rule, 1))
