"""What more or less money would bring: the budget-benefit curve, and what the next million buys; on demand."""

import altair as alt
import pandas as pd
import streamlit as st

from analysis.selection.curve import MILLION, NextMillion, curve, next_million
from analysis.selection.model import Outcome
from analysis.selection.solve import Tell
from i18n import Lang, tr
from pages import formats
from pages.candidate_words import money
from pages.selection_explain import named
from pages.selection_held import Held, begin, busy
from pages.selection_words import source_words
from pipelines.plan_report import CurvePoint

_TENTHS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20)
_SECONDS, _NEXT_SECONDS = 90.0, 20.0
_HEIGHT_PX = 320
_GREEN, _AMBER = "#0b6e4f", "#b45309"


def show_curve(held: Held, lang: Lang) -> None:
    """Draw the curve and what the next million buys, or the buttons that compute them."""
    left, right = st.columns([0.62, 0.38], gap="medium")
    with left:
        st.markdown(f"**{tr('selection.curve.title', lang)}**")
        if held.curve:
            _chart(held, lang)
        else:
            st.caption(tr("selection.curve.what", lang))
            if st.button(
                tr("selection.curve.do", lang),
                icon=":material/show_chart:",
                disabled=busy(),
                key="selection.curve",
            ):
                _begin_curve(held, lang)
    with right:
        st.markdown(f"**{tr('selection.next.title', lang)}**")
        if held.next_million is not None:
            for sentence in next_in_words(held, lang):
                st.markdown(f"- {formats.plain(sentence)}")
        else:
            st.caption(tr("selection.next.what", lang))
            if st.button(
                tr("selection.next.do", lang),
                icon=":material/add_card:",
                disabled=busy(),
                key="selection.next",
            ):
                _begin_next(held, lang)


def _begin_curve(held: Held, lang: Lang) -> None:
    def work(tell: Tell) -> tuple[CurvePoint, ...]:
        points = curve(
            held.problem, tenths=_TENTHS, seconds=_SECONDS, present=held.plan.choice, progress=tell
        )
        return tuple(
            CurvePoint(point.budget_yuan, point.choice.people)
            for point in points
            if point.choice is not None and point.choice.outcome is not Outcome.INFEASIBLE
        )

    def take(points: tuple[CurvePoint, ...]) -> None:
        held.curve = points
        held.files.clear()

    begin(tr("selection.curve.title", lang), _SECONDS, work, take)
    st.rerun()


def _begin_next(held: Held, lang: Lang) -> None:
    def work(_: Tell) -> NextMillion:
        return next_million(held.problem, held.plan.choice, seconds=_NEXT_SECONDS)

    def take(found: NextMillion) -> None:
        held.next_million = found
        held.files.clear()

    begin(tr("selection.next.title", lang), _NEXT_SECONDS, work, take)
    st.rerun()


def next_in_words(held: Held, lang: Lang) -> list[str]:
    """What the next million buys, in sentences; empty before it was asked."""
    found = held.next_million
    if found is None:
        return []
    by_no = held.plan.by_no
    where = {
        "money": money(MILLION, lang),
        "source": source_words(found.source, lang),
        "year": found.year,
    }
    if found.people >= 0.5:
        sentences = [tr("selection.next.gain", lang, people=formats.number(found.people), **where)]
    else:
        sentences = [tr("selection.next.nothing", lang, **where)]
    if not found.settled:
        least, most = (formats.number(people) for people in found.worth_range)
        sentences.append(tr("selection.next.between", lang, least=least, most=most))
    comparison = found.comparison
    if comparison.only_b:
        sentences.append(tr("selection.next.added", lang, names=named(comparison.only_b, by_no, lang)))
    if comparison.only_a:
        sentences.append(tr("selection.next.dropped", lang, names=named(comparison.only_a, by_no, lang)))
    rates = {source: rate for source, rate in found.worth_per_million.items() if rate >= 0.5}
    if len({round(rate) for rate in rates.values()}) == 1:
        each = formats.number(next(iter(rates.values())))
        sentences.append(tr("selection.next.one_rate", lang, people=each))
    elif rates:
        told = formats.joined(
            (
                tr("selection.next.rate", lang, source=source_words(s, lang), people=formats.number(rate))
                for s, rate in sorted(rates.items(), key=lambda pair: -pair[1])
            ),
            lang,
        )
        sentences.append(tr("selection.next.rates", lang, rates=told))
    return sentences


def _chart(held: Held, lang: Lang) -> None:
    points = pd.DataFrame(
        {
            "money": [point.budget_yuan / 1e4 for point in held.curve],
            "people": [point.people for point in held.curve],
        }
    )
    across, up = tr("selection.report.curve_across", lang), tr("selection.report.curve_up", lang)
    base = alt.Chart(points).encode(
        x=alt.X("money:Q", title=across, axis=alt.Axis(format=",.0f")),
        y=alt.Y("people:Q", title=up, axis=alt.Axis(format=",.0f"), scale=alt.Scale(zero=True)),
        tooltip=[
            alt.Tooltip("money:Q", title=across, format=",.0f"),
            alt.Tooltip("people:Q", title=up, format=",.0f"),
        ],
    )
    now = pd.DataFrame(
        {"money": [held.plan.ask.budget_yuan / 1e4], "words": [tr("selection.report.curve_now", lang)]}
    )
    rule = alt.Chart(now).mark_rule(color=_AMBER, strokeDash=[5, 4], size=1.6).encode(x="money:Q")
    words = (
        alt.Chart(now)
        .mark_text(color=_AMBER, align="left", dx=5, dy=4)
        .encode(x="money:Q", y=alt.value(8), text="words:N")
    )
    drawn = base.mark_line(color=_GREEN, strokeWidth=2.4) + base.mark_point(
        color=_GREEN, filled=True, size=46
    )
    st.altair_chart((drawn + rule + words).properties(height=_HEIGHT_PX), width="stretch")
    first = held.curve[0]
    if first.budget_yuan > 0:
        st.caption(tr("selection.curve.least", lang, money=money(first.budget_yuan, lang)))
