"""Log failed logins, and end an account's tokens when its password changes or it is deactivated."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from access import sessions, tokens
from access.lockout import is_account
from customers.addresses import client_address

logger = logging.getLogger(__name__)


@receiver(user_login_failed)
def log_failed_login(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Log the account and the address. A name of no account is left out: it may be a password."""
    name = str(credentials.get("username") or "")
    account = name if is_account(name) else "unknown"
    address = (client_address(request) if request else "") or "unknown"
    outcome = "locked out" if getattr(request, "axes_locked_out", False) else "wrong password"
    logger.warning("login refused: account %s, address %s, %s", account, address, outcome)


@receiver(user_logged_in)
def begin_idle_time(request: HttpRequest, **_: Any) -> None:
    sessions.note_activity(request.session)


@receiver(pre_save, sender=User)
def end_tokens(
    instance: User, raw: bool = False, update_fields: Iterable[str] | None = None, **_: Any
) -> None:
    """Revoke all tokens when a saved account has another or no password, or is deactivated."""
    written = {"password", "is_active"} if update_fields is None else set(update_fields)
    if instance.pk is None or raw or not written & {"password", "is_active"}:
        return
    stored = User.objects.filter(pk=instance.pk).values("password", "is_active").first()
    if stored is None:
        return
    is_changed = "password" in written and stored["password"] != instance.password
    is_ended = "is_active" in written and stored["is_active"] and not instance.is_active
    if is_ended or (is_changed and not _is_only_hashed_anew(instance, update_fields)):
        tokens.end_all(instance)


def _is_only_hashed_anew(user: User, update_fields: Iterable[str] | None) -> bool:
    """Tell whether Django replaces the hash at a login, because its algorithm has changed."""
    is_new = getattr(user, "_password", None) is not None
    return not is_new and update_fields is not None and set(update_fields) == {"password"}
