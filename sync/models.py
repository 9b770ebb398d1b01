"""Sync runs, their attempts, held lists, previews, the suspension of scheduled runs, and alerts."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.erp_list.delta import COUNT_NAMES


def no_counts() -> dict[str, int]:
    """Return the counts of a run that wrote nothing."""
    return dict.fromkeys(COUNT_NAMES, 0)


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    """Filters of runs that are used in more than one place."""

    def real(self) -> Self:
        """Leave out dry runs."""
        return self.filter(is_dry=False)

    def counted(self) -> Self:
        """Keep runs that monitoring counts: no dry runs, no uploads, none that a person cancelled."""
        return self.real().filter(is_upload=False, cancelled_by="")

    def ended(self) -> Self:
        """Keep runs in a final state; a held run is not in one."""
        state = SyncRun.State
        return self.filter(state__in=(state.SUCCEEDED, state.FAILED, state.REJECTED, state.ABANDONED))

    def succeeded(self) -> Self:
        return self.filter(state=SyncRun.State.SUCCEEDED)

    def for_list(self) -> Self:
        """Defer the long fields that a list of runs does not show."""
        return self.defer("log", "layout", "stages", "notes")


class SyncRun(models.Model):
    """One sync. Only `sync.runs` changes its state."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        HELD = "held", _("held")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        REJECTED = "rejected", _("rejected")
        ABANDONED = "abandoned", _("abandoned")

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("schedule")
        STARTUP = "startup", _("start-up")
        ADMIN = "admin", _("admin")
        API = "api", _("API")
        CLI = "cli", _("command line")

    trigger = models.CharField(_("trigger"), max_length=16, choices=Trigger.choices)
    requested_by = models.CharField(_("requested by"), max_length=150, blank=True)
    # Who approved or rejected the list of a held run.
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    # Who asked the running run to stop; its process sees it with its next heartbeat.
    cancelled_by = models.CharField(_("cancelled by"), max_length=150, blank=True)
    is_dry = models.BooleanField(_("dry run"), default=False)
    # Its list was uploaded by a person, not fetched from the ERP.
    is_upload = models.BooleanField(default=False, editable=False)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(_("created"), db_index=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # The lease: only the process with the token may write; a run without a heartbeat is abandoned.
    lease_token = models.UUIDField(null=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    stage = models.CharField(_("stage"), max_length=16, blank=True)
    stage_done = models.PositiveIntegerField(default=0)
    stage_total = models.PositiveIntegerField(default=0)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    stages = models.JSONField(_("stages"), default=dict, blank=True)
    counts = models.JSONField(_("counts"), default=no_counts, blank=True)
    # The captions in printed order and the pages per group, compared with the last run's to note a change.
    layout = models.JSONField(default=dict, blank=True, editable=False)
    # What the ERP showed (account, view, filter, pager): see `sync.runs.seen`.
    seen = models.JSONField(default=dict, blank=True, editable=False)
    file_sha256 = models.CharField(_("file's SHA-256"), max_length=64, blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    # In English, and with its parameters as in ``Message.as_json``; see `sync.formatting.error_text`.
    error_message = models.TextField(_("error"), blank=True)
    error_text = models.JSONField(default=dict, blank=True, editable=False)
    notes = models.JSONField(_("notes"), default=list, blank=True)
    log = models.TextField(_("log"), blank=True)
    # Names of files in the artifacts folder.
    screenshot = models.CharField(_("screenshot"), max_length=200, blank=True)
    trace = models.CharField(_("trace"), max_length=200, blank=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ("-created_at", "-pk")
        permissions = (
            ("run_sync", "Can start a sync"),
            ("edit_schedule", "Can change the schedule"),
            ("decide_run", "Can approve or reject a held run"),
        )
        constraints = (
            # At most one run is running, across all hosts.
            models.UniqueConstraint(
                fields=("state",), condition=models.Q(state="running"), name="sync_one_run_at_a_time"
            ),
            # At most one run is queued: a second request is refused.
            models.UniqueConstraint(
                fields=("state",), condition=models.Q(state="queued"), name="sync_one_queued_run"
            ),
        )
        # Asked for by each run and by every open sync page, where a year of runs would be read through.
        indexes = (
            models.Index(fields=("finished_at", "id"), name="sync_run_by_end"),
            models.Index(fields=("created_at",), condition=models.Q(state="held"), name="sync_held_run"),
        )

    def __str__(self) -> str:
        return f"{self.pk} ({self.state})"

    @property
    def duration_ms(self) -> int | None:
        """How long the run took, in milliseconds; None until it has ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)


class SyncAttempt(models.Model):
    """One attempt of a run: transient errors are retried."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("number"))
    started_at = models.DateTimeField(_("started"))
    duration_ms = models.PositiveIntegerField(_("duration (ms)"))
    stages = models.JSONField(_("stages"), default=dict)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    # In English, and with its parameters as in ``Message.as_json``; see `sync.formatting.error_text`.
    error_message = models.TextField(_("error"), blank=True)
    error_text = models.JSONField(default=dict, blank=True, editable=False)
    file_sha256 = models.CharField(_("file's SHA-256"), max_length=64, blank=True)
    screenshot = models.CharField(_("screenshot"), max_length=200, blank=True)
    trace = models.CharField(_("trace"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("run", "number")
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="sync_attempt_number"),)

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"


class HeldList(models.Model):
    """The file of a held run and what it would change, kept until a person decides.

    It is stored in the database, since it may be applied on another host than the one that fetched it.
    """

    run = models.OneToOneField(SyncRun, on_delete=models.CASCADE, related_name="held_list")
    file = models.BinaryField()
    reasons: models.JSONField[Any, Any] = models.JSONField(_("reasons"), default=list)
    changes: models.JSONField[Any, Any] = models.JSONField(_("changes"), default=list)

    class Meta:
        verbose_name = _("held list")
        verbose_name_plural = _("held lists")

    def __str__(self) -> str:
        return str(self.run_id)


class Preview(models.Model):
    """What a dry run would change, and why its list would be held."""

    run = models.OneToOneField(SyncRun, on_delete=models.CASCADE, related_name="preview")
    reasons: models.JSONField[Any, Any] = models.JSONField(_("reasons"), default=list)
    changes: models.JSONField[Any, Any] = models.JSONField(_("changes"), default=list)

    class Meta:
        verbose_name = _("preview")
        verbose_name_plural = _("previews")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.run_id)


class Suspension(models.Model):
    """Scheduled runs are suspended while this row exists: see `sync.monitoring.suspension`.

    There is one row at most. It is deleted when a person resumes, when a sync started by a person logs in,
    when the account has changed or, after connection timeouts, when the ERP's host answers again.
    """

    since = models.DateTimeField(_("since"))
    run = models.ForeignKey(SyncRun, null=True, on_delete=models.SET_NULL, related_name="+")
    error_code = models.CharField(_("error code"), max_length=40)
    error_message = models.TextField(_("error"))
    error_text = models.JSONField(default=dict, blank=True, editable=False)
    # A keyed hash of address, user and password, to notice a change without storing them.
    account_hash = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")

    def __str__(self) -> str:
        return self.error_code


class Alert(models.Model):
    """An alert to staff, stored so that each channel gets it once, even after a restart."""

    class Kind(models.TextChoices):
        FAILING = "failing", _("syncs fail")
        RECOVERED = "recovered", _("syncs work again")
        SUSPENDED = "suspended", _("scheduled syncs suspended")
        HELD = "held", _("a list waits for a decision")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    run = models.ForeignKey(SyncRun, null=True, on_delete=models.SET_NULL, related_name="alerts")
    created_at = models.DateTimeField(_("created"), db_index=True)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    # The names of the channels it was not delivered to yet, and the time of the last try.
    pending: models.JSONField[Any, Any] = models.JSONField(
        _("not yet delivered to"), default=list, blank=True
    )
    tried_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-pk",)
        # If two processes notice the same cause, one alert is raised.
        constraints = (models.UniqueConstraint(fields=("kind", "run"), name="sync_one_alert_a_run"),)

    def __str__(self) -> str:
        return self.subject
