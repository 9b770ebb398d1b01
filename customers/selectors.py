"""Queries for customers and their changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce
from operator import and_, attrgetter, or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.expressions import Expression, OrderBy
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, CustomerChange, ErasedCustomer, FeedHead

# The fields whose values tell who somebody is.
IDENTIFYING_FIELDS = (
    "name",
    "vat_number",
    "fiscal_code",
    "pec",
    "street",
    "phone",
    "mobile",
    "url",
    "attention_to",
)
_SEARCHED_FIELDS = ("name", "vat_number", "city", "phone", "mobile")
# Each word adds up to twenty comparisons to the query; SQLite refuses a query with too many.
SEARCH_MAX_WORDS = 20


def check_search(text: str) -> None:
    """Raise a ``ValidationError`` for a search with too many words."""
    if len(text.split()) > SEARCH_MAX_WORDS:
        raise ValidationError(_("Search for %(most)d words or fewer."), params={"most": SEARCH_MAX_WORDS})


def matching(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Keep customers that have every word of the text in name, VAT number, city or a phone number."""
    return customers.filter(reduce(and_, map(_has_word, text.split()), Q()))


def _has_word(word: str) -> Q:
    """Match a word, ignoring case; SQLite compares accented letters case-sensitively."""
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    return reduce(or_, (Q((f"{field}__icontains", each)) for field in _SEARCHED_FIELDS for each in spellings))


def in_status(customers: QuerySet[Customer], status: Customer.Status) -> QuerySet[Customer]:
    """Keep customers with this status."""
    if status is Customer.Status.REMOVED:
        return customers.filter(removed_at__isnull=False)
    return customers.filter(removed_at__isnull=True, missing_since__isnull=status is Customer.Status.ACTIVE)


def changed_since(customers: QuerySet[Customer], moment: datetime) -> QuerySet[Customer]:
    """Keep customers with a change of any kind since then."""
    changes = CustomerChange.objects.filter(customer=OuterRef("erp_id"), changed_at__gte=moment)
    return customers.filter(Exists(changes))


def ordered_within(
    customers: QuerySet[Customer], first: date | None, last: date | None
) -> QuerySet[Customer]:
    """Keep customers whose last order is between two dates, inclusive; None means no limit."""
    if first is not None:
        customers = customers.filter(last_order_date__gte=first)
    return customers if last is None else customers.filter(last_order_date__lte=last)


def frequent_cities(limit: int) -> list[tuple[str, int]]:
    """Return the cities with the most customers, with their numbers of customers."""
    named = Customer.objects.exclude(city="").values("city").annotate(count=Count("pk"))
    return [(row["city"], row["count"]) for row in named.order_by("-count", "city")[:limit]]


def ordered(customers: QuerySet[Customer], field: str, *, descending: bool = False) -> QuerySet[Customer]:
    """Sort by a field, empty values last, in a stable order that is the same on every database."""
    keys: list[Expression | F] = [F(field)]
    if field == "erp_id":
        keys.insert(0, Length(field))  # only digits, so a longer one is larger
    sides = (OrderBy(key, descending=descending, nulls_last=True) for key in keys)
    return customers.order_by(*sides, F("erp_id").asc())


def after_id(customers: QuerySet[Customer], erp_id: str) -> QuerySet[Customer]:
    """Keep customers with a larger ID, in the order of the IDs."""
    customers = customers.alias(digits=Length("erp_id"))
    larger = Q(digits__gt=len(erp_id)) | Q(digits=len(erp_id), erp_id__gt=erp_id)
    return ordered(customers.filter(larger), "erp_id")


def changes_of(erp_id: str) -> QuerySet[CustomerChange]:
    """Return the changes of a customer, newest first."""
    return CustomerChange.objects.filter(customer_id=erp_id)


def identifying_texts(erp_id: str) -> set[str]:
    """Return the values of a customer that tell who it is, with those that it had before."""
    found = set()
    for row in Customer.objects.filter(erp_id=erp_id).values_list(*IDENTIFYING_FIELDS):
        found.update(row)
    for fields in changes_of(erp_id).values_list("fields", flat=True):
        for name in fields.keys() & set(IDENTIFYING_FIELDS):
            found.update(fields[name].values())
    return {text for text in found if text}


@dataclass(frozen=True)
class FeedEntry:
    """One change in the feed; ``fields`` as in `CustomerChange`, and an erasure has no run."""

    position: int
    erp_id: str
    kind: str
    changed_at: datetime
    run_id: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedPage:
    """Entries of the feed; the next page begins after the position ``next``."""

    entries: list[FeedEntry]
    next: int
    has_more: bool


def feed_head() -> int:
    """Return the last position of the change feed, 0 if it is empty."""
    return FeedHead.objects.values_list("last", flat=True).first() or 0


def last_position(erp_id: str) -> int | None:
    """Return the position of a customer's last change, None if there is no such customer."""
    changes = CustomerChange.objects.filter(customer_id=erp_id)
    last: int | None = changes.aggregate(last=Max("position"))["last"]
    return last


def feed_page(after: int, size: int) -> FeedPage:
    """Return the changes after a position, in the order in which they were committed.

    Raises: ValueError, if the feed has not come to this position yet.
    """
    # First, and the limit of both queries: what is committed between them belongs to a later page.
    head = feed_head()
    if after > head:
        raise ValueError(after)
    new = {"position__gt": after, "position__lte": head}
    changes = CustomerChange.objects.filter(**new).order_by("position")
    erased = ErasedCustomer.objects.filter(**new).order_by("position")
    found = [_entry(change) for change in changes[: size + 1]]
    found += [FeedEntry(each.position, each.erp_id, "erased", each.erased_at) for each in erased[: size + 1]]
    found.sort(key=attrgetter("position"))
    entries, has_more = found[:size], len(found) > size
    return FeedPage(entries, entries[-1].position if has_more else head, has_more)


def _entry(change: CustomerChange) -> FeedEntry:
    return FeedEntry(
        change.position, change.customer_id, change.kind, change.changed_at, change.run_id, change.fields
    )
