"""The flow that computes indicators: counties over an executor, rolled up, stored as a day's snapshot."""

from pipelines.indicators.days import today
from pipelines.indicators.errors import (
    DataOfLaterDay,
    DayAlreadyComputed,
    FutureDay,
    IndicatorRunError,
    NoUnits,
    RasterFileMissing,
    UnknownCounty,
)
from pipelines.indicators.executors import Executor, InProcess, LocalProcesses, executor_for
from pipelines.indicators.run import RunReport, run

__all__ = [
    "DataOfLaterDay",
    "DayAlreadyComputed",
    "Executor",
    "FutureDay",
    "InProcess",
    "IndicatorRunError",
    "LocalProcesses",
    "NoUnits",
    "RasterFileMissing",
    "RunReport",
    "UnknownCounty",
    "executor_for",
    "run",
    "today",
]
