"""Refuse logins for a while after too many wrong passwords. Failures are counted in django-axes' table.

Three bounds: for an account at one address, for an address, and for an account at all addresses. The last is
much higher, since it lets strangers lock out the account's owner.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

Credentials = dict[str, Any]


class LockoutBackend(AxesStandaloneBackend):  # type: ignore[misc]  # axes has no types
    """Stop a login that is locked out. Code that authenticates without a request is not a guess."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        if request is not None:
            super().authenticate(request, **credentials)


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """django-axes' handler with three bounds, where it has one."""

    def is_locked(self, request: HttpRequest, credentials: Credentials | None = None) -> bool:
        return ends_at(request, credentials) is not None


def account_name(request: HttpRequest, credentials: Credentials | None) -> str:
    """Return the name under which failures are stored: for unknown accounts a hash.

    People type their password into the field of the name. What is no account's name is therefore not stored.
    """
    name = str((credentials or {}).get("username") or "")
    if is_account(name):
        return name
    return f"unknown-{salted_hmac('access.lockout', name).hexdigest()[:16]}"


def is_account(name: str) -> bool:
    return bool(get_user_model().objects.filter(username=name).exists())


def ends_at(request: HttpRequest, credentials: Credentials | None) -> datetime | None:
    """Return when this account can log in from this address again; None if it is not locked out."""
    asked = {"username": account_name(request, credentials), "ip_address": request.axes_ip_address}  # type: ignore[attr-defined]
    bounds = (
        (("username", "ip_address"), settings.LOGIN_FAILURES),
        (("ip_address",), settings.LOGIN_FAILURES_PER_ADDRESS),
        (("username",), settings.LOGIN_FAILURES_PER_ACCOUNT),
    )
    ends = [_end({name: asked[name] for name in names}, bound) for names, bound in bounds]
    return max((end for end in ends if end), default=None)


def _end(asked: dict[str, str | None], bound: int) -> datetime | None:
    recent = AccessAttempt.objects.filter(attempt_time__gt=timezone.now() - _duration(), **asked)
    found = recent.aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    if (found["failures"] or 0) < bound:
        return None
    end: datetime = found["last"] + _duration()
    return end


def locked_out(request: HttpRequest, answer: HttpResponse, credentials: Credentials | None) -> HttpResponse:
    """Return the page that says what happened and how long it lasts."""
    end = ends_at(request, credentials) or timezone.now() + _duration()
    wait_s = max(1, math.ceil((end - timezone.now()).total_seconds()))
    context = {
        **admin.site.each_context(request),
        "title": _("Login blocked"),
        "end": end,
        "minutes": math.ceil(wait_s / 60),
    }
    page = render(request, "access/locked_out.html", context, status=429)
    page["Retry-After"] = str(wait_s)
    return page


def remove_old() -> None:
    """Remove failures that no longer count."""
    AccessAttempt.objects.filter(attempt_time__lte=timezone.now() - _duration()).delete()


def _duration() -> timedelta:
    duration: timedelta = settings.AXES_COOLOFF_TIME
    return duration
