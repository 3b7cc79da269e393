"""Flows of planning: proposing candidates by county, reckoning a drawn one, the question to the optimiser."""

from pipelines.planning.problem import orphans, problem_of, supplied_people
from pipelines.planning.propose import Proposed, keep, propose
from pipelines.planning.redraw import BadDrawing, redraw

__all__ = [
    "BadDrawing",
    "Proposed",
    "keep",
    "orphans",
    "problem_of",
    "propose",
    "redraw",
    "supplied_people",
]
