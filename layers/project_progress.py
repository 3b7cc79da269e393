"""Progress of projects 项目进度 (plan clause 22): figures of the project library and its accepted monthly reports."""

from base.settings import settings
from i18n import Text
from layers._declaration import Direction, Indicator, Layer, Rollup, Unit
from layers.codes import RecordKind

_REPORTED = Text("只计已有核实月报的项目", "projects with an accepted report only")

LAYER = Layer(
    id="project_progress",
    title=Text("项目进度", "Project progress"),
    features=(),
    clause="二十二",
    order=90,
    indicators=(
        Indicator(
            id="project_percent",
            title=Text("项目形象进度", "Physical progress of projects"),
            unit=Unit.SHARE,
            direction=Direction.HIGHER,
            formula=Text(
                f"Σ（完成比例 × 总投资）÷ Σ 总投资；{_REPORTED.zh}",
                f"sum of percent done times budget over sum of budgets; {_REPORTED.en}",
            ),
            function="measures.ratio_of_projects",
            rollup=Rollup.RATIO,
            sources=(),
            arguments={"numerator": "ev_yuan", "denominator": "budget_yuan"},
            clause="二十二",
            record=RecordKind.PROJECTS,
        ),
        Indicator(
            id="project_paid_share",
            title=Text("项目资金支付率", "Share of project budgets paid"),
            unit=Unit.SHARE,
            direction=Direction.NEUTRAL,
            formula=Text(
                f"Σ 累计支付 ÷ Σ 总投资；{_REPORTED.zh}",
                f"sum of payments over sum of budgets; {_REPORTED.en}",
            ),
            function="measures.ratio_of_projects",
            rollup=Rollup.RATIO,
            sources=(),
            arguments={"numerator": "ac_yuan", "denominator": "budget_yuan"},
            clause="二十二",
            record=RecordKind.PROJECTS,
        ),
        Indicator(
            id="project_spi",
            title=Text("项目进度指数（SPI）", "Schedule performance index of projects (SPI)"),
            unit=Unit.INDEX,
            direction=Direction.HIGHER,
            formula=Text(
                f"Σ 已完成投资 ÷ Σ 计划应完成投资，1 为正好按计划；{_REPORTED.zh}",
                f"sum of earned value over sum of planned value, 1 is as planned; {_REPORTED.en}",
            ),
            function="measures.ratio_of_projects",
            rollup=Rollup.RATIO,
            sources=(),
            arguments={"numerator": "ev_yuan", "denominator": "pv_yuan"},
            clause="二十二",
            record=RecordKind.PROJECTS,
        ),
        Indicator(
            id="project_cpi",
            title=Text("项目费用指数（CPI）", "Cost performance index of projects (CPI)"),
            unit=Unit.INDEX,
            direction=Direction.HIGHER,
            formula=Text(
                f"Σ 已完成投资 ÷ Σ 累计支付，小于 1 为付款多于完成；{_REPORTED.zh}",
                f"sum of earned value over sum of payments, below 1 more is paid than done; {_REPORTED.en}",
            ),
            function="measures.ratio_of_projects",
            rollup=Rollup.RATIO,
            sources=(),
            arguments={"numerator": "ev_yuan", "denominator": "ac_yuan"},
            clause="二十二",
            record=RecordKind.PROJECTS,
        ),
        Indicator(
            id="project_overdue",
            title=Text("逾期项目数", "Overdue projects"),
            unit=Unit.PROJECTS,
            direction=Direction.LOWER,
            formula=Text(
                "已过计划完工日期而未完工的项目数；没有项目的村不计",
                "projects past their planned finish and not done; villages without projects are left out",
            ),
            function="measures.overdue_projects",
            rollup=Rollup.SUM,
            sources=(),
            clause="二十二",
            record=RecordKind.PROJECTS,
        ),
        Indicator(
            id="project_stalled",
            title=Text("停滞项目数", "Stalled projects"),
            unit=Unit.PROJECTS,
            direction=Direction.LOWER,
            formula=Text(
                f"应在建而超过 {settings().stalled_days} 天没有月报的项目数；没有项目的村不计",
                f"projects to be under way without a report for more than {settings().stalled_days} days; "
                "villages without projects are left out",
            ),
            function="measures.stalled_projects",
            rollup=Rollup.SUM,
            sources=(),
            arguments={"stalled_days": settings().stalled_days},
            clause="二十二",
            record=RecordKind.PROJECTS,
        ),
    ),
)
