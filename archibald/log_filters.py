"""Keep personal data and forged lines out of the log."""

from __future__ import annotations

import logging
import re

# Up to what ends an address in a sentence.
_QUERY = re.compile(r"(?<=[\w/])\?[^\s\"'<>]+")
# Also what some programs take as the end of a line, or as the direction of the text.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class WithoutQueries(logging.Filter):
    """Cut the queries off the addresses in Django's messages, as in that of a wrong Referer."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django"):
            record.msg, record.args = _QUERY.sub("?…", record.getMessage()), ()
        return True


class OneLine(logging.Filter):
    """Replace line breaks and other control characters in messages, so that none can look like two.

    What Django refuses as suspicious is logged without its traceback, which says the message again.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        shown = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", message)
        if shown != message:
            record.msg, record.args = shown, ()
        if record.name.startswith("django.security."):
            record.exc_info = record.exc_text = None
        return True
