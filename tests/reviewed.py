"""A bureau for tests of reviews: parcels, their checks, quota, and a person for each office, in a real database."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa
from shapely.geometry import box

from access import Assignment
from analysis import quota
from layers import Role
from layers.codes import QuotaKind
from store import accounts, identity, sessions
from store.engine import changing, reading
from store.land import ledger, reviews
from store.land.reviews import Review

CITY, COUNTY, TOWN = "441800000000", "441821000000", "441821100000"
VILLAGE, FOREIGN = "441821100201", "441826100201"
PARCEL = "DK-001"
_SIDE = 0.001
REVIEWER, CLERK = Role.LAND_REVIEWER, Role.CLERK
PEOPLE: dict[str, tuple[Assignment, ...]] = {
    "clerk": (Assignment(CLERK, "441821100"),),
    "other_clerk": (Assignment(CLERK, "441821100"),),
    "town_reviewer": (Assignment(REVIEWER, "441821100"),),
    "county": (Assignment(REVIEWER, "441821"),),
    "other_county": (Assignment(REVIEWER, "441821"),),
    "city": (Assignment(REVIEWER, "4418"),),
    "other_city": (Assignment(REVIEWER, "4418"),),
    "all_offices": (
        Assignment(CLERK, "441821100"),
        Assignment(REVIEWER, "441821"),
        Assignment(REVIEWER, "4418"),
    ),
    "foreign_clerk": (Assignment(CLERK, "441826100"),),
    "foreign_county": (Assignment(REVIEWER, "441826"),),
    "leader": (Assignment(Role.LEADER, "4418"),),
    "planner": (Assignment(Role.PLANNER, "4418"),),
    "housing": (Assignment(Role.HOUSING_OFFICER, "441821"),),
    "steward": (Assignment(Role.DATA_STEWARD, "4418"),),
    "auditor": (Assignment(Role.AUDITOR, "4418"),),
    "admin": (Assignment(Role.ADMIN, "4418"),),
}
"""Who works here: name, and the roles held."""


@dataclass
class Bureau:
    """A database with its two engines; people are made when they are first asked for."""

    owner: sa.Engine
    app: sa.Engine
    _secrets: dict[str, str] = field(default_factory=dict)

    def secret(self, name: str) -> str:
        """The session of a person of `PEOPLE`."""
        if name not in self._secrets:
            account = f"{name}.{uuid.uuid4().hex[:8]}"
            with self.owner.begin() as connection:
                accounts.add(connection, account, name, PEOPLE[name], demo=True, by="tests")
                account_id = accounts.named(connection, account).id
            visit = sessions.Visit("127.0.0.1", "tests")
            self._secrets[name] = sessions.open_session(self.owner, account_id, account, visit)
        return self._secrets[name]

    @contextmanager
    def as_(self, name: str) -> Iterator[sa.Connection]:
        """A transaction of a person, committed at its end."""
        with identity.acting(self.secret(name)), changing(self.app) as connection:
            yield connection

    @contextmanager
    def looking(self, name: str) -> Iterator[sa.Connection]:
        """A read-only transaction of a person."""
        with identity.acting(self.secret(name)), reading(self.app) as connection:
            yield connection

    def seen(self, name: str, parcel: str = PARCEL) -> Review:
        """The parcel as a person sees it."""
        with self.looking(name) as connection:
            return reviews.review(connection, parcel)

    def step(self, name: str, action: str, remark: str = "", parcel: str = PARCEL, **given: object) -> Review:
        """Let a person look at a parcel and take a step of `store.land.reviews` by its name."""
        seen = self.seen(name, parcel)
        with self.as_(name) as connection:
            done: Review = getattr(reviews, action)(connection, seen, remark, **given)
        return done

    def bring(self, state: str, parcel: str = PARCEL) -> Review:
        """Bring a parcel from draft to a state by its usual way."""
        ways = {
            "draft": (),
            "submitted": (("clerk", "submit"),),
            "examined": (("clerk", "submit"), ("county", "examine")),
            "approved": (("clerk", "submit"), ("county", "examine"), ("city", "approve")),
            "returned": (("clerk", "submit"), ("county", "return_")),
            "withdrawn": (("clerk", "submit"), ("clerk", "withdraw")),
        }
        for name, action in ways[state]:
            self.step(name, action, "资料齐全，同意办理", parcel)
        return self.seen("city", parcel)

    def put_parcel(
        self,
        parcel: str = PARCEL,
        code: str = VILLAGE,
        *,
        quota_kind: str | None = None,
        project_no: str | None = None,
        use: str | None = "village",
        x: float = 113.5,
        width: float = _SIDE,
        area_m2: float = 11_262.3,
    ) -> None:
        """A parcel as an import would write it, or its new version; the area is given, not measured."""
        with self.owner.begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO feature.land_parcels (admin_code, parcel_no, name, parcel_kind, parcel_use, "
                    "quota_kind, project_no, area_m2, geom) VALUES (:code, :no, :name, 'ordinary', :use, :kind, "
                    ":project, :area, "
                    "ST_Multi(ST_GeomFromText(:wkt, 4490))) ON CONFLICT (parcel_no) DO UPDATE SET "
                    "admin_code = EXCLUDED.admin_code, parcel_use = EXCLUDED.parcel_use, "
                    "quota_kind = EXCLUDED.quota_kind, project_no = EXCLUDED.project_no, "
                    "area_m2 = EXCLUDED.area_m2, geom = EXCLUDED.geom"
                ),
                {
                    "code": code,
                    "no": parcel,
                    "name": f"{parcel} 地块",
                    "use": use,
                    "kind": quota_kind,
                    "project": project_no,
                    "area": area_m2,
                    "wkt": box(x, 23.9, x + width, 23.9 + _SIDE).wkt,
                },
            )

    def put_check(self, parcel: str = PARCEL, *, prohibited: int = 0, restricted: int = 0) -> int:
        """A check of the parcel as it is now, with so many conflicts, and a sliver that counts for nothing."""
        with self.owner.begin() as connection:
            connection.execute(
                sa.text("UPDATE xiangtu.parcel_checks SET latest = false WHERE parcel_no = :no"),
                {"no": parcel},
            )
            check = connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.parcel_checks (admin_code, parcel_no, geometry_digest, parcel_kind, area_m2, "
                    "versions, sliver_m2, sliver_width_m, worst, conflicts, conflict_area_m2, prohibited_area_m2, "
                    "slivers, sliver_area_m2) SELECT admin_code, parcel_no, md5(ST_AsBinary(geom, 'NDR')), "
                    "parcel_kind, area_m2, '{\"basic_farmland\": 3}', 5, 0.2, NULL, :n, 0, 0, 1, 0.5 "
                    "FROM feature.land_parcels WHERE parcel_no = :no RETURNING id"
                ),
                {"no": parcel, "n": prohibited + restricted},
            ).scalar_one()
            for feature, severity, number, sliver in (
                ("basic_farmland", "prohibited", prohibited, False),
                ("hazard_points", "restricted", restricted, False),
                ("basic_farmland", "prohibited", 1, True),
            ):
                for turn in range(number):
                    connection.execute(
                        sa.text(
                            "INSERT INTO xiangtu.parcel_conflicts (check_id, admin_code, parcel_no, feature_id, "
                            "feature_key, name, severity, area_m2, share, width_m, sliver, geom) "
                            "SELECT :check, admin_code, parcel_no, "
                            ":feature, :key, '=甲', :severity, 120.5, 0.01, 3, :sliver, geom FROM feature.land_parcels "
                            "WHERE parcel_no = :no"
                        ),
                        {
                            "check": check,
                            "feature": feature,
                            "key": f"{feature}-{turn}",
                            "severity": severity,
                            "sliver": sliver,
                            "no": parcel,
                        },
                    )
        return int(check)

    def issue(self, unit: str = TOWN, mu: str = "100", kind: QuotaKind = QuotaKind.RESERVE) -> None:
        """Give a unit quota."""
        with self.owner.begin() as connection:
            new = quota.issued(kind, {unit: Decimal(mu)}, ledger.today(), reference="测试下达")
            ledger.post(connection, new, by="tests")

    def available(self, unit: str = TOWN, kind: QuotaKind = QuotaKind.RESERVE, lot: str = "") -> Decimal:
        """What a unit has to allot."""
        return self._balance(unit, kind, "available", lot, "")

    def allotted(
        self, parcel: str = PARCEL, unit: str = TOWN, kind: QuotaKind = QuotaKind.RESERVE, lot: str = ""
    ) -> Decimal:
        """What a unit has allotted to a parcel."""
        return self._balance(unit, kind, "allotted", lot, parcel)

    def _balance(self, unit: str, kind: QuotaKind, bucket: str, lot: str, parcel: str) -> Decimal:
        with self.owner.connect() as connection:
            found = connection.scalar(
                sa.text(
                    "SELECT b.amount_mu FROM xiangtu.quota_balances AS b JOIN xiangtu.quota_accounts AS a "
                    "ON a.id = b.account_id WHERE (a.admin_code, a.kind, a.bucket, a.lot, a.parcel_no) = "
                    "(:unit, :kind, :bucket, :lot, :parcel)"
                ),
                {"unit": unit, "kind": str(kind), "bucket": bucket, "lot": lot, "parcel": parcel},
            )
        return Decimal(found or 0)

    def counts(self) -> dict[str, int]:
        """Rows of what a step writes."""
        names = ("review_steps", "review_files", "quota_postings")
        asked = " UNION ALL ".join(f"SELECT '{n}', count(*) FROM xiangtu.{n}" for n in names)
        asked += (
            " UNION ALL SELECT 'record', count(*) FROM access.record WHERE action LIKE 'parcel!_%' ESCAPE '!'"
        )
        with self.owner.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(sa.text(asked))}
