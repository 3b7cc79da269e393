"""Ramps can be read: lightness in order, neighbours apart, also without red or green cones."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from maps.ramps import MAX_CLASSES, Ramp, around_target, sequential

# Machado, Oliveira, Fernandes (2009), severity 1.0, linear RGB.
_VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def _lab(colors: tuple[str, ...], vision: str) -> npt.NDArray[np.float64]:
    rgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colors])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ _VISION[vision].T, 0, 1)
    xyz = seen @ _TO_XYZ.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.column_stack((116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])))


def _least_difference(colors: tuple[str, ...], vision: str) -> float:
    lab = _lab(colors, vision)
    return (
        min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(lab, 2)) if len(lab) > 1 else 99
    )


@pytest.mark.parametrize("vision", _VISION)
@pytest.mark.parametrize("count", range(1, MAX_CLASSES + 1))
@pytest.mark.parametrize("ramp", [Ramp.MORE, Ramp.BURDEN])
def test_sequences_darken_and_stay_apart(ramp: Ramp, count: int, vision: str) -> None:
    colors = sequential(ramp, count)
    assert len(colors) == count
    assert (np.diff(_lab(colors, vision)[:, 0]) < 0).all()
    assert _least_difference(colors, vision) > 8


@pytest.mark.parametrize("vision", _VISION)
@pytest.mark.parametrize(("behind", "beyond"), [c for c in itertools.product(range(5), repeat=2) if sum(c)])
def test_both_sides_of_a_target_stay_apart(behind: int, beyond: int, vision: str) -> None:
    colors = around_target(behind, beyond)
    assert len(colors) == behind + beyond
    assert _least_difference(colors, vision) > 8


def test_what_there_is_no_ramp_for_is_refused() -> None:
    for asked in (
        lambda: sequential(Ramp.GAP, 5),
        lambda: sequential(Ramp.MORE, 8),
        lambda: around_target(0, 0),
    ):
        with pytest.raises(ValueError, match="ramp"):
            asked()
