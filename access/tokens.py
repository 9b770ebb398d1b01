"""Make, find and end API tokens.

Tokens of the old kind (``rest_framework.authtoken``: one per account, in plain text, without an expiry) work
until they are replaced.
"""

from __future__ import annotations

import logging
import re
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from knox.crypto import hash_token
from rest_framework.authtoken.models import Token

from access.models import ApiToken

logger = logging.getLogger(__name__)

AnyToken = ApiToken | Token

# Lets people and scanners for leaked secrets recognize a token.
PREFIX = "archibald_"
_TOKEN = re.compile(PREFIX + "[0-9a-f]{64}")
_OLD_TOKEN = re.compile("[0-9a-f]{40}")
# Expired tokens are listed for some time, to explain why a program is refused.
_EXPIRED_KEPT = timedelta(days=30)


def make(user: User, name: str, days: int) -> tuple[ApiToken, str]:
    """Make a token for so many days; return it with its value, which is stored nowhere.

    An expired token of that name is replaced. Raises: IntegrityError, if the account has a valid one.
    """
    with transaction.atomic():
        ApiToken.objects.filter(user=user, name=name, expiry__lte=timezone.now()).delete()
        token, value = ApiToken.objects.create(user, expiry=timedelta(days=days), name=name)
    logger.info("API token %s of %s made, valid for %d days", name, user.get_username(), days)
    return token, value


def has_valid(user: User, name: str) -> bool:
    return bool(of_account(user).filter(name=name, expiry__gt=timezone.now()).exists())


def free_name(user: User) -> str:
    """Return the first of "token", "token 2" … that no token of the account has."""
    taken = set(of_account(user).values_list("name", flat=True))
    names = ("token", *(f"token {number}" for number in range(2, len(taken) + 2)))
    return next(name for name in names if name not in taken)


def find(value: str) -> AnyToken | None:
    """Return the token with this value, valid or expired, with its account."""
    if _TOKEN.fullmatch(value):
        found: AnyToken | None = (
            ApiToken.objects.select_related("user").filter(digest=hash_token(value)).first()
        )
        return found
    if _OLD_TOKEN.fullmatch(value):
        return Token.objects.select_related("user").filter(key=value).first()
    return None


def is_valid(token: AnyToken) -> bool:
    return token.user.is_active and not (isinstance(token, ApiToken) and token.is_expired)


def note_use(token: AnyToken) -> None:
    today = timezone.localdate()
    if isinstance(token, ApiToken) and token.last_used_on != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)


def of_account(user: User | None) -> QuerySet[ApiToken]:
    """Return the tokens of an account; without one, those of all accounts."""
    found: QuerySet[ApiToken] = ApiToken.objects.select_related("user")
    return found.filter(user=user) if user else found


def old_of_account(user: User | None) -> QuerySet[Token]:
    """As `of_account`, for tokens of the old kind."""
    found = Token.objects.select_related("user").order_by("user__username")
    return found.filter(user=user) if user else found


def end_old(user: User) -> int:
    """End the account's token of the old kind; return how many there were."""
    ended = old_of_account(user).delete()[0]
    if ended:
        logger.info("API token of the old kind of %s revoked", user.get_username())
    return ended


def end_all(user: User) -> int:
    """End all tokens of an account, the old kind too; return how many there were."""
    ended = of_account(user).delete()[0]
    if ended:
        logger.info("%d API tokens of %s revoked", ended, user.get_username())
    return ended + end_old(user)


def end(found: QuerySet[ApiToken]) -> int:
    """End these tokens; return how many there were."""
    for token in found:
        logger.info("API token %s of %s revoked", token.name, token.user.get_username())
    return found.delete()[0]


def remove_expired() -> None:
    ApiToken.objects.filter(expiry__lt=timezone.now() - _EXPIRED_KEPT).delete()


def max_days() -> int:
    days: int = settings.API_TOKEN_MAX_DAYS
    return days
