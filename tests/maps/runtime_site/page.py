"""A page with one map and a control for everything that may change on it."""

import json
import os
from pathlib import Path

import streamlit as st
from shapely.geometry import box

from layers import AdminLevel, Geometry, Shape, Style, Symbol
from maps.base_map import show, take_click
from maps.state import Drawn, LegendValue, MapState, Scope, Selection, Theme, VectorLayer, View
from maps.vector_layer import admin_layers

VILLAGES = json.loads((Path(os.environ["XIANGTU_RUNTIME_SITE"]) / "villages.json").read_text("utf-8"))
CITY = (112.6, 23.6, 113.4, 24.4)
HOUSES = Style(
    Symbol("#ffffff", fill="#636363", fill_opacity=1, radius=6),
    attribute="grade",
    symbols={
        "D": Symbol("#ffffff", fill="#a50f15", fill_opacity=1, radius=8, shape=Shape.SQUARE),
        "A": Symbol("#ffffff", fill="#636363", fill_opacity=1, radius=6),
    },
    priority=("D", "A"),
)
PIECES = Drawn(
    "pieces <b>",
    Symbol("#b91c1c", fill="#ef4444"),
    (box(112.9, 23.9, 113.0, 24.0), box(113.1, 23.9, 113.2, 24.0)),
)

st.set_page_config(layout="wide")
with st.sidebar:
    themed = st.radio("theme", ["none", "water", "roads"], index=1)
    county = st.radio("scope", ["all", "441881"])
    only_d = st.checkbox("only D")
    houses = st.checkbox("houses", value=True)
    version = st.radio("version", ["1", "2"])
    drawn = st.checkbox("drawn")

click = take_click("map")
if click:
    near = min(VILLAGES, key=lambda v: (v["lon"] - click.lon) ** 2 + (v["lat"] - click.lat) ** 2)
    st.session_state["chosen"] = near
    st.session_state["clicks"] = st.session_state.get("clicks", 0) + 1
    st.query_params["sel"] = near["code"]
    st.session_state["said"] = f"clicked {near['code']} at zoom {click.zoom:g}"
chosen = st.session_state.get("chosen")
st.text(st.session_state.get("said", "no click yet") + f" ({st.session_state.get('clicks', 0)} clicks)")

layer = VectorLayer(
    id="houses",
    title="危房 <b>houses</b>",
    url=f"/tiles/houses/{version}/{{z}}/{{x}}/{{y}}.pbf",
    mvt_layer="houses",
    geometry=Geometry.POINT,
    style=HOUSES,
    min_zoom=7,
    deepest_tile=11,
    values=(LegendValue("D", "D 级 <b>", 10), LegendValue("A", "A 级", 12)),
    visible=houses,
    filters={"grade": frozenset({"D"})} if only_d else {},
    bounds=CITY,
)
theme = None
if themed != "none":
    colors, labels = ("#a6611a", "#018571"), ("0–95%", "95–100%")
    theme = Theme(
        f"/themes/{themed}/2024.json",
        AdminLevel.VILLAGE,
        themed,
        colors,
        labels,
        (2, 1),
        4,
        (1, "target 95%"),
    )
show(
    MapState(
        base=admin_layers("1", "zh", bounds=CITY),
        layers=(layer,),
        theme=theme,
        scope=Scope("" if county == "all" else county),
        selection=Selection(AdminLevel.VILLAGE, chosen["code"], chosen["name"]) if chosen else None,
        marker=(click.lon, click.lat) if click else None,
        view=View(0, bounds=CITY),
        drawn=(PIECES,) if drawn else (),
    ),
    "map",
)
