"""The REST API of the sync: metrics, status, runs, schedule, and the calls that change something."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.actions import Kind, record_action
from customers.models import CustomerChange
from customers.permissions import SEE_CHANGES
from sync import permissions, pipeline
from sync.api.filters import RunFilters
from sync.api.serializers import (
    CancelledRunSerializer,
    FrequencySerializer,
    MetricsSerializer,
    QueuedRunSerializer,
    QueueSyncSerializer,
    ReaderSerializer,
    RunChangeSerializer,
    RunDetailSerializer,
    RunSerializer,
    ScheduleSerializer,
    StatusSerializer,
)
from sync.api.throttling import SteeringThrottle
from sync.config import sync_config
from sync.formatting import error_text
from sync.models import SyncRun
from sync.monitoring import suspension
from sync.monitoring.metrics import metrics
from sync.permissions import MaySteer
from sync.report.builtin import check_reader
from sync.runs import lifecycle
from sync.runs.changes import stored_changes
from sync.runs.status import current_status
from sync.scheduling import dispatch, schedule

logger = logging.getLogger(__name__)

CONFLICT = {status.HTTP_409_CONFLICT: OpenApiResponse(description="not now: the code says why")}


class InvalidInterval(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_interval"
    default_detail = format_lazy("intervalMinutes: {}", _(schedule.INTERVAL_ERROR))


class ReaderBroken(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "reader_broken"
    default_detail = _("The built-in report can't be read on this machine: see the server's log.")


# No docstring: the schema would show it for subclasses without one.
class SteeringView(APIView):  # a call that changes something; subclasses set the required permission
    permission_classes = (MaySteer,)
    throttle_classes = (SteeringThrottle,)
    steering_permission: str
    read_permissions: tuple[str, ...] = ()


class MetricsView(APIView):
    read_permissions = (permissions.SEE_RUNS,)

    @extend_schema(operation_id="getMetrics", summary="Show the counters", responses=MetricsSerializer)
    def get(self, request: Request) -> Response:
        """Answered from the cache, without a query of the database."""
        return Response(metrics())


class StatusView(APIView):
    read_permissions = (permissions.SEE_RUNS,)

    @extend_schema(operation_id="getStatus", summary="Show what runs now", responses=StatusSerializer)
    def get(self, request: Request) -> Response:
        now = current_status(sync_config().lease_s)
        suspended = suspension.suspended()
        answer = {
            **vars(now),
            "percent": now.percent,
            "next_run": schedule.current_schedule().next_run,
            "suspended": error_text(suspended) if suspended else None,
        }
        return Response(StatusSerializer(answer).data)


class SyncView(SteeringView):
    steering_permission = permissions.RUN_SYNC

    @extend_schema(
        operation_id="queueSync",
        summary="Sync now",
        request=QueueSyncSerializer,
        responses={status.HTTP_202_ACCEPTED: QueuedRunSerializer, **CONFLICT},
    )
    def post(self, request: Request) -> Response:
        """Queue a sync and return its run at once; 409 `sync_running` while one runs or is queued.

        A dry run writes no customers: its run and the run's changes show what a sync would do.
        """
        wanted = QueueSyncSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        is_dry = wanted.validated_data["dry_run"]
        run_id = dispatch.queue_sync(SyncRun.Trigger.API, request.user.get_username(), is_dry=is_dry)
        record_action(request, Kind.DRY_RUN if is_dry else Kind.SYNC, run=str(run_id))
        queued = {"run_id": run_id, "state": SyncRun.State.QUEUED}
        return Response(QueuedRunSerializer(queued).data, status.HTTP_202_ACCEPTED)


class CancelView(SteeringView):
    steering_permission = permissions.RUN_SYNC

    @extend_schema(
        operation_id="cancelSync",
        summary="End the running sync",
        request=None,
        responses={status.HTTP_202_ACCEPTED: CancelledRunSerializer, **CONFLICT},
    )
    def post(self, request: Request) -> Response:
        """The run writes nothing any more and ends as `stopped` within seconds, on whatever host it runs.

        409 `sync_not_running` where none runs.
        """
        run_id = lifecycle.cancel(by=request.user.get_username(), lease_s=sync_config().lease_s)
        record_action(request, Kind.CANCELLED, run=str(run_id))
        return Response(CancelledRunSerializer({"run_id": run_id}).data, status.HTTP_202_ACCEPTED)


@extend_schema_view(
    get=extend_schema(operation_id="listRuns", summary="Show the history of runs, newest first")
)
class RunListView(ListAPIView[SyncRun]):
    read_permissions = (permissions.SEE_RUNS,)
    queryset = SyncRun.objects.for_list()
    serializer_class = RunSerializer
    filterset_class = RunFilters


@extend_schema_view(get=extend_schema(operation_id="getRun", summary="Show one run with its attempts"))
class RunView(RetrieveAPIView[SyncRun]):
    read_permissions = (permissions.SEE_RUNS,)
    queryset = SyncRun.objects.prefetch_related("attempts")
    serializer_class = RunDetailSerializer
    lookup_url_kwarg = "run_id"


@extend_schema_view(
    get=extend_schema(
        operation_id="listRunChanges",
        summary="Show what a run changed, or would change",
        responses=RunChangeSerializer,
    )
)
class RunChangeListView(ListAPIView[Any]):
    """What a held or dry run would change; for a finished one, what it changed."""

    read_permissions = SEE_CHANGES
    serializer_class = RunChangeSerializer
    filter_backends = ()
    queryset = CustomerChange.objects.none()

    def get_queryset(self) -> Any:
        return stored_changes(_existing(self.kwargs["run_id"]))


class ApproveView(SteeringView):
    steering_permission = permissions.DECIDE_RUN

    @extend_schema(
        operation_id="approveRun",
        summary="Apply the list of a held run",
        request=None,
        responses={status.HTTP_200_OK: RunDetailSerializer, **CONFLICT},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Apply exactly the file that was held, and answer when that is done (a few seconds).

        409 `run_not_held`, `list_superseded`, `sync_running`, or the reason why it can't be applied.
        """
        _existing(run_id)
        result = pipeline.approve(run_id, sync_config(), by=request.user.get_username())
        if result.error is not None:
            raise result.error
        record_action(request, Kind.APPROVED, run=str(run_id))
        return run_answer(request, run_id)


class RejectView(SteeringView):
    steering_permission = permissions.DECIDE_RUN

    @extend_schema(
        operation_id="rejectRun",
        summary="End a held run without applying its list",
        request=None,
        responses={status.HTTP_200_OK: RunDetailSerializer, **CONFLICT},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """409 `run_not_held` where it does not wait for a decision any more."""
        _existing(run_id)
        lifecycle.reject(run_id, by=request.user.get_username())
        record_action(request, Kind.REJECTED, run=str(run_id))
        return run_answer(request, run_id)


def _existing(run_id: int) -> SyncRun:
    return get_object_or_404(SyncRun.objects.prefetch_related("attempts"), pk=run_id)


def run_answer(request: Request, run_id: int, status_code: int = status.HTTP_200_OK) -> Response:
    return Response(RunDetailSerializer(_existing(run_id), context={"request": request}).data, status_code)


class FrequencyView(SteeringView):
    steering_permission = permissions.EDIT_SCHEDULE
    read_permissions = (permissions.SEE_RUNS,)

    @extend_schema(operation_id="getFrequency", summary="Show the schedule", responses=ScheduleSerializer)
    def get(self, request: Request) -> Response:
        return _schedule_answer()

    @extend_schema(
        operation_id="setFrequency",
        summary="Change the interval",
        request=FrequencySerializer,
        responses=ScheduleSerializer,
    )
    def post(self, request: Request) -> Response:
        """The next sync comes that many minutes from now, without a restart. 400 `invalid_interval`."""
        wanted = FrequencySerializer(data=request.data)
        if not wanted.is_valid():
            raise InvalidInterval
        minutes, before = wanted.validated_data["interval_minutes"], schedule.current_schedule()
        with transaction.atomic():
            schedule.set_interval(minutes)
            record_action(request, Kind.INTERVAL, before=before.interval_minutes, minutes=minutes)
        return _schedule_answer()


class StartView(SteeringView):
    steering_permission = permissions.EDIT_SCHEDULE

    @extend_schema(
        operation_id="startSchedule",
        summary="Turn the schedule on",
        request=None,
        responses=ScheduleSerializer,
    )
    def post(self, request: Request) -> Response:
        return _turned(request, on=True)


class StopView(SteeringView):
    steering_permission = permissions.EDIT_SCHEDULE

    @extend_schema(
        operation_id="stopSchedule",
        summary="Turn the schedule off",
        request=None,
        responses=ScheduleSerializer,
    )
    def post(self, request: Request) -> Response:
        """A sync that runs goes on to its end."""
        return _turned(request, on=False)


def _turned(request: Request, *, on: bool) -> Response:
    with transaction.atomic():
        schedule.set_enabled(on)
        record_action(request, Kind.SCHEDULE_ON if on else Kind.SCHEDULE_OFF)
    return _schedule_answer()


class ResumeView(SteeringView):
    steering_permission = permissions.EDIT_SCHEDULE

    @extend_schema(
        operation_id="resumeSchedule",
        summary="Resume suspended scheduled syncs",
        request=None,
        responses=ScheduleSerializer,
    )
    def post(self, request: Request) -> Response:
        """Changes nothing where scheduled syncs are not suspended."""
        if suspension.resume(request.user.get_username()):
            record_action(request, Kind.RESUMED)
        return _schedule_answer()


def _schedule_answer() -> Response:
    return Response(ScheduleSerializer(schedule.current_schedule()).data)


class PdfParserView(APIView):
    read_permissions = ()

    @extend_schema(
        operation_id="checkReader",
        summary="Read a small built-in report",
        responses={
            status.HTTP_200_OK: ReaderSerializer,
            status.HTTP_503_SERVICE_UNAVAILABLE: OpenApiResponse(description="it can't be read"),
        },
    )
    def get(self, request: Request) -> Response:
        started = time.monotonic()
        try:
            rows = check_reader()
        except Exception as exc:
            # Any exception means that the reader is broken.
            logger.exception("the built-in report can't be read")
            raise ReaderBroken from exc
        duration_ms = round((time.monotonic() - started) * 1000)
        return Response(ReaderSerializer({"status": "ok", "rows": rows, "duration_ms": duration_ms}).data)
