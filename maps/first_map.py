"""A page of its own for the map: what the browser draws while Streamlit's scripts are still being read.

It has the runtime, the options and the state of the page's map, so it looks the same; it lies over the place of
that one and gives way to it (`maps/static/xiangtu-first.js`). See docs/decisions/0008-first-paint.md.
"""

import json

from i18n import Lang
from maps.assets import url_of
from maps.options import OPTIONS, START, START_ZOOM, fullscreen_options, words
from maps.state import MapState, as_json, payload

_PAGE = """<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>map</title>
<link rel="stylesheet" href="{style}"><script src="{script}"></script>{early}
<style>html,body,#map{{height:100%}}</style></head><body><div id="map"></div><script>
XiangtuFirst.open({options},{fullscreen},"{words}","{state}");
</script></body></html>"""


def first_map(state: MapState, lang: Lang) -> str:
    """Return the HTML of a page that is nothing but the map in `state`."""
    options = {**OPTIONS, "center": START, "zoom": START_ZOOM, "zoomControl": False}
    full = fullscreen_options(lang)
    fullscreen = {
        "position": full["position"],
        "title": full["title"],
        "titleCancel": full["title_cancel"],
        "forceSeparateButton": full["force_separate_button"],
    }
    early = ""
    if state.theme is not None:
        early = f'<link rel="preload" as="fetch" crossorigin href="{state.theme.url}">'
    return _PAGE.format(
        lang="zh-CN" if lang == "zh" else "en",
        style=url_of("map.css"),
        script=url_of("map.js"),
        early=early,
        options=_script(options),
        fullscreen=_script(fullscreen),
        words=words(lang),
        state=payload(as_json(state)),
    )


def _script(value: object) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
