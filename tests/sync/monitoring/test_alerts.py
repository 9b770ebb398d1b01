"""Staff are told once that syncs fail, and once that they work again, by every channel there is."""

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
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from scripts.erp_simulator.world import generate
from sync.config import sync_config
from sync.errors import LoginRejected, Stopped
from sync.models import Alert, SyncRun
from sync.monitoring import alerts
from sync.monitoring.alerts import Channels
from sync.pipeline import approve
from tests.conftest import DrawList
from tests.listener import Listener
from tests.processes import manage
from tests.sync.scripted import fail, sync

pytestmark = pytest.mark.django_db(transaction=True)

FAILING, WORKING = "[Archibald Sync] 3 syncs have failed in a row", "[Archibald Sync] syncs work again"


@pytest.fixture(autouse=True)
def _staff(settings: Any) -> None:
    settings.ADMINS = [("Carla Bassani", "carla@example.com")]


@pytest.fixture
def hook(settings: Any) -> Iterator[Listener]:
    """A channel that apprise knows: it posts JSON to a local web server."""
    with Listener() as listener:
        settings.ALERT_URLS = [f"json://{listener.address}/token-nobody-may-see"]
        yield listener


@pytest.fixture
def good(draw_list: DrawList) -> Path:
    return draw_list(generate(12, seed=5))


def subjects() -> list[str]:
    return [str(message.subject) for message in mail.outbox]


def forget_the_last_try() -> None:
    """Let five minutes pass."""
    Alert.objects.update(tried_at=Now() - timedelta(minutes=6))


def fail_unwatched(times: int) -> None:
    """Leave failed runs behind whose processes were killed before they told anybody."""
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


# --- when -----------------------------------------------------------------------------------------------


def test_the_third_failed_run_in_a_row_is_told_once() -> None:
    told = []
    for _ in range(5):
        fail()
        told.append(len(mail.outbox))
    assert told == [0, 0, 1, 1, 1]
    assert subjects() == [FAILING]


def test_the_recovery_is_told_once(good: Path) -> None:
    for _ in range(3):
        fail()
    for _ in range(2):
        sync(path=good)
    assert subjects() == [FAILING, WORKING]


def test_two_failures_and_a_success_are_not_worth_an_alert(good: Path) -> None:
    for _ in range(3):
        fail()
        fail()
        sync(path=good)
    assert subjects() == []


def test_after_a_recovery_the_next_three_failures_are_told_again(good: Path) -> None:
    for _ in range(2):
        for _ in range(4):
            fail()
        sync(path=good)
    assert subjects() == [FAILING, WORKING, FAILING, WORKING]


def test_failures_of_dry_runs_are_not_told() -> None:
    for _ in range(4):
        fail(is_dry=True)
    assert subjects() == []


def test_an_alert_that_a_killed_process_owed_is_told_by_the_next_run() -> None:
    fail_unwatched(3)
    fail()
    assert subjects() == [FAILING]


def test_a_recovery_that_a_killed_process_owed_is_told_by_the_next_run(good: Path) -> None:
    for _ in range(3):
        fail()
    now = timezone.now()
    SyncRun.objects.create(
        trigger="schedule", state="succeeded", created_at=now, started_at=now, finished_at=Now()
    )
    fail()
    assert subjects() == [FAILING, WORKING]


def test_who_is_asked_to_stop_leaves_the_telling_to_the_next_run() -> None:
    fail()
    fail()
    sync(Stopped("asked to stop"))
    assert subjects() == []
    fail()
    assert subjects() == [FAILING]


def test_every_run_in_a_process_of_its_own_still_tells_once(good: Path, tmp_path: Path) -> None:
    broken, letters = tmp_path / "broken.pdf", tmp_path / "letters"
    broken.write_bytes(b"%PDF-1.4 and no more %%EOF")
    mailing = {"ADMINS": "Carla Bassani <carla@example.com>", "EMAIL_URL": f"filemail:///{letters}"}
    for path in (broken, broken, broken, broken, good):
        manage("runsync", "--pdf", path, **mailing)
    told = [
        line.removeprefix("Subject: ")
        for letter in sorted(letters.iterdir())
        for line in letter.read_text().splitlines()
        if line.startswith("Subject: ")
    ]
    assert told == [FAILING, WORKING]


def test_processes_that_see_the_same_at_once_tell_it_once() -> None:
    fail_unwatched(3)
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


def test_a_refused_account_is_told_at_once_and_once() -> None:
    for _ in range(2):
        sync(LoginRejected("the ERP refuses the user or the password"))
    assert subjects() == ["[Archibald Sync] scheduled syncs are suspended"]
    assert "the ERP refuses the user or the password" in mail.outbox[0].body


def test_a_held_list_is_told_once_for_its_run(good: Path, draw_list: DrawList) -> None:
    sync(path=good)
    held = sync(path=draw_list(generate(12, seed=5)[:4], "short.pdf"))
    assert subjects() == ["[Archibald Sync] a list waits for your decision"]
    assert held.run_id is not None
    SyncRun.objects.get(pk=held.run_id).held_list.delete()
    approve(held.run_id, sync_config(), by="carla")
    assert len(mail.outbox) == 1


# --- how ------------------------------------------------------------------------------------------------


def test_an_alert_is_logged_at_error(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(4):
        fail()
    told = [record for record in caplog.records if record.name == "sync.monitoring.alerts"]
    assert [(record.levelname, "3 syncs have failed in a row" in record.message) for record in told] == [
        ("ERROR", True)
    ]


def test_an_alert_says_what_failed_last_and_where_the_customers_are() -> None:
    for _ in range(3):
        fail()
    letter = mail.outbox[0]
    assert letter.to == ["carla@example.com"]
    assert "the column NOME is missing (column_missing)" in letter.body
    assert "as the last good sync left them" in letter.body


def test_a_channel_that_apprise_knows_hears_of_both(hook: Listener, good: Path) -> None:
    for _ in range(3):
        fail()
    sync(path=good)
    heard = [json.loads(body) for body in hook.bodies]
    assert [(each["title"], each["type"]) for each in heard] == [(FAILING, "failure"), (WORKING, "success")]


def test_without_staff_or_channels_an_alert_is_only_logged(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ADMINS = []
    for _ in range(3):
        fail()
    assert subjects() == []
    assert "alert: 3 syncs have failed in a row" in caplog.text


# --- channels in trouble --------------------------------------------------------------------------------


def test_a_channel_that_refuses_is_tried_again_and_alone(hook: Listener) -> None:
    hook.status = 500
    for _ in range(3):
        fail()
    assert (len(hook.asked), len(mail.outbox)) == (1, 1)
    hook.status = 200
    forget_the_last_try()
    fail()
    forget_the_last_try()
    fail()
    assert (len(hook.asked), len(mail.outbox)) == (2, 1)
    assert Alert.objects.get().pending == []


def test_a_channel_is_not_tried_at_every_run(hook: Listener) -> None:
    hook.status = 500
    for _ in range(6):
        fail()
    assert len(hook.asked) == 1


def test_an_alert_older_than_a_day_is_not_told_any_more(hook: Listener) -> None:
    hook.status = 500
    for _ in range(3):
        fail()
    forget_the_last_try()
    Alert.objects.update(created_at=Now() - timedelta(days=1, minutes=1))
    fail()
    assert len(hook.asked) == 1


def test_a_channel_that_is_gone_from_the_settings_is_not_waited_for(hook: Listener, settings: Any) -> None:
    hook.status = 500
    for _ in range(3):
        fail()
    settings.ALERT_URLS = []
    forget_the_last_try()
    fail()
    assert Alert.objects.get().pending == []


def test_a_mail_server_that_is_away_fails_no_sync(
    settings: Any, good: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert [fail().state for _ in range(3)] == ["failed"] * 3
    assert sync(path=good).state == "succeeded"
    assert "the alert channel mail did not take an alert: ConnectionRefusedError" in caplog.messages


def test_a_channel_that_does_not_answer_is_given_up(
    hook: Listener, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALERT_TIMEOUT_S = 0.3
    hook.hold()
    assert [fail().state for _ in range(3)] == ["failed"] * 3
    assert subjects() == [FAILING]
    assert any("did not answer in 0.3 s" in line for line in caplog.messages)
    assert len(Alert.objects.get().pending) == 1


def test_an_alert_that_all_have_taken_is_done() -> None:
    for _ in range(3):
        fail()
    forget_the_last_try()
    tried_at = Alert.objects.get().tried_at
    fail()
    assert Alert.objects.get().tried_at == tried_at


def test_no_token_of_a_channel_is_told(hook: Listener, tmp_path: Path) -> None:
    """Whatever is wrong with the channel, and with everything logged that any library has to say."""
    fail_unwatched(3)
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
    assert process.stderr.count("did not take an alert: it refused") == len(urls)
    kept = [list(Alert.objects.values()), list(SyncRun.objects.values())]
    assert token not in process.stdout + process.stderr + str(kept)


@pytest.mark.parametrize("url", ["token-nobody-may-see", "//token-nobody-may-see", ""])
def test_a_channel_without_a_scheme_has_a_name_without_its_token(url: str) -> None:
    assert "token" not in str(Channels([url]).names())
    assert "token" not in repr(Channels([url]))
