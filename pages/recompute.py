"""After imports: which figures are behind the data, and the button that computes them anew."""

import streamlit as st

from i18n import Lang, tr
from layers import all_indicators, source_title
from pages import formats
from pages.shell import person
from pipelines import indicators
from store import record
from store.engine import owner, reading
from store.snapshots import changed_since_run

_DONE = "recompute.done"


def offer_recompute(current: Lang) -> None:
    """Say which data are newer than the indicators and offer to compute them; nothing if none are."""
    report: indicators.RunReport | None = st.session_state.pop(_DONE, None)
    if report is not None:
        words = tr(
            "recompute.whole" if report.whole else "recompute.touched",
            current,
            villages=formats.number(report.villages),
            rows=formats.number(report.rows),
            seconds=f"{report.seconds:.1f}",
        )
        st.success(words, icon=":material/check_circle:")
    used = {source for indicator in all_indicators() for source in indicator.reads}
    with reading() as connection:
        behind = [name for name in changed_since_run(connection) if name in used]
    if not behind:
        return
    titles = formats.joined((source_title(name).get(current) for name in behind), current)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(tr("pages.recompute.behind", current, titles=formats.plain(titles)))
        if st.button(tr("pages.recompute.run", current), icon=":material/calculate:", key="recompute.run"):
            _run(current)


def _run(current: Lang) -> None:
    bar = st.progress(0.0, tr("recompute.running", current))
    st.session_state[_DONE] = indicators.run(
        owner(),
        as_of=indicators.today(),
        only_touched=True,
        progress=lambda done, total: bar.progress(done / total),
    )
    who = person()
    with owner().begin() as connection:
        record.note_for(
            connection,
            who.account_id,
            who.name,
            "indicators_computed",
            "figures",
            st.session_state[_DONE].run_id,
            after={"rows": st.session_state[_DONE].rows},
        )
    st.rerun()
