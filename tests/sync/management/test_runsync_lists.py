"""`manage.py runsync` in this process: what a sync makes of lists and states of the ERP."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command

from customers.labels import message_text
from customers.models import Customer
from scripts.erp_simulator.server import ErpSimulator
from sync.config import sync_config
from sync.models import Suspension, SyncAttempt, SyncRun
from sync.pipeline import run_sync
from sync.sources import ErpSource

pytestmark = pytest.mark.django_db(transaction=True)

Capture = pytest.CaptureFixture[str]


def synced(capsys: Capture) -> dict[str, Any]:
    """Sync, and return the printed result."""
    with suppress(SystemExit):  # how the command ends with another status than 0
        call_command("runsync", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def code_after_short_waits(**waits_s: float) -> str:
    """Sync with shorter waits than a configuration can set; return the error's code."""
    config = sync_config()
    source = ErpSource(replace(config.erp, **waits_s))  # type: ignore[arg-type]  # only numbers are given
    result = run_sync(source, config, trigger=SyncRun.Trigger.CLI)
    assert result.error is not None
    return result.error.code


def test_a_rejected_login_is_submitted_once_in_a_run(erp_settings: ErpSimulator) -> None:
    erp_settings.expire_sessions()
    erp_settings.faults.wrong_password = erp_settings.faults.login_silent = True
    code = code_after_short_waits(silent_login_s=0.5)
    assert (code, erp_settings.counters.login_presses) == ("login_rejected", 1)
    assert Suspension.objects.exists()


def test_a_grid_filter_that_cannot_be_cleared_writes_nothing(erp_settings: ErpSimulator) -> None:
    erp_settings.faults.grid_filter_share = 0.8
    erp_settings.faults.grid_filter_left = "header"
    erp_settings.faults.clear_filter_ignored = True
    assert code_after_short_waits(clear_wait_s=1.0) == "grid_filtered"
    assert SyncRun.objects.get().state == "failed"
    assert not Customer.objects.exists()


def test_a_grid_filter_set_before_the_export_is_cleared_at_the_retry(
    erp_settings: ErpSimulator, capsys: Capture
) -> None:
    erp_settings.faults.grid_filter_left_before_export = "row"
    answer = synced(capsys)
    assert (answer["state"], answer["counts"]["new"]) == ("succeeded", 60)
    assert (
        SyncAttempt.objects.order_by("number").values_list("error_code", flat=True)[0] == "report_incomplete"
    )


# --- what a list can hold -------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["brackets", "trailing"])
def test_amounts_below_zero_are_read_however_they_are_printed(
    erp_settings: ErpSimulator, capsys: Capture, style: str
) -> None:
    erp_settings.faults.negative_style = style
    answer = synced(capsys)
    assert (answer["state"], answer["counts"]["new"]) == ("succeeded", 60)
    stored = dict(Customer.objects.filter(actual_sales__lt=0).values_list("erp_id", "actual_sales"))
    assert stored
    assert stored == {
        each.erp_id: each.actual_sales for each in erp_settings.customers if each.actual_sales < 0
    }


def test_a_last_order_in_the_future_holds_the_list(erp_settings: ErpSimulator, capsys: Capture) -> None:
    erp_settings.faults.future_orders = 2
    answer = synced(capsys)
    assert (answer["state"], answer["error"]["code"]) == ("held", "order_in_future")
    assert not Customer.objects.exists()


def test_the_six_further_columns_become_fields(erp_settings: ErpSimulator, capsys: Capture) -> None:
    erp_settings.faults.extra_columns_named = True
    answer = synced(capsys)
    assert (answer["state"], answer["counts"]["new"]) == ("succeeded", 60)
    assert Customer.objects.exclude(exclusive_period_start=None).exists()
    assert not Customer.objects.exclude(extra={}).exists()


def test_a_column_that_a_person_hid_refuses_the_list(erp_settings: ErpSimulator, capsys: Capture) -> None:
    erp_settings.faults.columns_hidden = 1
    answer = synced(capsys)
    assert (answer["state"], answer["error"]["code"]) == ("failed", "column_missing")


def test_a_first_list_that_is_too_short_is_held(
    erp_settings: ErpSimulator, settings: Any, capsys: Capture
) -> None:
    """Another account may see only some of the customers, which the page does not show."""
    settings.SYNC_MIN_CUSTOMERS = 50
    erp_settings.faults.other_account_rights = 0.5
    answer = synced(capsys)
    assert (answer["state"], answer["error"]["code"]) == ("held", "first_list_too_short")


def test_a_first_list_says_what_was_seen_of_filter_and_pager(
    erp_settings: ErpSimulator, capsys: Capture
) -> None:
    synced(capsys)
    (note,) = [each for each in map(message_text, SyncRun.objects.get().notes) if "first list" in each]
    assert "Tutti i clienti" in note
    assert "41 to 60" in note


def test_a_host_that_answers_no_connection_suspends_without_a_login(
    erp_settings: ErpSimulator, settings: Any, capsys: Capture
) -> None:
    settings.ERP_PAGE_TIMEOUT_S = 1.0
    erp_settings.faults.connections_time_out = True
    answer = synced(capsys)
    assert answer["error"]["code"] == "erp_connection_timeout"
    assert Suspension.objects.get().error_code == "erp_connection_timeout"
    assert erp_settings.counters.requests == 0
