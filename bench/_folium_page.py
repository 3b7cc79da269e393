"""The peer of the map page: the polygons that it shows, through stock `folium.GeoJson` and `st_folium`.

Villages coloured by the same theme, township and county boundaries, consolidation projects; the roads, works and
houses of our page are left out. Kind to the peer: its data is read once and kept, Leaflet comes from our own
server, and the scripts of other origins that folium would load (jQuery, Bootstrap, icons) are left out.
"""

import folium
import geopandas as gpd
import streamlit as st
from streamlit_folium import st_folium

from maps.assets import url_of
from store.engine import owner

_COLORS = ("#fee5d9", "#fcae91", "#fb6a4a", "#de2d26", "#a50f15")
_VILLAGES = """
    SELECT u.admin_code, u.name, v.value, u.geom
    FROM feature.admin_units AS u
    LEFT JOIN xiangtu.indicator_values AS v
        ON v.admin_code = u.admin_code AND v.level = 'village' AND v.scope = 'all'
        AND v.indicator_id = 'tap_water_rate'
        AND v.as_of = (SELECT max(as_of) FROM xiangtu.indicator_values WHERE indicator_id = 'tap_water_rate')
    WHERE u.level = 'village'
"""
_LINES = "SELECT admin_code, name, geom FROM feature.admin_units WHERE level = '{level}'"
_PROJECTS = "SELECT admin_code, name, project_kind, geom FROM feature.consolidation_projects"


@st.cache_data
def read(query: str) -> gpd.GeoDataFrame:
    """A table with its full geometry."""
    return gpd.read_postgis(query, owner(), geom_col="geom")


def by_value(feature: dict[str, dict[str, float | None]]) -> dict[str, object]:
    """Fill by the value's class, grey without data."""
    value = feature["properties"]["value"]
    color = "#dddddd" if value is None else _COLORS[min(4, int(value * 5))]
    return {"fillColor": color, "fillOpacity": 1, "color": "#666666", "weight": 0.8}


def outline(weight: float) -> object:
    """A boundary without a fill."""
    return lambda _: {"fill": False, "color": "#4b463c", "weight": weight}


st.set_page_config(layout="wide")
made = folium.Map(location=(24.3, 112.9), zoom_start=9, tiles=None)
made.default_js = [("leaflet", url_of("leaflet.js"))]
made.default_css = [("leaflet", url_of("leaflet.css"))]
folium.GeoJson(
    read(_VILLAGES), style_function=by_value, tooltip=folium.GeoJsonTooltip(["name", "value"])
).add_to(made)
for level, weight in (("township", 1.5), ("county", 2.6)):
    folium.GeoJson(read(_LINES.format(level=level)), style_function=outline(weight)).add_to(made)
folium.GeoJson(read(_PROJECTS), style_function=lambda _: {"color": "#4d7c0f", "weight": 1.2}).add_to(made)
st_folium(made, height=760, use_container_width=True, returned_objects=["last_clicked"])
