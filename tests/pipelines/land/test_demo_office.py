"""What the demo's land bureau has done when the city opens."""

import sqlalchemy as sa

from base.settings import settings
from layers.codes import QuotaBucket, QuotaEntry, ReviewState
from pipelines.demo.land_office import lead_parcels
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine


def _states(connection: sa.Connection) -> list[str]:
    return list(connection.scalars(sa.text("SELECT state FROM xiangtu.parcel_reviews ORDER BY parcel_no")))


def test_parcels_are_on_their_way_and_the_approved_one_has_its_quota(city: sa.Engine) -> None:
    with city.connect() as connection:
        states = _states(connection)
        assert states[:1] == [str(ReviewState.APPROVED)]
        assert set(states) <= {
            str(state)
            for state in (
                ReviewState.APPROVED, ReviewState.EXAMINED, ReviewState.SUBMITTED, ReviewState.RETURNED,
            )
        }  # fmt: skip
        posted = connection.execute(
            sa.text(
                "SELECT p.entry, a.bucket, l.amount_mu, a.parcel_no FROM xiangtu.quota_postings AS p "
                "JOIN xiangtu.quota_lines AS l ON l.posting_id = p.id "
                "JOIN xiangtu.quota_accounts AS a ON a.id = l.account_id "
                "WHERE a.parcel_no <> '' AND p.entry = :entry AND a.bucket = :bucket"
            ),
            {"entry": str(QuotaEntry.ALLOTTED), "bucket": str(QuotaBucket.ALLOTTED)},
        ).all()
        approved = connection.scalar(
            sa.text("SELECT parcel_no FROM xiangtu.parcel_reviews WHERE state = 'approved'")
        )
        area_mu = connection.scalar(
            sa.text("SELECT area_m2 * 15 / 10000 FROM feature.land_parcels WHERE parcel_no = :no"),
            {"no": approved},
        )
    assert [row.parcel_no for row in posted] == [approved]
    assert abs(float(posted[0].amount_mu) - float(str(area_mu))) <= 0.005 + 1e-9
    assert posted[0].amount_mu > 0


def test_farmland_has_been_compared(city: sa.Engine) -> None:
    with city.connect() as connection:
        counties = connection.scalar(sa.text("SELECT count(DISTINCT admin_code) FROM xiangtu.farmland_runs"))
        assert counties == 2
        assert connection.scalar(sa.text("SELECT count(*) FROM xiangtu.farmland_changes")) > 0


def test_a_second_time_takes_no_step(cluster: Cluster, city_template: str) -> None:
    name = "city_office"
    create_database(cluster, name, template=city_template)
    engine = make_engine(cluster.url(name), settings())
    try:
        with engine.connect() as connection:
            before = _states(connection)
        assert lead_parcels(engine) == 0
        with engine.connect() as connection:
            assert _states(connection) == before
    finally:
        engine.dispose()
        drop_database(cluster, name)
