"""Buttons that give a place's briefing as PDF, Word and PowerPoint, of a month and in a language of one's choice."""

import datetime as dt

import streamlit as st

from i18n import LANGUAGES, Lang, tr
from maps.theme_picture import theme_picture
from pages import formats
from pipelines.briefing import Briefing, Format, briefing, documents, gather, months, stem
from store.engine import reading
from store.places import place

_MIME = {
    Format.PDF: "application/pdf",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_ICONS = {Format.PDF: "picture_as_pdf", Format.DOCX: "description", Format.PPTX: "slideshow"}


def offer_briefing(place_code: str, current: Lang) -> None:
    """Draw the buttons of a place; a document is made when its button is pressed.

    Parameters
    ----------
    place_code : 12 digits of the city, a county, a township or a village.
    current : language of the page, and of the document unless another is chosen.

    Raises
    ------
    UnknownPlace : no unit has that code.
    """
    with reading() as connection:
        offered = months(connection)
        here = place(connection, place_code)
    if not offered:
        st.caption(tr("briefing.offer.nothing", current))
        return
    with st.container(horizontal=True, vertical_alignment="center", key="briefing-offer"):
        month, lang = _chosen(place_code, offered, current)
        for kind in Format:
            st.download_button(
                tr(f"briefing.offer.{kind}", current),
                lambda kind=kind: documents(_told(place_code, month, lang), {kind})[kind],
                f"{stem(here.path, month, lang)}.{kind}",
                _MIME[kind],
                icon=f":material/{_ICONS[kind]}:",
                on_click="ignore",
                help=tr("briefing.offer.help", current, place=here.name, month=f"{month:%Y-%m}"),
                key=f"briefing.{kind}.{place_code}",
            )


def _chosen(place_code: str, offered: tuple[dt.date, ...], current: Lang) -> tuple[dt.date, Lang]:
    """Month and language, in a popover, since most want the newest in their own."""
    with st.popover(tr("briefing.offer.choose", current), icon=":material/tune:"):
        month = st.selectbox(
            tr("briefing.offer.month", current),
            offered,
            format_func=lambda day: f"{day:%Y-%m}",
            key=f"briefing.month.{place_code}",
        )
        lang = st.segmented_control(
            tr("briefing.offer.language", current),
            LANGUAGES,
            default=current,
            required=True,
            format_func=lambda one: tr(f"briefing.offer.in_{one}", current),
            key=f"briefing.language.{place_code}",
        )
    return month or offered[0], lang or current


def _told(place_code: str, month: dt.date, lang: Lang) -> Briefing:
    with reading() as connection:
        gathered = gather(connection, place_code, month, today=formats.today())
    return briefing(gathered, place_code, lang, theme_picture, dt.datetime.now(dt.UTC))
