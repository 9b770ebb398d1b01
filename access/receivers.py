"""End an account's tokens when its password changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models.signals import pre_save
from django.dispatch import receiver

from access import tokens


@receiver(pre_save, sender=User)
def end_tokens_with_the_password(
    instance: User, raw: bool = False, update_fields: Iterable[str] | None = None, **_: Any
) -> None:
    """Revoke all tokens, however the password is changed or disabled."""
    if instance.pk is None or raw or (update_fields is not None and "password" not in update_fields):
        return
    stored = User.objects.filter(pk=instance.pk).values_list("password", flat=True).first()
    if stored not in (None, instance.password) and not _is_only_hashed_anew(instance, update_fields):
        tokens.end_all(instance)


def _is_only_hashed_anew(user: User, update_fields: Iterable[str] | None) -> bool:
    """Tell whether Django replaces the hash at a login, because its algorithm has changed."""
    is_new = getattr(user, "_password", None) is not None
    return not is_new and update_fields is not None and set(update_fields) == {"password"}
