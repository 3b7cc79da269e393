"""Colour ramps for themes: readable with every common colour vision, dark enough to tell apart, light enough
for names on top.

The ramps are ColorBrewer's colour-blind-safe ones (Cynthia Brewer, Pennsylvania State University, Apache
License 2.0, <https://colorbrewer2.org>). Diverging ramps are given from worse to better: brown or orange says
"behind", blue-green or purple "there"; never red against green.
"""

from enum import StrEnum


class Ramp(StrEnum):
    """What a ramp is for."""

    MORE = "more"
    """Amounts without a good or a bad end (YlGnBu)."""
    BURDEN = "burden"
    """Amounts of something bad: houses outstanding, kilometres missing (OrRd)."""
    GAP = "gap"
    """Behind or beyond a target or a middle (BrBG)."""


_COLORS: dict[Ramp, dict[int, tuple[str, ...]]] = {
    Ramp.MORE: {
        1: ("#7fcdbb",),
        2: ("#c7e9b4", "#2c7fb8"),
        3: ("#edf8b1", "#7fcdbb", "#2c7fb8"),
        4: ("#ffffcc", "#a1dab4", "#41b6c4", "#225ea8"),
        5: ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"),
        6: ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8", "#253494"),
        7: ("#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#0c2c84"),
    },
    Ramp.BURDEN: {
        1: ("#fdbb84",),
        2: ("#fee8c8", "#e34a33"),
        3: ("#fee8c8", "#fdbb84", "#e34a33"),
        4: ("#fef0d9", "#fdcc8a", "#fc8d59", "#d7301f"),
        5: ("#fef0d9", "#fdcc8a", "#fc8d59", "#e34a33", "#b30000"),
        6: ("#fef0d9", "#fdd49e", "#fdbb84", "#fc8d59", "#e34a33", "#b30000"),
        7: ("#fef0d9", "#fdd49e", "#fdbb84", "#fc8d59", "#ef6548", "#d7301f", "#990000"),
    },
}
_BEHIND = {
    0: (),
    1: ("#dfc27d",),
    2: ("#bf812d", "#f6e8c3"),
    3: ("#a6611a", "#dfc27d", "#f6e8c3"),
    4: ("#8c510a", "#bf812d", "#dfc27d", "#f6e8c3"),
}
_BEYOND = {
    0: (),
    1: ("#5ab4ac",),
    2: ("#c7eae5", "#35978f"),
    3: ("#c7eae5", "#80cdc1", "#018571"),
    4: ("#c7eae5", "#80cdc1", "#35978f", "#01665e"),
}
MAX_CLASSES = 7


def sequential(ramp: Ramp, count: int) -> tuple[str, ...]:
    """Return `count` colours from little to much.

    Raises
    ------
    ValueError : the ramp is not sequential or has no such number of classes.
    """
    try:
        return _COLORS[ramp][count]
    except KeyError as error:
        raise ValueError(f"ramp {ramp} has no {count} classes in sequence") from error


def around_target(behind: int, beyond: int) -> tuple[str, ...]:
    """Return colours from far behind a target to far beyond it, the break between brown and blue-green.

    Raises
    ------
    ValueError : more than four classes on a side, or none at all.
    """
    if behind not in _BEHIND or beyond not in _BEYOND or behind + beyond == 0:
        raise ValueError(f"no ramp with {behind} classes behind and {beyond} beyond a target")
    return _BEHIND[behind] + _BEYOND[beyond]
