"""Every channel gets one alert when syncs fail, and one when they work again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone

from scripts.erp_simulator.world import generate
from sync import tasks
from sync.config import sync_config
from sync.errors import LoginRejected, Stopped
from sync.models import Alert, SyncRun
from sync.monitoring import alerts, suspension
from sync.monitoring.alerts import Channels
from sync.pipeline import approve
from tests.conftest import DrawList
from tests.listener import Listener
from tests.log_lines import logged_by
from tests.processes import manage
from tests.queries import refused_first
from tests.sync.scripted import fail, sync

pytestmark = pytest.mark.django_db

LOGGER = alerts.__name__
FAILING, WORKING = "[Archibald Sync] 3 syncs have failed in a row", "[Archibald Sync] syncs work again"


@pytest.fixture(autouse=True)
def _staff(settings: Any) -> None:
    settings.ADMINS = [("Carla Bassani", "carla@example.com")]


@pytest.fixture
def hook(settings: Any) -> Iterator[Listener]:
    """An apprise channel that posts JSON to a local web server."""
    with Listener() as listener:
        settings.ALERT_URLS = [f"json://{listener.address}/token-nobody-may-see"]
        yield listener


@pytest.fixture
def good(draw_list: DrawList) -> Path:
    return draw_list(generate(12, seed=5))


def subjects() -> list[str]:
    return [str(message.subject) for message in mail.outbox]


def let_the_retry_delay_pass() -> None:
    """Move the last try back, so that alerts are due again."""
    Alert.objects.exclude(tried_at=None).update(tried_at=Now() - timedelta(minutes=6))


def store_unreported_failures(times: int) -> None:
    """Store failed runs whose processes were killed before they sent an alert."""
    for _ in range(times):
        now = timezone.now()
        SyncRun.objects.create(
            trigger="schedule",
            state="failed",
            created_at=now,
            started_at=now,
            finished_at=Now(),
            error_code="no_download",
            error_message="no file came",
        )


# --- when an alert is raised ----------------------------------------------------------------------------


def test_the_third_failed_run_in_a_row_raises_one_alert() -> None:
    mail_counts = []
    for _ in range(5):
        fail()
        mail_counts.append(len(mail.outbox))
    assert mail_counts == [0, 0, 1, 1, 1]
    assert subjects() == [FAILING]


def test_a_recovery_raises_one_alert(good: Path) -> None:
    for _ in range(3):
        fail()
    recovered, _later = sync(path=good), sync(path=good)
    assert subjects() == [FAILING, WORKING]
    assert f"Run {recovered.run_id} " in mail.outbox[1].body


def test_two_failures_and_a_success_raise_no_alert(good: Path) -> None:
    for _ in range(3):
        fail()
        fail()
        sync(path=good)
    assert subjects() == []


def test_three_failures_after_a_recovery_raise_an_alert_again(good: Path) -> None:
    for _ in range(2):
        for _ in range(4):
            fail()
        sync(path=good)
    assert subjects() == [FAILING, WORKING, FAILING, WORKING]


def test_failed_dry_runs_raise_no_alert() -> None:
    for _ in range(4):
        fail(is_dry=True)
    assert subjects() == []


def test_the_next_run_sends_the_failure_alert_of_a_killed_process() -> None:
    store_unreported_failures(3)
    fail()
    assert subjects() == [FAILING]


def test_the_next_run_sends_the_recovery_alert_of_a_killed_process(good: Path) -> None:
    for _ in range(3):
        fail()
    now = timezone.now()
    SyncRun.objects.create(
        trigger="schedule", state="succeeded", created_at=now, started_at=now, finished_at=Now()
    )
    fail()
    assert subjects() == [FAILING, WORKING]


def test_a_stopped_run_leaves_its_alert_to_the_next_run() -> None:
    fail()
    fail()
    sync(Stopped("asked to stop"))
    assert subjects() == []
    fail()
    assert subjects() == [FAILING]


@pytest.mark.django_db(transaction=True)
def test_runs_in_separate_processes_alert_once(good: Path, tmp_path: Path) -> None:
    broken, mail_dir = tmp_path / "broken.pdf", tmp_path / "mails"
    broken.write_bytes(b"%PDF-1.4 and no more %%EOF")
    mailing = {"ADMINS": "Carla Bassani <carla@example.com>", "EMAIL_URL": f"filemail:///{mail_dir}"}
    for path in (broken, broken, broken, broken, good):
        manage("runsync", "--pdf", path, **mailing)
    sent = [
        line.removeprefix("Subject: ")
        # The names of two of the same second say nothing of their order.
        for message in sorted(mail_dir.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for line in message.read_text().splitlines()
        if line.startswith("Subject: ")
    ]
    # Mails are in LANGUAGE_CODE, which is Italian unless a test sets it.
    subjects_in_italian = ["3 aggiornamenti non riusciti di fila", "gli aggiornamenti riescono di nuovo"]
    assert sent == [f"[Archibald Sync] {subject}" for subject in subjects_in_italian]


def test_a_channel_that_does_not_answer_delays_all_alerts_once(hook: Listener, settings: Any) -> None:
    channels = Channels(urls=settings.ALERT_URLS, timeout_s=0.5)
    store_unreported_failures(4)
    for run in SyncRun.objects.all():
        Alert.objects.create(
            kind=Alert.Kind.HELD, run=run, body="A list waits.", pending=channels.names(), created_at=Now()
        )
    hook.hold()
    for tried in (1, 2):
        alerts.deliver(channels)
        # The first one is due again, but those that were never tried come before it.
        let_the_retry_delay_pass()
        assert Alert.objects.exclude(tried_at=None).count() == tried
    hook.release()


@pytest.mark.django_db(transaction=True)
def test_concurrent_reviews_raise_one_alert() -> None:
    store_unreported_failures(3)
    channels, run = Channels(), SyncRun.objects.latest("pk")
    barrier = Barrier(6)

    def see() -> None:
        barrier.wait()
        try:
            alerts.review(channels, failures=3, is_degraded=True, run_id=run.pk)
            alerts.deliver(channels)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(see) for _ in range(6)]:
            future.result()
    assert subjects() == [FAILING]


def test_a_refused_account_raises_one_alert_immediately() -> None:
    for _ in range(2):
        sync(LoginRejected("the ERP refuses the user or the password"))
    assert subjects() == ["[Archibald Sync] scheduled syncs are suspended"]
    assert "the ERP refuses the user or the password" in mail.outbox[0].body
    first_run = SyncRun.objects.earliest("pk").pk
    assert f"run {first_run}, " in mail.outbox[0].body
    assert Alert.objects.get().run_id == first_run


def test_a_held_list_raises_one_alert_per_run(good: Path, draw_list: DrawList) -> None:
    sync(path=good)
    held = sync(path=draw_list(generate(12, seed=5)[:4], "short.pdf"))
    assert subjects() == ["[Archibald Sync] a list waits for your decision"]
    assert held.run_id is not None
    assert f"run {held.run_id} " in mail.outbox[0].body
    SyncRun.objects.get(pk=held.run_id).held_list.delete()
    approve(held.run_id, sync_config(), by="carla")
    assert len(mail.outbox) == 1


STORES_ALERT = ("INSERT", "sync_alert")


def test_the_next_run_raises_the_alert_of_a_list_whose_process_was_killed(
    good: Path, draw_list: DrawList
) -> None:
    sync(path=good)
    with refused_first(STORES_ALERT, SystemExit()), pytest.raises(SystemExit):
        sync(path=draw_list(generate(12, seed=5)[:4], "short.pdf"))
    assert subjects() == []
    for _ in range(2):
        sync(path=good)
    assert subjects() == ["[Archibald Sync] a list waits for your decision"]


def test_a_list_held_by_an_earlier_version_is_told_with_its_stored_sentence(
    good: Path, draw_list: DrawList
) -> None:
    sync(path=good)
    held = sync(path=draw_list(generate(12, seed=5)[:4], "short.pdf"))
    Alert.objects.all().delete()
    SyncRun.objects.filter(state=held.state).update(error_text={}, error_message="the list is shorter")
    sync(path=good)
    assert "the list is shorter" in mail.outbox[-1].body


def test_a_suspension_whose_process_was_killed_before_its_alert_is_made_anew() -> None:
    refused = LoginRejected("the ERP refuses the user or the password")
    with refused_first(STORES_ALERT, SystemExit()), pytest.raises(SystemExit):
        sync(refused)
    assert suspension.suspended() is None
    sync(refused)
    assert subjects() == ["[Archibald Sync] scheduled syncs are suspended"]


@pytest.mark.parametrize("words", [("INSERT", "sync_suspension"), STORES_ALERT])
def test_a_database_that_is_away_for_a_moment_loses_neither_suspension_nor_alert(
    words: tuple[str, ...],
) -> None:
    with refused_first(words, OperationalError("the connection was cut")):
        sync(LoginRejected("the ERP refuses the user or the password"))
    assert suspension.suspended() is not None
    assert subjects() == ["[Archibald Sync] scheduled syncs are suspended"]


def test_an_alert_about_a_suspension_is_sent_again_although_no_run_begins(hook: Listener) -> None:
    hook.status = 503
    sync(LoginRejected("the ERP refuses the user or the password"))
    hook.status = 200
    let_the_retry_delay_pass()
    assert "suspended" in tasks.startup_sync()
    assert Alert.objects.get().pending == []


# --- how an alert is sent -------------------------------------------------------------------------------


def test_an_alert_is_logged_at_error(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(4):
        fail()
    (line,) = logged_by(caplog, LOGGER, "ERROR")
    assert Alert.objects.get().subject in line
    assert logged_by(caplog, LOGGER) == []


def test_an_alert_contains_the_last_error_and_the_state_of_the_customers() -> None:
    for _ in range(3):
        fail()
    message = mail.outbox[0]
    assert message.to == ["carla@example.com"]
    assert f"Run {SyncRun.objects.latest('pk').pk} " in message.body
    assert "the column NOME is missing (column_missing)" in message.body
    assert "as the last successful sync left them" in message.body


def test_an_apprise_channel_gets_failure_and_recovery(hook: Listener, good: Path) -> None:
    for _ in range(3):
        fail()
    sync(path=good)
    received = [json.loads(body) for body in hook.bodies]
    assert [(each["title"], each["type"]) for each in received] == [
        (FAILING, "failure"),
        (WORKING, "success"),
    ]


def test_without_staff_or_channels_an_alert_is_only_logged(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ADMINS = []
    for _ in range(3):
        fail()
    assert subjects() == []
    (line,) = logged_by(caplog, LOGGER, "ERROR")
    assert Alert.objects.get().subject in line


# --- failing channels -----------------------------------------------------------------------------------


def test_only_the_failed_channel_is_retried(hook: Listener) -> None:
    hook.status = 500
    for _ in range(3):
        fail()
    assert (len(hook.asked), len(mail.outbox)) == (1, 1)
    hook.status = 200
    let_the_retry_delay_pass()
    fail()
    let_the_retry_delay_pass()
    fail()
    assert (len(hook.asked), len(mail.outbox)) == (2, 1)
    assert Alert.objects.get().pending == []


def test_a_failed_channel_is_not_retried_at_every_run(hook: Listener) -> None:
    hook.status = 500
    for _ in range(6):
        fail()
    assert len(hook.asked) == 1


def test_an_alert_older_than_a_day_is_not_retried(hook: Listener) -> None:
    hook.status = 500
    for _ in range(3):
        fail()
    let_the_retry_delay_pass()
    Alert.objects.update(created_at=Now() - timedelta(days=1, minutes=1))
    fail()
    assert len(hook.asked) == 1


def test_a_channel_removed_from_the_settings_is_no_longer_pending(hook: Listener, settings: Any) -> None:
    hook.status = 500
    for _ in range(3):
        fail()
    settings.ALERT_URLS = []
    let_the_retry_delay_pass()
    fail()
    assert Alert.objects.get().pending == []


def test_an_unreachable_mail_server_does_not_fail_a_sync(
    settings: Any, good: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert [fail().state for _ in range(3)] == ["failed"] * 3
    assert sync(path=good).state == "succeeded"
    assert [alert.pending for alert in Alert.objects.all()] == [["mail"], ["mail"]]
    lines = logged_by(caplog, LOGGER)
    assert len(lines) == 2
    assert all("mail" in line and "ConnectionRefusedError" in line for line in lines)


def test_a_channel_that_does_not_answer_times_out(
    hook: Listener, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALERT_TIMEOUT_S = 0.3
    hook.hold()
    assert [fail().state for _ in range(3)] == ["failed"] * 3
    assert subjects() == [FAILING]
    (pending,) = Alert.objects.get().pending
    (line,) = logged_by(caplog, LOGGER)
    assert pending in line
    assert "0.3 s" in line


def test_a_delivered_alert_is_not_sent_again() -> None:
    for _ in range(3):
        fail()
    let_the_retry_delay_pass()
    tried_at = Alert.objects.get().tried_at
    fail()
    assert Alert.objects.get().tried_at == tried_at


@pytest.mark.django_db(transaction=True)
def test_channel_tokens_are_not_logged_or_stored(hook: Listener, tmp_path: Path) -> None:
    """Four kinds of failing channels, with all libraries logging at DEBUG."""
    store_unreported_failures(3)
    hook.status = 500
    broken, token = tmp_path / "broken.pdf", "token-nobody-may-see"
    broken.write_bytes(b"%PDF-1.4 and no more %%EOF")
    urls = [
        f"json://{hook.address}/{token}",
        f"json://127.0.0.1:9/{token}",
        f"nonsense://{token}",
        f"slack://{token}",
    ]
    process = manage("runsync", "--pdf", broken, ALERT_URLS=", ".join(urls), LOG_LEVEL="DEBUG")
    assert process.stderr.count(f" WARNING {LOGGER} ") == len(Alert.objects.get().pending) == len(urls)
    kept = [list(Alert.objects.values()), list(SyncRun.objects.values())]
    assert token not in process.stdout + process.stderr + str(kept)


@pytest.mark.parametrize("url", ["token-nobody-may-see", "//token-nobody-may-see", ""])
def test_the_name_of_a_channel_without_a_scheme_hides_its_token(url: str) -> None:
    assert "token" not in str(Channels([url]).names())
    assert "token" not in repr(Channels([url]))


def an_old_alert(kind: Alert.Kind, days_ago: int) -> Alert:
    return Alert.objects.create(kind=kind, created_at=timezone.now() - timedelta(days=days_ago))


def test_alerts_are_removed_with_the_runs_of_their_time(settings: Any) -> None:
    settings.SYNC_HISTORY_DAYS = 30
    an_old_alert(Alert.Kind.HELD, 31)
    young = an_old_alert(Alert.Kind.HELD, 29)
    tasks.remove_old_runs()
    assert list(Alert.objects.all()) == [young]


def test_what_staff_were_told_last_about_failures_is_kept(good: Path, settings: Any) -> None:
    an_old_alert(Alert.Kind.RECOVERED, 40)
    an_old_alert(Alert.Kind.FAILING, 35)
    assert alerts.remove_old(30) == 1
    sync(path=good)
    assert subjects() == [WORKING]
