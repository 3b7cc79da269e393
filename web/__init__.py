"""Routes beside Streamlit's: tiles, labels, themes, assets, health."""
