"""What farmland has become, by the class of the land: the one table that both watches read.

Sources: GB/T 21010-2017 (classes, and annex A, which tells farm land, construction land and unused land apart); the
notice of the General Office of the State Council 国办发明电〔2020〕24号 on 非农化 and the opinion 国办发〔2020〕44号 on
非粮化.
"""

from analysis.errors import AnalysisError
from layers.codes import FarmlandChange

FARMLAND = "01"
"""耕地: paddy, irrigated and dry land. A change among them is none of farmland."""

_NON_FARM, _NON_GRAIN = FarmlandChange.NON_FARM, FarmlandChange.NON_GRAIN
BECAME: dict[str, FarmlandChange] = {
    "02": _NON_GRAIN,  # 园地
    "03": _NON_GRAIN,  # 林地
    "04": _NON_GRAIN,  # 草地, left fallow as a rule
    "05": _NON_FARM,  # 商服用地
    "06": _NON_FARM,  # 工矿仓储用地
    "07": _NON_FARM,  # 住宅用地
    "08": _NON_FARM,  # 公共管理与公共服务用地
    "09": _NON_FARM,  # 特殊用地
    "10": _NON_FARM,  # 交通运输用地
    "1006": _NON_GRAIN,  # 农村道路: farm land
    "11": _NON_GRAIN,  # 水域: said by two digits only, it is a pond as a rule
    "1101": _NON_FARM,  # 河流水面
    "1102": _NON_FARM,  # 湖泊水面
    "1103": _NON_GRAIN,  # 水库水面: farm land
    "1104": _NON_GRAIN,  # 坑塘水面: farm land
    "1105": _NON_FARM,  # 沿海滩涂
    "1106": _NON_FARM,  # 内陆滩涂
    "1107": _NON_GRAIN,  # 沟渠: farm land
    "1108": _NON_FARM,  # 沼泽地
    "1109": _NON_FARM,  # 水工建筑用地
    "1110": _NON_FARM,  # 冰川及永久积雪
    "12": _NON_FARM,  # 其他土地
    "1202": _NON_GRAIN,  # 设施农用地: farm land
    "1203": _NON_GRAIN,  # 田坎: farm land
}
"""What land of a class was turned into, if it was farmland before; a class of four digits goes before its group.

Non-farm is construction land and land that nobody uses; non-grain is other farm land. Each class is one of the two, so
that what farmland lost is their sum.
"""


class UnknownLandClass(AnalysisError):
    """A land class that GB/T 21010-2017 does not have."""

    key = "farmland.unknown_class"


def is_farmland(land_class: str) -> bool:
    """Whether a class (two or four digits) is farmland 耕地."""
    return land_class.startswith(FARMLAND)


def change_of(before: str, after: str) -> FarmlandChange | None:
    """How farmland drifted where land of class `before` became `after`.

    Parameters
    ----------
    before, after : classes of GB/T 21010-2017, four digits (0101) or the first two (01).

    Returns
    -------
    None where it was no farmland, or still is.

    Raises
    ------
    UnknownLandClass : the table lacks `after`.
    """
    if not is_farmland(before) or is_farmland(after):
        return None
    known = BECAME.get(after) or BECAME.get(after[:2])
    if known is None:
        raise UnknownLandClass(land_class=after)
    return known
