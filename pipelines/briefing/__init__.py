"""Briefings of a place and month as PDF, Word and PowerPoint: gathered once, told in sentences, written to files."""

from pipelines.briefing.compose import DrawMap, briefing
from pipelines.briefing.errors import NoSnapshot, NotWritten
from pipelines.briefing.files import Format, Written, documents, write_all
from pipelines.briefing.gather import Gathered, gather, months, townships
from pipelines.briefing.model import Briefing, stem

__all__ = [
    "Briefing",
    "DrawMap",
    "Format",
    "Gathered",
    "NoSnapshot",
    "NotWritten",
    "Written",
    "briefing",
    "documents",
    "gather",
    "months",
    "stem",
    "townships",
    "write_all",
]
