"""What a proposal is: candidate projects, whom they serve, and whom nothing was found for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from layers.codes import CandidateKind, Need


@dataclass(frozen=True)
class Served:
    """People of one natural village who get what they lack, once, however many projects reach them.

    Attributes
    ----------
    need : what they lacked.
    settlement_no : number of the natural village (for houses: the village's code and the batch, for houses are no
        points of the settlement table).
    admin_code : 12-digit code of its village.
    people : how many of them; for houses the people living in the houses renovated.
    """

    need: Need
    settlement_no: str
    admin_code: str
    people: float

    @property
    def key(self) -> str:
        """Tells demands apart: two candidates with the same key serve the same people."""
        return f"{self.need}:{self.settlement_no}"


@dataclass(frozen=True)
class Candidate:
    """One candidate project.

    Attributes
    ----------
    no : stable number: the same inputs give the same numbers, and a later proposal of the same project keeps it.
    admin_code : 12-digit code of the village that it is mostly for.
    name : Chinese working title, made of places, e.g. ``上屋—下村通硬化路``.
    geometry : EPSG:4490; line for roads and mains, point for works and stations, a point inside the village for
        houses, whose places are not everybody's to know.
    size, unit : length in ``m``, capacity in ``m3d``, ``stations`` or ``houses``.
    cost_yuan : by the unit costs; `cost_parts` takes it apart by unit-cost id (quantity, yuan).
    served : the people who gain.
    needs_first : numbers of the candidates that must be built before (or with) this one.
    assumptions : figures and rules that it rests on, by catalogue key suffix, to be shown with the candidate
        (e.g. ``{"slope_percent": 8.2, "head_m": 35}``).
    relocation : whether it is for a relocation village (搬迁撤并), shown but not recommended.
    """

    no: str
    kind: CandidateKind
    admin_code: str
    name: str
    geometry: BaseGeometry
    size: float
    unit: str
    cost_yuan: float
    cost_parts: Mapping[str, tuple[float, float]]
    served: tuple[Served, ...]
    needs_first: tuple[str, ...] = ()
    assumptions: Mapping[str, float | str] = field(default_factory=dict)
    relocation: bool = False

    @property
    def people(self) -> float:
        """People who gain."""
        return sum(one.people for one in self.served)


@dataclass(frozen=True)
class NotServed:
    """Someone for whom no candidate was found, and the catalogue key suffix of the reason (``no_route``, …)."""

    served: Served
    reason: str


@dataclass(frozen=True)
class Proposal:
    """The candidates for one need in one county, and who is left without."""

    candidates: tuple[Candidate, ...]
    without: tuple[NotServed, ...] = ()
