"""Pieces of HTML of 进度总览: links, bars, trends, tables; every word in them is escaped here.

The page is drawn as a few whole pieces of HTML rather than as hundreds of elements: they are made once for each state
of the data and go to the browser as they are.
"""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import urlencode

from i18n import Lang, tr

GOOD, BAD, CALM = "good", "bad", "calm"
_COLORS = {GOOD: "#0b6e4f", BAD: "#c2410c", CALM: "#64748b"}
_WIDE, _HIGH, _EDGE = 96, 26, 3


def link(label: str, page: str, query: dict[str, str], *, kind: str = "") -> str:
    """A link to a page of ours, in the same window; `label` is words."""
    address = escape(f"/{page}?{urlencode(query)}" if query else f"/{page}")
    named = f' class="{escape(kind)}"' if kind else ""
    return f'<a href="{address}" target="_self"{named}>{escape(label)}</a>'


def linked(label: str, page: str, query: dict[str, str], can: Iterable[str]) -> str:
    """`link` where the person may open the page, else the words alone."""
    return link(label, page, query) if page in can else escape(label)


def bar(share: float | None, tone: str = CALM, mark: float | None = None) -> str:
    """A bar from 0 to 1, with a line at `mark`; empty where there is nothing to show."""
    if share is None:
        return '<span class="xo-bar"></span>'
    width = 100 * min(1.0, max(0.0, share))
    line = "" if mark is None else f'<i style="left:{100 * min(1.0, max(0.0, mark)):.1f}%"></i>'
    return f'<span class="xo-bar xo-{tone}"><b style="width:{width:.1f}%"></b>{line}</span>'


def sparkline(values: Sequence[float], words: str, tone: str = CALM) -> str:
    """A small line of values in their order, as a picture; `words` say it to those who do not see it.

    Values are known ones only, two at least.
    """
    low, high = min(values), max(values)
    spread = (high - low) or 1.0
    step = (_WIDE - 2 * _EDGE) / (len(values) - 1)
    points = [
        (_EDGE + step * at, _HIGH - _EDGE - (value - low) / spread * (_HIGH - 2 * _EDGE))
        for at, value in enumerate(values)
    ]
    color = _COLORS[tone]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}">'
        f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.8"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{color}"/></svg>'
    )
    coded = base64.b64encode(svg.encode()).decode()
    return f'<img class="xo-spark" src="data:image/svg+xml;base64,{coded}" alt="{escape(words)}">'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "") -> str:
    """A table; heads are words, cells are HTML made here."""
    heads = "".join(f"<th>{escape(one)}</th>" for one in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    inner = f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="xo-scroll"><table class="xo-table {escape(kind)}">{inner}</table></div>'


def section(title: str, inner: str, note: str = "") -> str:
    """A titled part of the page with a note below the title."""
    said = f'<p class="xo-note">{escape(note)}</p>' if note else ""
    return f'<section class="xo"><h3>{escape(title)}</h3>{said}{inner}</section>'


def nothing(words: str) -> str:
    """Words in the place of what is not there."""
    return f'<p class="xo-nothing">{escape(words)}</p>'


def more(rows: Sequence[str], shown: int, lang: Lang) -> str:
    """List items; those beyond the first few are folded away, with how many they are."""
    first = "".join(rows[:shown])
    if len(rows) <= shown:
        return f"<ul>{first}</ul>"
    words = escape(tr("overview.more", lang, number=len(rows) - shown))
    return f"<ul>{first}</ul><details><summary>{words}</summary><ul>{''.join(rows[shown:])}</ul></details>"


STYLE = """<style>
.xo{font-size:.9rem;line-height:1.45}
.xo h3{font-size:1.05rem;margin:0 0 .35rem;padding:0;font-weight:650}
.xo h4{font-size:.92rem;margin:.7rem 0 .2rem;padding:0;font-weight:650}
.xo h4 em{font-style:normal;font-weight:700;color:#c2410c;margin-left:.35em}
.xo a{color:#0b5c8a;text-decoration:none}.xo a:hover{text-decoration:underline}
.xo ul{margin:0;padding:0;list-style:none}.xo li{padding:.22rem 0;margin:0;border-bottom:1px solid #eef1ee;
font-size:inherit}
.xo li small{color:#64748b;font-size:.86em;display:block}
.xo li small.xo-good{color:#0b6e4f}.xo li small.xo-bad{color:#c2410c}
.xo summary{cursor:pointer;color:#0b5c8a;padding:.3rem 0}
.xo p,.xo ul,.xo li{font-size:inherit}.xo h4::first-letter{text-transform:uppercase}
.xo .xo-note,.xo .xo-nothing{color:#64748b;font-size:.86em;margin:0 0 .4rem}
.xo-day{color:#64748b;font-size:.86em;margin:0 0 .5rem}.xo-day b{font-weight:600;color:#334155}
.xo-cards{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:.6rem}
.xo-card{border:1px solid #dfe5e0;border-radius:8px;padding:.55rem .7rem;background:#fff;min-width:0}
.xo-card h3{display:flex;justify-content:space-between;align-items:baseline;margin-bottom:.25rem}
.xo-card h3 a{font-size:.78rem;font-weight:400}
.xo-fig{padding:.25rem 0}.xo-fig+.xo-fig{border-top:1px solid #eef1ee}
.xo-fig .name{color:#475569;font-size:.82em;display:block}
.xo-fig .value{font-size:1.45em;font-weight:650;line-height:1.25;white-space:nowrap;
font-variant-numeric:tabular-nums;margin-right:.35em}
.xo-fig .value i{font-style:normal;font-size:.62em;font-weight:500}
.xo-fig .line{display:flex;align-items:center;flex-wrap:wrap;column-gap:.4em}
.xo-fig small{color:#64748b;font-size:.78em;display:block}
.xo-good{color:#0b6e4f}.xo-bad{color:#c2410c}.xo-calm{color:#475569}
.xo-spark{width:5.6em;height:1.55em}
.xo-scroll{overflow-x:auto}
.xo-table{border-collapse:collapse;width:100%;font-size:inherit;font-variant-numeric:tabular-nums}
.xo-table th{font-weight:500;color:#64748b;font-size:.84em;text-align:left;padding:.2rem .4rem;
border-bottom:1px solid #c9d3cc;white-space:nowrap}
.xo-table td{padding:.22rem .4rem;border:0;border-bottom:1px solid #eef1ee;vertical-align:middle}
.xo-table td small{color:#64748b;font-size:.84em}
.xo-table .num,.xo-table th.num{text-align:right;white-space:nowrap}
.xo-bar{display:block;position:relative;height:.55em;min-width:3.2em;background:#e8eeea;border-radius:3px}
.xo-bar b{display:block;height:100%;border-radius:3px;background:#7d8fa3}
.xo-bar.xo-good b{background:#2f9e78}.xo-bar.xo-bad b{background:#e07b39}
.xo-bar i{position:absolute;top:-.12em;bottom:-.12em;width:2px;background:#1f2937}
.xo-pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem}
.xo-sums{display:flex;flex-wrap:wrap;gap:.3rem .9rem;margin:.1rem 0 .6rem}
.xo-sums div{min-width:4em}.xo-sums span{display:block;color:#64748b;font-size:.82em}
.xo-sums b{font-size:1.15em;font-weight:650;font-variant-numeric:tabular-nums}
@media (max-width:1100px){.xo-cards{grid-template-columns:repeat(3,minmax(0,1fr))}}
@media (max-width:640px){.xo-cards{grid-template-columns:repeat(2,minmax(0,1fr));gap:.4rem}
.xo-card{padding:.35rem .5rem}.xo .rest,.xo-card .xo-second .said,.xo-second .xo-spark{display:none}
.xo-card h3{margin:0}.xo-card .xo-fig{padding:.1rem 0}
.xo-card .said{display:flex;flex-wrap:wrap;column-gap:.5em;font-size:.86em}
.xo-second{display:flex;flex-wrap:wrap;align-items:baseline;column-gap:.4em}
.xo-fig.xo-second .value{font-size:1.05em}
.xo-card .xo-spark{width:4em}
.st-key-overview-toolbar .stSelectbox [data-testid="stWidgetLabel"]{display:none}
.st-key-overview-toolbar{gap:.4rem!important;row-gap:.3rem!important}
.stHeading h1{padding:.1rem 0 .6rem!important;font-size:1.5rem!important}.xo-pair{grid-template-columns:minmax(0,1fr)}
.xo-fig .value{font-size:1.3em}.xo a{padding:.1rem 0}.xo li{padding:.42rem 0}}
</style>"""
"""How these pieces look; sizes in em, so that a wall screen only makes the letters larger."""
