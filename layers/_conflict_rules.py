"""What a parcel may lie on: how serious each kind of overlap is, and on what grounds. One table, changed here only."""

from dataclasses import dataclass

from i18n import Text
from layers.codes import CodeList, GrowthZone, ParcelKind


class Severity(CodeList):
    """How serious it is that a parcel lies on something; the worst first."""

    PROHIBITED = "prohibited", "禁止", "prohibited"
    RESTRICTED = "restricted", "限制", "restricted"
    NOTE = "note", "提示", "note"


class Constraint(CodeList):
    """What parcels are checked against; the code is the feature type."""

    BASIC_FARMLAND = "basic_farmland", "永久基本农田", "permanent basic farmland"
    REDLINE = "ecological_redlines", "生态保护红线", "ecological red line"
    GROWTH_BOUNDARY = "growth_boundaries", "城镇开发边界", "urban growth boundary"
    HAZARD = "hazard_points", "地质灾害影响范围", "reach of a hazard"
    PARCEL = "land_parcels", "其他地块", "other parcel"
    VILLAGE = "admin_units", "村界外", "outside the village"


@dataclass(frozen=True)
class ConflictRule:
    """How serious an overlap with a constraint is.

    Attributes
    ----------
    zones, parcel_kinds : the rule holds for these only; empty for all.
    basis : the law or guideline that it rests on.
    """

    constraint: Constraint
    severity: Severity
    basis: Text
    zones: tuple[GrowthZone, ...] = ()
    parcel_kinds: tuple[ParcelKind, ...] = ()

    def holds(self, constraint: str, zone: str | None, parcel_kind: str | None) -> bool:
        """Whether it is about this overlap; a parcel without a kind is an ordinary one."""
        return (
            self.constraint == constraint
            and (not self.zones or zone in self.zones)
            and (not self.parcel_kinds or (parcel_kind or ParcelKind.ORDINARY) in self.parcel_kinds)
        )


CONFLICT_RULES: tuple[ConflictRule, ...] = (
    ConflictRule(
        Constraint.BASIC_FARMLAND,
        Severity.PROHIBITED,
        Text(
            "《土地管理法》第三十五条、《基本农田保护条例》第十五条",
            "Land Administration Law art. 35; Regulations on basic farmland art. 15",
        ),
    ),
    ConflictRule(
        Constraint.REDLINE,
        Severity.PROHIBITED,
        Text(
            "自然资发〔2022〕142号：红线内只允许有限人为活动",
            "Circular 142 (2022) of the Ministry of Natural Resources: limited activities only",
        ),
    ),
    ConflictRule(
        Constraint.GROWTH_BOUNDARY,
        Severity.RESTRICTED,
        Text(
            "点状供地用于城镇集中建设区以外", "supply by footprint is for land outside the concentrated zone"
        ),
        zones=(GrowthZone.CONCENTRATED,),
        parcel_kinds=(ParcelKind.SPOT,),
    ),
    ConflictRule(
        Constraint.GROWTH_BOUNDARY,
        Severity.RESTRICTED,
        Text("特别用途区原则上禁止开发建设", "in the special-use zone building is refused as a rule"),
        zones=(GrowthZone.SPECIAL,),
    ),
    ConflictRule(
        Constraint.GROWTH_BOUNDARY,
        Severity.NOTE,
        Text("位于城镇开发边界内，仅作说明", "inside the growth boundary: a fact, no conflict"),
    ),
    ConflictRule(
        Constraint.HAZARD,
        Severity.RESTRICTED,
        Text(
            "《地质灾害防治条例》第二十一条：须做危险性评估",
            "Regulations on geological hazards art. 21: an assessment is needed",
        ),
    ),
    ConflictRule(
        Constraint.PARCEL,
        Severity.RESTRICTED,
        Text("同一土地不得重复安排", "land is not allotted twice"),
    ),
    ConflictRule(
        Constraint.VILLAGE,
        Severity.RESTRICTED,
        Text("地块越出所填行政村的界线", "the parcel leaves the village that it is filed under"),
    ),
)
"""The first rule that holds counts; a constraint without a rule is a note."""


def conflict_rule(constraint: str, zone: str | None = None, parcel_kind: str | None = None) -> ConflictRule:
    """The rule of an overlap.

    Parameters
    ----------
    constraint : a code of `Constraint`.
    zone : a code of `GrowthZone`, for growth boundaries.
    parcel_kind : a code of `ParcelKind`.

    Raises
    ------
    ValueError : no such constraint.
    """
    for rule in CONFLICT_RULES:
        if rule.holds(constraint, zone, parcel_kind):
            return rule
    return ConflictRule(Constraint.of(constraint), Severity.NOTE, Text("无专门规定", "no rule of its own"))
