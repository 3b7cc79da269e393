"""The journal: structured log lines that carry a request or session id."""

import logging
import sys

import structlog

from base.settings import Settings


def start_journal(settings: Settings) -> None:
    """Configure structlog and the standard library's loggers; called once by each entry point.

    Lines go to standard error. Bind an id with ``structlog.contextvars.bound_contextvars(request_id=…)``.
    """
    level = logging.getLevelNamesMapping()[settings.log_level]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: structlog.typing.Processor
    if settings.log_format == "json":
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")


def journal(room: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a room, for instance ``journal("pipelines.import_")``."""
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger(room=room)
    return log
