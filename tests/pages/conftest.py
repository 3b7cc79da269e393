"""Pages on the small demo city, run by Streamlit's own test runner."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pytest
import sqlalchemy as sa
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

import web.visitors
from access import Person
from i18n import Lang
from tests import signed_in

EVERYONE = Person(0, 0, "tester", "测试人员", signed_in.EVERY_ROLE)
"""Someone who holds every role in the whole city."""
Open = Callable[..., AppTest]

_SCRIPT = """
import pages.{name} as shown
shown.lang = lambda: "{lang}"
shown.page()
"""


@pytest.fixture(scope="session", autouse=True)
def installed_once() -> Iterator[None]:
    """Let Streamlit look once for components among the installed packages, not for every page that a test opens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


def show(monkeypatch: pytest.MonkeyPatch, engine: sa.Engine) -> None:
    """Let pages show a database to someone who may see and do everything."""
    for name in (
        "store.engine.engine",
        "store.engine.owner",
        "pages.data_import.owner",
        "pages.raster_import.owner",
        "pages.recompute.owner",
    ):
        monkeypatch.setattr(name, lambda: engine)
    monkeypatch.setattr(web.visitors, "person_now", lambda: EVERYONE)


@pytest.fixture
def shown_city(city: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """The small demo city as the database of the pages."""
    show(monkeypatch, city)
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
