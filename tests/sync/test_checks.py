"""`manage.py check` reports wrong settings, and has no messages for valid ones."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connection

from tests.processes import ROOT


@pytest.fixture(autouse=True)
def valid_settings(settings: Any) -> None:
    """Start from settings that are valid on a server."""
    settings.ARCHIBALD_URL = "https://erp.example/Archibald"
    settings.ARCHIBALD_USERNAME = "agente.prova"
    settings.ARCHIBALD_PASSWORD = "una-parola-lunga"
    settings.SECRET_KEY = "k3" * 30
    settings.PING_URL = "https://ping.example/abc"
    settings.SYNC_RETRY_WAIT_S = 5.0


def found() -> dict[str, CheckMessage]:
    """Return the messages of the project's own checks by id, including deployment checks."""
    messages = run_checks(include_deployment_checks=True)
    return {str(message.id): message for message in messages if str(message.id).startswith("archibald.")}


def only(check_id: str) -> CheckMessage:
    """Return the message with this id; it must be the only one and have a hint."""
    messages = found()
    assert set(messages) == {check_id}
    assert messages[check_id].hint
    return messages[check_id]


def test_valid_settings_have_no_messages() -> None:
    assert found() == {}


def test_the_default_settings_are_valid_and_create_a_private_folder(tmp_path: Path) -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "BROWSER_PATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--fail-level", "WARNING"],
        env={**environment, "ARCHIBALD_DATA_DIR": str(tmp_path / "var")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("ARCHIBALD_USERNAME", "", "not set for the ERP: user name"),
        ("ARCHIBALD_PASSWORD", "", "not set for the ERP: password"),
        ("ARCHIBALD_URL", "", "not set for the ERP: address"),
        ("ARCHIBALD_URL", "erp.example", "the ERP's address is not of the form https://HOST/Archibald"),
        ("ARCHIBALD_URL", "https://u:p@erp.example/", "must not contain a user name or password"),
    ],
)
def test_an_incomplete_account_is_a_warning(setting: str, value: str, expected: str, settings: Any) -> None:
    setattr(settings, setting, value)
    assert expected in only("archibald.W001").msg


def test_a_missing_browser_is_a_warning(settings: Any) -> None:
    settings.BROWSER_PATH = "/nowhere/chromium"
    assert "BROWSER_PATH is not a program" in only("archibald.W002").msg


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_a_cache_not_shared_by_processes_is_a_warning(backend: str, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    assert "not shared" in only("archibald.W003").msg


def test_a_cache_that_pickles_is_an_error(settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kept"}
    }
    assert "can run code" in only("archibald.E005").msg


def test_erp_timeouts_longer_than_the_task_timeout_are_a_warning(settings: Any) -> None:
    settings.ERP_EXPORT_TIMEOUT_S = 600.0
    message = only("archibald.W004")
    assert "after 1800 s" in message.msg
    assert "2625 s" in message.msg  # 3 x (90 + 2 x 90 + 600) + 5 + 10
    assert "SYNC_TIMEOUT_S to 2625" in str(message.hint)


def test_the_timeout_in_the_hint_is_enough(settings: Any) -> None:
    settings.ERP_EXPORT_TIMEOUT_S = 600.0
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "timeout": 2625, "retry": 5400}
    assert found() == {}


@pytest.mark.parametrize(("timeout_s", "retry_s"), [(1800, 1800), (1800, 3600), (None, 3600)])
def test_redelivery_of_a_running_task_is_a_warning(
    timeout_s: int | None, retry_s: int, settings: Any
) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "timeout": timeout_s, "retry": retry_s}
    assert f"again after {retry_s} s" in only("archibald.W005").msg


def test_a_lease_too_short_for_a_late_heartbeat_is_a_warning(settings: Any) -> None:
    settings.SYNC_HEARTBEAT_S = 20.0
    assert "for 45 s" in only("archibald.W006").msg


def test_a_missing_data_folder_is_a_warning(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "elsewhere"
    assert "can't be written" in only("archibald.W007").msg


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_data_folder_that_others_can_enter_is_a_warning(mode: int, settings: Any) -> None:
    settings.DATA_DIR.chmod(mode)
    assert "open to others" in only("archibald.W008").msg


def test_a_data_folder_that_a_group_may_read_is_fine(settings: Any) -> None:
    settings.DATA_DIR.chmod(0o750)
    assert found() == {}


def test_a_negative_minimum_for_the_first_list_is_a_warning(settings: Any) -> None:
    settings.SYNC_MIN_CUSTOMERS = -1
    assert "SYNC_MIN_CUSTOMERS" in only("archibald.W011").msg


def test_the_default_key_is_an_error_on_a_server(settings: Any) -> None:
    settings.SECRET_KEY = settings.INSECURE_SECRET_KEY
    assert only("archibald.E001").is_serious()


def test_debug_mode_is_an_error_on_a_server(settings: Any) -> None:
    settings.DEBUG = True
    assert only("archibald.E002").is_serious()


def test_the_simulated_erp_is_a_warning_on_a_server(settings: Any) -> None:
    settings.ARCHIBALD_URL = settings.SIMULATOR_URL
    assert "simulated" in only("archibald.W009").msg


def test_a_server_without_alerts_or_pings_is_a_warning(settings: Any) -> None:
    settings.PING_URL, settings.ALERT_URLS, settings.ADMINS = "", [], []
    assert "nobody is told" in only("archibald.W010").msg


@pytest.mark.django_db
def test_a_superuser_as_the_database_s_account_is_a_warning_on_a_server() -> None:
    messages = run_checks(include_deployment_checks=True, databases=["default"])
    # The account of the tests on PostgreSQL creates databases: it is a superuser.
    is_reported = "archibald.W012" in {message.id for message in messages}
    assert is_reported is (connection.vendor == "postgresql")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PING_URL", "https://ping.example/abc"),
        ("ALERT_URLS", ["json://alerts.example"]),
        ("ADMINS", [("Ada Prova", "ada@prova.example")]),
    ],
)
def test_one_alert_channel_or_ping_url_is_enough(setting: str, value: Any, settings: Any) -> None:
    settings.PING_URL, settings.ALERT_URLS, settings.ADMINS = "", [], []
    setattr(settings, setting, value)
    assert found() == {}


def test_no_message_contains_the_password(settings: Any) -> None:
    settings.ARCHIBALD_URL = "https://agente:una-parola-lunga@erp.example/"
    assert "una-parola-lunga" not in str(only("archibald.W001"))


def test_a_negative_time_limit_of_statements_is_an_error(settings: Any) -> None:
    settings.DATABASE_STATEMENT_TIMEOUT_S = -1
    assert "negative time limit" in only("archibald.E004").msg


@pytest.mark.parametrize(
    "setting", ["SYNC_HISTORY_DAYS", "SYNC_HELD_DAYS", "SYNC_ARTIFACTS_DAYS", "ACTION_LOG_DAYS"]
)
def test_keeping_something_for_no_day_is_an_error(setting: str, settings: Any) -> None:
    setattr(settings, setting, 0)
    assert setting in str(only("archibald.E003").hint)
