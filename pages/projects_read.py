"""What the pages of the library show, read at once: projects, how far they are, what they are made of, names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.progress.duplicates import Pair, duplicates
from layers import AdminLevel
from layers.codes import LibraryState
from pages.selection_words import names_under
from store import places
from store.engine import reading
from store.progress.handed_in import Standing, standings
from store.progress.library import Milestone, Project, milestones, place_of, projects
from store.progress.project_links import Link, links


@dataclass(frozen=True)
class Library:
    """The library as a page shows it.

    Attributes
    ----------
    counties : name by six digits, of those that have a project.
    names : of counties, townships and villages with a project, by leading digits of the code.
    """

    projects: tuple[Project, ...]
    standings: Mapping[int, Standing]
    milestones: Mapping[int, Sequence[Milestone]]
    links: Mapping[int, Sequence[Link]]
    counties: Mapping[str, str]
    names: Mapping[str, str]

    @cached_property
    def by_code(self) -> dict[str, Project]:
        """Projects by code."""
        return {one.code: one for one in self.projects}

    @cached_property
    def pairs(self) -> list[Pair]:
        """Projects that may be one and the same; those given up apart."""
        return duplicates([place_of(one) for one in self.projects if one.state is not LibraryState.CANCELLED])

    def place(self, code: str) -> str:
        """A place by its names; of one that is a township or county those that there are."""
        return self.names.get(code) or self.names.get(code.rstrip("0")) or self.names.get(code[:9]) or code


def read_library() -> Library:
    """Read the whole library."""
    with reading() as connection:
        known = tuple(projects(connection))
        units = places.children(connection, AdminLevel.COUNTY)
        held = sorted({one.admin_code[:6] for one in known})
        return Library(
            known,
            standings(connection),
            milestones(connection),
            links(connection),
            {
                code[:6]: name
                for code, name in zip(units["admin_code"], units["name"], strict=True)
                if code[:6] in held
            },
            names_under(connection, tuple(held)),
        )
