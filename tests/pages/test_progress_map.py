"""进度地图: a map of a past day is what it was; days, changes, counties, address; on a real database."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

import layers
from base.settings import settings
from i18n import tr
from layers import AdminLevel
from maps.past_layers import moment_words
from pages import formats
from pages.past_choices import Choices, Knowledge, View, as_address, read_address
from pages.past_figures import classes_of, dated, digest_of, shown
from pages.scopes import Townships
from pipelines import indicators
from pipelines.import_ import ImportOptions, import_file
from store import past
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine, reading
from store.past_tiles import edition, past_tile
from store.tiles import tile
from tests.followed import follow
from tests.pages.conftest import _SCRIPT, show
from tests.pipelines.import_files import STEP, VILLAGES, units_frame, village_box
from tests.several_days import EARLIER, look_back

DAY, LATER = dt.date(2025, 3, 31), dt.date(2025, 9, 30)
TAP = "tap_water_rate"


@dataclass
class Bureau:
    """A small city whose files are handed in one after the other."""

    engine: sa.Engine
    folder: Path

    def units(self, as_of: dt.date, shift: float = 0.0) -> None:
        """The register; the border between two villages may lie farther north."""
        frame = units_frame()
        if shift:
            first, second = (frame["区划代码"] == code for code in VILLAGES[:2])
            west, _, east, north = village_box(VILLAGES[0]).bounds
            strip = shapely.box(west, north, east, north + shift)
            frame.loc[first, "geometry"] = frame.loc[first, "geometry"].union(strip)
            frame.loc[second, "geometry"] = frame.loc[second, "geometry"].difference(strip)
        path = self.folder / f"{uuid.uuid4().hex}.gpkg"
        frame.to_file(path)
        report = import_file(
            self.engine, path, layers.feature_type("admin_units"), ImportOptions(as_of=as_of)
        )
        assert report.counts.rejected == 0, report.findings

    def water(self, as_of: dt.date, connected: int, villages: tuple[str, ...] = VILLAGES) -> None:
        """Households on tap water of some villages, of 100 each."""
        path = self.folder / f"{uuid.uuid4().hex}.csv"
        frame = pd.DataFrame({"区划代码": villages, "总户数": 100, "自来水户数": connected})
        frame.to_csv(path, index=False, encoding="utf-8")
        report = import_file(
            self.engine, path, layers.feature_type("village_water"), ImportOptions(as_of=as_of)
        )
        assert report.counts.rejected == 0, report.findings

    def compute(self, day: dt.date) -> None:
        indicators.run(self.engine, as_of=day, indicators=[TAP], again=True)


@pytest.fixture
def bureau(database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    show(monkeypatch, database)
    return Bureau(database, tmp_path)


def draw(
    day: dt.date = DAY, knowledge: Knowledge = Knowledge.NEWEST, known_at: dt.datetime | None = None
) -> str:
    """What the page's map of the day rests on, as one number."""
    choices = Choices(TAP, AdminLevel.VILLAGE, day, day, View.DAY, knowledge, known_at)
    found = dated(choices)
    assert found is not None
    days = [shown(found, choices, as_of) for as_of in found.dates]
    made = classes_of(days, choices, "zh")
    return digest_of(next(one for one in days if one.as_of == day), made, choices)


def moment() -> dt.datetime:
    found = dated(Choices(TAP, AdminLevel.VILLAGE))
    assert found is not None
    return found.changed_at


def test_a_map_drawn_today_for_a_past_day_equals_the_one_drawn_then(bureau: Bureau) -> None:
    bureau.units(DAY)
    bureau.water(DAY, 40)
    bureau.water(DAY, 90, VILLAGES[:4])
    bureau.compute(DAY)
    then, first = moment(), draw()
    assert draw(knowledge=Knowledge.THEN) == first

    bureau.water(DAY, 70, VILLAGES[4:5])  # a correction
    bureau.compute(DAY)
    corrected = draw()
    bureau.units(DAY, shift=STEP / 4)  # a border that had been drawn wrong
    bureau.compute(DAY)
    redrawn = draw()
    bureau.water(LATER, 95)
    bureau.compute(LATER)
    newest = draw()

    assert len({first, corrected, redrawn}) == 3
    assert newest != redrawn, "its classes are shared with the later day now"
    assert draw(knowledge=Knowledge.FIXED, known_at=then) == first
    for knowledge in (Knowledge.THEN, Knowledge.NEWEST):
        found = dated(Choices(TAP, AdminLevel.VILLAGE, knowledge=knowledge))
        assert found is not None
        assert found.dates == (DAY, LATER)
    found = dated(Choices(TAP, AdminLevel.VILLAGE, knowledge=Knowledge.FIXED, known_at=then))
    assert found is not None
    assert found.dates == (DAY,), "the later day was not known"
    at_then = shown(
        dated(Choices(TAP, knowledge=Knowledge.THEN)),
        Choices(TAP, AdminLevel.VILLAGE, knowledge=Knowledge.THEN),
        DAY,
    )  # type: ignore[arg-type]
    assert at_then.values[VILLAGES[4]] == 0.4, "on the day the correction was not known"


def test_reports_of_projects_make_a_past_day_that_features_no_longer_can(bureau: Bureau) -> None:
    bureau.units(DAY)
    bureau.water(LATER, 60)
    with pytest.raises(indicators.DataOfLaterDay):
        bureau.compute(DAY)
    with bureau.engine.begin() as connection:
        follow(connection, VILLAGES[:5], begin=dt.date(2024, 10, 1), months=14)
    seen = []
    for day in (DAY, LATER):
        indicators.run(bureau.engine, as_of=day, indicators=["project_percent"], again=True)
        with reading(bureau.engine) as connection:
            seen.append(past.values_at(connection, "project_percent", day, AdminLevel.CITY)["value"].item())
    assert 0 < seen[0] < seen[1] <= 1
    found = dated(Choices("project_percent", AdminLevel.VILLAGE))
    assert found is not None
    assert found.dates == (DAY, LATER)


def test_tiles_of_past_boundaries_are_those_of_then(bureau: Bureau) -> None:
    bureau.units(DAY)
    with reading(bureau.engine) as connection:
        z, x, y = 8, 207, 110
        before = tile(connection, "boundaries", z, x, y)
        known = connection.scalar(sa.text("SELECT clock_timestamp()"))
        assert edition(connection, DAY).current
        # Made from the same shapes, generalised alike: the same features, whatever their ids.
        assert len(past_tile(connection, DAY, None, z, x, y)) > 0.5 * len(before) > 0
    bureau.units(LATER, shift=STEP / 2)
    with reading(bureau.engine) as connection:
        assert edition(connection, LATER).current
        assert not edition(connection, DAY).current
        assert not edition(connection, LATER, known).current
        assert edition(connection, DAY) == edition(connection, LATER, known)
        old, new = past_tile(connection, DAY, None, z, x, y), past_tile(connection, LATER, None, z, x, y)
        assert old != new
        assert old == past_tile(connection, LATER, known, z, x, y)


@pytest.fixture(scope="module")
def dated_city(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """A copy of the small city with three days of one indicator."""
    name = f"dated_{uuid.uuid4().hex[:8]}"
    create_database(cluster, name, template=city_template)
    engine = make_engine(cluster.url(name), settings())
    look_back(engine)
    yield engine
    engine.dispose()
    drop_database(cluster, name)


def opened(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, lang: str = "zh", **query: str) -> AppTest:
    show(monkeypatch, engine)
    app = AppTest.from_string(_SCRIPT.format(name="progress_map", lang=lang), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return " ".join(c.value for c in app.caption).replace("\\", "")


def test_the_address_holds_what_is_chosen(dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {
        "indicator": TAP, "level": "village", "day": "2025-06-30", "against": EARLIER[1].isoformat(),
        "view": "change", "known": "then", "part": "441821",
    }  # fmt: skip
    app = opened(dated_city, monkeypatch, **query)
    assert not app.exception
    assert {
        name: app.query_params[name][0]
        if isinstance(app.query_params[name], list)
        else app.query_params[name]
        for name in query
    } == query
    assert app.select_slider[0].value == dt.date(2025, 6, 30)
    table = app.dataframe[0].value
    assert set(table.columns) >= {"2024-12-31", "2025-06-30", "变化"}
    assert (table["变化"] >= 0).all() and (table["变化"] > 0).any()
    said = words(app)
    assert "当日口径" in said and "数据指纹" in said
    app.select_slider[0].set_value(EARLIER[0]).run()
    assert not app.exception
    assert (app.dataframe[0].value["变化"] <= 0).all()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_any_day_shows_the_newest_figures_before_it(
    dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    app = opened(dated_city, monkeypatch, lang, indicator=TAP, day="2025-02-14")
    assert not app.exception
    assert app.date_input[0].label == tr("pastmaps.any_day", lang)
    assert app.date_input[0].value == dt.date(2025, 2, 14)
    assert app.select_slider[0].value == EARLIER[1]
    assert tr("pastmaps.newest_before", lang, asked="2025-02-14", day=EARLIER[1].isoformat()) in infos(app)
    assert EARLIER[1].isoformat() in words(app)
    assert app.query_params["day"] in ("2025-02-14", ["2025-02-14"])

    app.date_input[0].set_value(EARLIER[0]).run()
    assert not app.exception
    assert app.select_slider[0].value == EARLIER[0], "the slider follows the box"
    assert not infos(app), "the day itself was computed"
    app.select_slider[0].set_value(dt.date(2025, 6, 30)).run()
    assert app.date_input[0].value == dt.date(2025, 6, 30), "the box follows the slider"
    assert "2025-06-30" in words(app)


def test_nothing_is_shown_of_a_day_before_the_first(
    dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(dated_city, monkeypatch, indicator=TAP, day="1999-05-01")
    assert not app.exception
    first = EARLIER[0].isoformat()
    assert infos(app) == [tr("pastmaps.before_all", "zh", asked="1999-05-01", first=first)]
    assert not app.select_slider
    assert not words(app)
    next(one for one in app.button if one.label == tr("pastmaps.to_first", "zh", first=first)).click().run()
    assert not app.exception
    assert app.date_input[0].value == EARLIER[0]
    assert first in words(app)


def test_a_day_to_come_is_today(dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(
        dated_city, monkeypatch, indicator=TAP, day="2999-01-01", view="change", against="2025-01-31"
    )
    assert not app.exception
    assert (app.date_input[0].label, app.date_input[0].value) == ("较晚日期", formats.today())
    assert app.selectbox(key="past.against").value == EARLIER[1], "the newest on or before the day asked for"
    assert set(app.dataframe[0].value.columns) >= {EARLIER[1].isoformat(), "2025-06-30"}


def infos(app: AppTest) -> list[str]:
    return [one.value.replace("\\", "") for one in app.info]


def test_days_without_anything_in_common_are_said_and_not_chosen(
    dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = past.values_at

    def without_the_oldest(
        connection: sa.Connection, indicator_id: str, as_of: dt.date, *rest: object
    ) -> object:
        found = known(connection, indicator_id, as_of, *rest)  # type: ignore[arg-type]
        return found.assign(value=float("nan")) if as_of == EARLIER[0] else found

    monkeypatch.setattr(past, "values_at", without_the_oldest)
    st.cache_data.clear()
    query = {"indicator": TAP, "view": "change"}
    app = opened(dated_city, monkeypatch, **query)
    assert not app.exception
    assert app.selectbox(key="past.against").value == EARLIER[1], "of the oldest day nothing is known"
    assert len(app.dataframe[0].value)
    app = opened(dated_city, monkeypatch, **query, against=EARLIER[0].isoformat())
    assert not app.exception
    assert not app.dataframe
    days = {"before": EARLIER[0].isoformat(), "now": "2025-06-30"}
    assert tr("pastmaps.nothing_on_both", "zh", **days) in [i.value.replace("\\", "") for i in app.info]
    st.cache_data.clear()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", list(View))
def test_every_view_opens(
    dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch, view: View, lang: str
) -> None:
    app = opened(dated_city, monkeypatch, lang, indicator=TAP, view=str(view), level="township")
    assert not app.exception
    assert not app.error
    assert "2025-06-30" in words(app)
    if view is View.COUNTIES:
        pictures = next(h.value for h in app.get("html") if "xt-counties" in h.value)
        assert pictures.count("<figure>") == 2


def test_play_goes_through_the_days_and_stops(dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(dated_city, monkeypatch, indicator=TAP)
    assert app.select_slider[0].value == dt.date(2025, 6, 30)
    app.button(key="past.play").click().run()
    assert app.select_slider[0].value == EARLIER[0], "from the last day it begins with the first"
    seen = [app.select_slider[0].value]
    for _ in range(4):
        app.session_state["past.since"] = 0.0  # the time of a step has passed
        app.run()
        seen.append(app.select_slider[0].value)
    assert seen == [*EARLIER, dt.date(2025, 6, 30), dt.date(2025, 6, 30), dt.date(2025, 6, 30)]
    assert app.button(key="past.play").label == tr("pastmaps.play", "zh")
    assert not app.exception


def test_the_day_to_compare_with_is_never_the_later_one(
    dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"indicator": TAP, "view": "change", "against": "2025-06-30"}
    app = opened(dated_city, monkeypatch, **query, day=EARLIER[1].isoformat())
    assert not app.exception
    box = app.selectbox(key="past.against")
    assert box.options == [day.isoformat() for day in EARLIER[:2]]
    assert box.value == EARLIER[0], "else what got better would be shown as worse"


def test_playing_ends_where_an_indicator_has_no_figures_yet(
    dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(dated_city, monkeypatch, indicator=TAP, day="2020-01-01")
    app.session_state["past.playing"] = True
    app.run()
    assert not app.exception
    assert not app.session_state["past.playing"]
    assert not app.date_input[0].disabled, "the day can be chosen again"


def test_a_link_to_this_very_map_fixes_what_is_known(
    dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dated_city.connect() as connection:
        first = connection.scalar(
            sa.text("SELECT min(computed_at) FROM xiangtu.indicator_values WHERE as_of = :d"),
            {"d": EARLIER[1]},
        )
    app = opened(dated_city, monkeypatch, indicator=TAP, known=moment_words(first))
    assert not app.exception
    # The earliest day was stored after that moment.
    assert list(app.select_slider[0].options) == [EARLIER[1].isoformat(), "2025-06-30"]
    assert app.segmented_control(key="past.knowledge").value == Knowledge.FIXED


def test_one_day_only_is_said(dated_city: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(dated_city, monkeypatch, indicator="ftth_household_share")
    assert not app.exception
    assert not app.select_slider
    assert "2025-06-30" in words(app)


def test_addresses_read_back() -> None:
    known = dt.datetime(2025, 7, 1, 3, 4, 5, 678901, dt.UTC)
    for choices in (
        Choices(TAP, AdminLevel.COUNTY),
        Choices(
            TAP,
            AdminLevel.VILLAGE,
            DAY,
            LATER,
            View.SWIPE,
            Knowledge.THEN,
            None,
            "441821",
            Townships.TOWNS,
            "441821100201",
        ),
        Choices(TAP, AdminLevel.TOWNSHIP, DAY, None, View.COUNTIES, Knowledge.FIXED, known),
    ):
        assert read_address(as_address(choices), "zh") == (choices, [])
    bad = {
        "indicator": "no",
        "level": "x",
        "day": "2025-13-01",
        "view": "?",
        "known": "-1",
        "part": "44",
        "kind": "all2",
        "code": "1",
    }
    choices, problems = read_address(bad, "zh")
    assert len(problems) == len(bad)
    assert choices == read_address({}, "zh")[0]
