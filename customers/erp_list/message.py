"""Sentences with parameters: English in logs and over REST, the reader's language in the pages.

A message is stored with its parameters, not as a finished sentence: numbers, dates and fields are formatted
for the reader when it is shown (`customers.labels.message_text`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from customers.erp_list.columns import CAPTIONS
from customers.erp_list.records import extra_caption


def gettext_noop(text: str) -> str:
    """Mark a text for translation; Django's own function of this name would import Django here."""
    return text


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field of a customer, as the parameter of a message."""

    name: str

    def __str__(self) -> str:
        return f"field {self.name} (column “{extra_caption(self.name) or CAPTIONS[self.name]}”)"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence without a final stop; ``text`` has a ``%(name)s`` for each of ``params``."""

    text: str
    params: Mapping[str, Param] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % {name: _english(value) for name, value in self.params.items()}

    def as_json(self) -> dict[str, Any]:
        """Return ``{"text": …, "params": {…}}``; a date is ``{"date": …}``, a field ``{"field": …}``."""
        return {"text": self.text, "params": {name: _json(value) for name, value in self.params.items()}}


Param = str | int | date | FieldName | Message | Sequence[Message]


def _english(value: Param) -> str:
    if isinstance(value, str | int | date | FieldName | Message):
        return str(value)
    return ", ".join(str(each) for each in value)


def _json(value: Param) -> Any:
    if isinstance(value, str | int):
        return value
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, FieldName):
        return {"field": value.name}
    if isinstance(value, Message):
        return value.as_json()
    return [each.as_json() for each in value]
