"""The alerts that were delivered by e-mail, read from the folder of Django's file backend."""

from __future__ import annotations

import email.policy
from collections import Counter
from email import message_from_bytes
from pathlib import Path

_PREFIX = "[Archibald Sync] "
_END_OF_MESSAGE = b"\n" + b"-" * 79 + b"\n"


def delivered(folder: Path) -> Counter[tuple[str, str]]:
    """Count the delivered alerts by subject and text."""
    files = sorted(folder.glob("*.log"))
    texts = [text for path in files for text in path.read_bytes().split(_END_OF_MESSAGE) if text.strip()]
    return Counter(_subject_and_text(text) for text in texts)


def _subject_and_text(raw: bytes) -> tuple[str, str]:
    message = message_from_bytes(raw, policy=email.policy.default)
    subject = str(message["Subject"]).removeprefix(_PREFIX)
    return subject, message.get_content().strip()
