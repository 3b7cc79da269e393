"""What sets the counties of the demo city apart: how many people, how well off, how steep."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CountyProfile:
    """Averages of one county that the generator varies around.

    Attributes
    ----------
    capital : code of the township in which the county's government sits.
    development : 0–1, the latent level on which roads, water, broadband and houses depend.
    settlements : natural villages of an administrative village, mean.
    village_people, community_people : registered people of an administrative village and of a community, mean.
    """

    capital: str
    development: float
    settlements: float
    village_people: int
    community_people: int


PROFILES = {
    "441802": CountyProfile("441802006000", 0.82, 15, 2400, 5600),
    "441803": CountyProfile("441803102000", 0.62, 21, 2300, 4300),
    "441821": CountyProfile("441821100000", 0.64, 20, 2250, 4600),
    "441823": CountyProfile("441823119000", 0.34, 19, 1900, 3600),
    "441825": CountyProfile("441825104000", 0.26, 14, 1350, 2700),
    "441826": CountyProfile("441826100000", 0.28, 13, 1550, 3000),
    "441881": CountyProfile("441881001000", 0.58, 20, 2250, 4300),
    "441882": CountyProfile("441882100000", 0.47, 16, 1900, 4200),
}
"""By county prefix; the order (mountain counties 连山, 连南, 阳山 last) is as in life, the figures are made up."""
