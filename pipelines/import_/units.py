"""Units in which departments write numbers, and the factor to the stored unit."""

from collections.abc import Mapping
from functools import cache

from base.areas import M2_PER_MU
from layers import Field
from pipelines.import_.folding import unit_key

_FACTORS: dict[str, dict[str, float]] = {
    "m": {"m": 1, "米": 1, "km": 1000, "公里": 1000, "千米": 1000, "cm": 0.01, "厘米": 0.01, "dm": 0.1},
    "mm": {"mm": 1, "毫米": 1, "cm": 10, "厘米": 10, "m": 1000, "米": 1000, "dn": 1},
    "km": {"km": 1, "公里": 1, "千米": 1, "m": 0.001, "米": 0.001},
    "m²": {
        "m²": 1, "平方米": 1, "平米": 1, "平方": 1, "㎡": 1, "公顷": 10_000, "ha": 10_000, "亩": M2_PER_MU,
        "平方公里": 1e6, "km²": 1e6,
    },
    "亩": {
        "亩": 1, "mu": 1, "公顷": 15, "ha": 15, "平方米": 1 / M2_PER_MU, "m²": 1 / M2_PER_MU, "㎡": 1 / M2_PER_MU,
        "万亩": 10_000,
        "平方公里": 1500, "km²": 1500,
    },
    "元": {"元": 1, "万元": 10_000, "万": 10_000, "千元": 1000, "亿元": 1e8, "亿": 1e8, "yuan": 1, "块": 1},
    "m³/d": {
        "m³/d": 1, "立方米/d": 1, "方/d": 1, "立方/d": 1, "吨/d": 1, "t/d": 1, "m³": 1, "方": 1, "吨": 1,
        "立方米": 1,
        "万m³/d": 10_000, "万立方米/d": 10_000, "万吨/d": 10_000, "万方/d": 10_000, "m³/h": 24, "吨/h": 24,
    },
    "户": {"户": 1, "家": 1, "万户": 10_000, "households": 1},
    "人": {"人": 1, "口": 1, "名": 1, "万人": 10_000, "persons": 1},
    "mbps": {"mbps": 1, "mb/s": 1, "m": 1, "兆": 1, "gbps": 1000, "kbps": 0.001},
    "年": {"年": 1},
    "个": {"个": 1, "张": 1, "条": 1, "处": 1, "座": 1, "宗": 1},
    "%": {"%": 1, "百分比": 1},
}  # fmt: skip
_SPOKEN = ("日期", "年月日", "文本", "代码", "是/否", "m²/户", "度", "°", "年月")


def factors(field: Field) -> Mapping[str, float]:
    """Factor by folded unit for a field: the declaration's own before the general ones."""
    return _factors(field.unit, tuple(sorted(field.unit_factors.items())), field.name.endswith("_year"))


@cache
def _factors(unit: str | None, declared: tuple[tuple[str, float], ...], is_year: bool) -> Mapping[str, float]:
    own = unit_key(unit) if unit else ""
    known = dict(_by_key().get(own, {}))
    known |= {own: 1.0} if own else dict.fromkeys(_by_key()[unit_key("个")], 1.0)
    if is_year:
        known[unit_key("年")] = 1.0
    return known | {unit_key(name): factor for name, factor in declared}


@cache
def _by_key() -> dict[str, dict[str, float]]:
    return {
        unit_key(stored): {unit_key(u): float(f) for u, f in table.items()}
        for stored, table in _FACTORS.items()
    }


@cache
def known_units() -> frozenset[str]:
    """Folded units that make a row a row of units."""
    return frozenset({unit_key(s) for s in _SPOKEN}.union(*_by_key().values()))
