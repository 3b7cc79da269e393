"""Zoom bands: how coarse the stored tile geometry is at which zoom."""

from dataclasses import dataclass

EARTH_CIRCUMFERENCE_M = 40_075_016.686
TILE_PIXELS = 512
MAX_ZOOM = 14
"""Deepest tile; maps zoom on by enlarging it."""


@dataclass(frozen=True)
class ZoomBand:
    """Zooms `first`..`last` share one generalised geometry, fit for `last`."""

    first: int
    last: int

    @property
    def pixel_m(self) -> float:
        """Width of a screen pixel (tiles are drawn 512 wide) in EPSG:3857 metres at the band's deepest zoom."""
        return EARTH_CIRCUMFERENCE_M / (TILE_PIXELS * float(2**self.last))

    @property
    def tolerance_m(self) -> float:
        """Generalisation tolerance: half a pixel; none in the deepest band."""
        return 0.0 if self.last >= MAX_ZOOM else self.pixel_m / 2


BANDS = (ZoomBand(0, 8), ZoomBand(9, 10), ZoomBand(11, 12), ZoomBand(13, MAX_ZOOM))


def band_of(zoom: int) -> ZoomBand:
    """The band that a zoom belongs to; zooms beyond the deepest take the deepest."""
    for band in BANDS:
        if zoom <= band.last:
            return band
    return BANDS[-1]
