"""What a visit holds: the plan on screen with all that was asked about it, and the work that is under way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from analysis.selection.compare import Comparison
from analysis.selection.curve import NextMillion
from analysis.selection.explain import Explanation
from analysis.selection.model import Problem
from analysis.selection.solve import Tell
from base.errors import XiangtuError
from i18n import Lang, tr
from pages import formats
from pipelines.plan_report import CurvePoint
from pipelines.planning.choose import Ground, Plan
from pipelines.planning.search import Search
from store.planning.scenarios import Scenario

_HELD, _WORK, _FAILED = "selection.held", "selection.work", "selection.failed"
_LOOK_S = 0.4


@dataclass
class Held:
    """The plan on screen; what was asked about it goes when another plan comes.

    Attributes
    ----------
    scenario : where it is saved, as it was when last read; None if it is not.
    saved : whether the scenario holds exactly this plan.
    """

    plan: Plan
    ground: Ground
    problem: Problem
    scenario: Scenario | None = None
    saved: bool = False
    curve: tuple[CurvePoint, ...] = ()
    next_million: NextMillion | None = None
    explained: dict[str, Explanation] = field(default_factory=dict)
    compared: dict[int, Comparison] = field(default_factory=dict)
    files: dict[tuple[str, Lang], bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class _Work:
    """Work under way: what it is called, how long it may take, what to do with its answer."""

    title: str
    seconds: float
    search: Search[Any]
    take: Callable[[Any], None]


def held() -> Held | None:
    """The plan on screen."""
    found: Held | None = st.session_state.get(_HELD)
    return found


def hold(new: Held | None) -> None:
    """Put another plan on screen."""
    st.session_state[_HELD] = new
    st.session_state.pop(_FAILED, None)


def begin(title: str, seconds: float, work: Callable[[Tell], Any], take: Callable[[Any], None]) -> None:
    """Begin work in the background; `take` gets the answer in a later run of the page."""
    give_up()
    st.session_state.pop(_FAILED, None)
    st.session_state[_WORK] = _Work(title, seconds, Search(work), take)


def give_up() -> None:
    """End what is under way, without its answer."""
    work: _Work | None = st.session_state.pop(_WORK, None)
    if work is not None:
        work.search.give_up()


def busy() -> bool:
    """Whether something is under way."""
    return _WORK in st.session_state


def take_answer() -> None:
    """Take the answer of work that is done; what went wrong is kept for `show_work`."""
    work: _Work | None = st.session_state.get(_WORK)
    if work is None or not work.search.done:
        return
    st.session_state.pop(_WORK)
    try:
        answer = work.search.answer()
    except XiangtuError as error:
        st.session_state[_FAILED] = error
        return
    work.take(answer)


def show_work(lang: Lang) -> None:
    """Draw how far the work is with a button to stop it, or why it failed."""
    failed: XiangtuError | None = st.session_state.get(_FAILED)
    if failed is not None:
        st.error(formats.plain(failed.sentence(lang)), icon=":material/error:")
    if busy():
        _watch(lang)


@st.fragment(run_every=_LOOK_S)
def _watch(lang: Lang) -> None:
    work: _Work | None = st.session_state.get(_WORK)
    if work is None:
        return
    if work.search.done:
        st.rerun()
    with st.container(border=True):
        st.progress(_share(work), f"**{work.title}** · {formats.plain(_told(work, lang))}")
        if st.button(tr("selection.run.stop", lang), icon=":material/stop_circle:", key="selection.stop"):
            work.search.stop()


def _share(work: _Work) -> float:
    now = work.search.progress
    share = work.search.seconds / work.seconds if work.seconds else 0.0
    if now is not None and now.steps > 1:
        share = max(share, (now.step - 1) / now.steps)
    return min(max(share, 0.0), 1.0)


def _told(work: _Work, lang: Lang) -> str:
    """Seconds, the best so far, the distance from the best possible."""
    if work.search.waiting:
        return tr("selection.run.waiting", lang)
    now = work.search.progress
    seconds = f"{work.search.seconds:.0f}"
    # A point of the curve may be solved before it has told of anybody: what counts there is which point it is.
    if now is not None and now.steps > 1:
        return tr("selection.run.step", lang, seconds=seconds, step=now.step, steps=now.steps)
    if now is None or now.objective is None:
        return tr("selection.run.begun", lang, seconds=seconds)
    gap = "—" if now.gap is None else f"{now.gap:.1%}"
    people = formats.number(now.objective)
    return tr("selection.run.found", lang, seconds=seconds, people=people, gap=gap)
