"""Read the cells of an Italian customer list, strictly: ambiguous values are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from customers.erp_list.message import Message, Param, message
from customers.erp_list.message import gettext_noop as _
from customers.erp_list.records import (
    COUNT_MAX,
    ERP_ID_MAX_DIGITS,
    MONEY_DECIMALS,
    MONEY_MAX_DIGITS,
    TEXT_MAX_CHARS,
    Value,
)


class Kind(StrEnum):
    IDENTIFIER = "identifier"
    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    DATE = "date"


# What the values of a kind are called in messages.
KIND_NAMES = MappingProxyType(
    {
        Kind.IDENTIFIER: _("identifiers"),
        Kind.TEXT: _("texts"),
        Kind.COUNT: _("whole numbers"),
        Kind.MONEY: _("amounts"),
        Kind.DATE: _("dates"),
    }
)


class WrongFormat(ValueError):
    """A cell that can't be read; ``expected`` says what it should be, but not what was found."""

    def __init__(self, text: str, **params: Param) -> None:
        self.expected = message(text, **params)
        super().__init__(str(self.expected))


class Unreadable(WrongFormat):
    """A cell of the wrong kind."""


class ForeignFormat(WrongFormat):
    """A cell in the format of another language, which makes every cell of the list ambiguous."""


# Numbers have thousands separators or none; no separator follows a leading zero.
_IDENTIFIER = re.compile(r"[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_COUNT = re.compile(r"-?(?:[0-9]{1,10}|[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,3})")
_AMOUNT = r"(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+),[0-9]{2}"
_MONEY = re.compile(rf"{_AMOUNT}(?:\s?€)?")
# -360,65 €, 360,65- €, 360,65 €-, (360,65 €), (360,65) €: one minus or a pair of brackets, never both.
# Source: .NET's patterns for negative amounts; amounts as (360,65) and 360,65- were seen in the ERP.
_NEGATIVE_MONEY = re.compile(
    rf"-\s?{_AMOUNT}(?:\s?€)?|{_AMOUNT}\s?-(?:\s?€)?|{_AMOUNT}\s?€\s?-"
    rf"|\({_AMOUNT}(?:\s?€)?\)|\({_AMOUNT}\)\s?€"
)
_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
# 1,090 and 124,497.43 and 0.00 and anything with a dollar, with or without a sign, brackets or a currency.
_ENGLISH_COUNT = re.compile(r"[-(]*[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?\)?")
_ENGLISH_MONEY = re.compile(
    r"[-(]*(?:€\s?)?-?(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{2})?|[0-9]+\.[0-9]{2})[-)€\s]*"
)
# Control characters, surrogates, and the U+FFFE that a PDF engine puts in place of a hyphen.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Numbers, amounts and dates, but no digits as long as a phone or VAT number.
_HARMLESS = re.compile(r"(?!.*[0-9]{8})[0-9.,/€$() \u00a0-]{1,20}")


def read_identifier(cell: str) -> str:
    """Return the digits of an identifier: ``98.336``, ``98,336`` and ``98336`` are the same key."""
    text = cell.strip()
    digits = text.replace(".", "").replace(",", "")
    if not _IDENTIFIER.fullmatch(text) or len(digits) > ERP_ID_MAX_DIGITS:
        raise Unreadable(_("a number of 1 to %(most)s digits"), most=ERP_ID_MAX_DIGITS)
    return digits


def read_text(cell: str) -> str:
    text = cell.strip()
    if len(text) > TEXT_MAX_CHARS:
        raise Unreadable(_("a text of at most %(most)s characters"), most=TEXT_MAX_CHARS)
    return _printable(text)


def read_unknown(cell: str) -> str:
    """Return the text of an unknown column, of any length."""
    return _printable(cell.strip())


def _printable(text: str) -> str:
    # What Python calls printable is less than what is allowed, and is told much sooner.
    if not text.isprintable() and _UNPRINTABLE.search(text):
        raise Unreadable(_("a text without control characters"))
    return text


def read_count(cell: str) -> int | None:
    text = cell.strip()
    if not text:
        return None
    if _COUNT.fullmatch(text):
        count = int(text.replace(".", ""))
        if abs(count) <= COUNT_MAX:
            return count
    elif "$" in text or _ENGLISH_COUNT.fullmatch(text):
        raise ForeignFormat(_("a whole number in Italian format, like 1.090"))
    raise Unreadable(_("a whole number like 1.090"))


def read_money(cell: str) -> Decimal | None:
    """Return an amount. Negative ones have a minus before or after, or brackets."""
    text = cell.strip()
    if not text:
        return None
    is_negative = not _MONEY.fullmatch(text)
    if not is_negative or _NEGATIVE_MONEY.fullmatch(text):
        cents = Decimal(re.sub("[^0-9]", "", text))
        # Adding zero turns -0.00 into 0.00.
        amount = (-cents if is_negative else cents).scaleb(-MONEY_DECIMALS) + 0
        if amount.adjusted() < MONEY_MAX_DIGITS - MONEY_DECIMALS:
            return amount
    elif "$" in text or _ENGLISH_MONEY.fullmatch(text):
        raise ForeignFormat(_("an amount in Italian format, like 124.497,43 €"))
    raise Unreadable(_("an amount like 124.497,43 €"))


def read_date(cell: str) -> date | None:
    text = cell.strip()
    if not text:
        return None
    if match := _DATE.fullmatch(text):
        first, second, year = (int(part) for part in match.groups())
        if day := _calendar_date(year, second, first):
            return day
        if _calendar_date(year, first, second):
            # The month is first, so 05/03/2026 in another row is not the fifth of March.
            raise ForeignFormat(_("a date with the day first, like 18/01/2026"))
    raise Unreadable(_("a date like 18/01/2026"))


def _calendar_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


READERS: Mapping[Kind, Callable[[str], Value]] = MappingProxyType(
    {
        Kind.IDENTIFIER: read_identifier,
        Kind.TEXT: read_text,
        Kind.COUNT: read_count,
        Kind.MONEY: read_money,
        Kind.DATE: read_date,
    }
)


def shown(cell: str, kind: Kind) -> Param:
    """Return a cell for a message, or only its length if it could be personal data."""
    text = cell.strip()
    if not text:
        return Message(_("nothing"))
    if kind is not Kind.TEXT and _HARMLESS.fullmatch(text):
        return f"“{text}”"
    return message(_("something else (%(length)s characters)"), length=len(text))
