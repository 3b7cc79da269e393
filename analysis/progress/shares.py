"""How much of the budgets is done and paid: one meaning for the leaders' page, tracking and briefings.

Only projects with an accepted report count, above and below: of the others nothing is known, and *no data is not zero*.
The indicators ``project_percent`` and ``project_paid_share`` mean the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Shares:
    """What is done and paid of the budgets of projects with an accepted report.

    Attributes
    ----------
    known : how many projects have one.
    known_yuan : their budgets.
    done_yuan, paid_yuan : percent done times budget, and what was paid.
    """

    known: int
    known_yuan: float
    done_yuan: float
    paid_yuan: float

    @property
    def percent(self) -> float | None:
        """Physical progress, 0–100, weighted by budget; None where nothing is known."""
        return 100 * self.done_yuan / self.known_yuan if self.known_yuan else None

    @property
    def paid_share(self) -> float | None:
        """Paid over budget, 1 for all of it; None where nothing is known."""
        return self.paid_yuan / self.known_yuan if self.known_yuan else None


def shares(projects: pd.DataFrame) -> Shares:
    """Sum up projects.

    Parameters
    ----------
    projects : ``budget_yuan``; ``percent`` (0–100) and ``paid_yuan`` of the newest accepted report, NaN without one.
    """
    whole = _parts(projects).sum()
    return Shares(
        int(whole["known"]), *(float(whole[name]) for name in ("known_yuan", "done_yuan", "paid_yuan"))
    )


def shares_by(projects: pd.DataFrame, by: "Sequence[str] | pd.Series[str]") -> pd.DataFrame:
    """`shares` of groups of projects.

    Parameters
    ----------
    projects : as `shares`.
    by : the group of each row, in their order; rows whose group is missing are left out.

    Returns
    -------
    Index the groups, ascending. ``known``, ``known_yuan``, ``percent``, ``paid_share`` as `Shares`, NaN for None.
    """
    group = pd.Series(np.asarray(by, dtype=object), index=projects.index)
    sums = _parts(projects).groupby(group).sum().sort_index()
    found = [Shares(int(known), *rest) for known, *rest in sums.itertuples(index=False)]
    return sums[["known", "known_yuan"]].assign(
        percent=np.array([one.percent for one in found], dtype=float),
        paid_share=np.array([one.paid_share for one in found], dtype=float),
    )


def _parts(projects: pd.DataFrame) -> pd.DataFrame:
    """What each project adds to the sums; nothing without an accepted report."""
    percent = projects["percent"].astype(float)
    known = percent.notna()
    budget = projects["budget_yuan"].astype(float)
    return pd.DataFrame(
        {
            "known": known.astype(int),
            "known_yuan": budget.where(known, 0.0),
            "done_yuan": (budget * percent / 100).where(known, 0.0),
            "paid_yuan": projects["paid_yuan"].astype(float).where(known, 0.0),
        }
    )
