"""Maps and charts of a briefing as pixels, for documents that take no SVG."""

from pipelines import paper
from pipelines.briefing.chart_svg import chart_svg
from pipelines.briefing.model import Briefing

_PPI = 200


def drawn(told: Briefing) -> dict[str, bytes]:
    """Every map and chart as PNG by its SVG, in one run of Typst.

    Raises
    ------
    FontMissing : the machine has no Chinese font to draw with.
    """
    svgs = [chart_svg(chart) for section in told.sections for chart in section.charts]
    svgs += [section.picture.svg for section in told.sections if section.picture is not None]
    return dict(zip(svgs, paper.svg_pictures(svgs, _PPI), strict=True))
