"""Unit costs of candidate projects: what is priced, in which unit, and the figure used until a planner changes it.

The defaults are orders of magnitude for a mountain county, marked as assumptions wherever they are shown; the
prices of a real city are typed in on the page and kept in the database.
"""

from dataclasses import dataclass

from i18n import Text


@dataclass(frozen=True)
class UnitCost:
    """One line of the unit-cost table; `default_yuan` is the price of one `unit`."""

    id: str
    title: Text
    unit: Text
    default_yuan: float


UNIT_COSTS: tuple[UnitCost, ...] = (
    UnitCost(
        "harden_km",
        Text("硬化现有砂石、土路", "Hardening a gravel or earth road"),
        Text("公里", "km"),
        450_000,
    ),
    UnitCost("new_road_km", Text("新建硬化村道", "New hardened village road"), Text("公里", "km"), 800_000),
    UnitCost("mains_km", Text("供水管道", "Water main"), Text("公里", "km"), 160_000),
    UnitCost("pump", Text("加压泵站", "Pumping station"), Text("座", "station"), 150_000),
    UnitCost("head_m", Text("加压扬程", "Pumping head"), Text("米", "m"), 800),
    UnitCost("works", Text("新建小型集中供水工程", "New small water works"), Text("处", "works"), 250_000),
    UnitCost("capacity_m3d", Text("供水能力", "Capacity"), Text("m³/日", "m³/d"), 3_000),
    UnitCost("connection", Text("入户", "Connection of a household"), Text("户", "household"), 1_500),
    UnitCost("station_4g", Text("4G 基站", "4G station"), Text("座", "station"), 250_000),
    UnitCost("station_5g", Text("5G 基站", "5G station"), Text("座", "station"), 320_000),
    UnitCost("house_c", Text("C 级危房修缮", "Repair of a grade C house"), Text("户", "house"), 20_000),
    UnitCost("house_d", Text("D 级危房重建", "Rebuilding of a grade D house"), Text("户", "house"), 50_000),
    UnitCost(
        "house_cut_slope", Text("削坡建房治理", "Making a cut-slope house safe"), Text("户", "house"), 30_000
    ),
)
DEFAULT_YUAN: dict[str, float] = {cost.id: cost.default_yuan for cost in UNIT_COSTS}
