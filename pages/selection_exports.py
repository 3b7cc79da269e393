"""A plan to take away: the two-page PDF, the Excel workbook, the map; made when asked for."""

from collections.abc import Callable
from importlib.metadata import version

import streamlit as st

from i18n import Lang, tr
from maps.plan_picture import PlanShape, plan_picture
from pages import formats
from pages.candidate_words import money
from pages.downloads import XLSX
from pages.selection_curve import next_in_words
from pages.selection_held import Held
from pages.selection_lists import chosen_rows, figures, need_figures, other_rows, payments
from pages.selection_words import Names, gap_words, kinds_words, need_words, rule_words, source_words
from pages.shell import person
from pipelines.plan_report import PlanReport, as_pdf, as_workbook, picture_png
from pipelines.planning.choose import Plan
from store import places
from store.dossier import last_run
from store.engine import reading
from store.extract_shapes import extract_shapes

_SVG, _PNG, _PDF = "image/svg+xml", "image/png", "application/pdf"


def show_exports(held: Held, names: Names, lang: Lang) -> None:
    """Draw the download buttons; each file is made when its button is pressed."""
    st.caption(tr("selection.export.what", lang))
    offers: tuple[tuple[str, str, str, str, Callable[[], bytes]], ...] = (
        ("pdf", "pdf", _PDF, "picture_as_pdf", lambda: as_pdf(report(held, names, lang))),
        ("xlsx", "xlsx", XLSX, "table", lambda: as_workbook(report(held, names, lang))),
        ("png", "png", _PNG, "image", lambda: picture_png(map_svg(held.plan, names, lang))),
        ("svg", "svg", _SVG, "polyline", lambda: map_svg(held.plan, names, lang).encode()),
    )
    stem = f"plan-{held.scenario.id}" if held.scenario is not None else "plan"
    with st.container(horizontal=True):
        for name, ending, mime, icon, make in offers:
            st.download_button(
                tr(f"selection.export.{name}", lang),
                lambda make=make, name=name: _kept(held, name, lang, make),
                f"{stem}.{ending}",
                mime,
                icon=f":material/{icon}:",
                on_click="ignore",
                key=f"selection.export.{name}",
            )


def _kept(held: Held, name: str, lang: Lang, make: Callable[[], bytes]) -> bytes:
    """A file, made once for a plan."""
    if (name, lang) not in held.files:
        held.files[name, lang] = make()
    return held.files[name, lang]


def map_svg(plan: Plan, names: Names, lang: Lang) -> str:
    """The plan's map as SVG."""
    counties, townships = [], []
    with reading() as connection:
        for county in plan.ask.counties:
            shapes = extract_shapes(connection, places.place(connection, county.ljust(12, "0")), ())
            counties.append((shapes.outline, names.get(county, county)))
            townships += shapes.children
    years = plan.choice.years
    drawn = [PlanShape(one.geometry, str(one.kind), one.no in years) for one in plan.candidates]
    return plan_picture(counties, townships, drawn, title=_title(plan, names, lang), lang=lang)


def _title(plan: Plan, names: Names, lang: Lang) -> str:
    where = formats.joined((names.get(county, county) for county in plan.ask.counties), lang)
    return tr("selection.report.title", lang, place=where)


def report(held: Held, names: Names, lang: Lang) -> PlanReport:
    """Everything that the files say."""
    plan = held.plan
    ask, choice = plan.ask, plan.choice
    with reading() as connection:
        run = last_run(connection)
    as_of = run.as_of.isoformat() if run is not None else "—"
    years = f"{ask.years[0]}–{ask.years[-1]}"
    rules = tuple(rule_words(rule, names, plan.by_no, lang) for rule in ask.rules)
    needs = formats.joined((need_words(need, lang) for need in ask.needs), lang)
    name = held.scenario.name if held.scenario is not None else tr("selection.report.unsaved", lang)
    return PlanReport(
        lang=lang,
        title=_title(plan, names, lang),
        subtitle=tr("selection.report.subtitle", lang, name=name, years=years, as_of=as_of),
        notice=tr("shell.demo" if person().demo else "shell.synthetic", lang),
        asked=(
            tr("selection.report.asked_needs", lang, needs=needs),
            tr("selection.report.asked_money", lang, money=money(ask.budget_yuan, lang), years=years),
            tr(f"selection.report.aim_{ask.aim}", lang, share=f"{ask.village_target:.0%}"),
            *_restricted(plan, lang),
            *rules,
        ),
        figures=(*figures(plan, lang), *need_figures(plan, lang)),
        gap_words=gap_words(choice, lang),
        chosen=chosen_rows(plan, names, lang),
        others=other_rows(held, names, lang),
        payments=payments(plan, lang),
        rules=rules or (tr("selection.rules.none", lang),),
        assumptions=tuple(
            tr(f"selection.report.assumption_{key}", lang) for key in ("prices", "people", "years", "later")
        ),
        sources=(
            tr("selection.report.source_data", lang, as_of=as_of),
            tr("selection.report.source_candidates", lang, number=formats.number(len(plan.candidates))),
            tr("shell.synthetic", lang),
        ),
        made_by=(
            tr(
                "selection.report.solver",
                lang,
                version=version("highspy"),
                gap=f"{choice.gap:.2%}",
                seconds=f"{choice.seconds:.1f}",
            ),
            tr("selection.report.author", lang, name=person().display_name),
        ),
        map_svg=map_svg(plan, names, lang),
        curve=held.curve,
        budget_yuan=ask.budget_yuan,
        next_million=tuple(next_in_words(held, lang)),
    )


def _restricted(plan: Plan, lang: Lang) -> list[str]:
    """Sources that may pay for some kinds only."""
    kinds = {budget.source: budget.kinds for budget in plan.ask.budgets if budget.kinds and budget.yuan}
    return [
        tr(
            "selection.report.asked_source",
            lang,
            source=source_words(source, lang),
            kinds=kinds_words(own, lang),
        )
        for source, own in kinds.items()
    ]
