"""Page of the farmland watch: sums, list, verdict with reason, two who judge at once; as people see it."""

from collections.abc import Iterator

import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import LANGUAGES, Lang, tr
from layers import Role
from layers.codes import FarmlandVerdict
from pages.farmland_map import groups
from pages.farmland_tables import class_words, place_table
from pipelines.land.farmland import watch_patches
from store.embedded import Cluster
from store.land.farmland import Comparison, Piece, WatchSource, piece, pieces
from tests.pages.desk import Desk, at_desk
from tests.watched import AFTER, BEFORE, put_editions

VECTOR = Comparison(WatchSource.VECTOR, str(BEFORE), str(AFTER))
_VERDICT = """
import pages.farmland_verdict as shown
from store.engine import reading
from store.land.farmland import piece
with reading() as connection:
    one = piece(connection, {id})
shown.verdict_form(one, "西村", "zh")
"""


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with at_desk(cluster, database, monkeypatch) as made:
        yield made


@pytest.fixture
def watched(desk: Desk) -> Desk:
    put_editions(desk.owner)
    watch_patches(desk.owner, BEFORE, AFTER, by="测试")
    desk.sign_in(desk.add("shen", (Role.LAND_REVIEWER, "441821")))
    return desk


def _found(desk: Desk) -> list[Piece]:
    with desk.owner.connect() as connection:
        return pieces(connection, VECTOR)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_before_anything_was_compared_it_says_how(desk: Desk, lang: Lang) -> None:
    desk.sign_in(desk.add("shen", (Role.LAND_REVIEWER, "441821")))
    app = desk.open("farmland", lang)
    assert not app.exception
    assert [one.value for one in app.info] == [tr("farmland.nothing", lang)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sums_list_and_places(watched: Desk, lang: Lang) -> None:
    app = watched.open("farmland", lang)
    assert not app.exception
    values = {metric.label: metric.value for metric in app.metric}
    found = _found(watched)
    mu = {
        change: sum(one.area_m2 for one in found if one.change == change and not one.sliver) * 15 / 10_000
        for change in ("non_farm", "non_grain")
    }
    assert values[tr("farmland.non_farm", lang)] == f"{mu['non_farm']:,.1f}"
    assert values[tr("farmland.non_grain", lang)] == f"{mu['non_grain']:,.1f}"
    assert values[tr("farmland.slivers", lang)] == "1"
    listed, places = app.dataframe[0].value, app.dataframe[1].value
    assert len(listed) == 3
    assert listed[tr("farmland.column.area", lang)].is_monotonic_decreasing
    assert len(places) == 1
    assert places[tr("farmland.column.pieces", lang)].tolist() == [3]


def test_slivers_are_shown_apart_and_filters_filter(watched: Desk) -> None:
    app = watched.open("farmland")
    app.toggle(key="farmland.slivers").set_value(True).run()
    assert len(app.dataframe[0].value) == 1
    assert app.dataframe[0].value["后期地类"].tolist() == ["0702 农村宅基地"]
    app.toggle(key="farmland.slivers").set_value(False)
    app.selectbox(key="farmland.county").set_value("441881").run()
    assert [one.value for one in app.info] == [tr("farmland.not_watched_here", "zh")]
    app.selectbox(key="farmland.county").set_value("441821").run()
    app.selectbox(key="farmland.township").set_value("441821100").run()
    assert not app.exception
    assert len(app.dataframe[0].value) == 3


def test_each_sum_lists_the_pieces_that_make_it(watched: Desk) -> None:
    app = watched.open("farmland")
    values = {metric.label: metric.value for metric in app.metric}
    for name in ("non_farm", "non_grain", "pieces", "open", "slivers"):
        button = next(one for one in app.button if one.key == f"farmland.open.{name}")
        if values[tr(f"farmland.{name}", "zh")] == "0":
            assert button.disabled
            continue
        button.click().run()
        assert not app.exception
        wanted = float(values[tr(f"farmland.{name}", "zh")].replace(",", ""))
        column = tr("farmland.column.area", "zh")
        listed = next(
            (one.value for one in app.dataframe if tr("farmland.column.id", "zh") in one.value), None
        )
        mu = name in ("non_farm", "non_grain")
        found = 0 if listed is None else listed[column].sum() if mu else len(listed)
        assert found == pytest.approx(wanted, abs=0.1 if mu else 0), name


def _verdict(piece_id: int) -> AppTest:
    return AppTest.from_string(_VERDICT.format(id=piece_id), default_timeout=60).run()


def _button(app: AppTest, label: str) -> None:
    (button,) = [one for one in app.button if one.label == label]
    button.click().run()
    assert not app.exception


def test_a_reviewer_confirms_with_a_reason(watched: Desk) -> None:
    one = _found(watched)[0]
    app = _verdict(one.id)
    _button(app, tr("farmland.save", "zh"))
    assert [error.value for error in app.error] == [tr("farmland.reason_needed", "zh", letters=4)]
    app.text_input(key=f"farmland.reason.{one.id}").set_value("现场核实，已种果树")
    _button(app, tr("farmland.save", "zh"))
    assert [error.value for error in app.error] == []
    now = next(other for other in _found(watched) if other.id == one.id)
    assert (str(now.verdict), now.reason, now.judged_by) == ("confirmed", "现场核实，已种果树", "shen 某")
    assert watched.recorded()[0] == "farmland_judged"


def test_two_who_judge_at_once_see_each_other(watched: Desk) -> None:
    one = _found(watched)[0]
    app = _verdict(one.id)
    # Somebody else is quicker.
    watched.sign_in(watched.add("kuai", (Role.LAND_REVIEWER, "4418")))
    other = _verdict(one.id)
    other.radio(key=f"farmland.verdict.{one.id}").set_value("dismissed")
    other.text_input(key=f"farmland.reason.{one.id}").set_value("影像误判，仍种水稻")
    _button(other, tr("farmland.save", "zh"))
    watched.acting = watched.secrets["shen"]
    app.text_input(key=f"farmland.reason.{one.id}").set_value("现场核实，已种果树")
    _button(app, tr("farmland.save", "zh"))
    (versions,) = [table.value for table in app.table]
    assert "影像误判，仍种水稻" in versions.to_string()
    assert "现场核实，已种果树" in versions.to_string()
    with watched.owner.connect() as connection:
        assert piece(connection, one.id).verdict is FarmlandVerdict.DISMISSED
    app.button(key="farmland.mine").click().run()
    with watched.owner.connect() as connection:
        now = piece(connection, one.id)
    assert (str(now.verdict), now.judged_by, now.version) == ("confirmed", "shen 某", 3)


@pytest.mark.parametrize(("role", "prefix"), [(Role.CLERK, "441821100"), (Role.LAND_REVIEWER, "441881")])
def test_others_see_the_piece_and_no_form(watched: Desk, role: Role, prefix: str) -> None:
    watched.sign_in(watched.add("kan", (role, prefix)))
    app = _verdict(_found(watched)[0].id)
    assert not app.exception
    assert not app.radio
    assert app.markdown


def test_dismissed_pieces_and_slivers_are_in_no_sum() -> None:
    counted = pd.DataFrame(
        [
            ("441821100201", "non_farm", False, "open", 1, 2000.0),
            ("441821100201", "non_farm", False, "dismissed", 1, 1000.0),
            ("441821100202", "non_grain", False, "confirmed", 2, 4000.0),
            ("441821100202", "non_grain", True, "open", 5, 100.0),
        ],
        columns=["admin_code", "change", "sliver", "verdict", "pieces", "area_m2"],
    )
    table = place_table(counted, 9, {"441821100000": "石角镇"}, "zh")
    assert table.to_numpy().tolist() == [["石角镇", 3.0, 6.0, 3, 1, 6.0, 1.5, 0.15]]
    assert len(place_table(counted, 12, {}, "zh")) == 2


def test_the_map_draws_pieces_by_change_and_the_picked_one(watched: Desk) -> None:
    found = _found(watched)
    square = {one.id: shapely.box(113.5, 23.9, 113.51, 23.91) for one in found}
    drawn = groups(found, square, found[0], "zh")
    assert [(group.title, len(group.shapes)) for group in drawn] == [
        ("非粮化", 2),
        ("非农化", 2),
        ("所选", 1),
    ]
    assert groups([], {}, None, "zh") == ()


def test_classes_of_rasters_and_of_patches_are_named() -> None:
    assert class_words("0601", "zh") == "0601 工业用地"
    assert class_words("06", "zh") == "06 工矿仓储用地"
