"""Every page in both languages, at desk and phone width: drawn, without error, without outside requests."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import DESKTOP, PHONE, Visitor, visitors

PAGES = ["home", "map", "dossier", "indicators", "land", "overview", "data_import", "dictionary"]
PAGES += ["gaps", "candidates", "selection", "projects", "network", "people", "record", "account"]
PAGES += ["quota_ledger", "parcels", "consolidation", "farmland"]
PAGES += ["tracking"]
PAGES += ["report", "report_check"]
PAGES += ["progress_map"]
PAGES += ["assessment", "inspection", "assistance"]
PLACE = {"dossier": "?code=441821100000", "map": "?theme=tap_water_rate&code=441821000000"}


@pytest.fixture(scope="module")
def seat(browser: Browser, server: str) -> Iterator[Callable[[bool, str], Visitor]]:
    """A visitor for each size and language who goes from page to page, so that scripts are fetched once."""
    with visitors(browser, server) as come:
        yield cache(lambda wide, lang: come(DESKTOP if wide else PHONE, lang))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_drawn(
    seat: Callable[[bool, str], Visitor], name: str, lang: str, size: dict[str, int]
) -> None:
    visitor = seat(size is DESKTOP, lang)
    page = visitor.go("/" + ("" if name == "home" else name) + PLACE.get(name, ""))
    if name == "map":
        visitor.wait_for_map()
    else:
        visitor.wait_for_words()
    visitor.picture(f"{name}-{lang}-{'desk' if size is DESKTOP else 'phone'}")
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    words = page.locator('[data-testid="stMain"]').inner_text()
    assert len(words) > 80
    chinese = sum("\u4e00" <= letter <= "\u9fff" for letter in words)
    if lang == "zh":
        assert chinese > 40
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"] + 1
