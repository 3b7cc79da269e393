"""What each kind of planned project looks like, the same on screen and on paper."""

from dataclasses import dataclass

from layers import Geometry, Shape, Symbol
from layers.codes import CandidateKind


@dataclass(frozen=True)
class Look:
    """The colour of a kind, and the shape of its mark; None for a line."""

    color: str
    shape: Shape | None = None

    @property
    def geometry(self) -> Geometry:
        """Whether it is drawn as a line or as a point."""
        return Geometry.LINE if self.shape is None else Geometry.POINT

    def symbol(self, *, width: float, radius: float, outline: float) -> Symbol:
        """The symbol, as wide as the sheet or the screen asks: all in px."""
        if self.shape is None:
            return Symbol(self.color, width=width)
        return Symbol(
            "#ffffff", fill=self.color, fill_opacity=1, width=outline, radius=radius, shape=self.shape
        )


LOOKS: dict[CandidateKind, Look] = {
    CandidateKind.ROAD_LINK: Look("#c026d3"),
    CandidateKind.MAINS_EXTENSION: Look("#7c3aed"),
    CandidateKind.NEW_WORKS: Look("#7c3aed", Shape.SQUARE),
    CandidateKind.BASE_STATION_4G: Look("#db2777", Shape.TRIANGLE),
    CandidateKind.BASE_STATION_5G: Look("#86198f", Shape.TRIANGLE),
    CandidateKind.HOUSE_RENOVATION: Look("#b45309", Shape.DIAMOND),
}
"""What is planned is magenta or violet, which nothing that is there today is drawn in."""
