"""`erasecustomer` takes a person out of everything that is kept, and says what it can't reach."""

from __future__ import annotations

import io
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from django_q.models import Task

from customers.actions import COMMAND_ACCOUNT, action_of
from customers.labels import message_text
from customers.models import Customer, CustomerChange
from scripts.erp_simulator.world import SimCustomer
from sync import erasure
from sync.config import sync_config
from sync.errors import ErpPageBroken
from sync.models import Alert, HeldList, Preview, Suspension, SyncAttempt, SyncRun
from sync.monitoring.metrics import metrics
from sync.pipeline import run_sync
from sync.runs import lifecycle
from sync.runs.lifecycle import Attempt
from sync.sources import FileSource, HeldSource
from tests.conftest import DrawList
from tests.staff_pages import held, synced
from tests.sync.monitoring.kept_runs import LEASE_S, die

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(people: list[SimCustomer], draw_list: DrawList) -> SimCustomer:
    """A person among the stored customers."""
    synced(draw_list(people))
    return people[7]


def erase(erp_id: str) -> str:
    out = io.StringIO()
    call_command("erasecustomer", erp_id, interactive=False, stdout=out)
    return out.getvalue()


def refusal(erp_id: str) -> CommandError:
    with pytest.raises(CommandError) as raised:
        call_command("erasecustomer", erp_id, interactive=False)
    return raised.value


def everything_kept() -> str:
    """Return all rows of all tables, and the names and contents of all files, as one text."""
    tables = [row for model in apps.get_models() for row in model._default_manager.values()]
    folder = sync_config().artifacts_dir.parent
    files = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    return repr(tables) + repr(files)


def test_the_customer_and_its_changes_are_erased_and_no_other(person: SimCustomer) -> None:
    erase(person.erp_id)
    assert not CustomerChange.objects.filter(customer_id=person.erp_id).exists()
    assert (Customer.objects.count(), CustomerChange.objects.count()) == (59, 59)
    assert person.name not in everything_kept()


def test_held_lists_are_rejected_and_their_files_erased(
    person: SimCustomer, people: list[SimCustomer], draw_list: DrawList
) -> None:
    run_id = held(people, draw_list)
    erase(person.erp_id)
    run = SyncRun.objects.get(pk=run_id)
    assert run.state == "rejected"
    assert "a person was erased" in message_text(run.notes[-1])
    assert not HeldList.objects.exists()


def test_the_file_of_a_list_whose_run_ended_otherwise_is_erased(
    person: SimCustomer, people: list[SimCustomer], draw_list: DrawList
) -> None:
    SyncRun.objects.filter(pk=held(people, draw_list)).update(state="abandoned")
    erase(person.erp_id)
    assert not HeldList.objects.exists()


def test_a_person_who_is_only_in_a_held_list_is_erased(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_MIN_CUSTOMERS = 100
    run = SyncRun.objects.filter(pk=synced(draw_list(people)))
    harmless = f"{people[7].city} {people[7].last_order_date}"
    run.update(log=f"{harmless}\n{people[7].phone}")
    erase(people[7].erp_id)
    assert people[7].name not in everything_kept()
    assert run.get().log == f"{harmless}\n[erased]"


def test_a_person_who_is_only_in_a_dry_runs_preview_is_erased(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    run_sync(FileSource(draw_list(people)), sync_config(), trigger=SyncRun.Trigger.CLI, is_dry=True)
    erase(people[7].erp_id)
    assert people[7].name not in everything_kept()
    assert len(Preview.objects.get().changes) == len(people) - 1


def test_screenshots_and_traces_are_erased(person: SimCustomer, settings: Any) -> None:
    settings.ARTIFACTS_DIR.mkdir(parents=True)
    for name in ("page.png", "page.zip", "orphan.png"):
        (settings.ARTIFACTS_DIR / name).write_text(person.name)
    run = SyncRun.objects.create(
        trigger="cli", state="failed", created_at=timezone.now(), screenshot="page.png", trace="page.zip"
    )
    SyncAttempt.objects.create(
        run=run, number=1, started_at=timezone.now(), duration_ms=5, screenshot="page.png"
    )
    erase(person.erp_id)
    assert list(settings.ARTIFACTS_DIR.iterdir()) == []
    assert "page.png" not in everything_kept()


def test_an_export_that_a_killed_process_left_behind_is_erased(
    person: SimCustomer, people: list[SimCustomer], draw_list: DrawList
) -> None:
    run_id, work_dir = held(people, draw_list), sync_config().erp.work_dir
    with HeldSource(run_id, work_dir).open(lambda progress: None, lambda: False) as file:
        left_behind = Path(str(file.path.parent).replace("fetch-", "fetch-killed-"))
        left_behind.mkdir()
        (left_behind / file.path.name).write_bytes(file.path.read_bytes())
    erase(person.erp_id)
    assert list(work_dir.iterdir()) == []


def texts_about(person: SimCustomer) -> int:
    """Create a failed run, an attempt, a suspension, an alert and a task that quote a person's row."""
    claim = lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    error = ErpPageBroken("the ERP shows “%(title)s” instead", title=person.name.upper())
    lifecycle.note_attempt(claim, Attempt(1, 5, {}, error))
    lifecycle.fail(claim, error, notes=[error.text.as_json()], seen={"view": person.name})
    log = (
        f"first line\nDETAIL: Failing row contains (1, {person.name}, Roma)\n(erp_id)=({person.erp_id})\nlast"
    )
    lifecycle.keep_log(claim, log, {})
    Suspension.objects.create(since=timezone.now(), run_id=claim.run_id, **error.as_fields())
    Alert.objects.create(kind="failing", created_at=timezone.now(), subject="3", body=error.message)
    Task.objects.create(
        id="1", name="n", func="f", started=timezone.now(), stopped=timezone.now(), success=False, result=log
    )
    return claim.run_id


def test_what_logs_errors_and_alerts_say_about_the_person_is_erased(person: SimCustomer) -> None:
    run_id = texts_about(person)
    metrics()
    erase(person.erp_id)
    assert person.name.lower() not in everything_kept().lower()
    assert person.name not in json.dumps(metrics())
    run = SyncRun.objects.get(pk=run_id)
    assert run.log.splitlines() == ["first line", "[erased]", "[erased]", "last"]
    assert message_text(run.notes[0]) == "the ERP shows “[erased]” instead"


def test_what_is_said_about_others_is_kept(person: SimCustomer, people: list[SimCustomer]) -> None:
    run_id = texts_about(people[8])
    before = SyncRun.objects.filter(pk=run_id).values().get()
    erase(person.erp_id)
    # Its process can't write any more.
    assert SyncRun.objects.filter(pk=run_id).values().get() == {**before, "lease_token": None}


def test_the_erasure_is_recorded_without_the_person(
    person: SimCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "carla")
    said = erase(person.erp_id)
    entry = LogEntry.objects.select_related("user").get()
    mark = erasure.mark_of(person.erp_id)
    assert (entry.user.get_username(), action_of(entry).origin) == (COMMAND_ACCOUNT, "carla")
    assert mark in action_of(entry).text
    assert mark in said
    assert person.erp_id not in entry.change_message.replace(mark, "")


def test_it_says_that_the_erp_brings_the_customer_back(person: SimCustomer) -> None:
    assert "the ERP still lists this customer" in erase(person.erp_id)


def test_an_erased_customer_that_the_erp_still_lists_comes_back_as_new(
    person: SimCustomer, people: list[SimCustomer], draw_list: DrawList
) -> None:
    erase(person.erp_id)
    synced(draw_list(people))
    assert [change.kind for change in CustomerChange.objects.filter(customer_id=person.erp_id)] == ["new"]


def test_a_customer_that_the_erp_no_longer_lists_stays_away(
    person: SimCustomer, people: list[SimCustomer], draw_list: DrawList
) -> None:
    rest = [each for each in people if each.erp_id != person.erp_id]
    synced(draw_list(rest))
    assert "still lists" not in erase(person.erp_id)
    synced(draw_list(rest))
    assert not Customer.objects.filter(erp_id=person.erp_id).exists()


def test_an_unknown_id_is_refused(person: SimCustomer) -> None:
    assert refusal("999999999").returncode == 2
    assert Customer.objects.count() == 60


def test_it_is_refused_while_a_sync_runs(person: SimCustomer) -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
    assert refusal(person.erp_id).returncode == 4
    assert Customer.objects.filter(erp_id=person.erp_id).exists()


def test_a_run_whose_process_died_does_not_hinder_it(person: SimCustomer) -> None:
    die()
    erase(person.erp_id)
    assert not Customer.objects.filter(erp_id=person.erp_id).exists()


def test_a_file_that_can_not_be_deleted_leaves_everything_else(person: SimCustomer, settings: Any) -> None:
    settings.ARTIFACTS_DIR.mkdir(parents=True)
    (settings.ARTIFACTS_DIR / "mounted").symlink_to(settings.ARTIFACTS_DIR, target_is_directory=True)
    assert "can't be deleted" in str(refusal(person.erp_id))
    assert Customer.objects.filter(erp_id=person.erp_id).exists()


@pytest.mark.parametrize("answer", ["y\n", ""])
def test_without_a_yes_nothing_is_erased(
    person: SimCustomer, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    with pytest.raises(CommandError, match="nothing was erased"):
        call_command("erasecustomer", person.erp_id)
    assert Customer.objects.count() == 60


def test_with_a_yes_the_customer_is_erased(person: SimCustomer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    call_command("erasecustomer", person.erp_id)
    assert Customer.objects.count() == 59


@pytest.mark.django_db(transaction=True)
def test_no_run_starts_before_the_erasure_is_committed() -> None:
    """The place of the running run is taken until the commit, and free afterwards."""
    ended: list[str] = []

    def claim() -> None:
        lifecycle.claim(SyncRun.Trigger.CLI, lease_s=LEASE_S)
        ended.append("claimed")
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        with lifecycle.no_sync(LEASE_S):
            waiting = pool.submit(claim)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
            ended.append("erased")
        waiting.result(timeout=30)
    assert ended == ["erased", "claimed"]


@pytest.mark.django_db(transaction=True)
def test_no_file_of_the_database_has_the_person_afterwards(person: SimCustomer) -> None:
    erase(person.erp_id)
    # On PostgreSQL there is none here.
    database = Path(connection.settings_dict["NAME"])
    files = database.parent.glob(f"{database.name}*")
    assert not [file for file in files if person.name.encode() in file.read_bytes()]
