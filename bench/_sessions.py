"""Light visitors: Streamlit's own websocket protocol without a browser, so that fifty fit beside the server.

A visitor sends what a browser sends (its widgets with every rerun, the fragment that a widget lies in) and reads all
that the server answers; it draws nothing.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from bench._server import Server

_LIMIT_S = 120
_MOST_BYTES = 64 * 2**20
_WIDGETS = ("selectbox", "button_group", "component_instance")
_BAD = ("exception",)


@dataclass
class Widget:
    """A widget of the page: its id, its options as they are written, the fragment that it lies in ("" for none)."""

    id: str
    kind: str
    options: list[str]
    fragment_id: str


@dataclass
class Session:
    """One visitor of one page.

    Attributes
    ----------
    widgets : by the key that the page gave them; its map is ``map``.
    bytes_read : all that the server has sent.
    failed : exceptions that the page has shown.
    """

    server: Server
    page: str
    query: str = ""
    widgets: dict[str, Widget] = field(default_factory=dict)
    bytes_read: int = 0
    failed: list[str] = field(default_factory=list)
    _states: dict[str, WidgetState] = field(default_factory=dict)
    _socket: ClientConnection | None = None

    async def open(self) -> float:
        """Connect and run the page; seconds until its script has ended."""
        begun = time.perf_counter()
        address = self.server.address.replace("http://", "ws://")
        cookie = "; ".join(f"{name}={value}" for name, value in self.server.cookies.items())
        self._socket = await connect(
            f"{address}/_stcore/stream",
            additional_headers={"Cookie": cookie},
            origin=self.server.address,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=_MOST_BYTES,
        )
        await self._run("")
        return time.perf_counter() - begun

    async def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            await self._socket.close()

    async def choose(self, key: str, option: str) -> float:
        """Choose an option of a list or of a row of buttons; seconds until the answer is there."""
        widget = self.widgets[key]
        state = WidgetState(id=widget.id)
        if widget.kind == "selectbox":
            state.string_value = option
        else:
            state.string_array_value.data.append(option)
        return await self._act(widget, state)

    async def click(self, key: str, lon: float, lat: float, zoom: float) -> float:
        """Click on a map; seconds until the answer is there."""
        widget = self.widgets[key]
        told = {"last_clicked": {"lng": lon, "lat": lat}, "zoom": zoom}
        return await self._act(widget, WidgetState(id=widget.id, json_value=json.dumps(told)))

    async def _act(self, widget: Widget, state: WidgetState) -> float:
        begun = time.perf_counter()
        self._states[widget.id] = state
        await self._run(widget.fragment_id)
        return time.perf_counter() - begun

    async def _run(self, fragment_id: str) -> None:
        if self._socket is None:
            raise RuntimeError("the session is not open")
        asked = BackMsg()
        asked.rerun_script.query_string = self.query
        asked.rerun_script.page_name = self.page
        asked.rerun_script.fragment_id = fragment_id
        asked.rerun_script.widget_states.widgets.extend(self._states.values())
        await self._socket.send(asked.SerializeToString())
        async with asyncio.timeout(_LIMIT_S):
            while not self._take(await self._socket.recv()):
                pass

    def _take(self, received: "str | bytes") -> bool:
        """Read a message; True if it says that the script has ended."""
        raw = received.encode() if isinstance(received, str) else received
        self.bytes_read += len(raw)
        message = ForwardMsg.FromString(raw)
        kind = message.WhichOneof("type")
        if kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._note(message.delta.new_element, message.delta.fragment_id)
        elif kind == "script_finished":
            return message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        return False

    def _note(self, element: Any, fragment_id: str) -> None:
        kind = element.WhichOneof("type")
        if kind in _BAD:
            self.failed.append(element.exception.message)
        if kind not in _WIDGETS:
            return
        widget = getattr(element, kind)
        # streamlit-folium makes its map's key unreadable; a page has one map.
        key = "map" if kind == "component_instance" else widget.id.split("-", 2)[-1]
        options: list[str] = []
        if kind == "selectbox":
            options = list(widget.options)
        elif kind == "button_group":
            options = [option.content for option in widget.options]
        self.widgets[key] = Widget(widget.id, kind, options, fragment_id)


def percentile(values: list[float], share: float) -> float:
    """The value that a share of the values does not exceed, by rank."""
    ranked = sorted(values)
    return ranked[max(0, min(len(ranked) - 1, round(share * len(ranked)) - 1))]


def summed(times: Mapping[str, list[float]]) -> str:
    """Times by action in words: number, half, 95 of 100, longest; ms."""
    lines = []
    for name, values in times.items():
        if values:
            half, most = percentile(values, 0.5), percentile(values, 0.95)
            lines.append(
                f"  {name}: {len(values)}, p50 {half * 1000:.0f} ms, p95 {most * 1000:.0f} ms, "
                f"longest {max(values) * 1000:.0f} ms"
            )
    return "\n".join(lines)
