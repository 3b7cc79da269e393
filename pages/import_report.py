"""The report of a check or an import on screen: counts, columns, findings, the first rows on a map."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel, Geometry
from maps.extract import svg_map
from pages import formats
from pages.downloads import offer
from pipelines.import_ import ImportReport
from pipelines.import_.findings import Finding
from store.dossier import unit_list
from store.engine import reading
from store.extract_shapes import extract_shapes
from store.places import place

_CHECK_COUNTS = ("read", "accepted", "repaired", "rejected", "warned")
_WRITE_COUNTS = ("read", "inserted", "updated", "unchanged", "repaired", "rejected", "warned")


def show_report(report: ImportReport, lang: Lang) -> None:
    """Draw a report."""
    written = report.batch_id is not None
    st.subheader(formats.plain(report.file_name), anchor=False)
    if written:
        st.success(tr("pages.import.imported", lang, batch=report.batch_id), icon=":material/check_circle:")
    else:
        st.info(tr("pages.import.checked", lang), icon=":material/fact_check:")
    with st.container(horizontal=True):
        for name in _WRITE_COUNTS if written else _CHECK_COUNTS:
            st.metric(
                tr(f"pages.import.{name}", lang),
                formats.number(getattr(report.counts, name)),
                border=True,
                width=130,
            )
    if report.crs.label:
        st.caption(formats.plain(report.crs.sentence.get(lang)))
    if report.encoding:
        st.caption(formats.plain(tr("import.report.encoding", lang, encoding=report.encoding)))
    if report.rechecked is not None and report.rechecked.checked:
        told = "\n\n".join(formats.plain(line) for line in report.rechecked.sentences(lang))
        if report.rechecked.newly:
            st.warning(told, icon=":material/rule:")
        else:
            st.info(told, icon=":material/rule:")
    findings, columns, rows = st.tabs(
        [
            tr("pages.import.findings", lang),
            tr("pages.import.mapping", lang),
            tr("pages.import.sample", lang, rows=len(report.sample)),
        ]
    )
    with findings:
        _findings(report, lang)
    with columns:
        _columns(report, lang)
    with rows:
        _sample(report, lang)


def _findings(report: ImportReport, lang: Lang) -> None:
    if not report.findings:
        st.success(tr("pages.import.no_findings", lang))
        return
    shown = listed_findings(report.findings, lang)
    st.dataframe(shown, hide_index=True, placeholder="")
    offer(shown, "findings", tr("pages.import.findings", lang), [report.file_name], lang)


def listed_findings(findings: Sequence[Finding], lang: Lang) -> pd.DataFrame:
    """Findings of a file just read, as `findings_table` shows them."""
    found = pd.DataFrame(
        [
            (f.row_no, f.column_title, f.value, f.rule, str(f.remedy), f.message.zh, f.message.en)
            for f in findings
        ],
        columns=["row_no", "column_title", "value", "rule", "remedy", "message_zh", "message_en"],
    )
    return findings_table(found, lang)


def findings_table(found: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Findings in one language, what was rejected first."""
    order = {"reject": 0, "warn": 1, "repair": 2}
    ordered = found.assign(order=found["remedy"].map(order)).sort_values("order", kind="stable")
    return pd.DataFrame(
        {
            tr("pages.import.remedy", lang): [
                tr(f"pages.import.remedy_{remedy}", lang) for remedy in ordered["remedy"]
            ],
            tr("pages.import.row", lang): ordered["row_no"].astype("Int64").array,
            tr("pages.import.column", lang): ordered["column_title"].to_numpy(dtype=object),
            tr("pages.import.value", lang): ordered["value"].to_numpy(dtype=object),
            tr("pages.import.message", lang): ordered[f"message_{lang}"].to_numpy(dtype=object),
        }
    )


def _columns(report: ImportReport, lang: Lang) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                tr("pages.import.heading", lang): [heading for heading, _ in report.mapping],
                tr("pages.import.field", lang): [title.get(lang) for _, title in report.mapping],
            }
        ),
        hide_index=True,
        height="content",
    )
    if report.headings.unmatched:
        columns = formats.joined(report.headings.unmatched, lang)
        st.warning(formats.plain(tr("pages.import.unmatched", lang, columns=columns)))
    if report.headings.missing:
        fields = formats.joined((f.title.get(lang) for f in report.headings.missing), lang)
        st.caption(formats.plain(tr("pages.import.absent", lang, fields=fields)))


def _sample(report: ImportReport, lang: Lang) -> None:
    shown = pd.DataFrame({tr("pages.dossier.code", lang): report.sample["admin_code"].to_numpy()})
    for field in report.feature.fields:
        if field.name in report.sample:
            values = report.sample[field.name]
            shown[formats.column_title(field, lang)] = formats.shown_column(values, field, lang)
    st.dataframe(shown, hide_index=True, placeholder="—")
    if report.feature.geometry is not Geometry.NONE and len(report.sample):
        svg = _where(report, lang)
        if svg:
            st.caption(tr("pages.import.sample_map", lang))
            st.image(svg)


def _where(report: ImportReport, lang: Lang) -> str | None:
    """The sample on the city's outline; None while the city itself is being imported or has no style."""
    style = report.feature.style
    with reading() as connection:
        known = unit_list(connection, AdminLevel.CITY)["admin_code"].tolist()
        if style is None or settings().city_code not in known:
            return None
        shapes = extract_shapes(connection, place(connection, settings().city_code), ())
    drawn = [(geometry, style.default) for geometry in report.sample.geometry]
    title = tr("pages.import.sample_map", lang)
    return svg_map(shapes.outline, [], drawn, title=title, lang=lang)
