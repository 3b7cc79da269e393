"""Browser contexts that are used again: what Chromium has compiled of Streamlit's scripts stays in memory.

A new context means a new process that reads and compiles two megabytes of scripts, which is most of the time of
opening a page. Between two visitors everything that a site could know of the first is taken away.
"""

from collections import defaultdict

from playwright.sync_api import Browser, BrowserContext, Error, Page

_STORED = "() => { localStorage.clear(); sessionStorage.clear(); }"


class Windows:
    """Contexts by window size, each with a page that nobody looks at and that keeps its process alive."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: defaultdict[tuple[int, int], list[BrowserContext]] = defaultdict(list)
        self._kept: dict[BrowserContext, Page] = {}

    def take(self, size: dict[str, int], server: str) -> BrowserContext:
        """A context that no other visitor has now, without cookies."""
        free = self._free[size["width"], size["height"]]
        if free:
            return free.pop()
        context = self._browser.new_context(viewport=size, locale="zh-CN", device_scale_factor=1)
        self._kept[context] = context.new_page()
        self._kept[context].goto(f"{server}/healthz")
        return context

    def give_back(self, context: BrowserContext, size: dict[str, int]) -> None:
        """Close the visitor's pages, and forget what they stored; a context whose page is broken is not used again."""
        kept = self._kept[context]
        try:
            for page in context.pages:
                if page is not kept:
                    page.evaluate(_STORED)
                    page.close()
            context.clear_cookies()
        except Error:
            del self._kept[context]
            context.close()
        else:
            self._free[size["width"], size["height"]].append(context)
