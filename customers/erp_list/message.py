"""Sentences with parameters: English in logs and over REST, the reader's language in the pages.

A message is stored with its parameters, not as a finished sentence: numbers, dates and fields are formatted
for the reader when it is shown (`customers.labels.message_text`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


def gettext_noop(text: str) -> str:
    """Mark a text for translation; Django's own function of this name would import Django here."""
    return text


# What a message says for an empty list.
NOTHING = gettext_noop("none")


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field of a customer, as the parameter of a message."""

    name: str
    caption: str

    def __str__(self) -> str:
        return f"field {self.name} (column “{self.caption}”)"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence without a final stop; ``text`` has a ``%(name)s`` for each of ``params``."""

    text: str
    params: Mapping[str, Param] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Frozen, so not by assignment.
        stored = {name: _storable(value) for name, value in self.params.items()}
        object.__setattr__(self, "params", stored)

    def __str__(self) -> str:
        return self.text % {name: _english(value) for name, value in self.params.items()}

    def as_json(self) -> dict[str, Any]:
        """Return ``{"text": …, "params": {…}}``; a date is ``{"date": …}``, a field ``{"field": …}``."""
        return {"text": self.text, "params": {name: _json(value) for name, value in self.params.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Message:
        """Return the message of ``as_json``. Raises: KeyError, TypeError or ValueError for anything else."""
        return cls(stored["text"], {name: _param(value) for name, value in stored["params"].items()})


# A text is shown as it is: something printed by the ERP, a setting, a number that identifies.
Param = str | int | float | Decimal | date | FieldName | Message | Sequence["Param"]


def storable(text: str) -> str:
    """Return a text without what databases can't store: nulls, and characters cut in two by a script."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")


def _storable(value: Param) -> Param:
    if isinstance(value, str):
        return storable(value)
    return [_storable(each) for each in value] if isinstance(value, list | tuple) else value


def message(text: str, /, **params: Param) -> Message:
    """Return a message with these parameters."""
    return Message(text, params)


def joined(messages: Sequence[Message]) -> Message:
    """Return one message of several, separated by semicolons."""
    parts = {f"part{number}": each for number, each in enumerate(messages)}
    return Message("; ".join(f"%({name})s" for name in parts), parts)


def plain_number(value: float) -> Decimal:
    """Return a float as people write it: 90.0 as 90, and 0.1 with one decimal."""
    return Decimal(f"{Decimal(f'{value:.6g}'):f}")


def _english(value: Param) -> str:
    if isinstance(value, float):
        return f"{plain_number(value):,}"
    if isinstance(value, int | Decimal):
        return f"{value:,}"
    if isinstance(value, str | date | FieldName | Message):
        return str(value)
    return ", ".join(map(_english, value)) or NOTHING


def _json(value: Param) -> Any:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, FieldName):
        return {"field": value.name, "caption": value.caption}
    if isinstance(value, Message):
        return value.as_json()
    return [_json(each) for each in value]


def _param(stored: Any) -> Param:
    if isinstance(stored, list):
        return [_param(each) for each in stored]
    if not isinstance(stored, dict):
        value: str | int | float = stored
        return value
    if "number" in stored:
        return Decimal(stored["number"])
    if "date" in stored:
        return date.fromisoformat(stored["date"])
    if "field" in stored:
        return FieldName(stored["field"], stored.get("caption", ""))
    return Message.from_json(stored)
