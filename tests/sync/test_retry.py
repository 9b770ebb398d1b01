"""The number of retries and the waits before them; the tests shorten the waits by a factor of 1,000."""

from __future__ import annotations

import re
from typing import Any

import pytest

from archibald import settings as default_settings
from sync.errors import ErpUnreachable, LoginRejected, SyncError
from sync.models import SyncAttempt
from sync.runs.progress import Progress
from tests.sync.scripted import sync

pytestmark = pytest.mark.django_db(transaction=True)


def waits_of(caplog: pytest.LogCaptureFixture, *errors: SyncError) -> list[float]:
    """Fail with the errors; return the waits between attempts in seconds, from the log."""
    caplog.set_level("INFO")
    assert sync(*errors).state == "failed"
    found = (re.fullmatch(r"trying again in ([\d.]+) s", line) for line in caplog.messages)
    return [float(match[1]) for match in found if match]


def unreachable(times: int) -> list[SyncError]:
    return [ErpUnreachable("away") for _ in range(times)]


def test_the_waits_between_three_attempts_are_once_and_twice_the_setting(
    caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.SYNC_RETRY_WAIT_S = 0.005
    assert waits_of(caplog, *unreachable(3)) == [0.005, 0.01]
    assert SyncAttempt.objects.count() == 3


def test_the_wait_before_a_fourth_attempt_is_four_times_the_setting(
    caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.SYNC_RETRY_WAIT_S = 0.005
    settings.SYNC_ATTEMPTS = 4
    assert waits_of(caplog, *unreachable(4)) == [0.005, 0.01, 0.02]


def test_the_first_of_two_default_waits_is_5_seconds(settings: Any) -> None:
    settings.SYNC_RETRY_WAIT_S = default_settings.SYNC_RETRY_WAIT_S
    shown: list[Progress] = []
    result = sync(*unreachable(3), on_progress=shown.append, stop=lambda: shown[-1].stage == "waiting")
    assert default_settings.SYNC_ATTEMPTS == 3
    assert shown[-1] == Progress("waiting", 0, 5)
    assert result.error is not None
    assert result.error.code == "stopped"


def test_attempts_start_after_the_wait(settings: Any) -> None:
    settings.SYNC_RETRY_WAIT_S = 0.05
    sync(*unreachable(2), LoginRejected("refused"))
    first, second, third = SyncAttempt.objects.order_by("number").values_list("started_at", flat=True)
    # Start times are computed from durations in whole milliseconds.
    assert (second - first).total_seconds() >= 0.049
    assert (third - second).total_seconds() >= 0.099


def test_a_rejected_password_is_not_retried(caplog: pytest.LogCaptureFixture) -> None:
    assert waits_of(caplog, LoginRejected("refused"), *unreachable(2)) == []
    assert SyncAttempt.objects.count() == 1
