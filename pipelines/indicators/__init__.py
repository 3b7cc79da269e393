"""The flow that computes indicators: counties over an executor, rolled up, stored as a day's snapshot."""

from pipelines.indicators.days import today
from pipelines.indicators.errors import (
    DataOfLaterDay,
    DayAlreadyComputed,
    FutureDay,
    IndicatorRunError,
    NoUnits,
    RasterFileMissing,
    SchedulerAway,
    UnknownCounty,
)
from pipelines.indicators.executors import DaskCluster, Executor, InProcess, LocalProcesses, executor_for
from pipelines.indicators.run import RunReport, run

__all__ = [
    "DaskCluster",
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
    "SchedulerAway",
    "UnknownCounty",
    "executor_for",
    "run",
    "today",
]
