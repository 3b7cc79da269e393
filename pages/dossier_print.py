"""The dossier on paper: one clean sheet of escaped HTML, nothing that a printer cannot print."""

import base64
from html import escape

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import FeatureType
from pages import formats, links
from pages.dossier_extract import draw_extract
from pages.dossier_figures import Dossier, LayerPart, read_dossier
from pages.dossier_parts import counts_words, facts_of, ordered_parts
from store.dossier import facilities, list_fields
from store.engine import reading

_LISTED = 120

_STYLE = """<style>
.stSidebar,[data-testid="stSidebar"],[data-testid="stHeader"],[data-testid="stToolbar"]{display:none!important}
.xt-sheet{max-width:190mm;margin:0 auto;color:#1f2937;font-size:10.5pt;line-height:1.45}
.xt-sheet h1{font-size:18pt;margin:0 0 1mm;padding:0}.xt-sheet h2{font-size:13pt;margin:5mm 0 1mm;padding:0;
border-bottom:1px solid #9ca3af}.xt-sheet h3{font-size:11pt;margin:3mm 0 1mm;padding:0}
.xt-sheet p{margin:0 0 1.5mm;font-size:10pt}.xt-sheet .small{font-size:9pt;color:#4b5563}
.xt-sheet table{border-collapse:collapse;width:100%;margin:1mm 0 2mm}
.xt-sheet th,.xt-sheet td{border:1px solid #cbd5e1;padding:.6mm 1.6mm;text-align:left;vertical-align:top;
font-size:9pt}.xt-sheet th{background:#f1f5f9;font-weight:600}
.xt-sheet>img{width:100%;max-width:150mm;display:block;margin:2mm auto}
.xt-sheet .xt-legend{max-width:150mm;margin:0 auto;columns:3}.xt-sheet .xt-legend h4{break-after:avoid}
@media print{@page{size:A4;margin:14mm}[data-testid="stElementContainer"]:has(.stPageLink),.stPageLink,
.xt-synthetic + div{display:none}.xt-sheet{max-width:none}.xt-sheet tr,.xt-sheet img{break-inside:avoid}
.xt-sheet h2,.xt-sheet h3{break-after:avoid}.xt-no-print{display:none!important}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
</style>"""

_PRINT_BUTTON = """<button id="xt-print" class="xt-no-print" style="padding:.35rem 1rem;border-radius:.5rem;
border:1px solid #cbd5e1;background:#fff;cursor:pointer">{words}</button>
<script>document.getElementById("xt-print").addEventListener("click", () => window.print())</script>"""


def render_print(place_code: str, lang: Lang) -> None:
    """Draw the sheet of a place.

    Raises
    ------
    UnknownPlace : no unit has that code.
    """
    with reading() as connection:
        dossier = read_dossier(connection, place_code)
    with st.container(horizontal=True, vertical_alignment="center"):
        links.page_link(
            links.DOSSIER, tr("pages.dossier.back", lang), ":material/arrow_back:", {"code": place_code}
        )
        # The only words put in are a sentence of our own catalogue, escaped.
        words = escape(tr("pages.dossier.print_now", lang))
        st.html(_PRINT_BUTTON.format(words=words), unsafe_allow_javascript=True, width="content")
    st.html(_STYLE + sheet(dossier, lang))


def sheet(dossier: Dossier, lang: Lang) -> str:
    """The sheet as HTML; every name and value in it is escaped."""
    place = dossier.place
    extract = draw_extract(place, lang, 640, 440)
    svg = base64.b64encode(extract.svg.encode()).decode()
    parts = [
        '<div class="xt-sheet">',
        f"<h1>{escape(place.name)}</h1><p class='small'>{escape(place.path)}</p>",
        _facts(dossier, lang),
        f'<img alt="{escape(tr("pages.dossier.extract", lang, name=place.name))}" '
        f'src="data:image/svg+xml;base64,{svg}">',
        extract.legend,
        *(_layer(dossier, part, lang) for part in ordered_parts(dossier) if part.has_rows or part.has_values),
        f"<p class='small'>{escape(tr('pages.no_data_note', lang))} "
        f"{escape(tr('pages.dossier.masked', lang))}</p>",
        "</div>",
    ]
    return "".join(parts)


def _facts(dossier: Dossier, lang: Lang) -> str:
    rows = [
        (title, f"{value} ({remark})" if remark else value)
        for title, value, remark in facts_of(dossier, lang)
    ]
    rows.append((tr("pages.dossier.area", lang), formats.area_words(dossier.place.area_m2, lang)))
    body = "".join(f"<tr><th>{escape(title)}</th><td>{escape(value)}</td></tr>" for title, value in rows)
    run = dossier.run
    snapshot = (
        tr("pages.no_snapshot", lang)
        if run is None
        else formats.snapshot_words(run.as_of, run.finished_at, lang)
    )
    return f"<table>{body}</table><p class='small'>{escape(snapshot)}</p>"


def _table(frame: pd.DataFrame) -> str:
    head = "".join(f"<th>{escape(str(name))}</th>" for name in frame.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row) + "</tr>"
        for row in frame.itertuples(index=False)
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _layer(dossier: Dossier, part: LayerPart, lang: Lang) -> str:
    html = [f"<h2>{escape(part.layer.title.get(lang))}</h2>"]
    html.append(f"<p>{escape(counts_words(part, lang, markdown=False))}</p>")
    indicators = dossier.indicator_rows(part.layer, lang)
    if not indicators.empty:
        html.append(_table(indicators))
    html += [_feature(dossier, part, feature, lang) for feature in part.features if part.rows[feature.id]]
    return "".join(html)


def _feature(dossier: Dossier, part: LayerPart, feature: FeatureType, lang: Lang) -> str:
    html = [f"<h3>{escape(feature.title.get(lang))}</h3>"]
    for title, table in part.breakdown_tables(feature, lang):
        counted = " · ".join(f"{value} {formats.number(n)}" for value, n in table.itertuples(index=False))
        html.append(f"<p>{escape(tr('pages.dossier.by', lang, field=title))}: {escape(counted)}</p>")
    rows = part.rows[feature.id]
    if rows <= _LISTED:
        html.append(_table(_printed(dossier, feature, lang)))
    return "".join(html)


def _printed(dossier: Dossier, feature: FeatureType, lang: Lang) -> pd.DataFrame:
    with reading() as connection:
        found = facilities(connection, feature, dossier.place.prefix, _LISTED)
    columns = {tr("pages.dossier.unit", lang): found["unit_name"].fillna("")}
    for field in list_fields(feature):
        columns[formats.column_title(field, lang)] = pd.Series(
            [formats.value_words(value, field, lang) for value in found[field.name]], dtype=object
        )
    return pd.DataFrame(columns)
