"""Serializers of runs, status, schedule and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypedDict

from rest_framework import serializers

from customers.api.base import CamelCaseModelSerializer, CamelCaseSerializer, UtcDateTimeField
from customers.api.serializers import ChangedField, changed_fields
from customers.labels import message_text
from customers.models import CustomerChange
from sync.formatting import error_text
from sync.models import SyncAttempt, SyncRun
from sync.permissions import SEE_RUNS
from sync.runs.changes import RunChange, reasons_of, shown
from sync.scheduling.schedule import MAX_MINUTES, MIN_MINUTES

_READERS_KEYS = ("log", "screenshot", "trace")
_FOR_READERS = "only for accounts that may read runs"


class Fault(TypedDict):
    code: str
    message: str


class CountsSerializer(CamelCaseSerializer):
    """Number of customers by outcome."""

    rows = serializers.IntegerField()
    new = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    missing = serializers.IntegerField()
    removed = serializers.IntegerField()
    restored = serializers.IntegerField()
    rejected = serializers.IntegerField()


class _WithError(CamelCaseModelSerializer):
    error = serializers.SerializerMethodField()

    def get_error(self, failed: SyncRun | SyncAttempt) -> Fault | None:
        if not failed.error_code:
            return None
        return {"code": failed.error_code, "message": error_text(failed)}


class AttemptSerializer(_WithError):
    stages = serializers.DictField(child=serializers.IntegerField(), help_text="milliseconds by stage")

    class Meta:
        model = SyncAttempt
        fields = ("number", "started_at", "duration_ms", "stages", "error")
        read_only_fields = fields


class RunSerializer(_WithError):
    duration_ms = serializers.IntegerField(allow_null=True, read_only=True)
    counts = CountsSerializer()

    class Meta:
        model = SyncRun
        fields: ClassVar[tuple[str, ...]] = (
            "id",
            "trigger",
            "requested_by",
            "is_dry",
            "state",
            "created_at",
            "started_at",
            "finished_at",
            "duration_ms",
            "attempt_count",
            "counts",
            "error",
        )
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    """One run in full. Who decides on a run but may not read runs gets no log and no file names."""

    attempts = AttemptSerializer(many=True, read_only=True)
    stages = serializers.DictField(child=serializers.IntegerField(), help_text="milliseconds by stage")
    reasons = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()
    log = serializers.CharField(required=False, help_text=_FOR_READERS)
    screenshot = serializers.CharField(required=False, help_text=_FOR_READERS)
    trace = serializers.CharField(required=False, help_text=_FOR_READERS)

    class Meta(RunSerializer.Meta):
        fields = (
            *RunSerializer.Meta.fields,
            "attempts",
            "stages",
            "reasons",
            "notes",
            "file_sha256",
            *_READERS_KEYS,
        )
        read_only_fields = fields

    def get_reasons(self, run: SyncRun) -> list[Fault]:
        """Return why the list is held, or would be if it were no dry run."""
        return [{"code": each["code"], "message": message_text(each)} for each in reasons_of(run)]

    def get_notes(self, run: SyncRun) -> list[str]:
        return [message_text(note) for note in run.notes]

    def to_representation(self, instance: SyncRun) -> dict[str, Any]:
        answer: dict[str, Any] = super().to_representation(instance)
        if not self.context["request"].user.has_perm(SEE_RUNS):
            for key in _READERS_KEYS:
                del answer[key]
        return answer


class RunChangeSerializer(CamelCaseSerializer):
    erp_id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CustomerChange.Kind.choices)
    changed_fields = serializers.SerializerMethodField()

    def get_changed_fields(self, change: RunChange) -> list[ChangedField]:
        """Return the old and new value of each changed field as text, null for empty."""
        return changed_fields(change.fields)

    def to_representation(self, instance: Mapping[str, Any] | CustomerChange) -> dict[str, Any]:
        answer: dict[str, Any] = super().to_representation(shown(instance))
        return answer


class StrictBooleanField(serializers.BooleanField):
    """A JSON ``true`` or ``false``: neither ``"true"`` nor ``1``."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class QueueSyncSerializer(CamelCaseSerializer):
    dry_run = StrictBooleanField(
        default=False, help_text="write no customers; the run shows what would change"
    )


class QueuedRunSerializer(CamelCaseSerializer):
    run_id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[SyncRun.State.QUEUED.value])


class CancelledRunSerializer(CamelCaseSerializer):
    run_id = serializers.IntegerField()


class StatusSerializer(CamelCaseSerializer):
    """What runs now. Without a run, its fields are null."""

    state = serializers.ChoiceField(choices=["idle", "queued", "running"])
    message = serializers.CharField()
    run_id = serializers.IntegerField(allow_null=True)
    trigger = serializers.ChoiceField(choices=SyncRun.Trigger.choices, allow_null=True)
    requested_by = serializers.CharField(allow_null=True)
    stage = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(help_text="0 where it is not known")
    percent = serializers.IntegerField(allow_null=True, min_value=0, max_value=100)
    started_at = UtcDateTimeField(allow_null=True)
    next_run = UtcDateTimeField(allow_null=True)
    suspended = serializers.CharField(
        allow_null=True, help_text="why scheduled syncs are suspended, where they are"
    )


class ScheduleSerializer(CamelCaseSerializer):
    enabled = serializers.BooleanField()
    interval_minutes = serializers.IntegerField()
    next_run = UtcDateTimeField(allow_null=True)


class WholeMinutesField(serializers.IntegerField):
    """A whole JSON number: neither ``"15"`` nor ``true`` nor ``15.5``, but ``15.0`` is one."""

    def to_internal_value(self, data: Any) -> int:
        is_whole = isinstance(data, int | float) and not isinstance(data, bool) and data % 1 == 0
        if not is_whole:
            self.fail("invalid")
        return super().to_internal_value(int(data))


class FrequencySerializer(CamelCaseSerializer):
    interval_minutes = WholeMinutesField(min_value=MIN_MINUTES, max_value=MAX_MINUTES)


class LastResultSerializer(CamelCaseSerializer):
    success = serializers.BooleanField()
    customers_processed = serializers.IntegerField()
    new_customers = serializers.IntegerField()
    updated_customers = serializers.IntegerField()
    duration = serializers.IntegerField(help_text="milliseconds")
    error = serializers.CharField(required=False, help_text="only where there is one")


class MetricsSerializer(CamelCaseSerializer):
    last_sync_time = UtcDateTimeField(allow_null=True)
    last_result = LastResultSerializer(allow_null=True)
    total_syncs = serializers.IntegerField(help_text="attempts")
    consecutive_failures = serializers.IntegerField(help_text="runs that failed in a row")
    average_duration = serializers.IntegerField(help_text="milliseconds an attempt")
    health = serializers.ChoiceField(choices=["healthy", "degraded"])


class ReaderSerializer(CamelCaseSerializer):
    status = serializers.ChoiceField(choices=["ok"])
    rows = serializers.IntegerField()
    duration_ms = serializers.IntegerField()
