"""Filters of the customer list in the admin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import selectors
from customers.admin.base import SinceFilter
from customers.models import Customer

_CITIES = 30
_NEVER = "never"


class StatusFilter(admin.SimpleListFilter):
    """Filter by status."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Customer.Status.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        status = self.value()
        if status is None or status not in Customer.Status.values:
            return queryset
        return selectors.in_status(queryset, Customer.Status(status))


class LastOrderFilter(admin.SimpleListFilter):
    """Filter by the age of the last order."""

    title = gettext_lazy("last order")
    parameter_name = "last_order"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("30", _("in the last 30 days")),
            ("90", _("in the last 3 months")),
            ("365", _("in the last 12 months")),
            ("older", _("longer ago")),
            (_NEVER, _("never")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        today, wanted = timezone.localdate(), self.value()
        if wanted in {"30", "90", "365"}:
            return selectors.ordered_within(queryset, today - timedelta(days=int(wanted or 0)), None)
        if wanted == "older":
            return selectors.ordered_within(queryset, None, today - timedelta(days=366))
        return queryset.filter(last_order_date=None) if wanted == _NEVER else queryset


class ChangedFilter(SinceFilter):
    """Filter by the date of the last change."""

    title = gettext_lazy("changed")
    parameter_name = "changed"

    def since(self, queryset: QuerySet[Customer], moment: datetime) -> QuerySet[Customer]:
        return selectors.changed_since(queryset, moment)


class CityFilter(admin.SimpleListFilter):
    """Filter by one of the cities with the most customers; the search finds the others."""

    title = gettext_lazy("city")
    parameter_name = "city"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(city, f"{city} ({count})") for city, count in selectors.frequent_cities(_CITIES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        return queryset.filter(city=self.value()) if self.value() else queryset
