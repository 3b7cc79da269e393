"""The peer of the map page: the same villages through stock `folium.GeoJson`, coloured by the same theme.

Kind to the peer: its data is read once and kept, Leaflet comes from our own server, and the scripts of other
origins that folium would load (jQuery, Bootstrap, icons) are left out.
"""

import json

import folium
import geopandas as gpd
import streamlit as st
from streamlit_folium import st_folium

from maps.assets import url_of
from store.engine import engine

_COLORS = ("#fee5d9", "#fcae91", "#fb6a4a", "#de2d26", "#a50f15")
_QUERY = """
    SELECT u.admin_code, u.name, v.value, u.geom
    FROM feature.admin_units AS u
    LEFT JOIN xiangtu.indicator_values AS v
        ON v.admin_code = u.admin_code AND v.level = 'village' AND v.scope = 'all'
        AND v.indicator_id = 'tap_water_rate'
        AND v.as_of = (SELECT max(as_of) FROM xiangtu.indicator_values WHERE indicator_id = 'tap_water_rate')
    WHERE u.level = 'village'
"""


@st.cache_resource
def villages() -> dict[str, object]:
    """All villages as GeoJSON, full geometry."""
    frame = gpd.read_postgis(_QUERY, engine(), geom_col="geom")
    return json.loads(frame.to_json())


def style(feature: dict[str, dict[str, float | None]]) -> dict[str, object]:
    """Fill by the value's class, grey without data."""
    value = feature["properties"]["value"]
    color = "#dddddd" if value is None else _COLORS[min(4, int(value * 5))]
    return {"fillColor": color, "fillOpacity": 1, "color": "#666666", "weight": 0.8}


st.set_page_config(layout="wide")
made = folium.Map(location=(24.3, 112.9), zoom_start=9, tiles=None)
made.default_js = [("leaflet", url_of("leaflet.js"))]
made.default_css = [("leaflet", url_of("leaflet.css"))]
folium.GeoJson(villages(), style_function=style, tooltip=folium.GeoJsonTooltip(["name", "value"])).add_to(
    made
)
st_folium(made, height=760, use_container_width=True, returned_objects=["last_clicked"])
