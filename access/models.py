"""Tokens with which programs log in to the REST API."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

_NAME = RegexValidator(r"\A[\w .,:@/+-]+\Z", _("Use letters, digits, spaces and . , : @ / + - only."))


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """A named token of an account, of which only the hash is stored. Written only by ``access.tokens``."""

    # knox makes the digest the key, which would put it into addresses and logs.
    id = models.BigAutoField(primary_key=True)
    digest = models.CharField(max_length=128, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        verbose_name=_("account"),
        related_name="auth_token_set",
    )
    name = models.CharField(
        _("name"),
        max_length=60,
        help_text=_("The program that will use the token."),
        validators=[_NAME],
    )
    created = models.DateTimeField(_("made"), auto_now_add=True)
    expiry = models.DateTimeField(_("expires"))
    # A day is enough to find tokens that nobody uses, and costs one write a day.
    last_used_on = models.DateField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["user__username", "name"]
        # Who may see which token does not depend on permissions: see access.admin.
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="api_token_name_per_account")]

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"

    @property
    def is_expired(self) -> bool:
        return bool(self.expiry <= timezone.now())
