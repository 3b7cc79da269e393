"""Opening of the ledger: projects that were accepted before it began, with what they saved and what of it is used."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import sqlalchemy as sa

from analysis import quota
from base.errors import XiangtuError
from base.journal import journal
from i18n import tr
from layers.codes import ProjectState, QuotaKind
from store.land import ledger
from store.land.consolidation import NewAcceptance, accept, projects, unit_of

log = journal("pipelines.saved_opening")


@dataclass
class Opened:
    """What was posted: projects, their savings, farmland and uses in 亩; and who was refused, with the sentence."""

    projects: int = 0
    saved_mu: Decimal = Decimal(0)
    new_farmland_mu: Decimal = Decimal(0)
    used_mu: Decimal = Decimal(0)
    refused: list[tuple[str, str]] = field(default_factory=list)


def open_savings(engine: sa.Engine, *, by: str, prefixes: Sequence[str] = ("",)) -> Opened:
    """Post the savings of all projects that are delivered as accepted and that the ledger does not know.

    Each project is one transaction: its acceptance, its savings, its new farmland, and the part that is used already,
    which goes to no parcel. A project with an acceptance is left alone, so that a second run posts nothing.

    Parameters
    ----------
    engine : of the tables' owner.
    prefixes : leading digits of the projects' codes.
    """
    opened = Opened()
    with engine.connect() as connection:
        known = pd.concat([projects(connection, prefix) for prefix in prefixes], ignore_index=True)
        settled = set(connection.scalars(sa.text("SELECT project_no FROM xiangtu.consolidation_acceptances")))
    waiting = known[(known["state"] == str(ProjectState.ACCEPTED)) & ~known["project_no"].isin(settled)]
    for _, project in waiting.iterrows():
        try:
            with engine.begin() as connection:
                _open(connection, project, opened, by)
        except XiangtuError as error:
            opened.refused.append((str(project["project_no"]), error.sentence("zh")))
    log.info("savings_opened", projects=opened.projects, refused=len(opened.refused))
    return opened


def _open(connection: sa.Connection, project: "pd.Series[Any]", opened: Opened, by: str) -> None:
    saved, farmland = _mu(project["saved_quota_mu"]), _mu(project["new_farmland_mu"])
    used = _mu(project["used_quota_mu"])
    stated = project["stated_accepted_on"]
    day = stated if isinstance(stated, dt.date) and not pd.isna(stated) else ledger.today()
    unit = unit_of(str(project["admin_code"]))
    number = str(project["project_no"])
    accept(
        connection,
        NewAcceptance(
            number, unit, day, farmland, saved, remark=tr("consolidation.opening_remark", "zh"), opening=True
        ),
        by=by,
    )
    if used:
        allotment = quota.allotted(
            QuotaKind.SAVED,
            unit,
            "",
            used,
            day,
            None,
            lot=number,
            reason=tr("consolidation.opening_use", "zh"),
        )
        ledger.post(connection, allotment, by=by, part_of=ledger.PartOf.OPENING)
    opened.projects += 1
    opened.saved_mu += saved
    opened.new_farmland_mu += farmland
    opened.used_mu += used


def _mu(value: object) -> Decimal:
    """A delivered area as the ledger keeps it, to four decimals; 0 where nothing is said."""
    if value is None or pd.isna(value):
        return Decimal(0)
    return Decimal(str(value)).quantize(quota.STEP_MU, ROUND_HALF_UP)
