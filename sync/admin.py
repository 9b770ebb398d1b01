"""Runs for the staff to see, read only; django-q2's and the tokens' own admins are not for them.

The stock admin of schedules checks nothing: it takes functions that do not exist, and intervals of 0. Tokens
are credentials: they are printed once, by ``createapitoken``.
"""

from __future__ import annotations

from typing import Any

import django_q.admin  # noqa: F401  # it registers what is taken off below
import rest_framework.authtoken.admin  # noqa: F401  # so does it
from django.contrib import admin
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success
from rest_framework.authtoken.models import TokenProxy

from customers.admin import ReadOnlyAdmin
from sync.models import SyncAttempt, SyncRun

admin.site.unregister([Failure, OrmQ, Schedule, Success, TokenProxy])


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
