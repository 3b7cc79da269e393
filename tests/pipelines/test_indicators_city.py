"""Figures of the small demo city, which went through the import like anybody's data."""

import pandas as pd
import pytest
import sqlalchemy as sa

from layers import AdminLevel, Indicator, Rollup, Unit, all_indicators
from store import snapshots
from store.engine import reading


@pytest.fixture(scope="module")
def figures(city: sa.Engine) -> pd.DataFrame:
    with reading(city) as connection:
        as_of = snapshots.latest_as_of(connection)
        assert as_of is not None
        rows = connection.execute(
            sa.text("SELECT * FROM xiangtu.indicator_values WHERE as_of = :as_of"), {"as_of": as_of}
        )
        return pd.DataFrame(rows.all(), columns=list(rows.keys()))


@pytest.mark.parametrize("indicator", [i for i in all_indicators() if i.record is None], ids=lambda i: i.id)
def test_every_indicator_has_a_city_figure_in_its_range(figures: pd.DataFrame, indicator: Indicator) -> None:
    own = figures[figures["indicator_id"] == indicator.id]
    city = own[(own["level"] == str(AdminLevel.CITY)) & (own["scope"] == "all")]
    assert len(city) == 1
    assert city["value"].notna().all()
    assert 0 < city["with_data"].iloc[0] <= city["units"].iloc[0]
    assert (own["with_data"] <= own["units"]).all()
    known = own["value"].dropna().astype(float)
    assert (known >= 0).all()
    if indicator.unit is Unit.SHARE:
        assert (known <= 1).all()


def test_parts_of_the_levels_add_up(figures: pd.DataFrame) -> None:
    additive = [i.id for i in all_indicators() if i.rollup in (Rollup.RATIO, Rollup.SUM)]
    all_scope = figures[(figures["scope"] == "all") & figures["indicator_id"].isin(additive)]
    sums = (
        all_scope.astype({"numerator": float}).groupby(["indicator_id", "level"])["numerator"].sum().unstack()
    )
    assert sums["village"].dropna().to_numpy() == pytest.approx(
        sums["city"][sums["village"].notna()].to_numpy()
    )
    assert sums["county"].to_numpy() == pytest.approx(sums["city"].to_numpy())


def test_unreported_is_not_zero(city: sa.Engine, figures: pd.DataFrame) -> None:
    with city.connect() as connection:
        reported = set(
            connection.execute(sa.text("SELECT DISTINCT left(admin_code, 9) FROM feature.houses")).scalars()
        )
    own = figures[
        (figures["indicator_id"] == "dangerous_houses_outstanding") & (figures["level"] == "township")
    ]
    told = own["admin_code"].str[:9].isin(reported)
    assert own.loc[told, "value"].notna().all()
    assert own.loc[~told, "value"].isna().all()
