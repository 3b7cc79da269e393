"""Rasters on the import page: loaded by whoever may write figures, refused in words, not offered to others."""

from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from i18n import tr
from layers import Role
from store import rasters
from store.embedded import Cluster
from tests.pages.desk import CITY, Desk, at_desk
from tests.pipelines.raster_files import SHAPE, write_tif


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for module in ("data_import", "raster_import", "recompute"):
        monkeypatch.setattr(f"pages.{module}.owner", lambda: database)
    monkeypatch.setattr(rasters, "folder", lambda: tmp_path / "rasters")
    with at_desk(cluster, database, monkeypatch) as desk:
        yield desk


def test_a_steward_loads_an_elevation_raster(desk: Desk, tmp_path: Path) -> None:
    desk.sign_in(desk.add("shu", (Role.DATA_STEWARD, CITY)))
    app = desk.open("data_import", "en")
    assert tr("rasters.none_loaded", "en") in [info.value for info in app.info]
    path = write_tif(tmp_path / "dem.tif", np.full(SHAPE, 6000, "int16"))
    app.file_uploader(key="rasters.file").set_value((path.name, path.read_bytes(), "image/tiff"))
    app.button(key="FormSubmitter:rasters.form-Load raster").click().run()
    assert not app.exception
    assert "implausible" in app.error[0].value
    path = write_tif(tmp_path / "dem.tif", np.full(SHAPE, 120, "int16"))
    app.file_uploader(key="rasters.file").set_value((path.name, path.read_bytes(), "image/tiff"))
    app.text_input(key="rasters.by").set_value("测绘院")
    app.button(key="FormSubmitter:rasters.form-Load raster").click().run()
    assert not app.exception
    assert "Elevation raster loaded" in app.success[0].value
    shown = app.dataframe[0].value.iloc[0]
    assert (shown["File"], shown["Handed in by"]) == ("dem.tif", "测绘院")
    assert desk.recorded()[0] == "imported"
    assert any("Elevation raster" in words.value for words in app.markdown), "figures are behind"


def test_nobody_else_is_offered_or_let(desk: Desk, tmp_path: Path) -> None:
    from access import Person
    from layers import RasterKind
    from pipelines.rasters import RasterOptions, load_raster
    from store.errors import NotAllowed

    clerk = desk.add("li", (Role.CLERK, CITY))
    desk.sign_in(clerk)
    app = desk.open("data_import", "en")
    assert not app.exception
    assert tr("rasters.title", "en") not in [box.label for box in app.expander]
    path = write_tif(tmp_path / "dem.tif", np.full(SHAPE, 120, "int16"))
    asked = RasterOptions(by=Person(clerk.id, 0, "li", "li", ()))
    with pytest.raises(NotAllowed):
        load_raster(desk.owner, path, RasterKind.ELEVATION, asked)
    with desk.owner.connect() as connection:
        assert rasters.in_use(connection) == []
