"""The table of what a parcel may lie on."""

import pytest

from layers import CONFLICT_RULES, Constraint, Severity, conflict_rule, feature_type


@pytest.mark.parametrize(
    ("constraint", "zone", "kind", "severity"),
    [
        ("basic_farmland", None, "ordinary", Severity.PROHIBITED),
        ("ecological_redlines", None, None, Severity.PROHIBITED),
        ("growth_boundaries", "concentrated", "spot", Severity.RESTRICTED),
        ("growth_boundaries", "concentrated", "ordinary", Severity.NOTE),
        ("growth_boundaries", "concentrated", None, Severity.NOTE),
        ("growth_boundaries", "elastic", "spot", Severity.NOTE),
        ("growth_boundaries", "special", "ordinary", Severity.RESTRICTED),
        ("hazard_points", None, "spot", Severity.RESTRICTED),
        ("land_parcels", None, None, Severity.RESTRICTED),
        ("admin_units", None, None, Severity.RESTRICTED),
    ],
)
def test_first_rule_that_holds_counts(
    constraint: str, zone: str | None, kind: str | None, severity: Severity
) -> None:
    assert conflict_rule(constraint, zone, kind).severity is severity


def test_every_constraint_is_a_feature_type_with_a_rule() -> None:
    assert {rule.constraint for rule in CONFLICT_RULES} == set(Constraint)
    for constraint in Constraint:
        assert feature_type(str(constraint)).geometry is not None
    with pytest.raises(ValueError, match="moon"):
        conflict_rule("moon")


def test_the_worst_severity_comes_first() -> None:
    assert list(map(str, Severity)) == ["prohibited", "restricted", "note"]
