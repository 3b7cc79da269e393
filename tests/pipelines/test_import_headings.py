"""Which column is which field."""

import layers
from i18n import Text, catalogue_keys
from layers import FeatureType, Field, Geometry, Kind
from pipelines.import_.errors import Refusal
from pipelines.import_.findings import Check
from pipelines.import_.headings import HeadingMap, Role, match
from pipelines.import_.options import Step

HOUSES = layers.feature_type("houses")
WORKS = layers.feature_type("water_works")


def _match(headings: list[str], feature: FeatureType = HOUSES, *, cut: bool = False) -> HeadingMap:
    return match(headings, [None] * len(headings), feature, cut=cut)


def _target(found: HeadingMap, heading: str) -> str | None:
    return next((m.target for m in found.matched if m.heading == heading), None)


def test_names_titles_and_aliases_in_any_spelling() -> None:
    found = _match(["household_no", "Grade", " 改造 状态 ", "建筑面积", "hzxm", "是否削坡?"])
    assert [m.target for m in found.matched] == [
        "household_no",
        "grade",
        "state",
        "floor_area_m2",
        "householder",
        "cut_slope",
    ]


def test_every_declared_heading_is_matched_by_some_field() -> None:
    for feature in layers.all_features():
        for field in feature.fields:
            for heading in (field.name, field.title.zh, field.title.en, *field.headings):
                assert _match([heading], feature).matched, (feature.id, heading)


def test_a_unit_in_brackets_or_behind_a_slash_is_split_off() -> None:
    found = _match(["设计规模(万m³/d)", "实际供水/m³/d", "工程编号"], WORKS)
    assert found.of("design_capacity_m3d").unit == "万m³/d"  # type: ignore[union-attr]
    assert _match(["补助金额(万元)"]).of("subsidy_yuan").unit == "万元"  # type: ignore[union-attr]


def test_a_title_wins_over_an_alias_wherever_it_stands() -> None:
    found = _match(["编号", "户编号"])
    assert _target(found, "户编号") == "household_no"
    assert found.twice == (("编号", "household_no"),)


def test_no_column_goes_to_two_fields_and_no_field_to_two_columns() -> None:
    feature = FeatureType(
        "twins",
        Text("双", "twins"),
        Geometry.NONE,
        fields=(
            Field("first", Text("甲", "first"), headings=("编号",)),
            Field("second", Text("乙", "second"), Kind.TEXT, headings=("编号",)),
        ),
        key=("first",),
    )
    found = _match(["编号", "编号"], feature)
    assert [(m.column, m.target) for m in found.matched] == [(0, "first"), (1, "second")]


def test_headings_cut_by_dbase_are_matched_by_their_beginning() -> None:
    fibre = layers.feature_type("village_fibre")
    assert _target(_match(["光纤覆盖户"], fibre, cut=True), "光纤覆盖户") == "households_passed"
    assert _match(["光纤覆盖户"], fibre).matched == ()


def test_places_and_coordinates() -> None:
    found = _match(["县(市、区)", "镇(街)", "行政村(社区)", "东经", "北纬", "12位代码"])
    assert [m.target for m in found.matched] == [
        Role.COUNTY,
        Role.TOWNSHIP,
        Role.VILLAGE,
        Role.X,
        Role.Y,
        Role.CODE,
    ]


def test_what_nothing_asks_for_is_told() -> None:
    found = _match(["户编号", "联系电话"])
    assert found.unmatched == ("联系电话",)
    assert {f.name for f in found.missing} >= {"grade", "state"}


def test_every_refusal_finding_and_step_has_its_sentence() -> None:
    keys = catalogue_keys()
    wanted = [f"import.refused.{r}" for r in Refusal] + [f"import.finding.{c}" for c in Check]
    assert [key for key in [*wanted, *(f"import.step.{s}" for s in Step)] if key not in keys] == []
