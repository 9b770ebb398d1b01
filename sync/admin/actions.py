"""The list of actions: who did what, from where, and when. For superusers, and only to read.

Since nobody may delete an entry, Django's admin refuses to delete an account that has any: deactivate it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from customers.actions import Kind, action_of, of_kind
from customers.admin.base import ReadOnlyAdmin, SinceFilter


class KindFilter(admin.SimpleListFilter):
    """Filter by what was done."""

    title = gettext_lazy("action")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return Kind.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        kind = self.value()
        return of_kind(queryset, kind) if kind in Kind.values else queryset


class DoneFilter(SinceFilter):
    """Filter by when it was done."""

    title = gettext_lazy("when")
    parameter_name = "done"
    field = "action_time"


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
