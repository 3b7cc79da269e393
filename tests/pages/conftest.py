"""Pages on the small demo city, run by Streamlit's own test runner."""

from collections.abc import Callable, Mapping

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

import store.engine
from i18n import Lang

Open = Callable[..., AppTest]

_SCRIPT = """
import pages.{name} as shown
shown.lang = lambda: "{lang}"
shown.page()
"""


@pytest.fixture
def shown_city(city: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """The small demo city as the database of the pages."""
    monkeypatch.setattr(store.engine, "engine", lambda: city)
    return city


@pytest.fixture
def open_page(shown_city: sa.Engine) -> Open:
    """Open a page by module name in a language, with an address's parameters."""

    def opened(name: str, lang: Lang = "zh", query: Mapping[str, str] | None = None) -> AppTest:
        app = AppTest.from_string(_SCRIPT.format(name=name, lang=lang), default_timeout=60)
        for key, value in (query or {}).items():
            app.query_params[key] = value
        return app.run()

    return opened


def scalar(engine: sa.Engine, statement: str, **given: object) -> object:
    """One value from the database, read apart from the pages' own queries."""
    with engine.connect() as connection:
        return connection.execute(sa.text(statement), given).scalar_one()
