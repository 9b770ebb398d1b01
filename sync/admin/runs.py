"""The admin pages of runs: list, details, and the steps approve, reject and sync again."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.actions import Kind, record_action
from customers.admin.base import ReadOnlyAdmin, SinceFilter
from customers.labels import changed_fields, message_text
from customers.models import CustomerChange
from customers.permissions import SEE_CHANGES
from sync import permissions, pipeline
from sync.config import sync_config
from sync.error_codes import what_happened, what_to_do
from sync.errors import SyncError
from sync.formatting import counts, duration, error_text, stage_label
from sync.models import SyncAttempt, SyncRun
from sync.runs import artifacts, lifecycle
from sync.runs.changes import RunChange, reasons_of, shown, stored_changes
from sync.scheduling import dispatch

State = SyncRun.State

# Runs that can be started again.
_RETRYABLE_STATES = (State.FAILED, State.ABANDONED, State.REJECTED)
# Changed customers on a run's page; a link shows all.
_SHOWN_CHANGES = 200
_ARTIFACT_TYPES = {"screenshot": "image/png", "trace": "application/zip"}
_ARTIFACT_NAMES = {"screenshot": gettext_lazy("screenshot"), "trace": gettext_lazy("trace")}


class StartedFilter(SinceFilter):
    """Filter by when a run started."""

    title = gettext_lazy("started")
    parameter_name = "started"
    field = "created_at"


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """Read only, except for the steps approve, reject and sync again."""

    list_display = (
        "when",
        "state_badge",
        "trigger",
        "requested_by",
        "took",
        "attempt_count",
        "found",
        "fault",
    )
    list_filter = ("state", "trigger", StartedFilter)
    change_form_template = "sync/run/page.html"

    class Media:
        css = {"all": ("sync/panel.css", "sync/run.css")}

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRun]:
        return SyncRun.objects.for_list()

    @admin.display(description=gettext_lazy("started"), ordering="created_at")
    def when(self, run: SyncRun) -> Any:
        return run.started_at or run.created_at

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_badge(self, run: SyncRun) -> SafeString:
        dry = f" ({_('dry run')})" if run.is_dry else ""
        return format_html(
            '<span class="sync-state sync-{}">{}</span>{}', run.state, run.get_state_display(), dry
        )

    @admin.display(description=gettext_lazy("duration"))
    def took(self, run: SyncRun) -> str:
        return duration(run.duration_ms)

    @admin.display(description=gettext_lazy("counts"))
    def found(self, run: SyncRun) -> str:
        return counts(run) if run.counts.get("rows") else "–"

    @admin.display(description=gettext_lazy("error"))
    def fault(self, run: SyncRun) -> SafeString | str:
        if not run.error_code:
            return "–"
        return format_html('<code title="{}">{}</code>', error_text(run), run.error_code)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<int:run_id>/{name}/", self.admin_site.admin_view(view), name=f"sync_syncrun_{name}")
            for name, view in (
                ("screenshot", self.screenshot),
                ("trace", self.trace),
                ("approve", self.approve),
                ("reject", self.reject),
                ("again", self.again),
            )
        ]
        of_attempt = path(
            "<int:run_id>/attempts/<int:number>/<str:kind>/",
            self.admin_site.admin_view(self.attempt_artifact),
            name="sync_syncrun_attempt_artifact",
        )
        return [*own, of_attempt, *super().get_urls()]

    # --- one run ---------------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        run = self.get_object(request, object_id)
        shown = _context(request, run) if run is not None else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def screenshot(self, request: HttpRequest, run_id: int) -> FileResponse:
        return self._artifact(request, SyncRun.objects.filter(pk=run_id), "screenshot", f"sync-{run_id}")

    def trace(self, request: HttpRequest, run_id: int) -> FileResponse:
        return self._artifact(request, SyncRun.objects.filter(pk=run_id), "trace", f"sync-{run_id}")

    def attempt_artifact(self, request: HttpRequest, run_id: int, number: int, kind: str) -> FileResponse:
        attempts = SyncAttempt.objects.filter(run_id=run_id, number=number)
        return self._artifact(request, attempts, kind, f"sync-{run_id}-{number}")

    def _artifact(
        self, request: HttpRequest, rows: QuerySet[SyncRun] | QuerySet[SyncAttempt], kind: str, name: str
    ) -> FileResponse:
        """Serve a file of a run or an attempt; its name comes from the row, not from the request."""
        # The browser's picture and trace show customers, as a table of changes does.
        if not request.user.has_perms(SEE_CHANGES):
            raise PermissionDenied
        if kind not in _ARTIFACT_TYPES:
            raise Http404
        row = get_object_or_404(rows)
        file = artifacts.path_of(getattr(row, kind), settings.ARTIFACTS_DIR)
        if file is None:
            raise Http404
        return FileResponse(
            file.open("rb"),
            content_type=_ARTIFACT_TYPES[kind],
            filename=f"{name}-{kind}{PurePosixPath(file.name).suffix}",
            as_attachment=kind == "trace",
        )

    # --- steps -----------------------------------------------------------------------------------------

    def approve(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Ask for confirmation, then apply the held file."""
        run = _for_step(request, run_id, permissions.DECIDE_RUN)
        if request.method != "POST":
            return self._asked(request, run, is_approval=True)
        try:
            result = pipeline.approve(run_id, sync_config(), by=request.user.get_username())
        except SyncError as error:
            messages.error(request, message_text(error.text))
            return _to_run(run_id)
        if result.error is not None:
            reason = message_text(result.error.text)
            messages.error(request, _("Not applied: %(reason)s") % {"reason": reason})
        else:
            record_action(request, Kind.APPROVED, run=str(run_id))
            run.refresh_from_db()
            messages.success(request, _("Approved and applied. %(counts)s.") % {"counts": counts(run)})
        return _to_run(run_id)

    def reject(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Ask for confirmation, then end a held run without applying its list."""
        run = _for_step(request, run_id, permissions.DECIDE_RUN)
        if request.method != "POST":
            return self._asked(request, run, is_approval=False)
        try:
            lifecycle.reject(run_id, by=request.user.get_username())
        except SyncError as error:
            messages.error(request, message_text(error.text))
        else:
            record_action(request, Kind.REJECTED, run=str(run_id))
            messages.success(request, _("Rejected: the customers stay as they were."))
        return _to_run(run_id)

    def again(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Queue a new sync after one that did not succeed."""
        _for_step(request, run_id, permissions.RUN_SYNC)
        if request.method != "POST":
            return _to_run(run_id)
        try:
            new_id = dispatch.queue_sync(SyncRun.Trigger.ADMIN, request.user.get_username())
            record_action(request, Kind.SYNC, run=str(new_id))
        except SyncError as error:
            messages.warning(request, _("Not started: %(reason)s.") % {"reason": message_text(error.text)})
        return HttpResponseRedirect(reverse("sync_admin:page"))

    def _asked(self, request: HttpRequest, run: SyncRun, *, is_approval: bool) -> HttpResponse:
        """Show a confirmation page for a decision."""
        if run.state != State.HELD:
            messages.warning(request, what_happened("run_not_held"))
            return _to_run(run.pk)
        title = _("Approve this list?") if is_approval else _("Reject this list?")
        context = {**self.admin_site.each_context(request), "title": title, "run": run}
        context |= {"is_approval": is_approval, "reasons": _reasons(run)}
        return render(request, "sync/run/decide.html", context)


def _for_step(request: HttpRequest, run_id: int, permission: str) -> SyncRun:
    """Return the run if the user has the permission. Raises: PermissionDenied, Http404."""
    if not request.user.has_perms((permission, permissions.SEE_RUNS)):
        raise PermissionDenied
    return get_object_or_404(SyncRun, pk=run_id)


def _to_run(run_id: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:sync_syncrun_change", args=[run_id]))


def _context(request: HttpRequest, run: SyncRun) -> dict[str, Any]:
    """Return the template context of a run's page."""
    is_all = "all" in request.GET
    may_see_changes = request.user.has_perms(SEE_CHANGES)
    limit = None if is_all else _SHOWN_CHANGES
    changes, change_count = _changes(run, limit=limit) if may_see_changes else ([], 0)
    longest = max(run.stages.values(), default=0)
    return {
        "run": run,
        "title": _("Sync %(number)s") % {"number": run.pk},
        "subtitle": None,
        "attempts": [(each, _kept_artifacts(each) if may_see_changes else []) for each in run.attempts.all()],
        "stages": [
            (stage_label(name), took, 100 * took // (longest or 1)) for name, took in run.stages.items()
        ],
        "what_happened": what_happened(run.error_code),
        "what_to_do": what_to_do(run.error_code),
        "notes": [message_text(note) for note in run.notes],
        "reasons": _reasons(run),
        "changes": changes,
        "change_count": change_count,
        "screenshot": artifacts.path_of(run.screenshot, settings.ARTIFACTS_DIR),
        "trace": artifacts.path_of(run.trace, settings.ARTIFACTS_DIR),
        "may_decide": run.state == State.HELD and request.user.has_perm(permissions.DECIDE_RUN),
        "may_run_again": run.state in _RETRYABLE_STATES and request.user.has_perm(permissions.RUN_SYNC),
        "may_see_changes": may_see_changes,
    }


def _kept_artifacts(attempt: SyncAttempt) -> list[tuple[str, str]]:
    """Return the kinds of an attempt's files that are still there, each with its name for staff."""
    return [
        (kind, str(name))
        for kind, name in _ARTIFACT_NAMES.items()
        if artifacts.path_of(getattr(attempt, kind), settings.ARTIFACTS_DIR)
    ]


def _reasons(run: SyncRun) -> list[dict[str, str]]:
    """Return why a run is held, or a dry one would be, each reason with what to do."""
    return [{"message": message_text(each), "help": what_to_do(each["code"])} for each in reasons_of(run)]


def _changes(run: SyncRun, *, limit: int | None) -> tuple[list[dict[str, Any]], int]:
    """Return the changes that a run made or plans, and their number before the limit."""
    stored = stored_changes(run)
    count = stored.count() if isinstance(stored, QuerySet) else len(stored)
    return [_change_row(shown(change)) for change in stored[:limit]], count


def _change_row(change: RunChange) -> dict[str, Any]:
    return {
        "pk": change.customer_pk,
        "erp_id": change.erp_id,
        "name": change.name,
        "kind": CustomerChange.Kind(change.kind).label,
        "fields": changed_fields(change.kind, change.fields),
    }
