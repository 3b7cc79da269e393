"""The application that serves `_folium_page.py` and the Leaflet it needs."""

from pathlib import Path

import streamlit as st
from starlette.routing import Route

from web.assets import asset

app = st.App(
    Path(__file__).resolve().parent / "_folium_page.py",
    routes=[Route("/assets/{release}/{name}", asset)],
)
