"""A made-up briefing for tests of the documents."""

import datetime as dt

import shapely

from i18n import Lang
from layers import AdminLevel, indicator
from maps.theme_picture import theme_picture
from pipelines.briefing.model import Briefing, Chart, ChartKind, KeyFigure, Picture, Section, Table

HOSTILE = '#panic("x") *粗* _斜_ "引" <标签> $x$ \\ @a = `码` </svg><script>alert(1)</script> \u202e反 \x07'
_NAMES = ("三江镇", "寨岗镇", "大麦山镇", "香坪镇")


def picture(lang: Lang = "zh", name: str = "三江镇") -> Picture:
    units = [
        (shapely.box(112.0 + 0.1 * i, 24.0, 112.1 + 0.1 * i, 24.2), name if i == 0 else _NAMES[i], value)
        for i, value in enumerate((0.62, 0.81, 0.97, float("nan")))
    ]
    svg = theme_picture(
        units, indicator("tap_water_rate"), heavier=[], own=None, title="自来水普及率", lang=lang
    )
    return Picture("连南各乡镇自来水普及率", svg, "4 个中 3 个有数据。")


def told(
    lang: Lang = "zh",
    rows: int = 6,
    words: str = "自来水普及率 92.3%，距 2025 年目标（99%）差 6.7 个百分点。",
) -> Briefing:
    table = Table(
        "距目标较远的地方",
        ("乡镇", "现状", "差（百分点）"),
        (False, True, True),
        tuple((f"第{i}镇", f"{60 + i}.5%", f"{38 - i}.5") for i in range(rows)),
        "另有 3 个未达标。",
    )
    bars = Chart(
        ChartKind.BARS, "比例与目标", ("自来水普及率", "光纤入户率"),
        (("现状", (92.3, None)), ("目标", (99.0, 95.0))), "%",
    )  # fmt: skip
    lines = Chart(
        ChartKind.LINES,
        "进度",
        ("2026-08", "2026-09", "2026-10"),
        (("形象进度", (10.0, 25.5, 47.1)), ("支付进度", (8.0, None, 31.4))),
        "%",
    )
    return Briefing(
        lang=lang,
        admin_code="441826101000",
        place="三江镇",
        level=AdminLevel.TOWNSHIP,
        path="清远市 · 连南瑶族自治县 · 三江镇",
        month=dt.date(2026, 10, 1),
        as_of=dt.date(2026, 10, 20),
        until=dt.date(2026, 10, 31),
        notice="本简报含模拟数据（指标数据），仅供演示。",
        figures=(
            KeyFigure("自来水普及率", "92.3%", "差 6.7 个百分点", False),
            KeyFigure("村道硬化率", "100%", "已达标", True),
            KeyFigure("光纤入户率", "无数据", ""),
        ),
        summary=(words, "项目库中有 12 个项目。"),
        sections=(
            Section("目标完成情况", (words,), charts=(bars,)),
            *(
                Section(title, (words, words), picture(lang), (), (table,))
                for title in ("供水", "道路", "宽带", "危房", "土地整治")
            ),
            Section("项目与资金", (words,), None, (lines,), (table, table)),
        ),
        sources=("指标：2026-10-20 快照。", words),
        missing=("光纤入户率：无数据。",),
        made="乡图生成，2026-11-01 09:00",
        tables=(table,),
    )
