"""Dossiers: the address, the search, the figures, masking, markup, and a layer that nobody foresaw."""

from collections.abc import Iterator
from html import escape

import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import Text, tr
from layers import FeatureType, Field, Geometry, Kind, Layer, all_layers, feature_type, registered
from pages import formats
from pages.dossier_figures import read_dossier
from pages.dossier_print import sheet
from store.dossier import facilities
from store.protection import MASK, protect
from store.tables import table
from tests.pages.conftest import Open, scalar, show

VILLAGE = "SELECT admin_code FROM feature.houses GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"


def _frames(app: AppTest) -> list[pd.DataFrame]:
    return [frame.value for frame in app.dataframe]


def test_address_keeps_the_place(open_page: Open, shown_city: sa.Engine) -> None:
    code = str(scalar(shown_city, VILLAGE))
    app = open_page("dossier", query={"code": code})
    assert not app.exception
    name = scalar(shown_city, "SELECT name FROM feature.admin_units WHERE admin_code = :code", code=code)
    assert [header.value for header in app.header] == [name]
    assert app.query_params["code"] in (code, [code])
    assert app.selectbox(key="dossier.village").value == code


@pytest.mark.parametrize("digits", [4, 6, 9, 12])
def test_every_level_rolls_up(open_page: Open, shown_city: sa.Engine, digits: int) -> None:
    code = str(scalar(shown_city, VILLAGE))[:digits]
    app = open_page("dossier", "en", {"code": code.ljust(12, "0")})
    assert not app.exception
    grades = next(f for f in _frames(app) if list(f.columns) == ["Value", "Number"] and _is_grades(f))
    statement = "SELECT count(*) FROM feature.houses WHERE grade = 'A' AND admin_code LIKE :p || '%'"
    counted = grades.set_index("Value")["Number"].get("grade A", 0)
    assert counted == scalar(shown_city, statement, p=code)


def _is_grades(frame: pd.DataFrame) -> bool:
    return any(str(value).startswith("grade ") for value in frame["Value"])


def test_indicators_are_the_snapshots(open_page: Open, shown_city: sa.Engine) -> None:
    code = str(scalar(shown_city, VILLAGE))
    app = open_page("dossier", "en", {"code": code})
    table_of_houses = next(
        f for f in _frames(app) if "Indicator" in f and "C/D houses outstanding" in set(f["Indicator"])
    ).set_index("Indicator")
    statement = (
        "SELECT value FROM xiangtu.indicator_values WHERE indicator_id = 'dangerous_houses_outstanding' "
        "AND admin_code = :code AND scope = 'all' ORDER BY as_of DESC LIMIT 1"
    )
    value = scalar(shown_city, statement, code=code)
    words = "no data" if value is None else f"{value:,.0f} houses"
    assert table_of_houses.loc["C/D houses outstanding", "Here"] == words


def test_search_leads_to_the_place(open_page: Open) -> None:
    app = open_page("dossier")
    app.text_input(key="dossier.words").set_value("佛冈").run()
    assert not app.exception
    assert [header.value for header in app.header] == ["佛冈县"]


def test_nothing_found_is_said(open_page: Open) -> None:
    app = open_page("dossier", "en")
    app.text_input(key="dossier.words").set_value("no*such*place").run()
    assert len(app.warning) == 1
    assert not app.exception


def test_personal_fields_never_leave_the_database(shown_city: sa.Engine) -> None:
    with shown_city.connect() as connection:
        found = facilities(connection, feature_type("houses"), "4418", most=50)
        names = connection.execute(sa.text("SELECT household_no FROM feature.houses")).scalars().all()
    assert len(found)
    assert all(value.endswith(MASK) and len(value) == 1 + len(MASK) for value in found["household_no"])
    assert not set(found["household_no"]) & set(names)


@pytest.fixture
def springs(database: sa.Engine) -> Iterator[Layer]:
    """A layer that no page has heard of, with markup in a name, in a small database of its own."""
    feature = FeatureType(
        id="springs",
        title=Text("泉眼", "Springs"),
        geometry=Geometry.NONE,
        key=("name",),
        label_field="name",
        fields=(
            Field("name", Text("名称", "Name"), required=True, summary=True),
            Field("owner", Text("业主", "Owner"), personal=True, summary=True),
            Field("dry", Text("枯竭", "Dry"), Kind.BOOLEAN, filterable=True, summary=True),
        ),
    )
    layer = Layer(id="springs", title=Text("泉水", "Spring water"), features=(feature,))
    village = (
        "INSERT INTO feature.admin_units (admin_code, name, level, kind, area_m2, geom) VALUES "
        "('441881103201', '<b>甲</b>村', 'village', 'village', 1e6, "
        "ST_Multi(ST_MakeEnvelope(113, 24, 113.01, 24.01, 4490)))"
    )
    with registered(layer), database.begin() as connection:
        table(feature).create(connection)
        connection.execute(sa.text("CREATE TABLE history.springs (LIKE feature.springs)"))
        protect(connection)
        connection.execute(sa.text(village))
        connection.execute(
            sa.text(
                "INSERT INTO feature.springs (admin_code, name, owner, dry) "
                "VALUES ('441881103201', '<img src=x onerror=alert(1)>', '欧阳甲', true)"
            )
        )
    with registered(layer):
        yield layer


def test_unforeseen_layer_is_counted_listed_printed_and_escaped(
    springs: Layer, database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(monkeypatch, database)
    with database.connect() as connection:
        dossier = read_dossier(connection, "441881103201")
    part = next(part for part in dossier.parts if part.layer.id == springs.id)
    assert part.rows == {"springs": 1}
    paper = sheet(dossier, "zh")
    assert "泉水" in paper
    assert "欧＊＊" in paper
    assert "欧阳甲" not in paper
    assert "<img src=x" not in paper
    assert "<b>甲" not in paper
    assert "&lt;img src=x" in paper


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_side_panel(shown_city: sa.Engine, lang: str) -> None:
    code = str(scalar(shown_city, VILLAGE))
    app = AppTest.from_string(
        f"from pages.dossier_parts import render_panel\nfrom store.engine import reading\n"
        f"with reading() as connection:\n    render_panel(connection, {code!r}, {lang!r})",
        default_timeout=60,
    ).run()
    assert not app.exception
    assert len(app.subheader) == 1
    assert len(app.expander) >= 5
    panel = " ".join(html.proto.body for html in app.get("html"))
    core = [i for layer in all_layers() if layer.core for i in layer.indicators if i.level.digits == 12]
    assert [i.id for i in core if escape(i.title.get(lang)) not in panel] == []


def test_an_unknown_code_is_told_and_another_place_can_be_chosen(open_page: Open) -> None:
    app = open_page("dossier", "en", {"code": "449999999999"})
    assert not app.exception
    told = formats.plain(tr("store.unknown_place", "en", code="449999999999"))
    assert [error.value for error in app.error] == [told]
    assert app.selectbox(key="dossier.county").options
