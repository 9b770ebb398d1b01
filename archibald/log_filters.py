"""Keep personal data out of the log."""

from __future__ import annotations

import logging
import re

# Up to what ends an address in a sentence.
_QUERY = re.compile(r"(?<=[\w/])\?[^\s\"'<>]+")


class WithoutQueries(logging.Filter):
    """Cut the queries off the addresses in Django's messages, as in that of a wrong Referer."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django"):
            record.msg, record.args = _QUERY.sub("?…", record.getMessage()), ()
        return True
