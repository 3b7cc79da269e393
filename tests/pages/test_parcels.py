"""地块审查: the inbox, filters, a parcel's card, making parcels by drawing and pasting, and the way to an approval."""

import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from streamlit.testing.v1 import AppTest

import pages.parcels_check
import pages.parcels_map
import pages.parcels_new
import pages.parcels_review
import pages.parcels_save
from base.settings import settings
from i18n import tr
from layers import Role, feature_type
from pages.formats import today
from pages.parcels_card import boundary_file
from pages.parcels_history import audit_file
from pages.parcels_pasted import told_values
from pages.parcels_print import sheet_of
from pages.parcels_words import area_table, due_words, mu_words, roles_words
from pipelines.import_ import FileRefused, ImportOptions, check_file, import_file
from pipelines.land.check_sheet import as_pdf
from pipelines.land.pasted import feature_files, read_pasted
from store import identity
from store.embedded import Cluster
from store.engine import changing, create_database, drop_database, make_engine, reading
from store.land import reviews
from store.land.checks import conflicts, latest_checks
from store.land.parcels import parcel, parcel_at, parcels
from store.land.review_errors import UnknownParcel
from store.protection import APP
from tests.pages.desk import CITY, Desk
from tests.parcel_city import FREE, GRAVE, NARROW, Village, furnish

REASON = "资料齐全，同意办理"


@pytest.fixture(scope="module")
def furnished(cluster: Cluster, city_template: str, tmp_path_factory: pytest.TempPathFactory) -> Village:
    """The template of a city with parcels; copied for each test, never connected to afterwards."""
    drop_database(cluster, "city_furnished")
    create_database(cluster, "city_furnished", template=city_template)
    engine = make_engine(cluster.url("city_furnished"), settings())
    with engine.begin() as connection:
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    place = furnish(engine, tmp_path_factory.mktemp("furniture"))
    engine.dispose()
    return place


@pytest.fixture
def desk(cluster: Cluster, furnished: Village, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """That city in a database of its own, for whoever sits down."""
    import store.engine
    import web.visitors

    create_database(cluster, "parcel_desk", template="city_furnished")
    owner = make_engine(cluster.url("parcel_desk"), settings())
    app = make_engine(cluster.url("parcel_desk", user=APP), settings())
    made = Desk(owner, app)
    monkeypatch.setattr(store.engine, "engine", lambda: app)
    monkeypatch.setattr(store.identity, "current", lambda: made.acting)
    for module in (web.visitors, pages.parcels_check, pages.parcels_save):
        monkeypatch.setattr(module, "owner", lambda: owner)
    yield made
    app.dispose()
    owner.dispose()
    drop_database(cluster, "parcel_desk")


def _sit(desk: Desk, name: str, role: Role, prefix: str) -> None:
    """Come for the first time, or come back."""
    if name in desk.secrets:
        desk.acting = desk.secrets[name]
    else:
        desk.sign_in(desk.add(name, (role, prefix)))


def _clerk(desk: Desk, place: Village) -> None:
    _sit(desk, "clerk", Role.CLERK, place.town)


def _county(desk: Desk, place: Village) -> None:
    _sit(desk, "county", Role.LAND_REVIEWER, place.county)


def _city(desk: Desk) -> None:
    _sit(desk, "city", Role.LAND_REVIEWER, CITY)


def _button(app: AppTest, key: str):
    return next((button for button in app.button if button.key == key), None)


def _open(desk: Desk, no: str) -> AppTest:
    app = desk.open("parcels")
    assert not app.exception
    app.session_state["parcels.selected"] = no
    app.session_state["parcels.table"] += 1
    app = app.run()
    assert not app.exception
    return app


def _texts(app: AppTest) -> str:
    blocks = [*app.markdown, *app.caption, *app.info, *app.success, *app.warning, *app.error]
    return " ".join(str(block.value) for block in blocks).replace("\\", "")


def _listed(app: AppTest) -> list[str]:
    return app.dataframe[0].value[tr("parcels.column_number", "zh")].tolist() if app.dataframe else []


def _do(app: AppTest, action: str, remark: str = "") -> AppTest:
    area = next(area for area in app.text_area if str(area.key).startswith("parcels.remark."))
    area.set_value(remark)
    button = _button(app, f"parcels.do.{action}")
    assert button is not None
    app = button.click().run()
    assert not app.exception
    return app


def _state(desk: Desk, no: str) -> str:
    with desk.owner.connect() as connection:
        found = connection.scalar(
            sa.text("SELECT state FROM xiangtu.parcel_reviews WHERE parcel_no = :no"), {"no": no}
        )
    return str(found or "draft")


def test_a_parcel_goes_from_clerk_to_county_to_city(desk: Desk, furnished: Village) -> None:
    _clerk(desk, furnished)
    app = desk.open("parcels")
    assert not app.exception
    assert tr("parcels.empty_inbox", "zh") in _texts(app)
    app = _open(desk, FREE)
    app = _do(app, "submit")
    assert _state(desk, FREE) == "submitted"
    assert "待县级审查" in _texts(app)
    _county(desk, furnished)
    app = desk.open("parcels")
    assert _listed(app) == [FREE], "it waits for the county"
    app = _do(_open(desk, FREE), "examine")
    _city(desk)
    app = desk.open("parcels")
    assert _listed(app) == [FREE]
    app = _open(desk, FREE)
    said = _texts(app)
    assert tr("parcels.quota_title", "zh") in said
    quota = next(t.value for t in app.table if tr("parcels.quota_now", "zh") in t.value)
    now_mu, after_mu = (Decimal(said.replace(",", "")) for said in quota.iloc[0, 1:3])
    assert now_mu >= 100 and now_mu - after_mu == Decimal("16.92"), "the balance now, and after"
    app = _do(app, "approve", REASON)
    assert _state(desk, FREE) == "approved"
    with desk.owner.connect() as connection:
        amount = connection.scalar(
            sa.text(
                "SELECT sum(amount_mu) FROM xiangtu.quota_lines JOIN xiangtu.quota_accounts AS a ON a.id = account_id "
                "WHERE parcel_no = :no AND bucket = 'allotted'"
            ),
            {"no": FREE},
        )
    assert amount == Decimal("16.92")
    assert desk.recorded()[0] == "parcel_approve"
    app = _open(desk, FREE)
    assert REASON in _texts(app), "the history tells the remark"
    with zipfile.ZipFile(io.BytesIO(audit_file(FREE, "zh"))) as packed:
        assert packed.testzip() is None and "SHA256SUMS.txt" in packed.namelist()
    assert desk.recorded()[0] == "exported"
    # The city takes it back with a reason; without one nothing happens.
    app = _do(app, "revoke")
    assert _state(desk, FREE) == "approved"
    app = _do(app, "revoke", "用地单位放弃")
    assert _state(desk, FREE) == "returned"
    _clerk(desk, furnished)
    assert _listed(desk.open("parcels")) == [FREE], "what came back waits for who handed it in"


def test_nobody_judges_their_own_and_prohibited_parcels_are_not_approved(
    desk: Desk, furnished: Village
) -> None:
    _clerk(desk, furnished)
    app = _do(_open(desk, GRAVE), "submit", "加工点选址说明")
    assert {b.key for b in app.button if str(b.key).startswith("parcels.do.")} == {"parcels.do.withdraw"}
    _county(desk, furnished)
    _do(_open(desk, GRAVE), "examine", "请市局审定")
    _city(desk)
    app = _open(desk, GRAVE)
    assert tr("parcels.prohibited_approve", "zh", number=1) in _texts(app)
    app = _do(app, "approve", REASON)
    assert _state(desk, GRAVE) == "examined"
    assert "不能批准" in _texts(app)
    app = _do(app, "return", "压占永久基本农田，请调整选址")
    assert _state(desk, GRAVE) == "returned"
    _clerk(desk, furnished)
    app = _open(desk, GRAVE)
    assert "压占永久基本农田" in _texts(app)


def test_the_second_of_two_reviewers_sees_what_the_first_did(desk: Desk, furnished: Village) -> None:
    _clerk(desk, furnished)
    _do(_open(desk, FREE), "submit")
    _county(desk, furnished)
    app = _open(desk, FREE)
    colleague = desk.add("colleague", (Role.LAND_REVIEWER, furnished.county))
    mine = desk.acting
    theirs = desk.sign_in(colleague)
    with identity.acting(theirs), changing(desk.app) as connection:
        reviews.return_(connection, reviews.review(connection, FREE), "缺少村民会议纪要")
    desk.acting = mine
    # The page keeps the version that it showed: the click is about that one.
    seen_before = _Stale(desk)
    with seen_before:
        app = _do(app, "examine", REASON)
    assert "colleague" in _texts(app) and "缺少村民会议纪要" in _texts(app)
    assert _state(desk, FREE) == "returned"
    app = _button(app, "parcels.theirs").click().run()
    assert not app.exception
    assert "已退回" in _texts(app)


class _Stale:
    """Let a click act upon the review as it was handed in: what a slow screen still shows."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __enter__(self) -> None:
        import dataclasses

        import pages.parcels as page

        real = page.review
        self.real = real

        def stale(connection: sa.Connection, no: str) -> reviews.Review:
            now = real(connection, no)
            if now.version != 2:
                return now
            first = dataclasses.replace(reviews.steps(connection, no)[0])
            return dataclasses.replace(now, version=1, state=first.to_state, last=first)

        page.review = stale

    def __exit__(self, *_: object) -> None:
        import pages.parcels as page

        page.review = self.real


def test_who_may_not_review_reads_only(desk: Desk, furnished: Village) -> None:
    for name, role, prefix in (("auditor", Role.AUDITOR, CITY), ("steward", Role.DATA_STEWARD, CITY)):
        _sit(desk, name, role, prefix)
        app = _open(desk, GRAVE)
        assert set(_listed(app)) == {FREE, GRAVE, NARROW}
        assert not [b for b in app.button if str(b.key).startswith("parcels.do.")]
    _sit(desk, "foreign", Role.CLERK, "441826100")
    app = _open(desk, GRAVE)
    assert tr("parcels.review_hidden", "zh") in _texts(app)
    told = [str(value) for table in app.table for value in table.value.to_numpy().ravel()]
    assert "村＊＊" in told and "村经济联合社" not in told, (
        "who asks for the land is theirs who read reviews there"
    )
    assert app.selectbox(key="parcels.county").value == "441826", "who works in one county begins with it"
    app.session_state["parcels.view"] = "all"
    app.session_state["parcels.county"] = ""
    app = app.run()
    assert app.dataframe[0].value[tr("parcels.column_state", "zh")].tolist() == ["—"] * 3


def test_filters_and_addresses(desk: Desk, furnished: Village) -> None:
    _sit(desk, "auditor", Role.AUDITOR, CITY)
    app = desk.open("parcels")

    def choose(key: str, value: object) -> list[str]:
        next(box for box in app.selectbox if box.key == key).set_value(value)
        app.run()
        assert not app.exception
        return _listed(app)

    assert choose("parcels.severity", "prohibited") == [GRAVE]
    assert choose("parcels.severity", "clear") == [FREE]
    assert choose("parcels.severity", None) == [FREE, GRAVE, NARROW]
    assert choose("parcels.kind", "spot") == [NARROW]
    assert choose("parcels.county", "441826") == []
    assert choose("parcels.county", furnished.county) == [NARROW]
    assert choose("parcels.state", "approved") == []


def test_the_card_shows_both_areas_conflicts_and_slivers(desk: Desk, furnished: Village) -> None:
    _county(desk, furnished)
    app = _open(desk, GRAVE)
    areas = next(t.value for t in app.table if tr("parcels.area_head_mu", "zh") in t.value)
    assert areas[tr("parcels.area_head_mu", "zh")].tolist() == ["16.92", "17.50", "+0.58"]
    severity, sliver = tr("parcels.conflict_severity", "zh"), tr("parcels.conflict_sliver", "zh")
    sound, slivers = (d.value for d in app.dataframe if severity in d.value)
    assert sound[tr("parcels.conflict_constraint", "zh")].tolist() == ["永久基本农田"]
    assert sound[tr("parcels.conflict_mu", "zh")].tolist() == [pytest.approx(8.46, abs=0.01)]
    assert slivers[sliver].tolist() == [tr("pages.yes", "zh")]
    assert slivers[tr("parcels.conflict_name", "zh")].tolist() == ["北山红线"]
    text = boundary_file(_parcel(desk, GRAVE), today()).decode("gb18030")
    again = read_pasted(text)
    assert not again.faults
    assert again.frame["area_m2"].iloc[0] == pytest.approx(_parcel(desk, GRAVE).area_m2, abs=0.3), (
        "the text has millimetres"
    )


def test_the_check_sheet_is_made_of_the_last_check(desk: Desk, furnished: Village) -> None:
    with desk.owner.connect() as connection:
        opened, found = parcel(connection, GRAVE), conflicts(connection, GRAVE)
        check = latest_checks(connection).set_index("parcel_no", drop=False).loc[GRAVE]
    _county(desk, furnished)
    for lang in ("zh", "en"):
        sheet = sheet_of(opened, check, found, lang)
        assert [(one.constraint, one.sliver) for one in sheet.conflicts] == [
            ("basic_farmland", False),
            ("ecological_redlines", True),
        ]
        assert sheet.area_m2 == opened.area_m2 and "<svg" in sheet.map_svg
        assert as_pdf(sheet).startswith(b"%PDF")


def _parcel(desk: Desk, no: str):
    with desk.owner.connect() as connection:
        return parcel(connection, no)


def _fill(app: AppTest, **values: str) -> None:
    for name, value in values.items():
        box = next(
            b
            for b in app.text_input
            if str(b.key).startswith("parcels.form.") and str(b.key).endswith(f".{name}")
        )
        box.set_value(value)


def test_a_drawn_parcel_is_imported_checked_and_opened(
    desk: Desk, furnished: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The map is the browser's: here an area comes from it as it would be told."""
    _clerk(desk, furnished)
    app = _button(desk.open("parcels"), "parcels.new_button").click().run()
    assert not app.exception
    assert tr("parcels.nothing_drawn", "zh") in _texts(app)
    monkeypatch.setattr(pages.parcels_new, "sketch", lambda *_: (furnished.plot(2.2, 0.2, 0.0005, 0.0005),))
    app = app.run()
    _fill(app, parcel_no="DK-FREE", name="重号地块")
    app = _button(app, "parcels.save").click().run()
    assert tr("parcels.number_taken", "zh", numbers=FREE) in _texts(app)
    _fill(app, parcel_no="DK-DRAWN", name="新画地块")
    app = _button(app, "parcels.save").click().run()
    assert not app.exception
    assert tr("parcels.saved", "zh", name="新画地块", number=1) in _texts(app)
    made = _parcel(desk, "DK-DRAWN")
    assert made.admin_code == furnished.code and made.area_m2 == pytest.approx(2820, rel=0.01)
    assert app.session_state["parcels.selected"] == "DK-DRAWN"
    with desk.owner.connect() as connection:
        worst, number = connection.execute(
            sa.text(
                "SELECT worst, (SELECT count(*) FROM xiangtu.parcel_checks WHERE parcel_no = c.parcel_no) "
                "FROM xiangtu.parcel_checks AS c WHERE parcel_no = 'DK-DRAWN' AND latest"
            )
        ).one()
        by = connection.scalar(
            sa.text("SELECT account_id FROM xiangtu.import_batches ORDER BY id DESC LIMIT 1")
        )
    assert (worst, number) == ("prohibited", 1)
    assert by == desk.account("clerk").id
    # Outside the township nothing is written, and it is said why.
    app = _button(app, "parcels.new_button").click().run()
    far = furnished.plot(-900, 300, 0.0005, 0.0005)
    monkeypatch.setattr(pages.parcels_new, "sketch", lambda *_: (far,))
    app = app.run()
    _fill(app, parcel_no="DK-FAR", name="外地")
    app = _button(app, "parcels.save").click().run()
    assert not app.exception
    assert tr("parcels.not_saved", "zh") in _texts(app)
    with desk.owner.connect() as connection, pytest.raises(UnknownParcel):
        parcel(connection, "DK-FAR")


def test_pasted_coordinates_are_read_faults_named_and_saved(desk: Desk, furnished: Village) -> None:
    _clerk(desk, furnished)
    app = _button(desk.open("parcels"), "parcels.new_button").click().run()
    way = next(b for b in app.button_group if str(b.key).startswith("parcels.way."))
    app = way.set_value("paste").run()
    assert not app.exception
    x, y = furnished.lon, furnished.lat
    rows = [f"{x + a:.8f},{y + b:.8f}" for a, b in ((0.006, 0), (0.007, 0), (0.007, 0.001), (0.006, 0.001))]

    def paste(text: str) -> AppTest:
        area = next(a for a in app.text_area if str(a.key).startswith("parcels.paste."))
        area.set_value(text)
        made = app.run()
        assert not made.exception
        return made

    app = paste("\n".join([rows[0], "113.4,abc", *rows[2:]]))
    assert tr("parcels.faults", "zh", number=1) in _texts(app) and "2" in _texts(app)
    app = paste("\n".join(rows))
    _fill(app, parcel_no="DK-PASTED", name="粘贴地块")
    app = _button(app, "parcels.save").click().run()
    assert not app.exception
    assert _parcel(desk, "DK-PASTED").area_m2 == pytest.approx(11_280, rel=0.01)


def test_a_returned_parcel_is_changed_and_handed_in_again(
    desk: Desk, furnished: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    _clerk(desk, furnished)
    _do(_open(desk, GRAVE), "submit", "加工点选址说明")
    assert _button(_open(desk, GRAVE), "parcels.change") is None, "not while it is under review"
    _county(desk, furnished)
    _do(_open(desk, GRAVE), "return", "请避让基本农田")
    _clerk(desk, furnished)
    app = _button(_open(desk, GRAVE), "parcels.change").click().run()
    assert not app.exception
    monkeypatch.setattr(pages.parcels_new, "sketch", lambda *_: (furnished.plot(2, 0, 0.0004),))
    app = _button(app.run(), "parcels.save").click().run()
    assert not app.exception
    assert _parcel(desk, GRAVE).area_m2 == pytest.approx(4512, rel=0.01)
    app = _do(_open(desk, GRAVE), "submit", "已避让基本农田")
    assert _state(desk, GRAVE) == "submitted"
    with reading(desk.owner) as connection:
        assert [step.round for step in reviews.steps(connection, GRAVE)] == [1, 1, 2]


def test_a_change_is_not_saved_over_what_somebody_else_did(
    desk: Desk, furnished: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    _clerk(desk, furnished)
    app = _button(_open(desk, GRAVE), "parcels.change").click().run()
    monkeypatch.setattr(pages.parcels_new, "sketch", lambda *_: (furnished.plot(2, 0, 0.0004),))
    area_m2 = _parcel(desk, GRAVE).area_m2
    with desk.owner.begin() as connection:
        connection.execute(
            sa.text("UPDATE feature.land_parcels SET name = '别人改的名' WHERE parcel_no = :no"),
            {"no": GRAVE},
        )
    app = _button(app.run(), "parcels.save").click().run()
    assert not app.exception
    assert any("您打开之后" in error.value for error in app.error)
    assert _parcel(desk, GRAVE).area_m2 == area_m2


def test_parcels_by_place_number_and_click(desk: Desk, furnished: Village) -> None:
    with desk.owner.connect() as connection:
        every = parcels(connection, furnished.town)
        assert every["parcel_no"].tolist() == [FREE, GRAVE, NARROW]
        assert parcels(connection, "441826").empty
        assert parcels(connection, numbers=[NARROW])["parcel_kind"].tolist() == ["spot"]
        numbers = every["parcel_no"].tolist()
        x, y = furnished.lon, furnished.lat
        assert parcel_at(connection, x + 0.0005, y + 0.0005, 1, numbers) == FREE
        assert parcel_at(connection, x - 0.0002, y + 0.0005, 30, numbers) == FREE
        assert parcel_at(connection, x - 0.0002, y + 0.0005, 5, numbers) is None
        assert parcel_at(connection, x + 0.0005, y + 0.0005, 1, [GRAVE]) is None


def test_areas_and_days_in_words() -> None:
    table = area_table(10_000, None, "zh")
    assert table.iloc[0].tolist() == ["椭球面积", "15.00", "1.0000", "10,000.00", ""]
    assert table.iloc[1, 1:4].tolist() == ["—"] * 3
    assert mu_words(1234.565) == "1,234.57", "halves go up"
    assert due_words(None, "zh") == "—"
    assert due_words(today(), "en").endswith("(today)")
    told = told_values(
        {"地块面积": "1.2", "地块编号": " A-1 ", "地块名称": "甲", "地块用途": "产业", "地类编码": "0101"}
    )
    assert told == {
        "parcel_no": "A-1", "name": "甲", "stated_area_mu": 18.0, "parcel_use": "industry", "class_before": "0101",
    }  # fmt: skip
    assert told_values({"地块面积": "不详"})["stated_area_mu"] is None


def test_roles_of_a_step_are_told_in_words() -> None:
    assert (
        roles_words("clerk@441881101 land_reviewer@441881", "zh") == "镇级填报员@441881101、用地审查@441881"
    )
    assert roles_words("", "en") == ""


def _approve(desk: Desk, place: Village, no: str) -> None:
    """The whole way, without the page."""
    for sit, step in ((_clerk, reviews.submit), (_county, reviews.examine)):
        sit(desk, place)
        with changing(desk.app) as connection:
            step(connection, reviews.review(connection, no), REASON)
    _city(desk)
    with changing(desk.app) as connection:
        reviews.approve(connection, reviews.review(connection, no), REASON)


def test_a_delivery_that_changes_an_approved_parcel_is_told_until_the_city_acts(
    desk: Desk, furnished: Village, tmp_path: Path
) -> None:
    _approve(desk, furnished, FREE)
    told = {"parcel_no": FREE, "name": "村文化广场", "admin_code": furnished.code, "parcel_kind": "ordinary"}
    other = {**told, "parcel_no": NARROW, "name": "民宿用地", "parcel_kind": "spot"}
    shapes = [furnished.plot(0, 0, 0.0012), furnished.plot(4, 0)]
    path = tmp_path / "parcels.geojson"

    def delivered(*shapes_: BaseGeometry, write: bool = True) -> list[tuple[int | None, str | None, str]]:
        path.write_bytes(feature_files(shapes_, [told, other][: len(shapes_)]))
        work = import_file if write else check_file
        report = work(desk.owner, path, feature_type("land_parcels"), ImportOptions(crs="EPSG:4490"))
        assert report.counts.rejected == 0
        return [(f.row_no, f.value, f.message.zh) for f in report.findings if f.rule == "approved_changed"]

    ((row, value, sentence),) = delivered(*shapes, write=False)
    assert value == FREE and row is not None
    assert FREE in sentence and "撤销批准" in sentence
    assert FREE not in _listed(desk.open("parcels")), "a look at a file changes nothing"
    assert [found[1] for found in delivered(*shapes)] == [FREE]
    assert _listed(desk.open("parcels")) == [FREE], "it waits for the city again"
    assert tr("parcels.changed_since_approved", "zh") in _texts(_open(desk, FREE))
    land = desk.open("land")
    assert not land.exception
    numbers = {metric.label: metric.value for metric in land.metric}
    assert numbers[tr("land.number.waiting", "zh")] == "1"
    assert any(tr("parcels.changed_badge", "zh") in str(one.value) for one in land.markdown)
    _county(desk, furnished)
    assert _listed(desk.open("parcels")) == [], "only the city takes an approval back"
    # Put right by the data, it is the approved parcel again, and nobody is warned of that.
    _city(desk)
    assert delivered(furnished.plot(0, 0)) == []
    assert _listed(desk.open("parcels")) == []
    # Changed again, and revoked.
    delivered(shapes[0])
    _do(_open(desk, FREE), "revoke", "范围已变更，重新报审")
    assert _state(desk, FREE) == "returned"
    assert tr("parcels.changed_since_approved", "zh") not in _texts(_open(desk, FREE))
    assert delivered(furnished.plot(0, 0)) == [], "what is not approved may change"


def test_a_new_parcel_takes_no_number_that_somebody_took_meanwhile(
    desk: Desk, furnished: Village, tmp_path: Path
) -> None:
    """The page looked before; the import looks again where nobody else can write."""
    path = tmp_path / "parcel.geojson"
    rows = [{"parcel_no": no, "name": "新地块", "admin_code": furnished.code} for no in ("DK-NEW", FREE)]
    path.write_bytes(feature_files([furnished.plot(6, 0, 0.0005), furnished.plot(7, 0, 0.0005)], rows))
    before = _parcel(desk, FREE)
    options = ImportOptions(crs="EPSG:4490", only_new=True)
    with pytest.raises(FileRefused) as refused:
        import_file(desk.owner, path, feature_type("land_parcels"), options)
    assert "1 个编号已被使用" in refused.value.sentence("zh")
    assert _parcel(desk, FREE) == before
    with desk.owner.connect() as connection:
        assert parcels(connection, numbers=["DK-NEW"]).empty, "all of them or none"
