"""What a part of the project has logged: its level and what the line names, but not how it is worded."""

from __future__ import annotations

import pytest


def logged_by(caplog: pytest.LogCaptureFixture, logger: str, level: str = "WARNING") -> list[str]:
    """Return the messages that a logger has logged at a level."""
    return [
        record.getMessage() for record in caplog.records if (record.name, record.levelname) == (logger, level)
    ]


def logged_with_traceback(caplog: pytest.LogCaptureFixture, logger: str) -> list[str]:
    """Return the messages that a logger has logged with the traceback of an exception."""
    return [record.getMessage() for record in caplog.records if record.name == logger and record.exc_info]
