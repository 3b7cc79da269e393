"""Assessments with their rules, scores, objections and answers; inspections with what was drawn and found.

All of it is only added to. An assessment's first scores and an inspection's list come with it in one transaction or
never: what is frozen stays frozen whatever program asks. A score changes by a new line that an accepted objection
allows, and by nothing else.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0025"
down_revision = "0024"

_SCHEMA = "xiangtu"
_FUNCTIONS = """
-- Who does it, and when, is not for the sender to say.
CREATE FUNCTION xiangtu.assessed_by(given text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT a.display_name FROM access.accounts AS a WHERE a.id = access.account()), given)
$$;

CREATE FUNCTION xiangtu.take_frozen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.account_id := access.account();
    NEW.made_by := xiangtu.assessed_by(NEW.made_by);
    NEW.made_at := now();
    NEW.made_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

CREATE FUNCTION xiangtu.take_stamped() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.account_id := access.account();
    NEW.made_by := xiangtu.assessed_by(NEW.made_by);
    NEW.made_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION xiangtu.take_score() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    earlier xiangtu.assessment_scores%ROWTYPE;
    asked xiangtu.assessment_objections%ROWTYPE;
    answered xiangtu.assessment_answers%ROWTYPE;
BEGIN
    NEW.made_by := xiangtu.assessed_by(NEW.made_by);
    NEW.made_at := now();
    IF NEW.assessment_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF NEW.supersedes IS NULL THEN
        IF NOT EXISTS (SELECT FROM xiangtu.assessments AS a WHERE a.id = NEW.assessment_id
                       AND a.made_in = pg_current_xact_id()::text::bigint) THEN
            RAISE EXCEPTION 'the assessment is frozen' USING ERRCODE = 'XA001';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO earlier FROM xiangtu.assessment_scores AS s WHERE s.id = NEW.supersedes;
    SELECT * INTO asked FROM xiangtu.assessment_objections AS o WHERE o.id = NEW.objection_id;
    SELECT * INTO answered FROM xiangtu.assessment_answers AS a WHERE a.objection_id = NEW.objection_id;
    IF answered.verdict IS DISTINCT FROM 'accepted' OR answered.score IS DISTINCT FROM NEW.score
       OR (earlier.assessment_id, earlier.admin_code, earlier.item_no)
          IS DISTINCT FROM (NEW.assessment_id, NEW.admin_code, NEW.item_no)
       OR (asked.assessment_id, asked.admin_code, asked.item_no)
          IS DISTINCT FROM (NEW.assessment_id, NEW.admin_code, NEW.item_no) THEN
        RAISE EXCEPTION 'no accepted objection allows it' USING ERRCODE = 'XA002';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION xiangtu.take_objection() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last_day date;
BEGIN
    NEW.account_id := access.account();
    NEW.made_by := xiangtu.assessed_by(NEW.made_by);
    NEW.made_at := clock_timestamp();
    IF NEW.assessment_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT a.objections_until INTO last_day FROM xiangtu.assessments AS a WHERE a.id = NEW.assessment_id;
    IF (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date > last_day THEN
        RAISE EXCEPTION 'too late' USING ERRCODE = 'XA003';
    END IF;
    IF NOT EXISTS (SELECT FROM xiangtu.assessment_scores AS s WHERE s.assessment_id = NEW.assessment_id
                   AND s.admin_code = NEW.admin_code AND s.item_no = NEW.item_no) THEN
        RAISE EXCEPTION 'nothing to object to' USING ERRCODE = 'XA004';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(format('objection:%s:%s:%s', NEW.assessment_id, NEW.admin_code,
                                                  NEW.item_no)));
    IF EXISTS (SELECT FROM xiangtu.assessment_objections AS o WHERE o.assessment_id = NEW.assessment_id
               AND o.admin_code = NEW.admin_code AND o.item_no = NEW.item_no
               AND NOT EXISTS (SELECT FROM xiangtu.assessment_answers AS a WHERE a.objection_id = o.id)) THEN
        RAISE EXCEPTION 'one is open' USING ERRCODE = 'XA005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION xiangtu.take_answer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked record;
BEGIN
    NEW.account_id := access.account();
    NEW.made_by := xiangtu.assessed_by(NEW.made_by);
    NEW.made_at := clock_timestamp();
    IF NEW.objection_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT o.account_id, a.admin_code INTO asked FROM xiangtu.assessment_objections AS o
    JOIN xiangtu.assessments AS a ON a.id = o.assessment_id WHERE o.id = NEW.objection_id;
    IF asked.admin_code IS DISTINCT FROM NEW.admin_code THEN
        RAISE EXCEPTION 'the code is not that of the assessment' USING ERRCODE = 'XA006';
    END IF;
    IF NEW.account_id IS NOT NULL AND NEW.account_id = asked.account_id THEN
        RAISE EXCEPTION 'own objection' USING ERRCODE = 'XA007';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION xiangtu.take_inspection_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.inspection_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM xiangtu.inspections AS i WHERE i.id = NEW.inspection_id
        AND i.made_in = pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'the list is frozen' USING ERRCODE = 'XA001';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION xiangtu.take_finding() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    unit record;
    earlier record;
BEGIN
    NEW.account_id := access.account();
    NEW.made_by := xiangtu.assessed_by(NEW.made_by);
    NEW.made_at := clock_timestamp();
    IF NEW.inspection_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT u.admin_code, u.drawn INTO unit FROM xiangtu.inspection_units AS u
    WHERE u.inspection_id = NEW.inspection_id AND u.unit_id = NEW.unit_id;
    IF unit.drawn IS NOT TRUE OR unit.admin_code <> NEW.admin_code THEN
        RAISE EXCEPTION 'it was not drawn' USING ERRCODE = 'XA008';
    END IF;
    IF NEW.supersedes IS NOT NULL THEN
        SELECT f.inspection_id, f.unit_id INTO earlier FROM xiangtu.inspection_findings AS f
        WHERE f.id = NEW.supersedes;
        IF (earlier.inspection_id, earlier.unit_id) IS DISTINCT FROM (NEW.inspection_id, NEW.unit_id) THEN
            RAISE EXCEPTION 'a correction is of the same unit' USING ERRCODE = 'XA008';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""
_TRIGGERS = {
    "assessment_rules": "take_stamped",
    "assessments": "take_frozen",
    "assessment_scores": "take_score",
    "assessment_objections": "take_objection",
    "assessment_answers": "take_answer",
    "inspections": "take_frozen",
    "inspection_units": "take_inspection_unit",
    "inspection_findings": "take_finding",
}
_LONG_ENOUGH = r"length(regexp_replace(reason, '\s', '', 'g')) >= 4"


def _id() -> "sa.Column[int]":
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def _code() -> "sa.Column[str]":
    return sa.Column("admin_code", sa.String(12), nullable=False)


def _of(name: str, table: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), sa.ForeignKey(f"{_SCHEMA}.{table}.id"), nullable=False)


def _supersedes(table: str) -> "sa.Column[int]":
    return sa.Column("supersedes", sa.BigInteger(), sa.ForeignKey(f"{_SCHEMA}.{table}.id"), unique=True)


def _made(*, account: bool = True) -> "list[sa.Column[object]]":
    stamped: list[sa.Column[object]] = [
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    ]
    return [sa.Column("account_id", sa.BigInteger()), *stamped] if account else stamped


def upgrade() -> None:
    _assessments()
    _inspections()
    op.execute(_FUNCTIONS)
    for table, function in _TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER take BEFORE INSERT ON xiangtu.{table} "
            f"FOR EACH ROW EXECUTE FUNCTION xiangtu.{function}()"
        )
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON xiangtu.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION xiangtu.only_added_to()"
        )
        for trigger in ("take", "only_added_to"):
            op.execute(f"ALTER TABLE xiangtu.{table} ENABLE ALWAYS TRIGGER {trigger}")


def _assessments() -> None:
    op.create_table(
        "assessment_rules",
        _id(),
        _code(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        *_made(),
        schema=_SCHEMA,
    )
    op.create_table(
        "assessments",
        _id(),
        _code(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        _of("rules_id", "assessment_rules"),
        sa.Column("objections_until", sa.Date(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("data_versions", JSONB(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("units", JSONB(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("made_in", sa.BigInteger(), nullable=False),
        *_made(),
        sa.UniqueConstraint("name", name="assessments_name"),
        schema=_SCHEMA,
    )
    op.create_table(
        "assessment_objections",
        _id(),
        _of("assessment_id", "assessments"),
        _code(),
        sa.Column("item_no", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_made(),
        sa.CheckConstraint(_LONG_ENOUGH, name="objection_has_reason"),
        schema=_SCHEMA,
    )
    op.create_index(
        "objections_by_item",
        "assessment_objections",
        ["assessment_id", "admin_code", "item_no"],
        schema=_SCHEMA,
    )
    op.create_table(
        "assessment_answers",
        sa.Column(
            "objection_id",
            sa.BigInteger(),
            sa.ForeignKey("xiangtu.assessment_objections.id"),
            primary_key=True,
        ),
        _code(),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("score", sa.Double()),
        *_made(),
        sa.CheckConstraint("verdict IN ('accepted', 'refused')", name="verdict_known"),
        sa.CheckConstraint("(verdict = 'accepted') = (score IS NOT NULL)", name="score_if_accepted"),
        sa.CheckConstraint("score >= 0 AND score <= 100", name="score_in_range"),
        sa.CheckConstraint(_LONG_ENOUGH, name="answer_has_reason"),
        schema=_SCHEMA,
    )
    op.create_table(
        "assessment_scores",
        _id(),
        _of("assessment_id", "assessments"),
        _code(),
        sa.Column("item_no", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("numerator", sa.Double()),
        sa.Column("denominator", sa.Double()),
        sa.Column("with_data", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double()),
        sa.Column("score", sa.Double()),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column(
            "objection_id", sa.BigInteger(), sa.ForeignKey("xiangtu.assessment_objections.id"), unique=True
        ),
        _supersedes("assessment_scores"),
        *_made(account=False),
        sa.CheckConstraint("basis IN ('measured', 'no_data', 'objection')", name="basis_known"),
        sa.CheckConstraint(
            "(supersedes IS NULL) = (objection_id IS NULL)", name="superseded_for_an_objection"
        ),
        schema=_SCHEMA,
    )
    op.create_index(
        "assessment_scores_first",
        "assessment_scores",
        ["assessment_id", "admin_code", "item_no"],
        unique=True,
        postgresql_where=sa.text("supersedes IS NULL"),
        schema=_SCHEMA,
    )


def _inspections() -> None:
    op.create_table(
        "inspections",
        _id(),
        _code(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("strata", ARRAY(sa.Text()), nullable=False),
        sa.Column("weights", JSONB(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("population_digest", sa.Text(), nullable=False),
        sa.Column("sample_digest", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("made_in", sa.BigInteger(), nullable=False),
        *_made(),
        sa.UniqueConstraint("name", name="inspections_name"),
        sa.CheckConstraint("subject IN ('village', 'project')", name="subject_known"),
        sa.CheckConstraint("number > 0", name="number_positive"),
        schema=_SCHEMA,
    )
    op.create_table(
        "inspection_units",
        sa.Column(
            "inspection_id", sa.BigInteger(), sa.ForeignKey("xiangtu.inspections.id"), primary_key=True
        ),
        sa.Column("unit_id", sa.Text(), primary_key=True),
        _code(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("signals", JSONB(), nullable=False),
        sa.Column("size", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.Column("lon", sa.Double()),
        sa.Column("lat", sa.Double()),
        sa.CheckConstraint("size > 0", name="size_positive"),
        sa.CheckConstraint("probability > 0 AND probability <= 1", name="probability_in_range"),
        schema=_SCHEMA,
    )
    op.create_table(
        "inspection_findings",
        _id(),
        _of("inspection_id", "inspections"),
        sa.Column("unit_id", sa.Text(), nullable=False),
        _code(),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False, server_default=""),
        sa.Column("mend_by", sa.Date()),
        _supersedes("inspection_findings"),
        *_made(),
        sa.CheckConstraint("verdict IN ('good', 'minor', 'serious')", name="verdict_known"),
        sa.CheckConstraint(
            r"verdict = 'good' OR length(regexp_replace(finding, '\s', '', 'g')) >= 4", name="finding_is_told"
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id", "unit_id"],
            ["xiangtu.inspection_units.inspection_id", "xiangtu.inspection_units.unit_id"],
        ),
        schema=_SCHEMA,
    )
    op.create_index(
        "inspection_findings_first",
        "inspection_findings",
        ["inspection_id", "unit_id"],
        unique=True,
        postgresql_where=sa.text("supersedes IS NULL"),
        schema=_SCHEMA,
    )


def downgrade() -> None:
    for name in (
        "inspection_findings",
        "inspection_units",
        "inspections",
        "assessment_scores",
        "assessment_answers",
        "assessment_objections",
        "assessments",
        "assessment_rules",
    ):
        op.drop_table(name, schema=_SCHEMA)
    for function in sorted(set(_TRIGGERS.values())):
        op.execute(f"DROP FUNCTION xiangtu.{function}()")
    op.execute("DROP FUNCTION xiangtu.assessed_by(text)")
