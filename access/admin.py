"""The page of API tokens: superusers see all, other staff their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from access import tokens
from access.models import ApiToken
from customers.actions import Kind, record_action
from customers.admin.base import BoundedListAdmin


class TokenForm(forms.Form):
    """Name, lifetime and, for superusers, the account."""

    account = forms.ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        label=gettext_lazy("Account"),
        empty_label=None,
    )
    name = ApiToken._meta.get_field("name").formfield()
    days = forms.IntegerField(
        label=gettext_lazy("Days until it expires"),
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, asking: User, *args: Any) -> None:
        super().__init__(*args)
        self._asking = asking
        self.fields["days"].initial = tokens.max_days()
        self.fields["account"].initial = asking
        if not asking.is_superuser:
            del self.fields["account"]

    def clean_name(self) -> str:
        """Check what the model's field checks, which its form field leaves to forms of the model."""
        name: str = self.cleaned_data["name"]
        ApiToken._meta.get_field("name").run_validators(name)
        return name

    def clean_days(self) -> int:
        days: int = self.cleaned_data["days"]
        if days > tokens.max_days():
            raise ValidationError(_("At most %(days)s days.") % {"days": tokens.max_days()})
        return days

    def clean(self) -> None:
        name = self.cleaned_data.get("name")
        if name and tokens.has_valid(self._owner(), name):
            self.add_error("name", _("This account already has a token with this name."))

    def make(self) -> tuple[ApiToken, str]:
        return tokens.make(self._owner(), self.cleaned_data["name"], self.cleaned_data["days"])

    def _owner(self) -> User:
        owner: User = self.cleaned_data.get("account", self._asking)
        return owner


@admin.register(ApiToken)
class ApiTokenAdmin(BoundedListAdmin):
    """Any staff account may make, list and revoke its own tokens, superusers those of all accounts."""

    list_display = ("name", "user", "created", "expires", "last_used_on")
    list_per_page = 50
    show_full_result_count = False
    fields = ("name", "user", "created", "expiry", "last_used_on")
    actions = ("revoke",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        is_theirs = obj is None or obj.user_id == request.user.pk
        return self.has_module_permission(request) and (is_theirs or _sees_all(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return self.has_view_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        return tokens.of_account(_whose(request))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Revoking replaces Django's deleting, which would ask the same once more."""
        return {name: action for name, action in super().get_actions(request).items() if name == "revoke"}

    def get_urls(self) -> list[URLPattern]:
        old = path(
            "old/<int:user_id>/revoke/",
            self.admin_site.admin_view(require_POST(self.revoke_old)),
            name="access_apitoken_revoke_old",
        )
        return [old, *super().get_urls()]

    @admin.display(description=gettext_lazy("expires"), ordering="expiry")
    def expires(self, token: ApiToken) -> Any:
        return _("expired") if token.is_expired else token.expiry

    @admin.action(description=gettext_lazy("Revoke the selected tokens"), permissions=["delete"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        self.log_deletions(request, queryset)
        count = tokens.end(queryset)
        text = ngettext("%(count)s token revoked.", "%(count)s tokens revoked.", count)
        messages.success(request, text % {"count": count})

    def log_deletions(self, request: HttpRequest, queryset: Iterable[ApiToken]) -> list[LogEntry]:
        """Record them with the address, which Django's entries lack."""
        for token in queryset:
            record_action(request, Kind.TOKEN_REVOKED, account=token.user.get_username())
        return []

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        tokens.end(ApiToken.objects.filter(id=obj.id))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "old_tokens": tokens.old_of_account(_whose(request))}
        return super().changelist_view(request, context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form, or the value of the token that was made: only in this answer."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = TokenForm(_account(request), request.POST or None)
        if not form.is_valid():
            return self._page(request, "access/token_form.html", _("Make an API token"), form=form)
        token, value = form.make()
        record_action(request, Kind.TOKEN_MADE, account=token.user.get_username())
        return self._page(request, "access/token_made.html", _("The new API token"), token=token, value=value)

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        return render(request, template, {**shared, **context})

    def revoke_old(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Revoke an account's token of the old kind."""
        owner = get_object_or_404(User, pk=user_id)
        if owner != request.user and not _sees_all(request):
            raise PermissionDenied
        if tokens.end_old(owner):
            record_action(request, Kind.TOKEN_REVOKED, account=owner.get_username())
            messages.success(request, _("The old token of %(account)s is revoked.") % {"account": owner})
        return HttpResponseRedirect(reverse("admin:access_apitoken_changelist"))


def _account(request: HttpRequest) -> User:
    return cast(User, request.user)


def _sees_all(request: HttpRequest) -> bool:
    return bool(request.user.is_superuser)


def _whose(request: HttpRequest) -> User | None:
    return None if _sees_all(request) else _account(request)
