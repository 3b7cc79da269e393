"""Pages as someone with a scope sees them: under the app's role, with rows of the own area and masks on them."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

import web.visitors
from access import Assignment, Person
from base.settings import settings
from i18n import tr
from layers import Role, feature_type
from store import identity, sessions
from store.embedded import Cluster
from store.engine import make_engine
from store.protection import APP
from tests import signed_in
from tests.pages.conftest import _SCRIPT

HOME, FOREIGN = "441821", "441826"
Act = Callable[..., Person]


@pytest.fixture
def act(
    cluster: Cluster, city_database: str, city: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Act]:
    """Let pages run for someone who holds a role at a place, on connections of the app's role."""
    app = make_engine(cluster.url(city_database, user=APP), settings())
    monkeypatch.setattr("store.engine.engine", lambda: app)

    def as_someone(role: Role, prefix: str) -> Person:
        secret = signed_in.session(city, (Assignment(role, prefix),))
        with city.begin() as connection:
            person = sessions.person_of(connection, secret)
        assert person is not None
        monkeypatch.setattr(identity, "_sources", [lambda: secret])
        monkeypatch.setattr(web.visitors, "person_now", lambda: person)
        return person

    yield as_someone
    app.dispose()


def _opened(name: str, **query: str) -> AppTest:
    app = AppTest.from_string(_SCRIPT.format(name=name, lang="zh"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def _words(app: AppTest) -> str:
    return "\n".join([*(m.value for m in app.markdown), *(c.value for c in app.caption)])


def _houses(city: sa.Engine, prefix: str) -> tuple[int, list[str]]:
    with city.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT householder FROM feature.houses WHERE admin_code ^@ :prefix"), {"prefix": prefix}
        ).scalars()
        names = list(rows)
    return len(names), [name for name in names if name]


def test_a_county_of_others_is_closed_and_ones_own_is_open(act: Act, city: sa.Engine) -> None:
    act(Role.HOUSING_OFFICER, HOME)
    title = feature_type("houses").title.zh
    closed = _opened("dossier", code=f"{FOREIGN}000000")
    assert not closed.exception
    assert tr("pages.dossier.closed", "zh", title=title) in _words(closed)
    own = _opened("dossier", code=f"{HOME}000000")
    count, names = _houses(city, HOME)
    assert tr("pages.dossier.count", "zh", title=title, rows=f"{count:,}") in _words(own)
    cells = {str(cell) for frame in own.dataframe for column in frame.value for cell in frame.value[column]}
    assert not cells & set(names)
    assert any(cell.endswith("＊＊") for cell in cells)


def test_of_a_larger_place_only_the_own_part_is_counted_and_that_is_said(act: Act, city: sa.Engine) -> None:
    act(Role.HOUSING_OFFICER, HOME)
    shown = _words(_opened("dossier", code="441800000000"))
    count, _ = _houses(city, HOME)
    title = feature_type("houses").title.zh
    said = tr("pages.dossier.count", "zh", title=title, rows=f"{count:,}") + tr(
        "pages.dossier.in_scope", "zh"
    )
    assert said in shown


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.LAND_REVIEWER])
def test_who_does_not_read_houses_is_told_so(act: Act, role: Role) -> None:
    act(role, "4418")
    title = feature_type("houses").title.zh
    assert tr("pages.dossier.closed", "zh", title=title) in _words(_opened("dossier", code=f"{HOME}000000"))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", ["home", "dossier", "data_import"])
def test_every_page_opens_for_every_role(act: Act, role: Role, name: str) -> None:
    act(role, HOME)
    app = _opened(name)
    assert not app.exception
    assert app.title


def test_an_import_page_offers_what_the_role_hands_in(act: Act) -> None:
    act(Role.LAND_REVIEWER, HOME)
    offered = _opened("data_import").selectbox(key="import.feature").options
    assert offered
    assert all(feature_type("houses").title.zh not in words for words in offered)
    act(Role.AUDITOR, "4418")
    assert tr("pages.import.not_yours", "zh") in [info.value for info in _opened("data_import").info]


def test_findings_of_others_files_stay_theirs(act: Act, city: sa.Engine) -> None:
    from store.dossier import batch_findings, latest_batches
    from store.engine import engine, reading

    act(Role.CLERK, HOME)
    with reading(engine()) as connection:
        batches = latest_batches(connection)
        assert len(batches) > 0
        assert all(batch_findings(connection, int(i)).empty for i in batches["id"])
    act(Role.DATA_STEWARD, "4418")
    with reading(engine()) as connection:
        assert any(not batch_findings(connection, int(i)).empty for i in batches["id"])
