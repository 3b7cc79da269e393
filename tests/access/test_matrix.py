"""The matrix, the person it speaks of, and passwords; no database here."""

import statistics
import time

import pytest
from argon2 import DEFAULT_MEMORY_COST, DEFAULT_PARALLELISM, DEFAULT_TIME_COST, extract_parameters
from hypothesis import given, settings
from hypothesis import strategies as st

from access import (
    OWN_TABLES,
    PAGES,
    Action,
    Assignment,
    OwnTable,
    Person,
    Reach,
    may_open,
    pages_for,
    rules,
)
from access.matrix import has_personal
from access.passwords import (
    MAX_LENGTH,
    MIN_LENGTH,
    PasswordCommon,
    PasswordHasName,
    WeakPassword,
    first_password,
    hashed,
    matches,
    require_strong,
)
from access.person import shortest
from layers import Role, all_features

FEATURES = all_features()
TABLES = [*(f.id for f in FEATURES), *map(str, OwnTable)]
CODES = ["4418", "441881", "441821", "441881103", "441881104", "441881103201", "441821100", "441821100204"]

codes = st.text("0123", min_size=1, max_size=5)
assignments = st.builds(Assignment, st.sampled_from(list(Role)), st.sampled_from(CODES))
people = st.lists(assignments, max_size=6).map(
    lambda held: Person(1, 1, "someone", "某人", tuple(sorted(set(held))))
)
villages = st.sampled_from(["441881103201", "441881104202", "441821100204", "441821101201", "441802001001"])


@given(st.lists(codes, max_size=12))
def test_shortest_covers_what_was_given_and_nothing_else(prefixes: list[str]) -> None:
    kept = shortest(prefixes)
    assert set(kept) <= set(prefixes)
    assert list(kept) == sorted(set(kept))
    assert all(any(p.startswith(k) for k in kept) for p in prefixes)
    assert not any(a != b and a.startswith(b) for a in kept for b in kept)


@given(st.lists(codes, max_size=12), st.randoms())
def test_shortest_does_not_mind_order_or_repetition(prefixes: list[str], chance: object) -> None:
    shuffled = [*prefixes, *prefixes]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert shortest(shuffled) == shortest(prefixes) == shortest(shortest(prefixes))


def _reached(person: Person, table: str, action: Action) -> set[str]:
    """The prefixes of a person, from the rules one by one."""
    return {
        "" if rule.reach is Reach.CITY else held.prefix
        for rule in rules()
        for held in person.assignments
        if (rule.table, rule.action, rule.role) == (table, action, held.role) and rule.reach is not Reach.OWN
    }


@given(people, st.sampled_from(TABLES), st.sampled_from(list(Action)), villages)
def test_a_person_may_what_one_of_the_rules_says(
    person: Person, table: str, action: Action, code: str
) -> None:
    reached = _reached(person, table, action)
    assert person.prefixes(table, action) == shortest(reached)
    assert person.may(table, action) == bool(reached)
    assert person.may(table, action, code) == any(code.startswith(prefix) for prefix in reached)


@given(people, st.sampled_from(TABLES), villages)
def test_a_place_is_seen_if_one_of_its_rows_may_be_read(person: Person, table: str, code: str) -> None:
    """From the city down to the village: whoever may read a row sees something in every place above it."""
    if person.may(table, Action.READ, code):
        for digits in (4, 6, 9, 12):
            assert person.sees_some(table, code[:digits].ljust(12, "0"))


@given(people, st.lists(assignments, max_size=3), st.sampled_from(TABLES), st.sampled_from(list(Action)))
def test_another_role_never_takes_away(
    person: Person, more: list[Assignment], table: str, action: Action
) -> None:
    wider = Person(1, 1, "someone", "某人", tuple(sorted({*person.assignments, *more})))
    for prefix in person.prefixes(table, action):
        assert any(prefix.startswith(p) for p in wider.prefixes(table, action))
    assert set(pages_for(person.roles)) <= set(pages_for(wider.roles))


def test_nobody_may_do_anything_without_a_role() -> None:
    nobody = Person(1, 1, "nobody", "无", ())
    assert not any(nobody.may(table, action) for table in TABLES for action in Action)
    assert pages_for(nobody.roles) == ("home", "account")


def test_a_person_of_one_township_reads_houses_there_and_nowhere_else() -> None:
    clerk = Person(1, 1, "clerk", "填报员", (Assignment(Role.CLERK, "441881103"),))
    assert clerk.may("houses", Action.READ, "441881103201")
    assert not clerk.may("houses", Action.READ, "441881104201")
    assert clerk.may("clinics", Action.READ, "441821100201")
    assert not clerk.may("clinics", Action.WRITE, "441821100201")
    assert not clerk.may("houses", Action.UNMASK, "441881103201")
    assert not clerk.may("findings", Action.READ), "findings in one's own files are no part of the city's"


def test_the_rules_of_features_are_what_the_layers_declare() -> None:
    made = {(r.table, r.action, r.role, r.reach) for r in rules()}
    for feature in FEATURES:
        reach = Reach.SCOPE if has_personal(feature) else Reach.CITY
        for role in Role:
            assert ((feature.id, Action.READ, role, reach) in made) == (role in feature.readers)
            assert ((feature.id, Action.WRITE, role, Reach.SCOPE) in made) == (role in feature.writers)
            unmasks = (feature.id, Action.UNMASK, role, Reach.SCOPE) in made
            assert unmasks == (role in feature.unmaskers)
        assert not feature.unmaskers or has_personal(feature)


def test_each_duty_unmasks_the_people_of_its_own_work() -> None:
    """Housing people read householders, who looks after the register reads the teams' telephones; nobody reads both."""
    made = {(r.table, r.role) for r in rules() if r.action is Action.UNMASK}
    assert made == {("houses", Role.HOUSING_OFFICER), ("assistance_teams", Role.DATA_STEWARD)}


def test_no_rule_is_said_twice() -> None:
    made = list(rules())
    assert len(made) == len(set(made))
    assert len({(r.role, r.table, r.action) for r in made}) == len(made), "one reach for each"


def test_what_is_written_or_unmasked_is_read_too() -> None:
    """Nobody writes into a table unseen, and rows about people are read within a scope only."""
    readable = {(r.role, r.table) for r in rules() if r.action is Action.READ}
    assert {(r.role, r.table) for r in rules() if r.action is not Action.READ} <= readable
    personal = {f.id for f in FEATURES if has_personal(f)}
    assert personal == {"houses", "assistance_teams"}
    assert {r.reach for r in rules() if r.table in personal} == {Reach.SCOPE}


def test_duties_are_separate() -> None:
    """Who gives roles does not read the record, who reads the record changes nothing."""
    by_role = {role: {(r.table, r.action) for r in rules() if r.role is role} for role in Role}
    assert {r.role for r in rules() if r.table == OwnTable.RECORD} == {Role.AUDITOR}
    assert {r.role for r in rules() if r.table == OwnTable.ACCOUNTS} == {Role.ADMIN}
    assert not any(r.table == OwnTable.RECORD and r.action is not Action.READ for r in rules())
    for role in (Role.AUDITOR, Role.LEADER):
        assert {action for _, action in by_role[role]} == {Action.READ}, role
    assert {table for table, action in by_role[Role.PLANNER] if action is not Action.READ} == {
        "plans",
        "report_checks",
        "assessment",
        "inspections",
    }
    assert {r.role for r in rules() if r.table == OwnTable.PLANS and r.action is Action.WRITE} == {
        Role.PLANNER
    }
    assert {table for table, action in by_role[Role.ADMIN] if action is not Action.READ} == {"accounts"}


def test_own_tables_are_named_once() -> None:
    assert set(OWN_TABLES) == set(OwnTable)
    named = [name for names in OWN_TABLES.values() for name in names]
    assert len(named) == len(set(named))
    assert not set(map(str, OwnTable)) & {f.id for f in FEATURES}


@given(st.sets(st.sampled_from(list(Role))))
def test_the_menu_is_what_the_roles_may_open(held: set[Role]) -> None:
    offered = pages_for(held)
    assert list(offered) == [name for name in PAGES if name in offered]
    assert set(offered) == {"home", "account", *(n for role in held for n in PAGES if role in PAGES[n])}
    assert all(may_open(name, held) == (name in offered) for name in PAGES)


def test_every_role_finds_pages_and_special_ones_are_few() -> None:
    assert all({"home", "map", "account"} <= set(pages_for([role])) for role in Role)
    assert [role for role in Role if may_open("people", [role])] == [Role.ADMIN]
    assert [role for role in Role if may_open("record", [role])] == [Role.AUDITOR]
    assert not may_open("data_import", [Role.LEADER, Role.PLANNER, Role.ADMIN])


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("Ab1-efghi", WeakPassword),
        ("Ab1-" + "x" * (MAX_LENGTH - 3), WeakPassword),
        ("abcdefghijklm", WeakPassword),
        ("ABCDefghijklm", WeakPassword),
        ("1234567890123", WeakPassword),
        ("", WeakPassword),
        ("Li.Ming-2468", PasswordHasName),
        ("xxLI.MING24xx", PasswordHasName),
        ("Password-2468", PasswordCommon),
        ("Qingyuan#2025", PasswordCommon),
        ("Xx-123456-yZ", PasswordCommon),
        ("Aa1Aa1Aa1Aa1", PasswordCommon),
    ],
)
def test_weak_passwords_are_refused(password: str, refusal: type[WeakPassword]) -> None:
    with pytest.raises(WeakPassword) as refused:
        require_strong(password, "li.ming")
    assert type(refused.value) is refusal
    assert refused.value.sentence("zh") != refused.value.sentence("en")


@pytest.mark.parametrize(
    "password", ["Weiyang-2468-tang", "清远危房Ab1排查登记表", "aB3 aB4 aB5 q", "x" * 3 + "Yz9-" * 31]
)
def test_strong_passwords_are_taken(password: str) -> None:
    assert MIN_LENGTH <= len(password) <= MAX_LENGTH
    require_strong(password, "li.ming")


@settings(max_examples=200)
@given(st.text(max_size=140))
def test_what_is_taken_keeps_the_rules(password: str) -> None:
    try:
        require_strong(password, "li.ming")
    except WeakPassword:
        return
    assert MIN_LENGTH <= len(password) <= MAX_LENGTH
    assert "li.ming" not in password.lower()


def test_first_passwords_are_strong_and_all_different() -> None:
    made = [first_password() for _ in range(200)]
    assert len(set(made)) == len(made)
    for password in made:
        require_strong(password, "li.ming")


@pytest.mark.usefixtures("full_cost_passwords")
def test_a_hash_costs_what_the_library_advises() -> None:
    told = extract_parameters(hashed("Weiyang-2468-tang"))
    wanted = (DEFAULT_MEMORY_COST, DEFAULT_TIME_COST, DEFAULT_PARALLELISM)
    assert (told.memory_cost, told.time_cost, told.parallelism) == wanted
    assert told.memory_cost >= 65_536


@pytest.mark.usefixtures("full_cost_passwords")
def test_a_hash_is_argon2id_with_salt_and_matches_its_password_only() -> None:
    first, second = hashed("Weiyang-2468-tang"), hashed("Weiyang-2468-tang")
    assert first.startswith("$argon2id$")
    assert first != second
    assert matches("Weiyang-2468-tang", first) and matches("Weiyang-2468-tang", second)
    assert not matches("Weiyang-2468-tanG", first)
    assert not matches("", first)
    assert not matches("Weiyang-2468-tang", "no hash at all")


def test_a_password_too_long_is_nobodys() -> None:
    """It is not even hashed: a megabyte would cost as much as the sender likes."""
    long = "Ab1-" * (MAX_LENGTH // 4) + "x"
    assert not matches(long, hashed(long))
    assert not matches(long, hashed("other"))


@pytest.mark.usefixtures("full_cost_passwords")
def test_an_unknown_account_takes_the_way_of_a_wrong_password() -> None:
    stored = hashed("Weiyang-2468-tang")
    assert not matches("Weiyang-2468-tang", None)
    assert not matches("", None)

    took: dict[str | None, list[float]] = {stored: [], None: []}
    for _ in range(9):
        for against, seconds in took.items():
            begun = time.process_time()
            matches("Wrong-2468-guess", against)
            seconds.append(time.process_time() - begun)
    known, unknown = (statistics.median(seconds) for seconds in took.values())
    assert max(known, unknown) < 2 * min(known, unknown)
