"""The plan on paper and in Excel: pure functions from a `PlanReport` to bytes."""

from pipelines.plan_report.model import (
    CurvePoint,
    PlanReport,
    ReportPayment,
    ReportProject,
)
from pipelines.plan_report.pages_pdf import as_pdf, page_pictures, picture_png
from pipelines.plan_report.workbook import as_workbook
from pipelines.words_on_paper import wan

__all__ = [
    "CurvePoint",
    "PlanReport",
    "ReportPayment",
    "ReportProject",
    "as_pdf",
    "as_workbook",
    "page_pictures",
    "picture_png",
    "wan",
]
