"""After an import the page says that figures are behind, and computes them on request."""

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import tr
from store.engine import create_database, drop_database, make_engine, reading
from store.snapshots import changed_since_run, latest_as_of
from tests.pages.conftest import show

_SCRIPT = "from pages.recompute import offer_recompute\noffer_recompute('en')"


@pytest.fixture
def changed_city(cluster, city_template: str, monkeypatch: pytest.MonkeyPatch):
    """A copy of the small city whose roads changed after the indicators were computed."""
    from base.settings import settings

    create_database(cluster, "changed_city", template=city_template)
    engine = make_engine(cluster.url("changed_city"), settings())
    _change_roads(engine)
    show(monkeypatch, engine)
    yield engine
    engine.dispose()
    drop_database(cluster, "changed_city")


def _change_roads(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE xiangtu.layer_versions SET version = version + 1 WHERE feature_id = 'roads'")
        )


def test_behind_is_said_and_mended(changed_city: sa.Engine) -> None:
    with reading(changed_city) as connection:
        before = latest_as_of(connection)
        assert changed_since_run(connection) == ["roads"]
    app = AppTest.from_string(_SCRIPT, default_timeout=120).run()
    assert [m.value for m in app.markdown] == [tr("pages.recompute.behind", "en", titles="Roads")]
    app.button(key="recompute.run").click().run()
    assert not app.exception
    assert len(app.success) == 1
    assert not app.markdown
    with reading(changed_city) as connection:
        assert changed_since_run(connection) == []
        after = latest_as_of(connection)
    assert before is not None
    assert after is not None
    assert after > before

    _change_roads(changed_city)
    app.run()
    app.button(key="recompute.run").click().run()
    assert not app.exception
    assert app.success[0].value.startswith(tr("recompute.touched", "en", villages=0, rows=0, seconds="")[:55])


def test_nothing_is_said_when_nothing_is_behind(city: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    show(monkeypatch, city)
    app = AppTest.from_string(_SCRIPT, default_timeout=60).run()
    assert not app.exception
    assert not app.button
    assert not app.markdown
