"""The page on which staff change their own password. Wrong old passwords count as failed logins."""

from __future__ import annotations

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import admin
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.views.decorators.debug import sensitive_variables

from customers.actions import Kind, record_action


class PasswordForm(AdminPasswordChangeForm):
    """Check the old password unless the account is locked out, so that an open session can not guess it."""

    def __init__(self, *args: Any, request: HttpRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self._request: Any = request

    @sensitive_variables()
    def clean_old_password(self) -> str:
        credentials = {"username": self.user.get_username()}
        is_locked = AxesProxyHandler.is_locked(self._request, credentials)
        # Lets axes' middleware answer with the page that says so.
        self._request.axes_locked_out = is_locked
        old_password: str = self.cleaned_data["old_password"]
        if not is_locked and self.user.check_password(old_password):
            return old_password
        user_login_failed.send(sender=__name__, credentials=credentials, request=self._request)
        raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")


class PasswordPage(PasswordChangeView):
    """The admin's page, with this form and an entry in the log of actions."""

    form_class = PasswordForm
    success_url = reverse_lazy("admin:password_change_done")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return {**admin.site.each_context(self.request), **super().get_context_data(**context)}

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        record_action(self.request, Kind.PASSWORD, account=form.user.get_username())
        return answer


change_password = admin.site.admin_view(PasswordPage.as_view(), cacheable=True)
