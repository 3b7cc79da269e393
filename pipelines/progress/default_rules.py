"""A table of rules to begin with: ours, from the plan's targets, until the city confirms or replaces it."""

from analysis.assessment import Item, ItemKind, NoData, Rules
from i18n import Lang, tr

_ITEMS: tuple[tuple[str, str, float, ItemKind, float, float], ...] = (
    ("water", "tap_water_rate", 10, ItemKind.SCORE, 0.7, 0.99),
    ("water", "scaled_supply_share", 6, ItemKind.SCORE, 0.4, 0.85),
    ("roads", "hardened_share", 8, ItemKind.SCORE, 0.6, 1.0),
    ("roads", "linked_settlement_share", 8, ItemKind.SCORE, 0.6, 1.0),
    ("broadband", "ftth_household_share", 8, ItemKind.SCORE, 0.5, 0.9),
    ("broadband", "people_in_5g_share", 4, ItemKind.SCORE, 0.2, 0.6),
    ("housing", "housing_completion_rate", 12, ItemKind.SCORE, 0.5, 1.0),
    ("housing", "overdue_houses", 4, ItemKind.SCORE, 10.0, 0.0),
    ("projects", "project_spi", 12, ItemKind.SCORE, 0.7, 1.0),
    ("projects", "project_stalled", 8, ItemKind.SCORE, 2.0, 0.0),
    ("economy", "prosperous_village_share", 12, ItemKind.SCORE, 0.5, 1.0),
    ("assistance", "asset_in_use_share", 8, ItemKind.SCORE, 0.6, 1.0),
    ("extra", "people_within_30_min_share", 3, ItemKind.BONUS, 0.9, 1.0),
    ("extra", "unchecked_asset_share", 5, ItemKind.PENALTY, 0.1, 0.6),
)
"""Group, figure, points, kind, figure without points, figure with all of them."""


def default_rules(lang: Lang) -> Rules:
    """The table; its groups are named in the language given."""
    items = tuple(
        Item(no, tr(f"assessment.group_{group}", lang), indicator, points, kind, floor, full)
        for no, (group, indicator, points, kind, floor, full) in enumerate(_ITEMS, 1)
    )
    return Rules(items, NoData.EXCLUDE)
