"""The script that Streamlit runs for each visitor."""

from pages.shell import main

main()
