"""Scheduled runs are suspended after a refused login or a host that does not answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import generate
from sync.config import SyncConfig, sync_config
from sync.errors import ErpConnectionTimedOut, LoginBlocked, LoginRejected, LoginUnknown, SyncError
from sync.models import Suspension, SyncRun
from sync.monitoring import suspension
from sync.pipeline import run_sync
from sync.sources import ErpSource
from tests.conftest import DrawList
from tests.log_lines import logged_by
from tests.queries import before_first
from tests.sync.monitoring.kept_runs import keep_run
from tests.sync.scripted import fail, fail_thrice, sync

REJECTED = LoginRejected("the ERP refuses the user or the password")

pytestmark = pytest.mark.django_db


@pytest.fixture
def config(settings: Any) -> SyncConfig:
    settings.ARCHIBALD_URL = "https://erp.example.com/Archibald"
    settings.ARCHIBALD_USERNAME = "agente"
    settings.ARCHIBALD_PASSWORD = "di-prima"
    return sync_config()


@pytest.mark.parametrize("error", [REJECTED, LoginBlocked("no more logins today"), LoginUnknown("no answer")])
def test_a_refused_account_suspends(error: SyncError, config: SyncConfig) -> None:
    run_id = sync(error).run_id
    found = suspension.end_if_over(config)
    assert found is not None
    assert (found.run_id, found.error_code, found.error_message) == (run_id, error.code, error.message)


def test_a_dry_run_also_suspends(config: SyncConfig) -> None:
    sync(REJECTED, is_dry=True)
    assert suspension.end_if_over(config) is not None


def test_other_failures_do_not_suspend(config: SyncConfig) -> None:
    fail_thrice()
    assert suspension.end_if_over(config) is None


def test_an_unchanged_account_stays_suspended(config: SyncConfig) -> None:
    sync(REJECTED)
    assert [suspension.end_if_over(sync_config()) is not None for _ in range(3)] == [True] * 3


@pytest.mark.parametrize(
    "changed",
    [{"password": "di-poi"}, {"username": "altro"}, {"base_url": "https://neu.example.com/Archibald"}],
)
def test_the_suspension_ends_when_the_account_changes(changed: dict[str, Any], config: SyncConfig) -> None:
    sync(REJECTED)
    assert suspension.end_if_over(replace(config, erp=replace(config.erp, **changed))) is None
    assert suspension.suspended() is None


def test_a_character_moved_from_user_to_password_is_a_change(config: SyncConfig) -> None:
    sync(REJECTED)
    moved = replace(config.erp, username="agent", password="edi-prima")
    assert suspension.end_if_over(replace(config, erp=moved)) is None


def test_reading_the_suspension_does_not_end_it(config: SyncConfig, settings: Any) -> None:
    """The web process may run without the ERP's account."""
    sync(REJECTED)
    settings.ARCHIBALD_PASSWORD = ""
    assert suspension.suspended() is not None
    assert suspension.end_if_over(config) is not None


def test_the_suspension_and_its_run_are_read_in_one_query(
    config: SyncConfig, django_assert_num_queries: Any
) -> None:
    sync(REJECTED)
    with django_assert_num_queries(1):
        found = suspension.suspended()
        assert found is not None
        assert found.run is not None
        assert found.run.state == "failed"


@pytest.mark.parametrize("later", [REJECTED, LoginBlocked("no more logins today")])
def test_a_suspension_that_another_process_stores_meanwhile_stays(
    later: SyncError, config: SyncConfig
) -> None:
    """It is for the account that has changed, or for another reason."""
    sync(REJECTED)
    run_id = SyncRun.objects.get().pk
    other = replace(config, erp=replace(config.erp, username="altro"))
    account = other if later is REJECTED else config
    with before_first(("DELETE", "sync_suspension"), lambda: suspension.suspend(run_id, later, account)):
        assert suspension.end_if_over(other) is None
    found = suspension.suspended()
    assert found is not None
    assert found.error_code == later.code


def test_repeated_refusals_keep_one_row(config: SyncConfig) -> None:
    sync(REJECTED)
    later = sync(REJECTED).run_id
    assert Suspension.objects.get().run_id == later


def test_resuming_ends_the_suspension(config: SyncConfig) -> None:
    sync(REJECTED)
    assert suspension.resume(by="carla")
    assert suspension.end_if_over(config) is None


def test_resuming_without_a_suspension_returns_false() -> None:
    assert not suspension.resume(by="carla")


def test_a_sync_from_a_file_does_not_end_the_suspension(config: SyncConfig, draw_list: DrawList) -> None:
    sync(REJECTED)
    sync(path=draw_list(generate(5, seed=1)))
    assert suspension.end_if_over(config) is not None


def test_a_manual_sync_that_logs_in_ends_the_suspension(erp_settings: ErpSimulator) -> None:
    sync(REJECTED)
    config = sync_config()
    assert suspension.end_if_over(config) is not None
    assert run_sync(ErpSource(config.erp), config, trigger=SyncRun.Trigger.ADMIN).state == "succeeded"
    assert suspension.end_if_over(config) is None


def test_correcting_a_wrong_password_ends_the_suspension(erp_settings: ErpSimulator, settings: Any) -> None:
    erp_settings.expire_sessions()
    settings.ARCHIBALD_PASSWORD = "sbagliata"
    wrong = sync_config()
    run_sync(ErpSource(wrong.erp), wrong, trigger=SyncRun.Trigger.SCHEDULE)
    assert suspension.end_if_over(wrong) is not None
    settings.ARCHIBALD_PASSWORD = "segreta"
    assert suspension.end_if_over(sync_config()) is None


def test_the_row_does_not_reveal_the_account(config: SyncConfig, settings: Any) -> None:
    sync(REJECTED)
    kept = Suspension.objects.values().get()
    assert "di-prima" not in str(kept)
    settings.SECRET_KEY = "another key"
    suspension.suspend(SyncRun.objects.get().pk, REJECTED, config)
    assert Suspension.objects.get().account_hash != kept["account_hash"]


def test_a_suspension_that_an_earlier_version_stored_still_counts(config: SyncConfig, settings: Any) -> None:
    """A hash that is made in another way would end every suspension at an upgrade."""
    settings.SECRET_KEY = "a key of a test"
    stored = "7a468b3e6d20cde6acd0b1294ca3d6bd7a7f1fb1c23f8194fdd04d286e4ff679"
    Suspension.objects.create(pk=1, since=Now(), error_code="login_rejected", account_hash=stored)
    assert suspension.end_if_over(config) is not None


# --- connection timeouts --------------------------------------------------------------------------------


def timed_out(times: int) -> list[SyncError]:
    return [ErpConnectionTimedOut("the ERP's host answers no connection") for _ in range(times)]


@pytest.fixture
def dead_host(erp: ErpSimulator, settings: Any) -> ErpSimulator:
    """An ERP to which connections time out."""
    erp.faults.connections_time_out = True
    settings.ARCHIBALD_URL = erp.base_url
    return erp


def test_one_connection_timeout_does_not_suspend(dead_host: ErpSimulator, settings: Any) -> None:
    settings.SYNC_ATTEMPTS = 1
    sync(*timed_out(1))
    assert suspension.suspended() is None


def test_two_connection_timeouts_in_a_row_suspend(dead_host: ErpSimulator, settings: Any) -> None:
    settings.SYNC_ATTEMPTS = 1
    sync(*timed_out(1))
    sync(*timed_out(1))
    found = suspension.suspended()
    assert found is not None
    assert found.error_code == "erp_connection_timeout"


def test_the_suspension_stays_while_connections_time_out(dead_host: ErpSimulator) -> None:
    sync(*timed_out(3))
    assert suspension.end_if_over(sync_config()) is not None


def test_the_suspension_ends_by_itself_when_the_host_answers_again(dead_host: ErpSimulator) -> None:
    sync(*timed_out(3))
    dead_host.faults.clear("connections-time-out")
    assert suspension.end_if_over(sync_config()) is None
    assert suspension.suspended() is None
    assert dead_host.counters.requests == 0


def test_the_suspension_stays_if_the_host_can_not_be_checked(
    dead_host: ErpSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy, a direct connection proves nothing about the host."""
    sync(*timed_out(3))
    dead_host.faults.clear("connections-time-out")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert suspension.end_if_over(sync_config()) is not None


def test_a_timeout_does_not_replace_the_suspension_of_a_refused_account(dead_host: ErpSimulator) -> None:
    """Otherwise scheduled runs would retry the refused password as soon as the host answers."""
    sync(REJECTED)
    sync(*timed_out(3))
    found = suspension.suspended()
    assert found is not None
    assert found.error_code == "login_rejected"


def test_the_suspension_is_new_only_once(config: SyncConfig) -> None:
    run_id = sync(ErpConnectionTimedOut("the ERP's host answers no connection")).run_id
    assert run_id is not None
    [timeout] = timed_out(1)
    stored = [suspension.suspend(run_id, error, config) for error in (timeout, REJECTED, REJECTED, timeout)]
    assert stored == [True, False, False, False]
    found = suspension.suspended()
    assert found is not None
    assert found.error_code == "login_rejected"


def test_connection_timeouts_with_another_failure_in_between_do_not_suspend(settings: Any) -> None:
    settings.SYNC_ATTEMPTS = 1
    sync(*timed_out(1))
    fail()
    sync(*timed_out(1))
    assert suspension.suspended() is None
    sync(*timed_out(1))
    assert suspension.suspended() is not None


def test_a_timeout_of_another_account_replaces_the_suspension(config: SyncConfig) -> None:
    sync(REJECTED)
    run_id = SyncRun.objects.get().pk
    other = replace(config, erp=replace(config.erp, username="altro"))
    [timeout] = timed_out(1)
    assert suspension.suspend(run_id, timeout, other)
    found = suspension.suspended()
    assert found is not None
    assert found.error_code == "erp_connection_timeout"


# --- which runs end a suspension ------------------------------------------------------------------------

END = datetime(2026, 1, 19, 20, 53, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since_end", "seen", "is_refuted"),
    [
        (timedelta(hours=1), {"account": "a"}, True),
        (timedelta(0), {"account": "a"}, True),
        (timedelta(seconds=-1), {"account": "a"}, False),
        (timedelta(hours=1), {}, False),
    ],
)
def test_a_run_that_got_in_after_another_one_s_end_refutes_it(
    since_end: timedelta, seen: dict[str, str], is_refuted: bool
) -> None:
    run = keep_run("abandoned", 5)
    SyncRun.objects.update(started_at=END - timedelta(hours=9), finished_at=END, seen={"account": "a"})
    newer = keep_run("succeeded", 5, seen=seen)
    SyncRun.objects.filter(pk=newer.pk).update(started_at=END + since_end)
    assert suspension.is_refuted(run.pk) == is_refuted
    assert not suspension.is_refuted(newer.pk)


@pytest.mark.parametrize(
    ("since", "is_over"),
    [
        (timedelta(hours=-1), True),
        (timedelta(0), True),
        (timedelta(seconds=1), False),
        (timedelta(minutes=4), False),
        (timedelta(minutes=6), True),
    ],
)
def test_a_run_that_got_in_ends_what_is_older_and_what_is_of_the_future(
    since: timedelta, is_over: bool, config: SyncConfig
) -> None:
    sync(REJECTED)
    run_id, now = SyncRun.objects.get().pk, timezone.now()
    SyncRun.objects.update(heartbeat_at=now)
    Suspension.objects.update(since=now + since)
    suspension.resume_after(run_id)
    assert (suspension.suspended() is None) == is_over


def test_the_log_names_why_scheduled_runs_are_suspended_and_go_on(
    config: SyncConfig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "sync.monitoring.suspension")
    sync(REJECTED)
    run_id = SyncRun.objects.get().pk
    suspension.end_if_over(replace(config, erp=replace(config.erp, username="altro")))
    suspension.suspend(run_id, REJECTED, config)
    suspension.resume(by="carla")
    suspension.suspend(run_id, REJECTED, config)
    suspension.resume(by="")
    suspension.suspend(run_id, REJECTED, config)
    SyncRun.objects.update(heartbeat_at=Now() + timedelta(hours=1))
    suspension.resume_after(run_id)
    suspension.resume_after(run_id)
    suspension.resume(by="carla")
    errors = logged_by(caplog, "sync.monitoring.suspension", "ERROR")
    ends = logged_by(caplog, "sync.monitoring.suspension", "INFO")
    assert [REJECTED.message in line for line in errors] == [True] * 4
    assert len(ends) == 4
    assert "account" in ends[0]
    assert "carla" in ends[1]
    assert "unnamed" in ends[2]
    assert f"run {run_id}," in ends[3]
