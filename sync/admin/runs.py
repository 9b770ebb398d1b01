"""Runs for the staff to see, read only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from customers.admin import ReadOnlyAdmin
from sync.models import SyncAttempt, SyncRun


class AttemptInline(admin.TabularInline):  # type: ignore[type-arg]  # generic for mypy alone
    model = SyncAttempt
    fields = readonly_fields = ("number", "started_at", "duration_ms", "error_code", "error_message")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "state",
        "trigger",
        "requested_by",
        "started_at",
        "finished_at",
        "attempt_count",
        "error_code",
    )
    list_filter = ("state", "trigger", "started_at")
    inlines = (AttemptInline,)
    exclude = ("lease_token", "heartbeat_at", "layout", "screenshot", "trace")
