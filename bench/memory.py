"""Memory of the server: ten visitors with the map open, two hundred reruns between them.

Each visitor is a Chromium page of its own. They take turns: one clicks on the map (a dossier opens), the next
chooses another theme. What is counted is the resident memory of the server's process and its children, the
database apart. Growth is the slope of a line through the second half of the measurements, when the caches
that are meant to fill have filled.
"""

import random
import sys
import time
from collections.abc import Callable

import numpy as np
import psutil
from playwright.sync_api import Browser, Page

from bench._browser import VIEWPORT, chromium
from bench._server import Server, database, xiangtu

SESSIONS = 10
RERUNS = 200
LIMIT_MIB = 1024
GROWTH_MIB = 10.0
"""Most that 100 reruns may add; below the noise of the allocator."""
_ASK_LIMIT_S = 20
_SEED = 20260101
_MIB = 2**20
_THEME = ".st-key-map-theme input, .st-key-map\\.theme input"


def resident_mib(server: Server) -> float:
    """Resident memory of the server and its children, MiB, without PostgreSQL."""
    total = 0
    for process in (server.process, *server.process.children(recursive=True)):
        try:
            if not process.name().startswith("postgres"):
                total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / _MIB


class Visitor:
    """A page with the map open; counts the messages by which it asked for a rerun."""

    def __init__(self, page: Page, address: str) -> None:
        self.asked = 0
        self._page = page
        page.on("websocket", lambda opened: opened.on("framesent", self._count))
        page.goto(f"{address}/map?theme=tap_water_rate")
        page.wait_for_selector('iframe[title*="streamlit_folium"]', timeout=120_000)
        self.settle()

    def _count(self, _: object) -> None:
        self.asked += 1

    def settle(self) -> None:
        """Wait until the server has finished the script of this page."""
        self._page.wait_for_timeout(150)
        self._page.wait_for_selector(
            '[data-test-script-state="notRunning"]', state="attached", timeout=120_000
        )

    def act(self, action: Callable[[random.Random], None], chance: random.Random) -> None:
        """Do something, see the page ask for a rerun, and wait until the server has answered.

        Raises
        ------
        RuntimeError : the page did not ask.
        """
        before, deadline = self.asked, time.monotonic() + _ASK_LIMIT_S
        action(chance)
        while self.asked == before:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{action.__name__} caused no rerun")
            self._page.wait_for_timeout(20)
        self.settle()

    def click(self, chance: random.Random) -> None:
        """Click somewhere in the middle of the map."""
        box = self._page.locator('iframe[title*="streamlit_folium"]').bounding_box()
        if box is None:
            raise RuntimeError("the map is not on the page")
        across, down = chance.uniform(0.3, 0.7), chance.uniform(0.3, 0.7)
        self._page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])

    def choose_theme(self, chance: random.Random) -> None:
        """Take another theme from the list."""
        self._page.locator(_THEME).first.click()
        options = self._page.locator('[role="option"]:not([aria-selected="true"])')
        options.nth(1).wait_for(timeout=30_000)
        options.nth(chance.randrange(1, options.count())).click()


def _window(browser: Browser, server: Server) -> Page:
    context = browser.new_context(viewport=VIEWPORT, locale="zh-CN")
    context.add_cookies(server.browser_cookies())
    return context.new_page()


def measure(server: Server) -> list[float]:
    """Resident memory after each rerun, MiB; the first value is with all visitors there and none acting."""
    chance = random.Random(_SEED)
    with chromium() as browser:
        visitors = [Visitor(_window(browser, server), server.address) for _ in range(SESSIONS)]
        measured = [resident_mib(server)]
        print(f"{SESSIONS} sessions open: {measured[0]:.0f} MiB", flush=True)
        for turn in range(RERUNS):
            visitor = visitors[turn % SESSIONS]
            visitor.act(visitor.click if (turn // SESSIONS + turn) % 2 else visitor.choose_theme, chance)
            measured.append(resident_mib(server))
            if turn % 20 == 19:
                print(f"{turn + 1} reruns: {measured[-1]:.0f} MiB", flush=True)
    return measured


def growth_per_hundred(measured: list[float]) -> float:
    """Slope of a line through the second half of the measurements, MiB in 100 reruns."""
    later = np.array(measured[len(measured) // 2 :])
    return float(np.polyfit(np.arange(later.size), later, 1)[0] * 100)


def main() -> int:
    """Measure once; exit status 1 if the memory is too large or grows."""
    with database(), xiangtu() as server:
        idle = resident_mib(server)
        measured = measure(server)
    growth, most = growth_per_hundred(measured), max(measured)
    whole = float(np.polyfit(np.arange(len(measured)), measured, 1)[0] * 100)
    print(
        f"server idle {idle:.0f} MiB, most {most:.0f} MiB, "
        f"{most / LIMIT_MIB:.2f} of the limit ({LIMIT_MIB} MiB)\n"
        f"growth in 100 reruns: {growth:+.1f} MiB in the second half (limit {GROWTH_MIB:g}), "
        f"{whole:+.1f} in all"
    )
    return 0 if most < LIMIT_MIB and growth <= GROWTH_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
