"""What waits at the land bureau, its balances, and parcels in conflict."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers.codes import QuotaBucket, QuotaKind
from pages import formats, links
from pages.downloads import offer
from pages.land_reserve import Reserve, subtitle
from pages.parcels_check import constraint_words
from pages.parcels_list import Waiting, severity_words
from pages.parcels_words import due_words, mu_words
from pages.quota_link import entries_link

_MOST = 8
_BUCKETS = (QuotaBucket.AVAILABLE, QuotaBucket.ALLOTTED, QuotaBucket.EXPIRED)


def inbox_list(held: Waiting, current: Lang) -> None:
    """The parcels that wait for the person, the most urgent first; each opens its review."""
    if not held.inbox:
        st.info(tr("land.inbox_empty", current), icon=":material/inbox:")
        return
    for one in held.inbox[:_MOST]:
        with st.container(horizontal=True, vertical_alignment="center"):
            links.page_link(
                "parcels", f"{one.name} · {one.parcel_no}", ":material/crop_free:", {"parcel": one.parcel_no}
            )
            color = "red" if one.overdue or one.changed_since_approved else "gray"
            area = tr("consolidation.mu", current, area=mu_words(float(one.area_mu)))
            due = (
                tr("parcels.changed_badge", current)
                if one.changed_since_approved
                else due_words(one.due_on, current)
            )
            state = f"{one.state.text.get(current)} · {due} · {area}"
            st.markdown(f":{color}[{formats.plain(state)}]", width="content")
    if len(held.inbox) > _MOST:
        more = tr("land.inbox_more", current, number=len(held.inbox) - _MOST)
        links.page_link("parcels", more, ":material/more_horiz:", {"view": "inbox"})


def balance_table(found: Reserve, current: Lang) -> None:
    """What there is of each kind of quota in the place looked at; each number is explained in the ledger."""
    held = found.held

    def total(kind: QuotaKind, bucket: QuotaBucket) -> float:
        of = (held["kind"] == str(kind)) & (held["bucket"] == str(bucket))
        return float(sum(held.loc[of, "amount_mu"], Decimal(0)))

    heads = {tr(f"ledger.bucket.{bucket}", current): bucket for bucket in _BUCKETS}
    shown = pd.DataFrame(
        {tr("ledger.kind", current): [kind.text.get(current) for kind in QuotaKind]}
        | {head: [total(kind, bucket) for kind in QuotaKind] for head, bucket in heads.items()}
    )
    st.caption(f":material/touch_app: {tr('land.pick_number', current)}")
    event = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        column_config={name: st.column_config.NumberColumn(format="localized") for name in shown.columns[1:]},
        key="land.balances",
    )
    for row, column in event["selection"]["cells"]:
        if row < len(shown) and column in shown.columns:
            entries_link(found.prefix, list(QuotaKind)[row], heads.get(column), current)
    offer(shown, "quota-balances", tr("land.balances", current), [tr("ledger.what", current)], current,
          subtitle=subtitle(found, current))  # fmt: skip


def conflict_words(checks: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """Parcels in conflict as their last check found them, the most serious first; areas in 亩.

    Parameters
    ----------
    checks : as `store.land.checks.latest_checks`.
    """
    order = {"prohibited": 0, "restricted": 1, "note": 2}
    found = checks[checks["worst"].notna()].copy()
    found["order"] = found["worst"].map(order)
    found = found.sort_values(["order", "conflict_area_m2"], ascending=[True, False])

    def layers(names: object) -> str:
        listed = names if isinstance(names, list) else []
        return formats.joined((constraint_words(name, current) for name in listed), current)

    return pd.DataFrame(
        {
            tr("land.column.parcel", current): found["name"].to_numpy(),
            tr("land.column.number", current): found["parcel_no"].to_numpy(),
            tr("land.column.severity", current): [severity_words(one, current) for one in found["worst"]],
            tr("land.column.conflict", current): [
                round(formats.mu(area), 2) for area in found["conflict_area_m2"]
            ],
            tr("land.column.area", current): [round(formats.mu(area), 2) for area in found["area_m2"]],
            tr("land.column.newly", current): [layers(names) for names in found["newly_in"]],
            tr("land.column.checked", current): [formats.moment(at, current) for at in found["checked_at"]],
        }
    )


def conflict_list(checks: pd.DataFrame, current: Lang) -> None:
    """The table of parcels in conflict, those first that a new edition has brought into it."""
    if checks.empty:
        st.info(tr("land.unchecked", current), icon=":material/rule:")
        return
    shown = conflict_words(checks, current)
    if shown.empty:
        st.success(tr("land.no_conflict", current), icon=":material/check_circle:")
        return
    newly = tr("land.column.newly", current)
    if st.toggle(tr("land.newly_only", current), key="land.newly"):
        shown = shown[shown[newly] != ""].reset_index(drop=True)
    event = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"land.conflicts.{hash(tuple(shown[tr('land.column.number', current)]))}",
    )
    picked = [row for row in event["selection"]["rows"] if row < len(shown)]
    if picked:
        number = str(shown[tr("land.column.number", current)].iloc[picked[0]])
        links.page_link(
            "parcels",
            tr("ledger.to_parcel", current, parcel=number),
            ":material/crop_free:",
            {"parcel": number},
        )
    day = formats.today().isoformat()
    synthetic = bool(checks["synthetic"].any())
    notes = [tr("shell.synthetic", current)] if synthetic else []
    offer(shown, "parcel-conflicts", tr("land.tab_conflicts", current), notes, current,
          subtitle=tr("land.subtitle", current, place=tr("map.whole_city", current), day=day))  # fmt: skip
