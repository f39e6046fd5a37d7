"""Logs are JSON lines without personal data.

Everything that is logged, by our code or by a library, leaves through one handler whose last step is the
sieve of `redaction.py`. Local variables are never part of a traceback here.
"""

import logging
import sys
import threading
from types import TracebackType
from typing import TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.redaction import redacted, redacted_mapping

# Libraries that write a line for every request or statement; ours says it once, without addresses.
CHATTY = ("aiohttp.access", "alembic", "sqlalchemy.engine", "aiosqlite", "asyncio")


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send every log line of this process to the stream (standard error when None) as sieved JSON."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.StackInfoRenderer(),
                sieve,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("aiohttp.server").filters[:] = [_told_quietly]
    structlog.configure(
        processors=[
            structlog.stdlib.PositionalArgumentsFormatter(),
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        cache_logger_on_first_use=False,
    )
    logging.raiseExceptions = False  # a failing handler would print the line itself, unsieved
    logging.captureWarnings(True)
    sys.excepthook = _log_crash
    threading.excepthook = _log_thread_crash


def sieve(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The last step: mask by key and by pattern, whatever the position."""
    said = event.pop("event", "")
    clean = redacted_mapping(event)
    return {"event": redacted(said if isinstance(said, str) else repr(said)), **clean}


def _told_quietly(record: logging.LogRecord) -> bool:
    """What is no HTTP at all, strangers send all day: no fault of ours, and none of their bytes are kept."""
    fault = record.exc_info[1] if record.exc_info else None
    if not isinstance(fault, HttpProcessingError):
        return True
    record.msg, record.args, record.exc_info = f"http.refused {type(fault).__name__}", (), None
    record.levelno, record.levelname = logging.INFO, "INFO"
    return logging.getLogger().isEnabledFor(logging.INFO)


def _log_crash(kind: type[BaseException], crash: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger("bot").critical("crashed", exc_info=(kind, crash, trace))


def _log_thread_crash(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None:
        _log_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)
