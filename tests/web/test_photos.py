"""The route of photos: for who may read the report and nobody else; kept by the browser only, nothing runs in them."""

import asyncio
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import sqlalchemy as sa
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Route

import store.engine
import store.identity
from base.settings import settings
from pipelines.progress.photo import read_photo
from store.embedded import Cluster
from store.engine import make_engine
from store.progress import photos
from store.protection import APP
from tests.photographed import photo
from tests.reported import Office, new_report, put_project
from web.photos import photo as route


class Client:
    """Asks the route alone, without the door before it."""

    def __init__(self) -> None:
        self._app = Starlette(routes=[Route("/photos/{photo:int}/{which}.jpg", route)])

    def get(self, address: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            line = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=line, base_url="http://here") as client:
                return await client.get(address, headers=headers)

        # In a thread of its own: a browser of other tests may have a loop running in this one.
        with ThreadPoolExecutor(1) as other:
            return other.submit(lambda: asyncio.run(ask())).result()


@pytest.fixture
def kept(
    cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Office, Client, int]]:
    """An office with a photo, a client of the route, the photo's number; nobody is signed in."""
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    office = Office(database, app)
    with database.begin() as connection:
        project = put_project(connection)
    done = office.submit("clerk", new_report(project, 5), (read_photo("a.jpg", photo(1)),))
    with office.looking("clerk") as connection:
        (one,) = photos.photos(connection, [done.report_id])
    monkeypatch.setattr(store.engine, "engine", lambda: app)
    monkeypatch.setattr(store.identity, "current", lambda: None)
    yield office, Client(), one.id
    app.dispose()


def test_a_photo_is_for_those_who_read_reports(
    kept: tuple[Office, Client, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, client, number = kept
    address = f"/photos/{number}/photo.jpg"
    assert client.get(address).status_code == 404, "without a session there is no photo"
    for who in ("leader", "county", "foreign_clerk"):
        secret = office.secret(who)
        monkeypatch.setattr(store.identity, "current", lambda secret=secret: secret)
        answer = client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.content)).size == (800, 600)
    small = client.get(f"/photos/{number}/thumbnail.jpg")
    assert Image.open(io.BytesIO(small.content)).size == (320, 240)
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert small.headers["etag"] != answer.headers["etag"]
    for other in (
        f"/photos/{number + 1}/photo.jpg",
        f"/photos/{number}/raw.jpg",
        f"/photos/{10**30}/photo.jpg",
    ):
        refused = client.get(other)
        assert refused.status_code == 404 and refused.json()["error"]["zh"]
    monkeypatch.setattr(store.identity, "current", lambda: "nonsense")
    assert client.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 404
