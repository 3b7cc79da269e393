"""A Chromium that counts what comes over the wire, and says when a map is drawn."""

import base64
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

VIEWPORT = {"width": 1440, "height": 900}
_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STREAMLIT_OWN = ("/static/", "/favicon", "/_stcore/", "/vendor/", "/component/")
"""Addresses of the files of Streamlit and streamlit-folium, the same on every page that has a map."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    with sync_playwright() as playwright:
        program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=program, args=_SWITCHES)
        yield browser
        browser.close()


@dataclass
class Wire:
    """Bytes that a page received: HTTP as encoded, WebSocket frames as compressed if compression is on."""

    http_bytes: int = 0
    streamlit_bytes: int = 0
    socket_bytes: int = 0
    outside: list[str] = field(default_factory=list)
    _addresses: dict[str, str] = field(default_factory=dict)
    _deflated: dict[str, Any] = field(default_factory=dict)

    @property
    def all_bytes(self) -> int:
        """Everything."""
        return self.http_bytes + self.socket_bytes

    @property
    def own_bytes(self) -> int:
        """Without the files of Streamlit and streamlit-folium."""
        return self.all_bytes - self.streamlit_bytes

    def watch(self, context: BrowserContext, page: Page, server: str) -> None:
        """Count what a page receives from now on."""
        told = context.new_cdp_session(page)
        told.on("Network.requestWillBeSent", lambda event: self._asked(event, server))
        told.on("Network.loadingFinished", self._finished)
        told.on("Network.webSocketHandshakeResponseReceived", self._shaken)
        told.on("Network.webSocketFrameReceived", self._frame)
        told.send("Network.enable")

    def asked_for(self, part: str) -> bool:
        """Whether an address that contains `part` was asked for."""
        return any(part in address for address in self._addresses.values())

    def _asked(self, event: dict[str, Any], server: str) -> None:
        address = event["request"]["url"]
        self._addresses[event["requestId"]] = address.removeprefix(server)
        if not address.startswith((server, "data:", "blob:", "about:")):
            self.outside.append(address)

    def _finished(self, event: dict[str, Any]) -> None:
        size = int(event["encodedDataLength"])
        self.http_bytes += size
        path = self._addresses.get(event["requestId"], "")
        if path in ("", "/") or path.startswith(STREAMLIT_OWN):
            self.streamlit_bytes += size

    def _shaken(self, event: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
        if "permessage-deflate" in headers.get("sec-websocket-extensions", ""):
            self._deflated[event["requestId"]] = zlib.compressobj(wbits=-15)

    def _frame(self, event: dict[str, Any]) -> None:
        payload = event["response"]["payloadData"]
        # Chromium gives binary frames as base64, three bytes in four letters.
        if event["response"]["opcode"] != 2:
            self.socket_bytes += len(payload.encode())
            return
        compressor = self._deflated.get(event["requestId"])
        if compressor is None:
            self.socket_bytes += len(payload) * 3 // 4 - payload.count("=", -2)
            return
        data = compressor.compress(base64.b64decode(payload))
        self.socket_bytes += len(data + compressor.flush(zlib.Z_SYNC_FLUSH))


def stopwatch(condition: str) -> str:
    """A script for all frames of a page: notes in the top frame when `condition` first holds and is painted.

    The condition is asked in frames that are visible and have a height, for no one sees the others.

    The time is in milliseconds since the navigation of the page began, in Chromium's own clock.
    """
    return f"""(() => {{
        // Not by animation frames of this frame: they rest while the page gives it no height.
        const look = setInterval(() => {{
            const framed = window.frameElement;
            const seen = framed && framed.clientHeight >= 100 && getComputedStyle(framed).visibility === "visible";
            if (!seen || !({condition})()) return;
            clearInterval(look);
            const {{ top }} = window;
            top.requestAnimationFrame(() => top.requestAnimationFrame(() => {{
                top.drawnAfterMs ??= top.performance.now();
            }}));
        }}, 10);
    }})()"""
