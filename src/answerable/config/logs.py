"""What is logged and how: time in UTC, level, request id, logger, sentence. Never a customer's text."""

from __future__ import annotations

import logging
import re
import time
from contextvars import ContextVar
from typing import Any

_WAYS_IN = re.compile(r"(/sign-in/|/password/reset/key/)[^\s\"'<>()\[\]{}]+")
"""Addresses that are themselves a key: single-use links, and links to a new password."""

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The request in work; what a user is shown as the reference of an error."""


class AddRequestId(logging.Filter):
    """Puts the id of the request in work on every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = getattr(record, "request_id", None) or request_id.get()
        return True


class WithoutJobArguments(logging.Filter):
    """procrastinate writes a job's arguments into its lines; only the outcome belongs into the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        job = getattr(record, "job", None)
        if isinstance(job, dict) and getattr(record, "action", None):
            record.msg = f"job {job.get('id')} {job.get('task_name')}: {record.__dict__['action']}"
            record.args = None
        return True


class TraceOnlyErrors(logging.Filter):
    """Django hands a stack trace on with every refused page; a person at the wrong door is no error of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        refused = record.name == "django.request" and record.levelno < logging.ERROR
        if refused or record.name.startswith("django.security"):
            record.exc_info = record.exc_text = None
        return True


def configuration(level: str) -> dict[str, Any]:
    """``LOGGING`` for Django. The SQL logger stays above DEBUG: its lines hold values."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": "answerable.config.logs.AddRequestId"},
            "no_arguments": {"()": "answerable.config.logs.WithoutJobArguments"},
            "traces": {"()": "answerable.config.logs.TraceOnlyErrors"},
        },
        "formatters": {
            "line": {
                "()": "answerable.config.logs.Line",
                "fmt": "%(asctime)s %(levelname)s [%(request_id)s] %(name)s: %(message)s",
            }
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["request_id", "no_arguments", "traces"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"level": level, "handlers": [], "propagate": True},
            "django.db.backends": {"level": "INFO"},
            "django.server": {"handlers": [], "propagate": True},
            "procrastinate": {"level": "WARNING" if level == "INFO" else level},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "_granian": {"level": "WARNING"},
            "granian.access": {"level": "WARNING"},
        },
    }


class Line(logging.Formatter):
    """ISO 8601 in UTC with milliseconds."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The line, its stack trace too, without what would let a reader of the log in."""
        return _WAYS_IN.sub(r"\1…", super().format(record))
