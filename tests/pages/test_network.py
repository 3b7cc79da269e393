"""路网检查: the figures of a county, those cut off, and the words for what is found."""

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import tr
from tests.pages.conftest import _SCRIPT, Open, scalar, show

MOUNTAINS = "441826000000"


def test_a_county_is_chosen_and_its_unconnected_are_listed(open_page: Open, city: sa.Engine) -> None:
    app = open_page("network")
    app.selectbox(key="network.county").set_value(MOUNTAINS).run()
    assert not app.exception
    told = {metric.label: metric.value for metric in app.metric}
    settlements = scalar(city, "SELECT count(*) FROM feature.settlements WHERE admin_code LIKE '441826%'")
    assert told[tr("network.parts", "zh")] == "1"
    assert told[tr("network.unconnected", "zh")] == f"3/{settlements}"
    listed = app.dataframe[0].value
    assert listed[tr("network.why", "zh")].tolist() == [tr("network.why_too_far", "zh")] * 3
    assert (listed[tr("network.gap", "zh")] > 1500).all()
    assert listed[tr("network.on_map", "zh")].str.startswith("/map?").all()
    assert [note.value for note in app.success] == [tr("network.whole", "zh")]


def test_townships_without_a_seat_are_named(open_page: Open, city: sa.Engine) -> None:
    app = open_page("network", "en")
    app.selectbox(key="network.county").set_value("441821000000").run()
    assert tr("network.nothing", "en") in [words.value for words in app.markdown], "nobody is cut off here"
    without = scalar(city, "SELECT name FROM feature.admin_units WHERE admin_code = '441821400000'")
    assert any(str(without) in note.value.replace("\\", "") for note in app.info)


def test_a_county_without_villages_or_roads_says_so(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO feature.admin_units (admin_code, name, level, kind, geom) VALUES ('441821000000', "
                "'佛冈县', 'county', 'county', ST_Multi(ST_MakeEnvelope(113, 24, 113.1, 24.1, 4490)))"
            )
        )
    show(monkeypatch, database)
    app = AppTest.from_string(_SCRIPT.format(name="network", lang="en"), default_timeout=60).run()
    assert not app.exception
    assert [note.value for note in app.info] == [tr("network.no_roads", "en")]
