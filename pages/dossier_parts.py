"""A place's dossier on screen, generic over the declared layers; also shown beside the map."""

from html import escape

import sqlalchemy as sa
import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, CodeList, FeatureType, Geometry
from layers.codes import VillageType
from pages import formats, links
from pages.dossier_extract import draw_extract
from pages.dossier_figures import Dossier, LayerPart, read_dossier, read_figures
from store.dossier import facilities, list_fields
from store.engine import reading
from store.places import Place

_LISTED = 500
_FACTS_STYLE = (
    "<style>.stHtml .xt-facts{margin:0 0 .4rem;padding:0}.xt-facts{display:grid;gap:.7rem 1rem;"
    "grid-template-columns:repeat(auto-fill,minmax(7rem,1fr))"
    "}.xt-facts div:last-child{grid-column:span 2}.xt-facts dt{font-size:.82rem;font-weight:400;opacity:.7;margin:0}"
    ".xt-facts div{margin:0}.xt-facts dd{margin:0;"
    "font-weight:600;font-variant-numeric:tabular-nums}.xt-facts small{font-size:.76rem;opacity:.7}</style>"
)
_FIGURES_STYLE = (
    "<style>.stHtml .xt-figures{margin:0;padding:0}.xt-figures div{display:grid;"
    "grid-template-columns:1fr auto;gap:0 .6rem;padding:.3rem 0;border-top:1px solid #e6ebe7}"
    ".xt-figures dt{font-size:.86rem;font-weight:400}"
    ".xt-figures dd{margin:0;font-weight:600;font-variant-numeric:tabular-nums}"
    ".xt-figures small{grid-column:1/-1;font-size:.76rem;opacity:.7}</style>"
)


def render_panel(connection: sa.Connection, place_code: str, lang: Lang) -> None:
    """Draw the short dossier of a place for the panel beside the map: facts, counts and indicators.

    Parameters
    ----------
    place_code : 12-digit code of a county, township or village (or the city).

    Raises
    ------
    UnknownPlace : no unit has that code.
    """
    dossier = read_figures(connection, place_code)
    _heading(dossier.place, lang, small=True)
    _facts(dossier, lang)
    links.page_link(
        links.DOSSIER,
        tr("pages.dossier.open", lang),
        ":material/article:",
        {"code": dossier.place.admin_code},
    )
    for part in ordered_parts(dossier):
        if part.has_rows or part.has_values:
            with st.expander(formats.plain(part.layer.title.get(lang)), expanded=part.layer.core):
                st.caption(counts_words(part, lang, markdown=True))
                _indicator_list(dossier, part, lang)
    st.caption(tr("pages.no_data_note", lang))


def render_dossier(place_code: str, lang: Lang) -> None:
    """Draw the whole dossier of a place: facts, map extract, and each layer's figures and lists.

    Parameters
    ----------
    place_code : 12-digit code of a county, township or village (or the city).

    Raises
    ------
    UnknownPlace : no unit has that code.
    """
    with reading() as connection:
        dossier = read_dossier(connection, place_code)
    _heading(dossier.place, lang, small=False)
    facts, picture = st.columns([3, 2], gap="large")
    with facts:
        _facts(dossier, lang)
        _snapshot(dossier, lang)
    with picture:
        extract = draw_extract(dossier.place, lang)
        st.image(extract.svg, width="stretch")
        if extract.legend:
            with st.expander(tr("pages.dossier.legend", lang)):
                st.html(extract.legend)
    sections = [part for part in ordered_parts(dossier) if part.features or part.layer.indicators]
    tabs = st.tabs([formats.plain(part.layer.title.get(lang)) for part in sections])
    for tab, part in zip(tabs, sections, strict=True):
        with tab:
            _layer(dossier, part, lang)
    st.caption(f"{tr('pages.no_data_note', lang)} {tr('pages.dossier.masked', lang)}")


def _heading(place: Place, lang: Lang, *, small: bool) -> None:
    (st.subheader if small else st.header)(formats.plain(place.name), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(formats.plain(place.path))
        if place.synthetic:
            st.badge(tr("pages.dossier.synthetic", lang), color="orange")


def facts_of(dossier: Dossier, lang: Lang) -> list[tuple[str, str, str | None]]:
    """Title, value and a remark for each fact of a place."""
    place, settled = dossier.place, dossier.settled
    no_data = tr("pages.no_data", lang)

    def partly(known: int) -> str | None:
        if known == settled.settlements:
            return None
        return tr("pages.dossier.partly", lang, known=known, all=settled.settlements)

    facts: list[tuple[str, str, str | None]] = [
        (tr("pages.dossier.code", lang), place.admin_code, None),
        (tr("pages.dossier.type", lang), place.kind.text.get(lang), None),
        (
            tr("pages.dossier.households", lang),
            no_data if settled.households is None else formats.number(settled.households),
            partly(settled.with_households),
        ),
        (
            tr("pages.dossier.population", lang),
            no_data if settled.population is None else formats.number(settled.population),
            partly(settled.with_population),
        ),
        (tr("pages.dossier.settlements", lang), formats.number(settled.settlements), None),
    ]
    if place.village_type:
        facts.append(
            (tr("pages.dossier.village_type", lang), _code(VillageType, place.village_type, lang), None)
        )
    facts += [
        (level.text.get(lang), formats.number(units), None)
        for level, units in dossier.units_below.items()
        if units
    ]
    return facts


def _code(codes: type[CodeList], value: str, lang: Lang) -> str:
    return next((member.text.get(lang) for member in codes if member.value == value), value)


def _facts(dossier: Dossier, lang: Lang) -> None:
    """The facts as a grid that folds on a phone; every value is escaped."""
    facts = [
        *facts_of(dossier, lang),
        (tr("pages.dossier.area", lang), *formats.area_parts(dossier.place, lang)),
    ]
    cells = "".join(
        f"<div><dt>{escape(title)}</dt><dd>{escape(value)}</dd>"
        f"{f'<small>{escape(remark)}</small>' if remark else ''}</div>"
        for title, value, remark in facts
    )
    st.html(f'{_FACTS_STYLE}<dl class="xt-facts">{cells}</dl>')


def _snapshot(dossier: Dossier, lang: Lang) -> None:
    run = dossier.run
    if run is None:
        st.info(tr("pages.no_snapshot", lang))
        return
    st.caption(formats.snapshot_words(run.as_of, run.finished_at, lang))


def counts_words(part: LayerPart, lang: Lang, *, markdown: bool) -> str:
    """The counts of a layer's feature types in one line; "no data" where the township reported no row of a type."""
    words = []
    for feature in part.features:
        title = feature.title.get(lang)
        rows = part.rows.get(feature.id, 0)
        if feature.id in part.closed:
            words.append(tr("pages.dossier.closed", lang, title=title))
            continue
        if not rows:
            known = "none" if feature.id in part.reported else "nothing"
            words.append(tr(f"pages.dossier.{known}", lang, title=title))
            continue
        said = tr("pages.dossier.count", lang, title=title, rows=formats.number(rows))
        length_m, area_m2 = part.length_m.get(feature.id), part.area_m2.get(feature.id)
        if feature.geometry is Geometry.LINE and length_m is not None:
            said += f" ({tr('pages.dossier.kilometres', lang, km=formats.number(length_m / 1000, 1))})"
        if feature.geometry is Geometry.POLYGON and area_m2 is not None:
            said += f" ({formats.number(formats.mu(area_m2))} {tr('pages.unit.mu', lang)})"
        if feature.id in part.partly:
            said += tr("pages.dossier.in_scope", lang)
        words.append(said)
    line = " · ".join(words)
    return formats.plain(line) if markdown else line


def _indicator_table(dossier: Dossier, part: LayerPart, lang: Lang) -> None:
    table = dossier.indicator_rows(part.layer, lang)
    if not table.empty:
        st.dataframe(table, hide_index=True, placeholder="—")


def _indicator_list(dossier: Dossier, part: LayerPart, lang: Lang) -> None:
    """The indicators in a narrow panel: name and figure, target and distance to it below."""
    table = dossier.indicator_rows(part.layer, lang)
    rows = "".join(
        f"<div><dt>{escape(row[0])}</dt><dd>{escape(row[1])}</dd>"
        f"<small>{escape(' · '.join(words for words in (row[-3], row[-2]) if words.strip(' —')))}</small></div>"
        for row in table.astype(str).itertuples(index=False, name=None)
    )
    if rows:
        st.html(f'{_FIGURES_STYLE}<dl class="xt-figures">{rows}</dl>')


def _layer(dossier: Dossier, part: LayerPart, lang: Lang) -> None:
    st.markdown(counts_words(part, lang, markdown=True))
    _indicator_table(dossier, part, lang)
    for feature in part.features:
        if part.rows.get(feature.id, 0):
            _breakdowns(part, feature, lang)
            _list(dossier.place, feature, part.rows[feature.id], lang)


def _breakdowns(part: LayerPart, feature: FeatureType, lang: Lang) -> None:
    tables = part.breakdown_tables(feature, lang)
    if not tables:
        return
    st.markdown(f"**{formats.plain(feature.title.get(lang))}**")
    for start in range(0, len(tables), 3):
        chunk = tables[start : start + 3]
        for column, (title, table) in zip(st.columns(3), chunk, strict=False):
            with column:
                st.caption(tr("pages.dossier.by", lang, field=title))
                st.dataframe(table, hide_index=True, height="content")


def _list(place: Place, feature: FeatureType, rows: int, lang: Lang) -> None:
    title = tr("pages.dossier.list", lang, title=feature.title.get(lang), rows=formats.number(rows))
    with st.expander(formats.plain(title)):
        with reading() as connection:
            found = facilities(connection, feature, place.prefix, _LISTED)
        shown = found[["unit_name"]].rename(columns={"unit_name": tr("pages.dossier.unit", lang)})
        for field in list_fields(feature):
            shown[formats.column_title(field, lang)] = formats.shown_column(found[field.name], field, lang)
        if place.level is AdminLevel.VILLAGE:
            shown = shown.drop(columns=tr("pages.dossier.unit", lang))
        st.dataframe(shown, hide_index=True, placeholder="—")
        if rows > _LISTED:
            st.caption(
                tr("pages.dossier.list_cut", lang, shown=formats.number(_LISTED), rows=formats.number(rows))
            )


def ordered_parts(dossier: Dossier) -> list[LayerPart]:
    """Layers of a dossier: the core ones before the others."""
    return sorted(dossier.parts, key=lambda part: (not part.layer.core, part.layer.order))
