"""Marker shapes as SVG paths in a unit circle: one drawing for map, legend and print."""

from layers import Shape

PATHS: dict[Shape, str] = {
    Shape.CIRCLE: "M1 0A1 1 0 1 1 -1 0A1 1 0 1 1 1 0Z",
    Shape.SQUARE: "M-0.85 -0.85H0.85V0.85H-0.85Z",
    Shape.TRIANGLE: "M0 -1.1L1 0.75H-1Z",
    Shape.DIAMOND: "M0 -1.15L1.15 0L0 1.15L-1.15 0Z",
    Shape.CROSS: "M-0.38 -1H0.38V-0.38H1V0.38H0.38V1H-0.38V0.38H-1V-0.38H-0.38Z",
}
