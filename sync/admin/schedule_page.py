"""The schedule page: interval, on or off, and the time of the next sync."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import localize
from django.utils.text import format_lazy
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from customers.actions import Kind, record_action
from sync import permissions
from sync.admin.panel import staff_page
from sync.monitoring import suspension
from sync.scheduling import schedule
from sync.scheduling.schedule import INTERVAL_ERROR, MAX_MINUTES, MIN_MINUTES, Schedule, current_schedule


class ScheduleForm(forms.Form):
    """The only fields of django-q2's schedule that staff may change."""

    interval = forms.IntegerField(
        label=gettext_lazy("Minutes between two syncs"),
        min_value=MIN_MINUTES,
        max_value=MAX_MINUTES,
        help_text=format_lazy(
            gettext_lazy("From {least} to {most}. A change takes effect at once."),
            least=MIN_MINUTES,
            most=MAX_MINUTES,
        ),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), gettext_lazy(INTERVAL_ERROR)
        ),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        show_hidden_initial=True,
    )
    enabled = forms.BooleanField(
        label=gettext_lazy("Sync automatically"), required=False, show_hidden_initial=True
    )

    def wanted(self, name: str) -> Any:
        """Return a value; None if it is as the page showed it, since others may have changed it since."""
        is_shown = self[name].html_initial_name in self.data and name not in self.changed_data
        return None if is_shown else self.cleaned_data[name]


@require_http_methods(["GET", "POST"])
@staff_page(permissions.SEE_RUNS)
def schedule_page(request: HttpRequest) -> HttpResponse:
    may_edit = request.user.has_perm(permissions.EDIT_SCHEDULE)
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        form = ScheduleForm(request.POST)
        if form.is_valid():
            _save(request, form)
            messages.success(request, _saved())
            return HttpResponseRedirect(reverse("sync_admin:schedule"))
    else:
        form = ScheduleForm(initial=_values(current_schedule()))
    return render(request, "sync/schedule/page.html", _context(request, form, may_edit=may_edit))


def _context(request: HttpRequest, form: ScheduleForm, *, may_edit: bool) -> dict[str, Any]:
    current = current_schedule()
    return {
        **admin.site.each_context(request),
        "title": _("Schedule"),
        "form": form,
        "may_edit": may_edit,
        "next_run": current.next_run,
        "suspended": suspension.suspended(),
        **_values(current),
    }


def _values(current: Schedule) -> dict[str, Any]:
    """Return the form's values."""
    return {"interval": current.interval_minutes, "enabled": current.enabled}


@transaction.atomic
def _save(request: HttpRequest, form: ScheduleForm) -> None:
    """Write only changed values, since setting the same interval would also move the next sync."""
    current, interval, enabled = current_schedule(), form.wanted("interval"), form.wanted("enabled")
    if interval is not None and interval != current.interval_minutes:
        schedule.set_interval(interval)
        record_action(request, Kind.INTERVAL, before=current.interval_minutes, minutes=interval)
    if enabled is not None and enabled != current.enabled:
        schedule.set_enabled(enabled)
        record_action(request, Kind.SCHEDULE_ON if enabled else Kind.SCHEDULE_OFF)


def _saved() -> str:
    next_run = current_schedule().next_run
    if next_run is None:
        return _("Saved. There are no automatic syncs until this is turned on again.")
    return _("Saved. The next sync is at %(time)s.") % {"time": localize(localtime(next_run))}
