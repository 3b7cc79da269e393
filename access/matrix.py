"""The matrix of role, table and action: the one declaration of who may do what.

Menus (`pages_for`), grants, policies and column privileges (`store.protection`) and docs/access.md follow from it.
For the tables of features it is what the layers declare as their readers, writers and unmaskers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from layers import FeatureType, Role, all_features


class Action(StrEnum):
    """What can be done with the rows of a table."""

    READ = "read"
    WRITE = "write"
    """Insert and change, by an import or a form."""
    UNMASK = "unmask"
    """Read the personal fields of a row, each time with a reason and a record."""


class Reach(StrEnum):
    """How far an action reaches."""

    CITY = "city"
    """All rows."""
    SCOPE = "scope"
    """Rows whose code begins with a prefix at which the person has the role."""
    OWN = "own"
    """Rows that the person brought in."""


@dataclass(frozen=True)
class Rule:
    """A role may do an action with the rows of a table as far as `reach`."""

    role: Role
    table: str
    action: Action
    reach: Reach


class OwnTable(StrEnum):
    """Tables that are no layer's."""

    FIGURES = "figures"
    """Snapshots of indicators, their runs, versions of the layers, rasters."""
    DELIVERIES = "deliveries"
    """Files handed in: which, when, by whom, how many rows; how current the data are."""
    FINDINGS = "findings"
    """What was found in the rows of those files, with their values."""
    ACCOUNTS = "accounts"
    """People, their roles and sessions."""
    RECORD = "record"
    """The audit record."""
    PLANS = "plans"
    """Prices, proposals, candidate projects, scenarios, the project library with its states and milestones."""
    REPORTS = "reports"
    """Monthly reports of projects, with their photos."""
    REPORT_CHECKS = "report_checks"
    """What the county said of a report."""
    DRAFTS = "drafts"
    """Reports begun and not handed in."""
    QUOTAS = "quotas"
    """The ledger of construction-land quota."""
    REVIEWS = "reviews"
    """Reviews of parcels: their steps, remarks and attachments."""
    CHECKS = "checks"
    """Checks of parcels against constraints, with the pieces in conflict."""
    CONSOLIDATION = "consolidation"
    """Acceptances of consolidation projects."""
    FARMLAND = "farmland"
    """Changes of farmland between two editions, and what was said of them."""
    ASSESSMENT = "assessment"
    """Rules of assessment, frozen assessments with their scores, answers to objections."""
    OBJECTIONS = "objections"
    """What townships say against their scores."""
    INSPECTIONS = "inspections"
    """Lists drawn from for inspections, what was drawn, what was found."""


OWN_TABLES: dict[OwnTable, tuple[str, ...]] = {
    OwnTable.FIGURES: (
        "xiangtu.indicator_values",
        "xiangtu.indicator_runs",
        "xiangtu.layer_versions",
        "xiangtu.rasters",
        "xiangtu.past_figures",
    ),
    OwnTable.DELIVERIES: ("xiangtu.import_batches",),
    OwnTable.FINDINGS: ("xiangtu.import_findings",),
    OwnTable.ACCOUNTS: ("access.accounts", "access.assignments", "access.sessions"),
    OwnTable.RECORD: ("access.record",),
    OwnTable.PLANS: (
        "xiangtu.unit_costs",
        "xiangtu.proposals",
        "xiangtu.candidates",
        "xiangtu.scenarios",
        "xiangtu.scenario_candidates",
        "xiangtu.projects",
        "xiangtu.project_states",
        "xiangtu.project_milestones",
        "xiangtu.project_links",
    ),
    OwnTable.REPORTS: ("xiangtu.progress_reports", "xiangtu.progress_photos"),
    OwnTable.REPORT_CHECKS: ("xiangtu.progress_checks",),
    OwnTable.DRAFTS: ("xiangtu.report_drafts", "xiangtu.report_draft_photos"),
    OwnTable.QUOTAS: (
        "xiangtu.quota_accounts",
        "xiangtu.quota_balances",
        "xiangtu.quota_postings",
        "xiangtu.quota_lines",
    ),
    OwnTable.REVIEWS: ("xiangtu.parcel_reviews", "xiangtu.review_steps", "xiangtu.review_files"),
    OwnTable.CHECKS: ("xiangtu.parcel_checks", "xiangtu.parcel_conflicts"),
    OwnTable.CONSOLIDATION: ("xiangtu.consolidation_acceptances",),
    OwnTable.FARMLAND: ("xiangtu.farmland_runs", "xiangtu.farmland_changes"),
    OwnTable.ASSESSMENT: (
        "xiangtu.assessment_rules",
        "xiangtu.assessments",
        "xiangtu.assessment_scores",
        "xiangtu.assessment_answers",
    ),
    OwnTable.OBJECTIONS: ("xiangtu.assessment_objections",),
    OwnTable.INSPECTIONS: (
        "xiangtu.inspections",
        "xiangtu.inspection_units",
        "xiangtu.inspection_findings",
    ),
}
"""PostgreSQL tables behind each."""

_EVERY_ROLE = tuple(Role)
_PLANNING = (Role.LEADER, Role.PLANNER, Role.AUDITOR)
_LAND = (Role.LEADER, Role.PLANNER, Role.LAND_REVIEWER, Role.CLERK, Role.DATA_STEWARD, Role.AUDITOR)
_LAND_TABLES = (OwnTable.QUOTAS, OwnTable.CHECKS, OwnTable.CONSOLIDATION, OwnTable.FARMLAND)
_OWN: tuple[tuple[OwnTable, Action, Reach, tuple[Role, ...]], ...] = (
    (OwnTable.FIGURES, Action.READ, Reach.CITY, _EVERY_ROLE),
    (OwnTable.FIGURES, Action.WRITE, Reach.CITY, (Role.DATA_STEWARD,)),
    (OwnTable.DELIVERIES, Action.READ, Reach.CITY, _EVERY_ROLE),
    (OwnTable.FINDINGS, Action.READ, Reach.CITY, (Role.DATA_STEWARD, Role.AUDITOR)),
    (OwnTable.FINDINGS, Action.READ, Reach.OWN, (Role.CLERK, Role.HOUSING_OFFICER, Role.LAND_REVIEWER)),
    (OwnTable.ACCOUNTS, Action.READ, Reach.CITY, (Role.ADMIN,)),
    (OwnTable.ACCOUNTS, Action.WRITE, Reach.CITY, (Role.ADMIN,)),
    (OwnTable.RECORD, Action.READ, Reach.CITY, (Role.AUDITOR,)),
    (OwnTable.PLANS, Action.READ, Reach.CITY, _EVERY_ROLE),
    (OwnTable.PLANS, Action.WRITE, Reach.SCOPE, (Role.PLANNER,)),
    *((table, Action.READ, Reach.CITY, _EVERY_ROLE) for table in (OwnTable.REPORTS, OwnTable.REPORT_CHECKS)),
    (OwnTable.REPORTS, Action.WRITE, Reach.SCOPE, (Role.CLERK,)),
    (OwnTable.REPORT_CHECKS, Action.WRITE, Reach.SCOPE, (Role.PLANNER, Role.DATA_STEWARD)),
    (OwnTable.DRAFTS, Action.READ, Reach.OWN, (Role.CLERK,)),
    (OwnTable.DRAFTS, Action.WRITE, Reach.OWN, (Role.CLERK,)),
    *((table, Action.READ, Reach.CITY, _LAND) for table in _LAND_TABLES),
    (OwnTable.REVIEWS, Action.READ, Reach.CITY, (Role.LEADER, Role.AUDITOR)),
    (
        OwnTable.REVIEWS,
        Action.READ,
        Reach.SCOPE,
        (Role.PLANNER, Role.LAND_REVIEWER, Role.CLERK, Role.DATA_STEWARD),
    ),
    (OwnTable.REVIEWS, Action.WRITE, Reach.SCOPE, (Role.CLERK, Role.LAND_REVIEWER)),
    (OwnTable.QUOTAS, Action.WRITE, Reach.SCOPE, (Role.LAND_REVIEWER,)),
    (OwnTable.CONSOLIDATION, Action.WRITE, Reach.SCOPE, (Role.LAND_REVIEWER,)),
    (OwnTable.FARMLAND, Action.WRITE, Reach.SCOPE, (Role.LAND_REVIEWER,)),
    *((table, Action.READ, Reach.CITY, _EVERY_ROLE) for table in (OwnTable.ASSESSMENT, OwnTable.OBJECTIONS)),
    (OwnTable.ASSESSMENT, Action.WRITE, Reach.SCOPE, (Role.PLANNER,)),
    (OwnTable.OBJECTIONS, Action.WRITE, Reach.SCOPE, (Role.CLERK,)),
    # Who is inspected does not know beforehand.
    (OwnTable.INSPECTIONS, Action.READ, Reach.CITY, _PLANNING),
    (OwnTable.INSPECTIONS, Action.WRITE, Reach.SCOPE, (Role.PLANNER,)),
)

PAGES: dict[str, tuple[Role, ...]] = {
    "home": _EVERY_ROLE,
    "map": _EVERY_ROLE,
    "dossier": _EVERY_ROLE,
    "indicators": _EVERY_ROLE,
    "gaps": _EVERY_ROLE,
    "candidates": _PLANNING,
    "selection": _PLANNING,
    "projects": _EVERY_ROLE,
    "network": (Role.LEADER, Role.PLANNER, Role.CLERK, Role.DATA_STEWARD, Role.AUDITOR),
    "land": _LAND,
    "quota_ledger": _LAND,
    "parcels": _LAND,
    "consolidation": _LAND,
    "farmland": _LAND,
    "overview": _EVERY_ROLE,
    "tracking": _EVERY_ROLE,
    "report": (Role.CLERK,),
    "report_check": _EVERY_ROLE,
    "assessment": _EVERY_ROLE,
    "inspection": _PLANNING,
    "assistance": _EVERY_ROLE,
    "data_import": (Role.CLERK, Role.HOUSING_OFFICER, Role.LAND_REVIEWER, Role.DATA_STEWARD, Role.AUDITOR),
    "dictionary": _EVERY_ROLE,
    "record": (Role.AUDITOR,),
    "people": (Role.ADMIN,),
    "account": _EVERY_ROLE,
    "progress_map": _EVERY_ROLE,
}
"""Who finds a page in the menu; what it shows is decided by the rules of its tables."""
_FOR_ANYONE = ("home", "account")
"""Pages that even someone without a role finds."""


def has_personal(feature: FeatureType) -> bool:
    """Whether rows of a feature type say something of a person: then they are read within the scope only."""
    return any(field.personal for field in feature.fields)


def rules(features: Iterable[FeatureType] | None = None) -> Iterator[Rule]:
    """Every rule: those of the features (all of them if not given) and those of the own tables."""
    for feature in all_features() if features is None else features:
        personal = has_personal(feature)
        for role in feature.readers:
            yield Rule(role, feature.id, Action.READ, Reach.SCOPE if personal else Reach.CITY)
        for role in feature.writers:
            yield Rule(role, feature.id, Action.WRITE, Reach.SCOPE)
        for role in feature.unmaskers:
            yield Rule(role, feature.id, Action.UNMASK, Reach.SCOPE)
    for table, action, reach, roles in _OWN:
        for role in roles:
            yield Rule(role, str(table), action, reach)


def may_open(page: str, roles: Iterable[Role]) -> bool:
    """Whether one of the roles finds the page in the menu."""
    return page in _FOR_ANYONE or bool(set(PAGES[page]) & set(roles))


def pages_for(roles: Iterable[Role]) -> tuple[str, ...]:
    """The pages that people with these roles find in the menu, in the menu's order."""
    held = set(roles)
    return tuple(name for name in PAGES if may_open(name, held))
