"""Errors that no page has caught, told in words: above all those of fragments, which run without their page."""

import sqlalchemy as sa
import streamlit as st

from base.errors import XiangtuError
from i18n import tr
from pages.shell import lang, show_error
from store.engine import is_away
from store.errors import DatabaseAway


def tell(error: Exception) -> bool:
    """Show the sentence of an error; Streamlit has written it to the log with its trace.

    Returns
    -------
    True, which tells Streamlit to show nothing of its own.
    """
    if isinstance(error, XiangtuError):
        show_error(error)
    elif isinstance(error, sa.exc.SQLAlchemyError) and is_away(error):
        show_error(DatabaseAway())
    else:
        st.error(tr("error.unexpected", lang()), icon=":material/error:")
    return True
