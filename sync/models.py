"""What is known of each run: its state, its attempts, and the list that waits for a person."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

COUNT_NAMES = ("rows", "new", "updated", "unchanged", "missing", "removed", "restored", "rejected")


def no_counts() -> dict[str, int]:
    """Return the counts of a run that got nowhere."""
    return dict.fromkeys(COUNT_NAMES, 0)


class SyncRun(models.Model):
    """One sync, from the claim to its one end. Only `sync.runs` moves it from state to state."""

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
    # Who approved or rejected the list of a run that was held.
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True)
    is_dry = models.BooleanField(_("dry run"), default=False)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.QUEUED)
    created_at = models.DateTimeField(_("created"), db_index=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    # The lease: whoever knows the token may write; a heartbeat too old lets the next claim take over.
    lease_token = models.UUIDField(null=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    stage = models.CharField(_("stage"), max_length=16, blank=True)
    stage_done = models.PositiveIntegerField(default=0)
    stage_total = models.PositiveIntegerField(default=0)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    stages = models.JSONField(_("stages"), default=dict, blank=True)
    counts = models.JSONField(_("counts"), default=no_counts, blank=True)
    # The captions in printed order and the pages a group: told apart from the last run's, a change is noted.
    layout = models.JSONField(default=dict, blank=True, editable=False)
    # What was seen of the ERP (account, view, filter, pager), see `sync.seen`.
    seen = models.JSONField(default=dict, blank=True, editable=False)
    file_sha256 = models.CharField(_("file's SHA-256"), max_length=64, blank=True)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_message = models.TextField(_("error"), blank=True)
    notes = models.JSONField(_("notes"), default=list, blank=True)
    log = models.TextField(_("log"), blank=True)
    # Names of files below the artifacts' folder.
    screenshot = models.CharField(_("screenshot"), max_length=200, blank=True)
    trace = models.CharField(_("trace"), max_length=200, blank=True)

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
            # At most one run is running, whoever asks: the database decides, on every host.
            models.UniqueConstraint(
                fields=("state",), condition=models.Q(state="running"), name="sync_one_run_at_a_time"
            ),
            # Nor does a second one wait: whoever asks is told that a sync is on its way.
            models.UniqueConstraint(
                fields=("state",), condition=models.Q(state="queued"), name="sync_one_queued_run"
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk} ({self.state})"

    @property
    def duration_ms(self) -> int | None:
        """How long the run took, in milliseconds; None while it has not ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)


class SyncAttempt(models.Model):
    """One try of a run: a run whose fault may pass is tried again."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField(_("number"))
    started_at = models.DateTimeField(_("started"))
    duration_ms = models.PositiveIntegerField(_("duration (ms)"))
    stages = models.JSONField(_("stages"), default=dict)
    error_code = models.CharField(_("error code"), max_length=40, blank=True)
    error_message = models.TextField(_("error"), blank=True)
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
    """The very file of a held run, kept until a person decides on it, and what it would change.

    It stays in the database, since who decides may sit on another host than the one that fetched it.
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


class Suspension(models.Model):
    """Scheduled runs are suspended, since going on trying could get this host blocked: `sync.suspension`.

    One row at most. It ends when a person resumes, when a sync that a person started gets in, when the
    account is another one, or, where the ERP's host answered no connection, when it answers one.
    """

    since = models.DateTimeField(_("since"))
    run = models.ForeignKey(SyncRun, null=True, on_delete=models.SET_NULL, related_name="+")
    error_code = models.CharField(_("error code"), max_length=40)
    error_message = models.TextField(_("error"))
    # A keyed hash of address, user and password: tells whether they changed, and not what they are.
    account_hash = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")

    def __str__(self) -> str:
        return self.error_code


class Alert(models.Model):
    """One notice to staff, kept so that it is told once, and to every channel in the end."""

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
    # The names of the channels that have not taken it yet, and when they were last tried.
    pending: models.JSONField[Any, Any] = models.JSONField(_("not told yet"), default=list, blank=True)
    tried_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-pk",)
        # Two processes that see the same cause raise one alert.
        constraints = (models.UniqueConstraint(fields=("kind", "run"), name="sync_one_alert_a_run"),)

    def __str__(self) -> str:
        return self.subject
