"""The list of actions: who did what, from where, and when. For superusers, and only to read.

Since nobody may delete an entry, Django's admin refuses to delete an account that has any: deactivate it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.actions import Kind, action_of, of_kind
from customers.admin.base import ReadOnlyAdmin

_DAYS = ("1", "7", "30")


class KindFilter(admin.SimpleListFilter):
    """Filter by what was done."""

    title = gettext_lazy("action")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Kind.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        kind = self.value()
        return of_kind(queryset, kind) if kind in Kind.values else queryset


class DoneFilter(admin.SimpleListFilter):
    """Filter by when it was done."""

    title = gettext_lazy("when")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("1", _("in the last 24 hours")),
            ("7", _("in the last 7 days")),
            ("30", _("in the last 30 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        days = self.value()
        if days not in _DAYS:
            return queryset
        return queryset.filter(action_time__gte=timezone.now() - timedelta(days=int(days or 0)))


@admin.register(LogEntry)
class ActionAdmin(ReadOnlyAdmin):
    list_display = ("action_time", "user", "origin", "what")
    list_display_links = None
    list_filter = (DoneFilter, KindFilter, ("user", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    @admin.display(description=gettext_lazy("from"))
    def origin(self, entry: LogEntry) -> str:
        return action_of(entry).origin or "–"

    @admin.display(description=gettext_lazy("action"))
    def what(self, entry: LogEntry) -> str:
        return action_of(entry).text
