"""What the city's map is made with, wherever it is drawn: Leaflet's options, its buttons, its words.

No import of streamlit-folium here: a component that is declared before Streamlit runs is not known to it.
"""

from typing import Any

from i18n import Lang, tr
from maps.state import payload

START = (24.3, 112.9)
"""Latitude, longitude before the first state arrives: the middle of Qingyuan."""
START_ZOOM = 8
OPTIONS: dict[str, Any] = {
    "attributionControl": False,
    "zoomSnap": 0.5,
    # Fading lets what is below shine through half-drawn tiles: a flicker at each zoom.
    "fadeAnimation": False,
    "minZoom": 6,
    "maxZoom": 18,
}
"""Leaflet's options of the map."""
_WORDS = ("away", "denied", "retry", "no_data", "datum", "zoom_in", "zoom_out", "legend", "zoom_for", "comma")


def words(lang: Lang) -> str:
    """The words of the map's controls and notices, as the runtime takes them."""
    return payload({key: tr(f"maps.{key}", lang) for key in _WORDS})


def fullscreen_options(lang: Lang) -> dict[str, Any]:
    """Options of the button that gives the map the whole screen."""
    return {
        "position": "topright",
        "title": tr("maps.fullscreen", lang),
        "title_cancel": tr("maps.fullscreen_exit", lang),
        "force_separate_button": True,
    }
