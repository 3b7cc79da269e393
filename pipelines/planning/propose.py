"""Proposing candidate projects: counties over an executor, from one view of the data."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import sqlalchemy as sa

from analysis.proposals.model import Proposal
from analysis.proposals.proposers import PROPOSERS
from base.journal import journal
from base.settings import settings
from layers.codes import Need
from pipelines.indicators import Executor, UnknownCounty, executor_for, today
from pipelines.planning.county import counties_with_villages, read_county
from store import snapshots
from store.engine import make_engine
from store.planning.candidates import ProposalRun, put_proposal
from store.planning.unit_costs import unit_costs

Progress = Callable[[int, int], object]
"""Told after each county and need: how many are done, of how many."""
log = journal("pipelines.planning")


@dataclass(frozen=True)
class ProposeTask:
    """What another process needs to propose for a county; plain values only."""

    database_url: str
    view_id: str
    county: str
    need: Need
    unit_yuan: dict[str, float]
    as_of: dt.date


@dataclass(frozen=True)
class Proposed:
    """A proposal for a need in a county, not yet stored."""

    county: str
    need: Need
    proposal: Proposal
    data_versions: dict[str, int]
    unit_yuan: dict[str, float]
    seconds: float = field(compare=False)


def propose(
    source: sa.Engine,
    *,
    needs: Sequence[Need],
    counties: Sequence[str] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Proposed]:
    """Propose candidates, by county and need; nothing is stored (`keep`).

    Parameters
    ----------
    source : the tables' owner: houses are read whole, and what comes of them names nobody. Who asks must be allowed to
        plan there, which the caller and the policies of `keep` see to.
    counties : 12-digit codes; None proposes for all.
    workers : processes; None takes the setting ``workers``.

    Raises
    ------
    NoUnits, UnknownCounty : there is nothing to propose for.
    """
    with snapshots.frozen(source) as (view, view_id):
        known = counties_with_villages(view)
        for code in counties or ():
            if code not in known:
                raise UnknownCounty(code=code, known=", ".join(known))
        versions, prices = snapshots.data_versions(view), unit_costs(view)
        url = source.url.render_as_string(hide_password=False)
        tasks = [
            ProposeTask(url, view_id, county, need, prices, today())
            for county in sorted(set(counties or known))
            for need in needs
        ]
        chosen = executor or executor_for(settings().workers if workers is None else workers)
        found = []
        for county, need, proposal, seconds in chosen.map_unordered(propose_county, tasks):
            found.append(Proposed(county, need, proposal, versions, prices, seconds))
            log.info("proposed", county=county, need=str(need), candidates=len(proposal.candidates),
                     without=len(proposal.without), seconds=round(seconds, 2))  # fmt: skip
            if progress is not None:
                progress(len(found), len(tasks))
    return sorted(found, key=lambda one: (one.county, one.need))


def propose_county(task: ProposeTask) -> tuple[str, Need, Proposal, float]:
    """Read and propose for one county; runs in any process."""
    started = time.perf_counter()
    proposer = PROPOSERS[task.need]
    with snapshots.shared_view(_engine(task.database_url), task.view_id) as connection:
        county = read_county(connection, task.county, proposer, task.as_of)
    proposal = proposer.propose(
        county.territory,
        county.frames,
        unit_yuan=task.unit_yuan,
        elevation=county.elevation,
        relocation=county.relocation,
    )
    return task.county, task.need, proposal, time.perf_counter() - started


def keep(
    connection: sa.Connection, found: Sequence[Proposed], by: str, *, as_owner: bool = False
) -> list[ProposalRun]:
    """Store proposals in the place of the earlier ones; see `store.planning.candidates.put_proposal`.

    Raises
    ------
    NotAllowed : the person does not plan for one of the counties.
    """
    return [
        put_proposal(
            connection,
            one.county,
            one.need,
            one.proposal,
            data_versions=one.data_versions,
            unit_costs=one.unit_yuan,
            by=by,
            as_owner=as_owner,
        )
        for one in found
    ]


@cache
def _engine(url: str) -> sa.Engine:
    return make_engine(url, settings())
