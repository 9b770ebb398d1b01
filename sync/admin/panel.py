"""The sync page: live status and the "Sync now" button. The start page shows the same panel."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from access.sessions import polled
from customers.actions import Kind, record_action
from customers.labels import message_text
from customers.models import Customer
from customers.permissions import SEE_CUSTOMERS
from sync import permissions
from sync.admin.chart import COUNT as CHART_RUNS
from sync.admin.chart import Chart, chart_of
from sync.config import sync_config
from sync.errors import AlreadyRunning, NotRunning
from sync.models import SyncRun
from sync.monitoring import suspension
from sync.monitoring.metrics import FAILURES_UNTIL_DEGRADED, metrics
from sync.runs import lifecycle
from sync.runs.status import current_status
from sync.scheduling import dispatch, health, schedule

View = Callable[..., HttpResponse]

# The polling interval in seconds: while a sync is queued or running, and while idle.
_BUSY_S, _IDLE_S = 1, 8
_FAILED = (SyncRun.State.FAILED, SyncRun.State.ABANDONED)
_LIVE = (SyncRun.State.QUEUED, SyncRun.State.RUNNING)


def staff_page(*required: str) -> Callable[[View], View]:
    """Require the permissions: other staff get 403, anonymous users the login page."""

    def decorate(view: View) -> View:
        allowed = admin.site.admin_view(permission_required(required, raise_exception=True)(view))

        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
            if request.htmx and not admin.site.has_permission(request):  # type: ignore[attr-defined]
                # Reload the whole page, so that the login page is not inserted into the panel.
                return HttpResponseClientRefresh()
            return allowed(request, *args, **values)

        return checked

    return decorate


@require_GET
@staff_page(permissions.SEE_RUNS)
def page(request: HttpRequest) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Sync"), **panel(request)}
    return render(request, "sync/panel/page.html", context)


@polled
@require_GET
@staff_page(permissions.SEE_RUNS)
def live(request: HttpRequest) -> HttpResponse:
    """Return the part of the page that changes; the page polls it."""
    return _live_answer(request, known=_whole(request.GET.get("after")), stage=request.GET.get("stage", ""))


@require_POST
@staff_page(permissions.SEE_RUNS, permissions.RUN_SYNC)
def start(request: HttpRequest) -> HttpResponse:
    """Queue a sync; the page shows it from then on."""
    known = _latest_id(_latest_run())
    try:
        run_id = dispatch.queue_sync(SyncRun.Trigger.ADMIN, request.user.get_username())
        record_action(request, Kind.SYNC, run=str(run_id))
    except AlreadyRunning as busy:
        messages.warning(request, _("Not started: %(reason)s.") % {"reason": message_text(busy.text)})
    if request.htmx:  # type: ignore[attr-defined]
        return _live_answer(request, known=known, stage="")
    return HttpResponseRedirect(reverse("sync_admin:page"))


@require_POST
@staff_page(permissions.SEE_RUNS, permissions.RUN_SYNC)
def cancel(request: HttpRequest) -> HttpResponse:
    """Ask the running sync to stop."""
    try:
        run_id = lifecycle.cancel(by=request.user.get_username(), lease_s=sync_config().lease_s)
    except NotRunning:
        messages.warning(request, _("No sync is running."))
    else:
        record_action(request, Kind.CANCELLED, run=str(run_id))
        messages.success(request, _("The sync is being cancelled: it ends within seconds."))
    return HttpResponseRedirect(reverse("sync_admin:page"))


@require_POST
@staff_page(permissions.SEE_RUNS, permissions.EDIT_SCHEDULE)
def resume(request: HttpRequest) -> HttpResponse:
    """Resume suspended scheduled syncs."""
    if suspension.resume(request.user.get_username()):
        record_action(request, Kind.RESUMED)
        messages.success(request, _("Scheduled syncs are resumed."))
    return HttpResponseRedirect(reverse("sync_admin:page"))


def panel(request: HttpRequest) -> dict[str, Any]:
    """Return the template context of the whole panel, with the chart."""
    return {**_live_part(request, _latest_run()), "chart": _chart()}


def _live_answer(request: HttpRequest, *, known: int | None, stage: str) -> HttpResponse:
    """Render the live part, with what changed since the run and the stage that the page shows."""
    latest = _latest_run()
    context = _live_part(request, latest)
    is_news = latest is not None and known is not None and latest.pk != known
    context |= {
        "news": latest if is_news else None,
        "chart": _chart() if is_news else None,
        "said": context["status"].message if context["status"].stage != stage else None,
    }
    return render(request, "sync/panel/live_answer.html", context)


def _live_part(request: HttpRequest, latest: SyncRun | None) -> dict[str, Any]:
    status, planned = current_status(sync_config().lease_s), schedule.current_schedule()
    is_busy = status.state != "idle"
    asked = urlencode({"after": _latest_id(latest), "stage": status.stage})
    return {
        "status": status,
        "is_busy": is_busy,
        "latest": latest,
        "next_run": planned.next_run,
        "interval": planned.interval_minutes,
        "troubles": _troubles(),
        "suspended": suspension.suspended(),
        "customer_count": Customer.objects.filter(removed_at=None).count(),
        "may_sync": request.user.has_perm(permissions.RUN_SYNC),
        "may_see_customers": request.user.has_perm(SEE_CUSTOMERS),
        "may_edit": request.user.has_perm(permissions.EDIT_SCHEDULE),
        "live_url": f"{reverse('sync_admin:live')}?{asked}",
        "poll_s": _BUSY_S if is_busy else _IDLE_S,
    }


def _troubles() -> list[dict[str, Any]]:
    """Return the messages about problems that need a person, each with its run."""
    found: list[dict[str, Any]] = []
    failures = metrics()["consecutiveFailures"]
    failed = _last_counted_failure() if failures else None
    if failed is not None:
        text = _("Failed syncs in a row: %(count)s. %(limit)s or more need attention.")
        found.append({"text": text % {"count": failures, "limit": FAILURES_UNTIL_DEGRADED}, "run": failed})
    held = SyncRun.objects.filter(state=SyncRun.State.HELD).only("pk").first()
    if held is not None:
        found.append({"text": _("A list waits for a decision: approve or reject it."), "run": held})
    service = health.cluster_health()
    if not service.is_known:
        text = _(
            "Whether the sync service is running is not known, because the cache does not answer: "
            "tell the server's administrator."
        )
        found.append({"text": text})
    elif not service.ok:
        found.append({"text": _("The sync service is not running: tell the server's administrator.")})
    return found


def _last_counted_failure() -> SyncRun | None:
    """Return the newest of the failures in a row; a run that never started is not one."""
    counted = SyncRun.objects.counted().filter(state__in=_FAILED, started_at__isnull=False)
    return counted.order_by("-finished_at", "-pk").only("pk").first()


def _latest_run() -> SyncRun | None:
    """Return the newest run that has ended or is held; dry runs are left out."""
    return SyncRun.objects.real().exclude(state__in=_LIVE).for_list().first()


def _latest_id(run: SyncRun | None) -> int:
    return run.pk if run is not None else 0


def _chart() -> Chart:
    newest = SyncRun.objects.real().exclude(state__in=_LIVE).for_list()[:CHART_RUNS]
    return chart_of([*reversed(newest)])


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
