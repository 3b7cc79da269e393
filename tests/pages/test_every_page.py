"""Every page opens in both languages without an exception, also on an empty database."""

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import LANGUAGES, Lang, tr
from tests.pages.conftest import _SCRIPT, Open, show

PAGES = (
    "home",
    "dossier",
    "indicators",
    "gaps",
    "candidates",
    "selection",
    "projects",
    "network",
    "land",
    "quota_ledger",
    "parcels",
    "consolidation",
    "farmland",
    "overview",
    "tracking",
    "assessment",
    "inspection",
    "assistance",
    "data_import",
    "dictionary",
    "people",
    "record",
    "account",
    "report",
    "report_check",
    "progress_map",
)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_opens(open_page: Open, name: str, lang: Lang) -> None:
    app = open_page(name, lang)
    assert not app.exception
    assert [title.value for title in app.title] == [tr(f"pages.{_table(name)}.title", lang)]


@pytest.mark.parametrize("name", PAGES)
def test_opens_on_an_empty_database(unchanged: sa.Engine, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    show(monkeypatch, unchanged)
    app = AppTest.from_string(_SCRIPT.format(name=name, lang="zh"), default_timeout=60).run()
    assert not app.exception
    assert app.title


def _table(name: str) -> str:
    return {"data_import": "import"}.get(name, name)
