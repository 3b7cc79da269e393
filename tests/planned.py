"""Candidates for the small city, made from its own natural villages: as many each time, the same each time."""

from itertools import pairwise

import shapely
import sqlalchemy as sa

from analysis.proposals.model import Candidate, NotServed, Proposal, Served
from analysis.proposals.unit_costs import DEFAULT_YUAN
from layers.codes import CandidateKind, Need
from store.planning.candidates import ProposalRun, put_proposal

_SPOTS = """
SELECT s.settlement_no, s.admin_code, s.name, s.population, ST_X(s.geom) AS lon, ST_Y(s.geom) AS lat
FROM feature.settlements AS s WHERE s.admin_code ^@ :county AND s.population > 0
ORDER BY s.admin_code, s.settlement_no
"""
_KINDS = {
    Need.ROAD: (CandidateKind.ROAD_LINK, "通硬化路", 650.0),
    Need.WATER: (CandidateKind.MAINS_EXTENSION, "管网延伸", 300.0),
    Need.MOBILE_4G: (CandidateKind.BASE_STATION_4G, "4G 基站", 0.0),
}
_STATION_YUAN = 250_000


def put_candidates(
    engine: sa.Engine, counties: tuple[str, ...] = ("441821", "441826"), each: int = 40
) -> list[ProposalRun]:
    """Propose `each` candidates for three needs in each county."""
    runs = []
    with engine.begin() as connection:
        for county in counties:
            spots = list(connection.execute(sa.text(_SPOTS), {"county": county}))
            step = max(1, len(spots) // (each + 1))
            used = spots[::step][: each + 1]
            for turn, need in enumerate(_KINDS):
                proposal = Proposal(
                    tuple(_candidate(need, a, b, turn + at) for at, (a, b) in enumerate(pairwise(used))),
                    (NotServed(Served(need, "none-1", used[0].admin_code, 80.0), "no_route"),),
                )
                runs.append(
                    put_proposal(
                        connection,
                        county.ljust(12, "0"),
                        need,
                        proposal,
                        data_versions={},
                        unit_costs=DEFAULT_YUAN,
                        by="测试",
                        as_owner=True,
                    )
                )
    return runs


def _candidate(need: Need, a: sa.Row, b: sa.Row, turn: int) -> Candidate:
    kind, words, yuan_per_m = _KINDS[need]
    # Natural villages of one list lie far apart: a road of a fiftieth of the way is of a village's size.
    end = (a.lon + (b.lon - a.lon) / 12, a.lat + (b.lat - a.lat) / 12)
    metres = 300.0 + 230.0 * (turn % 9)
    served = [Served(need, a.settlement_no, a.admin_code, float(a.population))]
    if turn % 3 == 0:
        served.append(Served(need, b.settlement_no, b.admin_code, float(b.population)))
    point = yuan_per_m == 0
    cost = _STATION_YUAN if point else metres * yuan_per_m
    return Candidate(
        no=f"{kind}-{a.admin_code}-{turn:03d}",
        kind=kind,
        admin_code=a.admin_code,
        name=f"{a.name}{words}",
        geometry=shapely.Point(a.lon, a.lat) if point else shapely.LineString([(a.lon, a.lat), end]),
        size=1.0 if point else metres,
        unit="stations" if point else "m",
        cost_yuan=cost,
        cost_parts={"harden_km": (metres / 1000, cost)},
        served=tuple(served),
        assumptions={"slope_percent": 6.0},
        relocation=turn % 17 == 0,
    )
