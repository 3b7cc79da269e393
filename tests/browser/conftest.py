"""A real Chromium that may talk to our server only, and keeps pictures for people to judge."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import Browser, Page

from tests import signed_in
from tests.browser.windows import Windows

PICTURES = Path(__file__).resolve().parents[2] / "ci-output" / "screenshots"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


_QUIET = """() => new Promise(done => {
    const end = () => { watch.disconnect(); done() };
    let still = setTimeout(end, 300);
    const watch = new MutationObserver(() => { clearTimeout(still); still = setTimeout(end, 300) });
    watch.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
    setTimeout(end, 3000);
})"""


@dataclass
class Visitor:
    """A visitor with a window of their own; `outside` lists requests that left our server."""

    server: str
    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page and wait until Streamlit has run it."""
        self.page.goto(self.server + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page's script has run and nothing is a placeholder any more."""
        self.page.wait_for_selector(".xt-synthetic", timeout=60_000)
        self.page.wait_for_function(
            """() => !document.querySelector(
                '[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-stale="true"]')""",
            timeout=60_000,
        )
        self.quiet()

    def wait_for_words(self) -> None:
        """Wait until a page that computes has more than its title: there is nothing for a moment before it says so."""
        self.page.wait_for_function(
            """() => document.querySelector('[data-testid="stMain"]').innerText.length > 80""", timeout=60_000
        )
        self.quiet()

    def quiet(self) -> None:
        """Wait until nothing on the page has changed for a moment."""
        self.page.evaluate(_QUIET)

    def wait_for_map(self) -> None:
        """Wait until the page's map has drawn everything it asked for and has taken the first map's place."""
        frame = self.page.frame_locator('iframe[title*="streamlit_folium"]')
        frame.locator("[data-drawn]").wait_for(timeout=60_000)
        self.page.wait_for_selector("#xt-first", state="detached", timeout=60_000)

    def picture(self, name: str) -> None:
        """Keep a picture in ci-output/screenshots."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(PICTURES / f"{name}.png"))


_WINDOWS: WeakKeyDictionary[Browser, Windows] = WeakKeyDictionary()
Come = Callable[..., Visitor]
"""Called with a window size and a language: a new visitor."""


@contextmanager
def visitors(browser: Browser, server: str) -> Iterator[Come]:
    """Let visitors come to a server; at the end nothing was asked outside and no script had failed."""
    known: list[tuple[Visitor, dict[str, int]]] = []
    windows = _WINDOWS.setdefault(browser, Windows(browser))

    def come(size: dict[str, int] = DESKTOP, lang: str = "zh", signed: bool = True) -> Visitor:
        context = windows.take(size, server)
        if lang != "zh":
            context.add_cookies([{"name": "xiangtu_language", "value": lang, "url": server}])
        if signed:
            context.add_cookies(
                [{"name": k, "value": v, "url": server} for k, v in signed_in.cookies(server).items()]
            )
        visitor = Visitor(server, context.new_page())
        host = server.removeprefix("http://")

        def watch(address: str) -> None:
            if address.startswith(("data:", "blob:", "about:")):
                return
            if address.split("://", 1)[1].split("/", 1)[0] != host:
                visitor.outside.append(address)

        visitor.page.on("request", lambda request: watch(request.url))
        visitor.page.on("websocket", lambda socket: watch(socket.url))
        visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        known.append((visitor, size))
        return visitor

    yield come
    for visitor, size in known:
        windows.give_back(visitor.page.context, size)
    for visitor, _ in known:
        assert visitor.outside == []
        assert visitor.errors == []


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Come]:
    """Call it with a window size and a language to get a `Visitor`; fails on any request to the outside."""
    with visitors(browser, server) as come:
        yield come
