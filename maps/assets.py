"""The files that a map needs in the browser, and the addresses under which this server gives them out.

An address carries a digest of the file, so a browser may keep it for ever and still gets a new one at once.
"""

import hashlib
from functools import cache
from pathlib import Path

from base.errors import XiangtuError

_MODULES = Path(__file__).resolve().parent.parent / "frontend" / "node_modules"
_STATIC = Path(__file__).resolve().parent / "static"
_FILES: dict[str, Path] = {
    "leaflet.js": _MODULES / "leaflet/dist/leaflet.js",
    "leaflet.css": _MODULES / "leaflet/dist/leaflet.css",
    "vectorgrid.js": _MODULES / "leaflet.vectorgrid/dist/Leaflet.VectorGrid.bundled.min.js",
    "fullscreen.js": _MODULES / "leaflet.fullscreen/Control.FullScreen.js",
    "fullscreen.css": _MODULES / "leaflet.fullscreen/Control.FullScreen.css",
    "icon-fullscreen.svg": _MODULES / "leaflet.fullscreen/icon-fullscreen.svg",
    "leaflet.draw.js": _MODULES / "leaflet-draw/dist/leaflet.draw.js",
    "leaflet.draw.css": _MODULES / "leaflet-draw/dist/leaflet.draw.css",
    "spritesheet.svg": _MODULES / "leaflet-draw/dist/images/spritesheet.svg",
    **{path.name: path for path in sorted(_STATIC.iterdir()) if path.suffix in {".js", ".css"}},
}
_BUNDLES: dict[str, tuple[str, ...]] = {
    "map.js": (
        "leaflet.js",
        "vectorgrid.js",
        "fullscreen.js",
        "xiangtu-tiles.js",
        "xiangtu-draw.js",
        "xiangtu-labels.js",
        "xiangtu-legend.js",
        "xiangtu-frame.js",
        "xiangtu-swipe.js",
        "xiangtu-map.js",
        "xiangtu-first.js",
    ),
    "map.css": ("leaflet.css", "fullscreen.css", "xiangtu-map.css"),
    "draw.js": ("leaflet.draw.js", "xiangtu-sketch.js"),
    "draw.css": ("leaflet.draw.css", "xiangtu-sketch.css"),
}
"""What a map needs in one piece each: streamlit-folium asks for one script after the other."""
NAMES: tuple[str, ...] = (*_FILES, *_BUNDLES)


class AssetMissing(XiangtuError):
    """A browser library is not installed (`npm ci` in ``frontend/`` has not run)."""

    key = "maps.asset_missing"


@cache
def _release() -> str:
    """One digest for all files: they refer to each other by relative names, so they share a folder."""
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update(name.encode())
        digest.update(path_of(name).read_bytes())
    return digest.hexdigest()[:12]


@cache
def content_of(name: str) -> bytes:
    """Return the content of an asset: a file, or a bundle of files one after the other.

    Raises
    ------
    KeyError : no such asset.
    AssetMissing : a library is not installed.
    """
    return b"\n".join(path_of(part).read_bytes() for part in _BUNDLES.get(name, (name,)))


def path_of(name: str) -> Path:
    """Return the file behind the name of an asset that is no bundle.

    Raises
    ------
    KeyError : no such file.
    AssetMissing : the library is not installed.
    """
    path = _FILES[name]
    if not path.is_file():
        raise AssetMissing(name=name)
    return path


def url_of(name: str) -> str:
    """Address of an asset, ``/assets/<release>/<name>``; the route may let browsers keep it for ever."""
    content_of(name)
    return f"/assets/{_release()}/{name}"
