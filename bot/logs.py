"""Logs that cannot carry a person along.

Privacy is in the shape, not in reminders: an event is a fixed sentence plus fields from a closed
list, and anything else is dropped before it is written. Exceptions are reduced to their class and
the place in our code; their messages may quote what somebody wrote. Records of other libraries
keep their logger, level and exception class, and their message only when it is a constant that
came with the code.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

# What a log line may say beside its event. Ids, texts and coordinates have no place here.
FIELDS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "part",
        "action",  # what the operator should do
        "address",
        "attempt",
        "card",
        "channel",
        "count",
        "danger",
        "error",
        "exit_code",
        "fingerprint",
        "kind",
        "milliseconds",
        "outcome",
        "path",
        "pid",
        "port",
        "seconds",
        "setting",
        "source",
        "state",
        "status",
        "topic",
        "where",
    }
)
# Libraries whose start-up lines are constants worth reading.
QUIET = ("httpx", "httpcore", "telegram", "apscheduler", "aiosqlite", "asyncio", "sqlalchemy")


def only_known_fields(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the closed list."""
    return {k: v for k, v in event.items() if k in FIELDS and isinstance(v, str | int | float)}


def describe(error: BaseException) -> dict[str, str]:
    """An exception as log fields: its class and the last line of our code it passed."""
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        name = frame.filename.replace("\\", "/")
        for part in ("/bot/", "/content/", "/locations/", "/nlu/"):
            if part in name and "site-packages" not in name:
                where = f"{part.strip('/')}/{name.rsplit(part, 1)[1]}:{frame.lineno}"
    return {"error": type(error).__name__, "where": where}


class _Foreign(logging.Handler):
    """Records of other libraries, reduced to what cannot hold a person's words."""

    def emit(self, record: logging.LogRecord) -> None:
        error = type(record.exc_info[1]).__name__ if record.exc_info and record.exc_info[1] else ""
        where = f"{record.name}:{record.lineno}"
        log = structlog.get_logger()
        level = "error" if record.levelno >= logging.ERROR else "warning"
        getattr(log, level)("a library reported", where=where, error=error, level=record.levelname)


def setup(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs to `stream` (default: stderr), our own as they are, foreign ones reduced."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_known_fields,
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], drop_missing=True
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Foreign(level=logging.WARNING)]
    root.setLevel(logging.WARNING)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # A failing handler must not print the record it failed on.
    logging.raiseExceptions = False


def get(name: str) -> Any:
    """A logger whose lines name the part they come from."""
    return structlog.get_logger(part=name)
