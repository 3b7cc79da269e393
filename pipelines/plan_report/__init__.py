"""The plan on paper and in Excel: pure functions from a `PlanReport` to bytes."""

from pipelines.plan_report.model import (
    CurvePoint,
    FontMissing,
    PlanReport,
    ReportPayment,
    ReportProject,
)
from pipelines.plan_report.pages_pdf import as_pdf, page_pictures, picture_png
from pipelines.plan_report.words import wan
from pipelines.plan_report.workbook import as_workbook

__all__ = [
    "CurvePoint",
    "FontMissing",
    "PlanReport",
    "ReportPayment",
    "ReportProject",
    "as_pdf",
    "as_workbook",
    "page_pictures",
    "picture_png",
    "wan",
]
