"""The Chinese unit of land area."""

M2_PER_MU = 10_000 / 15
"""1 亩 in m²: a hectare is 15 亩."""
