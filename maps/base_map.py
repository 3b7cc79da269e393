"""The map in a page: one unchanging folium map, and the state that is applied to it.

streamlit-folium rebuilds its frame when the base map's script changes. So the base map is the same at every
rerun, and all that changes goes through `feature_group_to_add`, as one call of the runtime
(`maps/static/xiangtu-map.js`), which changes only what differs. See docs/decisions/0003-map-runtime.md.
"""

import folium
import streamlit as st
from branca.element import MacroElement
from folium.elements import JSCSSMixin
from folium.plugins import Fullscreen, VectorGridProtobuf
from folium.template import Template
from streamlit_folium import st_folium

from i18n import Lang
from maps.assets import url_of
from maps.options import OPTIONS, START, START_ZOOM, fullscreen_options, words
from maps.state import Click, MapState, as_json, payload

HEIGHT_PX = 640
"""Height until the runtime has fitted the frame to the window."""


class _Dress(JSCSSMixin, MacroElement):
    """Starts the runtime on the base map: controls, panes, notices."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        'XiangtuMap.dress({{ this._parent.get_name() }}, "{{ this.words }}");'
        "{% endmacro %}"
    )

    def __init__(self, lang: Lang) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Dress"
        self.words = words(lang)


class Apply(MacroElement):
    """Hands a state to the runtime."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        'XiangtuMap.apply({{ this._parent._parent.get_name() }}, "{{ this.state }}");'
        "{% endmacro %}"
    )

    def __init__(self, state: MapState) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Apply"
        self.state = payload(as_json(state))


def serve(element: JSCSSMixin, *names: str) -> None:
    """Put our own files in place of the CDN addresses that folium gives an element."""
    element.default_js = [(name, url_of(name)) for name in names if name.endswith(".js")]
    element.default_css = [(name, url_of(name)) for name in names if name.endswith(".css")]


def base_map(lang: Lang) -> folium.Map:
    """Return the unchanging part of the map: no background tiles, controls in `lang`.

    Built anew at each rerun, because streamlit-folium hangs the state's feature group into it; its script is
    the same each time.
    """
    made = folium.Map(location=START, zoom_start=START_ZOOM, tiles=None, zoom_control=False, **OPTIONS)
    # Unseen: it brings the plugin's script.
    grid = VectorGridProtobuf("/tiles/none/{z}/{x}/{y}.pbf", options={}, show=False)
    dress = _Dress(lang)
    fullscreen = Fullscreen(**fullscreen_options(lang))  # type: ignore[no-untyped-call]
    serve(made, "map.js", "map.css")
    serve(grid)
    serve(fullscreen)
    for element in (grid, dress, fullscreen):
        element.add_to(made)
    return made


def take_click(key: str) -> Click | None:
    """Return the click that caused this rerun, once; None if something else did.

    Call it before building the state that answers the click: then one rerun is enough.

    Parameters
    ----------
    key : the key of the map, as given to `show`.
    """
    return Click.of(st.session_state.pop(f"{key}.click", None))


def show(state: MapState, key: str) -> None:
    """Show the map in the running page (or fragment) and bring it to `state`.

    Parameters
    ----------
    state : what is to be seen; what does not differ from the last state is left alone.
    key : one for each map of the application; the map lives as long as the page shows it at the same place.
    """

    def keep_click() -> None:
        st.session_state[f"{key}.click"] = st.session_state.get(key)

    group = folium.FeatureGroup(name="state")
    Apply(state).add_to(group)
    st_folium(
        base_map(state.lang),
        key=key,
        height=HEIGHT_PX,
        use_container_width=True,
        returned_objects=["last_clicked"],
        feature_group_to_add=group,
        on_change=keep_click,
    )
