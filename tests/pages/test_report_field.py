"""The part of the report page for those without a network: the form, a look at submissions, handing them in once."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import LANGUAGES, Lang, tr
from layers import Role
from store.embedded import Cluster
from tests.pages.desk import Desk, at_desk
from tests.pipelines.progress.test_odk import ANSWERS, FIRST, SECOND, xml, zipped
from tests.reported import TOWN, put_project

_SCRIPT = """
import pages.report_field as shown
shown.offer_field("{lang}")
"""


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with at_desk(cluster, database, monkeypatch) as made:
        with database.begin() as connection:
            put_project(connection)
        yield made


def _plain(said: str) -> str:
    return said.replace("\\", "")


def _open(lang: Lang = "zh") -> AppTest:
    return AppTest.from_string(_SCRIPT.format(lang=lang), default_timeout=60).run()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_submissions_are_shown_then_handed_in_once(desk: Desk, lang: Lang) -> None:
    desk.sign_in(desk.add("clerk", (Role.CLERK, TOWN)))
    app = _open(lang)
    assert not app.exception
    late = ANSWERS | {"period": "2999-01-01"}
    content = zipped({"a.xml": xml(ANSWERS), "b.xml": xml(late, SECOND)})
    app.file_uploader[0].set_value(("export.zip", content, "application/zip"))
    app.run()
    assert not app.exception
    assert tr("fieldforms.seen", lang, new=1, already=0, refused=1) in _plain(app.warning[0].value)
    outcomes, findings = (frame.value for frame in app.dataframe[:2])
    assert outcomes[tr("fieldforms.column.project", lang)].tolist() == ["进村道路", "进村道路"]
    assert findings[tr("fieldforms.column.instance", lang)].tolist() == [SECOND]
    assert _number(desk) == 0
    next(one for one in app.button if one.key == "report_field.take").click().run()
    assert not app.exception
    assert any(
        tr("fieldforms.taken", lang, new=1, already=0, refused=1) in _plain(one.value) for one in app.warning
    )
    assert _number(desk) == 1
    assert desk.recorded()[0] == "report_submitted"
    again = _open(lang)
    again.file_uploader[0].set_value(("again.xml", xml(ANSWERS, FIRST), "text/xml"))
    again.run()
    assert tr("fieldforms.seen", lang, new=0, already=1, refused=0) in _plain(again.success[0].value)
    assert next(one for one in again.button if one.key == "report_field.take").disabled


def test_what_is_no_export_is_told(desk: Desk) -> None:
    desk.sign_in(desk.add("clerk", (Role.CLERK, TOWN)))
    app = _open()
    app.file_uploader[0].set_value(("x.xml", b"<data>", "text/xml"))
    app.run()
    assert not app.exception and "读不出来" in app.error[0].value
    assert not app.dataframe


def test_others_are_offered_nothing(desk: Desk) -> None:
    desk.sign_in(desk.add("leader", (Role.LEADER, "4418")))
    app = _open()
    assert not app.exception and not app.expander and not app.file_uploader


def _number(desk: Desk) -> int:
    with desk.owner.connect() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM xiangtu.progress_reports")) or 0)
