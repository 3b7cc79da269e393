"""Our own routes over HTTP: tiles, labels, themes, assets, health, and nonsense."""

import gzip

import httpx
import pytest
import sqlalchemy as sa

from layers import all_features
from maps.assets import NAMES, url_of
from store.places import place
from store.tiles import versions
from tests import signed_in


@pytest.fixture(scope="module")
def client(server: str):
    with httpx.Client(base_url=server, timeout=30, cookies=signed_in.cookies(server)) as made:
        yield made


@pytest.fixture(scope="module")
def at(city: sa.Engine) -> dict[str, int]:
    with city.connect() as connection:
        return versions(connection)


def _tile_over_city(city: sa.Engine, zoom: int) -> tuple[int, int]:
    import math

    with city.connect() as connection:
        west, south, east, north = place(connection, "441821000000").bounds
    lon, lat = (west + east) / 2, math.radians((south + north) / 2)
    x = (lon + 180) / 360 * 2**zoom
    y = (1 - math.asinh(math.tan(lat)) / math.pi) / 2 * 2**zoom
    return int(x), int(y)


def test_a_tile_is_kept_by_its_tag(client: httpx.Client, city: sa.Engine, at: dict[str, int]) -> None:
    x, y = _tile_over_city(city, 10)
    address = f"/tiles/village/{at['admin_units']}/10/{x}/{y}.pbf"
    first = client.get(address)
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert first.headers["content-encoding"] == "gzip"
    assert "immutable" in first.headers["cache-control"]
    assert b"village" in first.content
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_tile_without_gzip_is_the_same(client: httpx.Client, city: sa.Engine, at: dict[str, int]) -> None:
    x, y = _tile_over_city(city, 9)
    address = f"/tiles/county/{at['admin_units']}/9/{x}/{y}.pbf"
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == client.get(address).content
    assert not plain.content.startswith(gzip.compress(b"")[:2])


def test_an_old_version_is_not_kept(client: httpx.Client, city: sa.Engine, at: dict[str, int]) -> None:
    x, y = _tile_over_city(city, 10)
    answer = client.get(f"/tiles/village/{at['admin_units'] + 1000}/10/{x}/{y}.pbf")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    "address",
    [
        "/tiles/nothing/1/8/208/110.pbf",
        "/tiles/village_water/1/8/208/110.pbf",
        "/tiles/village/1/8/256/0.pbf",
        "/tiles/village/1/99/0/0.pbf",
        "/tiles/village/1/8/-1/0.pbf",
        "/tiles/village/1/8/a/0.pbf",
        "/tiles/village';drop table x/1/8/1/0.pbf",
        "/tiles/",
        "/themes/nothing/2025-01-01.json",
        "/assets/x/app.py",
    ],
)
def test_what_is_not_there_is_404_in_words(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    if answer.headers["content-type"] == "application/json":
        assert answer.json()["error"]["zh"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/labels/village.json",
        "/labels/village.json?bbox=1,2,3",
        "/labels/village.json?bbox=nan,0,1,1",
        "/labels/village.json?bbox=5,0,1,1",
        "/labels/moon.json?bbox=111,23,114,26",
        "/themes/tap_water_rate/yesterday.json",
        "/themes/tap_water_rate/2025-01-01.json?level=moon",
        "/themes/tap_water_rate/2025-01-01.json?method=guess",
        "/language/xx",
    ],
)
def test_nonsense_is_400_in_words(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert answer.json()["error"]["en"]


def test_every_drawn_feature_type_has_tiles(
    client: httpx.Client, city: sa.Engine, at: dict[str, int]
) -> None:
    for feature in all_features():
        if feature.style is None:
            continue
        x, y = _tile_over_city(city, feature.style.full_zoom)
        answer = client.get(f"/tiles/{feature.id}/{at[feature.id]}/{feature.style.full_zoom}/{x}/{y}.pbf")
        assert answer.status_code == 200, feature.id


def test_labels_lie_in_the_box(client: httpx.Client) -> None:
    found = client.get("/labels/county.json?bbox=111.5,23.4,114,25.3").json()
    assert "佛冈县" in [name for _, name, _, _ in found]
    assert all(111.5 <= lon <= 114 and 23.4 <= lat <= 25.3 for _, _, lon, lat in found)


def test_a_theme_gives_a_class_or_null_for_each_village(client: httpx.Client, city: sa.Engine) -> None:
    with city.connect() as connection:
        as_of = connection.scalar(sa.text("SELECT max(as_of) FROM xiangtu.indicator_values"))
        villages = connection.scalar(
            sa.text("SELECT count(*) FROM feature.admin_units WHERE level = 'village'")
        )
    classes = client.get(f"/themes/tap_water_rate/{as_of}.json").json()
    assert len(classes) == villages
    assert None in classes.values()
    assert {value for value in classes.values() if value is not None} <= set(range(8))


def test_assets_are_ours_and_kept(client: httpx.Client) -> None:
    for name in NAMES:
        answer = client.get(url_of(name))
        assert answer.status_code == 200, name
        assert "immutable" in answer.headers["cache-control"]


def test_language_is_remembered_and_leads_back_here_only(client: httpx.Client, server: str) -> None:
    here = client.get("/language/en", headers={"Referer": f"{server}/map?code=441821000000"})
    assert (here.status_code, here.headers["location"]) == (303, "/map?code=441821000000")
    assert "xiangtu_language=en" in here.headers["set-cookie"]
    away = client.get("/language/en", headers={"Referer": "http://elsewhere.example//evil"})
    assert away.headers["location"] == "/"


def test_health_names_the_schema(client: httpx.Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["schema"] == answer.json()["expected"]
    assert answer.headers["x-request-id"]


def test_no_way_out_of_the_assets(client: httpx.Client) -> None:
    answer = client.get("/assets/x/..%2f..%2fapp.py")
    assert answer.status_code in (400, 404)
    assert "ASGI" not in answer.text


def test_tiles_of_plans_are_asked_for_each_time_and_by_number(client: httpx.Client) -> None:
    first = client.get("/plans/tiles/8/208/110.pbf?scenario=candidates&v=1")
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    again = client.get("/plans/tiles/8/208/110.pbf", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/plans/tiles/8/208/110.pbf?scenario=7").status_code == 200
    assert client.get("/plans/tiles/8/208/110.pbf?scenario=7%20OR%201").status_code == 400
    assert client.get("/plans/tiles/2/9/0.pbf").status_code == 404
