"""The leaders' page under load against the map page: fifty sessions open, each doing something every few seconds.

The same fifty visitors first come to the map, then to the leaders' page, then to both once more in the other order. On
the map they click and change the theme; on the leaders' page they click, change the indicator, the townships that count
and the county. A rerun is measured from the message that asks for it until the script has ended and everything that it
sent has arrived. Visitors are light (`bench._sessions`): what is measured is the server, not fifty browsers.

``--sessions 50 --seconds 60 --think 8`` are the usual values: a visitor waits 0.5 to 1.5 times the thinking time.
"""

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench._server import Server, database, signed_in, xiangtu
from bench._sessions import Session, percentile, summed
from bench.memory import resident_mib

SESSIONS, SECONDS, THINK_S = 50, 60.0, 8.0
P95_S = 1.5
_OPENING_S = 12.0
_SEED = 20260101
_BOX = (112.3, 113.5, 23.6, 24.9)
"""Where is clicked: west, east, south, north, degrees; some of it lies outside the city."""
_ZOOM = 8.5
Act = Callable[[Session, random.Random], Awaitable[float]]


@dataclass
class Phase:
    """What one page was asked: seconds of openings and of reruns by action; `cpu_s` is the server's time for both."""

    page: str
    opened: list[float] = field(default_factory=list)
    reruns: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    bytes_read: int = 0
    cpu_s: float = 0.0

    @property
    def all(self) -> list[float]:
        """Every rerun."""
        return [one for values in self.reruns.values() for one in values]


async def _click(session: Session, chance: random.Random) -> float:
    west, east, south, north = _BOX
    return await session.click("map", chance.uniform(west, east), chance.uniform(south, north), _ZOOM)


def _choosing(key: str) -> Act:
    async def choose(session: Session, chance: random.Random) -> float:
        return await session.choose(key, chance.choice(session.widgets[key].options))

    return choose


ACTIONS: dict[str, list[tuple[str, float, Act]]] = {
    "map": [
        ("a click", 0.5, _click),
        ("another theme", 0.5, _choosing("map.theme")),
    ],
    "overview": [
        ("a click", 0.25, _click),
        ("another indicator", 0.35, _choosing("overview.indicator")),
        ("other townships", 0.2, _choosing("overview.scope")),
        ("another county", 0.2, _choosing("overview.county")),
    ],
}


async def _visit(session: Session, phase: Phase, until: float, think_s: float, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0, _OPENING_S))
    phase.opened.append(await session.open())
    actions = ACTIONS[phase.page]
    weights = [weight for _, weight, _ in actions]
    while True:
        await asyncio.sleep(think_s * chance.uniform(0.5, 1.5))
        if time.monotonic() > until:
            break
        name, _, act = chance.choices(actions, weights)[0]
        phase.reruns.setdefault(name, []).append(await act(session, chance))
    phase.failed += session.failed
    phase.bytes_read += session.bytes_read
    await session.close()


async def measure(servers: list[Server], page: str, seconds: float, think_s: float, seed: int) -> Phase:
    """Let a visitor come for each of `servers` (one server, each with cookies of its own) and stay for `seconds`."""
    phase = Phase(page)
    until = time.monotonic() + _OPENING_S + seconds
    visits = [
        _visit(Session(one, page), phase, until, think_s, random.Random(seed + n))
        for n, one in enumerate(servers)
    ]
    before = _cpu_s(servers[0])
    await asyncio.gather(*visits)
    phase.cpu_s = _cpu_s(servers[0]) - before
    return phase


async def _once(session: Session) -> float:
    """Open and leave, so that modules are loaded and what is shared is there."""
    seconds = await session.open()
    await session.close()
    return seconds


def _cpu_s(server: Server) -> float:
    """Processor time of the server's own process so far, s; PostgreSQL's is not in it."""
    times = server.process.cpu_times()
    return float(times.user + times.system)


def _tell(phase: Phase) -> None:
    every = phase.all
    print(
        f"{phase.page}: {len(every)} reruns, p50 {percentile(every, 0.5) * 1000:.0f} ms, "
        f"p95 {percentile(every, 0.95) * 1000:.0f} ms; {phase.bytes_read / 2**20:.1f} MiB sent, "
        f"{1000 * phase.cpu_s / (len(every) + len(phase.opened)):.0f} ms of the server's processor for each, "
        f"{len(phase.failed)} errors\n{summed({'open': phase.opened, **phase.reruns})}",
        flush=True,
    )


def main() -> int:
    """Measure both pages in turn; exit status 1 if a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=SESSIONS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--think", type=float, default=THINK_S)
    asked = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    merged = {page: Phase(page) for page in ACTIONS}
    with database(), xiangtu() as server:
        visitors = [
            Server(server.address, server.process, signed_in(server.address, "demo.leader"))
            for _ in range(asked.sessions)
        ]
        for page in ACTIONS:
            alone = Session(visitors[0], page)
            print(f"{page}: first opening of all {asyncio.run(_once(alone)):.1f} s, not counted", flush=True)
        for turn, page in enumerate(("map", "overview", "overview", "map")):
            phase = asyncio.run(measure(visitors, page, asked.seconds / 2, asked.think, _SEED + 1000 * turn))
            _tell(phase)
            whole = merged[page]
            whole.opened += phase.opened
            whole.failed += phase.failed
            whole.bytes_read += phase.bytes_read
            whole.cpu_s += phase.cpu_s
            for name, values in phase.reruns.items():
                whole.reruns.setdefault(name, []).extend(values)
        memory = resident_mib(server)
    return 0 if _report(merged["overview"], merged["map"], memory) else 1


def _report(ours: Phase, peer: Phase, memory_mib: float) -> bool:
    print("in both turns:")
    _tell(peer)
    _tell(ours)
    mine, others = percentile(ours.all, 0.95), percentile(peer.all, 0.95)
    print(
        f"p95 of reruns: leaders' page {mine * 1000:.0f} ms (goal {P95_S * 1000:.0f} ms), map page "
        f"{others * 1000:.0f} ms, ratio {mine / others:.2f} (goal 1)\n"
        f"server {memory_mib:.0f} MiB; load of the machine after: {os.getloadavg()[0]:.1f}"
    )
    return mine <= P95_S and mine <= others and not ours.failed and not peer.failed


if __name__ == "__main__":
    sys.exit(main())
