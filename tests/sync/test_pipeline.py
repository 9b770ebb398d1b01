"""A sync as one run: what it writes, what it refuses, what it tries again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import services
from customers.erp_list.columns import OPTIONAL_COLUMNS
from customers.erp_list.records import content_hash
from customers.models import Customer, CustomerChange
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.erp import PagerBounds
from sync.errors import AlreadyRunning, ErpUnreachable, ListNotHeld, ListSuperseded, SyncError
from sync.models import HeldList, SyncAttempt, SyncRun
from sync.pipeline import Result, approve, run_sync
from sync.runs import lifecycle
from sync.runs.progress import OnProgress, Progress
from sync.sources import ErpSource, FileSource, ListFile, Stop
from tests.conftest import DrawList
from tests.sync.printed_lists import draw_changed

pytestmark = pytest.mark.django_db(transaction=True)


def sync_file(path: Path, **options: Any) -> Result:
    return run_sync(FileSource(path), sync_config(), trigger=SyncRun.Trigger.CLI, **options)


def sync_erp(**options: Any) -> Result:
    config = sync_config()
    return run_sync(ErpSource(config.erp), config, trigger=SyncRun.Trigger.CLI, **options)


def kept_run(result: Result) -> SyncRun:
    assert result.run_id is not None
    return SyncRun.objects.get(pk=result.run_id)


def snapshot() -> list[dict[str, Any]]:
    return [dict(row) for row in Customer.objects.order_by("pk").values()]


class KnownSource:
    """A file with what the ERP said of it: how many rows it must have, and what else was seen."""

    def __init__(
        self, path: Path, pager: PagerBounds | None = None, seen: Mapping[str, Any] | None = None
    ) -> None:
        self._file = ListFile(path, pager=pager, seen=seen or {})

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        yield self._file


# --- what is written ------------------------------------------------------------------------------------


def test_the_first_list_makes_every_customer(people: list[SimCustomer], draw_list: DrawList) -> None:
    result = sync_file(draw_list(people))
    assert (result.state, result.error) == ("succeeded", None)
    assert result.counts["new"] == result.counts["rows"] == Customer.objects.count() == 60


def test_the_same_list_again_writes_no_customer(people: list[SimCustomer], draw_list: DrawList) -> None:
    path = draw_list(people)
    sync_file(path)
    with CaptureQueriesContext(connection) as queries:
        result = sync_file(path)
    assert (result.counts["unchanged"], result.counts["updated"]) == (60, 0)
    writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in writes if "customers_" in sql] == []


def test_exactly_what_changed_is_written(people: list[SimCustomer], draw_list: DrawList) -> None:
    sync_file(draw_list(people))
    first, second = people[4], people[40]
    people[4] = replace(first, city="Isernia", phone="+39086512345")
    people[40] = replace(second, previous_sales_1=Decimal("1234.50"))
    result = sync_file(draw_list(people, "later.pdf"))
    assert (result.counts["updated"], result.counts["unchanged"]) == (2, 58)
    written = {change.customer_id: change.fields for change in CustomerChange.objects.filter(kind="updated")}
    assert written == {
        first.erp_id: {
            "city": {"old": first.city or None, "new": "Isernia"},
            "phone": {"old": first.phone or None, "new": "+39086512345"},
        },
        second.erp_id: {"previous_sales_1": {"old": f"{second.previous_sales_1:.2f}", "new": "1234.50"}},
    }


def test_a_run_keeps_what_it_did(people: list[SimCustomer], draw_list: DrawList) -> None:
    result = sync_file(draw_list(people), requested_by="carla")
    run = kept_run(result)
    assert (run.state, run.requested_by, run.attempt_count) == ("succeeded", "carla", 1)
    assert run.counts == result.counts
    assert set(run.stages) == {"read", "compare", "apply"}
    assert len(run.file_sha256) == 64
    assert run.finished_at is not None
    assert "succeeded" in run.log


def test_a_customer_is_removed_at_the_second_absence_and_restored_on_return(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    whole, short = draw_list(people), draw_list(people[1:], "short.pdf")
    sync_file(whole)
    counts = [sync_file(path).counts for path in (short, short, short, whole)]
    assert [(each["missing"], each["removed"], each["restored"]) for each in counts] == [
        (1, 0, 0),
        (0, 1, 0),
        (0, 0, 0),
        (0, 0, 1),
    ]
    assert Customer.objects.get(erp_id=people[0].erp_id).removed_at is None


def test_another_layout_reads_the_same_and_is_noted(people: list[SimCustomer], draw_list: DrawList) -> None:
    sync_file(draw_list(people))
    result = sync_file(draw_list(people, "nine.pdf", pages_per_group=9))
    assert result.counts["unchanged"] == 60
    assert result.notes == ("the layout changed: 9 pages a group, 8 before",)


def test_unknown_columns_are_kept_and_noted(people: list[SimCustomer], draw_list: DrawList) -> None:
    result = sync_file(draw_list(people, extra_columns=6, pages_per_group=None))
    assert result.counts["new"] == 60
    assert len(Customer.objects.filter(extra__has_key="CLASSE ABC")) > 0
    assert any("CLASSE ABC" in note for note in result.notes)


SIX = [column.caption for column in OPTIONAL_COLUMNS]


def test_the_six_optional_columns_are_written_to_their_fields(
    people: list[SimCustomer], tmp_path: Path
) -> None:
    cells = ["Sì", "01/02/2026", "31/12/2026", "12.000,00 €", "(360,65)", "M-17"]
    result = sync_file(draw_changed(tmp_path / "six.pdf", people, columns=SIX, cells=cells))
    assert (result.state, result.notes) == ("succeeded", ())
    customer = Customer.objects.get(erp_id=people[0].erp_id)
    assert (customer.exclusive_active, customer.exclusive_period_end) == ("Sì", date(2026, 12, 31))
    assert (customer.exclusive_sales_in_period, customer.extra) == (Decimal("-360.65"), {})


def test_optional_columns_that_earlier_versions_kept_as_unknown_move_once(
    people: list[SimCustomer], draw_list: DrawList, tmp_path: Path
) -> None:
    sync_file(draw_list(people))
    for customer in Customer.objects.all():
        kept = replace(services.load_stored()[customer.erp_id].record, extra={"EXCLUSIVACTIVE": "Sì"})
        customer.extra, customer.content_hash = dict(kept.extra), content_hash(kept)
        customer.save()
    path = draw_changed(tmp_path / "six.pdf", people, columns=["EXCLUSIVACTIVE"], cells=["Sì"])
    first, second = sync_file(path), sync_file(path)
    assert (first.state, first.counts["updated"], second.counts["unchanged"]) == ("succeeded", 60, 60)
    assert set(Customer.objects.values_list("exclusive_active", flat=True)) == {"Sì"}
    assert not Customer.objects.exclude(extra={}).exists()


def test_a_list_that_lacks_the_optional_columns_again_is_applied_and_noted(
    people: list[SimCustomer], draw_list: DrawList, tmp_path: Path
) -> None:
    sync_file(draw_changed(tmp_path / "six.pdf", people, columns=["EXCLUSIVACTIVE"], cells=["Sì"]))
    result = sync_file(draw_list(people))
    assert (result.state, result.counts["unchanged"]) == ("succeeded", 60)
    assert "layout changed: columns gone, their values kept: EXCLUSIVACTIVE" in result.notes


def test_negative_amounts_in_brackets_are_proven_and_written(
    people: list[SimCustomer], tmp_path: Path
) -> None:
    people = [replace(person, actual_sales=Decimal(0)) for person in people]
    path = draw_changed(
        tmp_path / "negative.pdf",
        people,
        changed={(0, "TIPO DI CLIENTE"): "(361,65)", (1, "TIPO DI CLIENTE"): "1,00-"},
        totals={"TIPO DI CLIENTE": "Sum=(362,65)"},
    )
    assert sync_file(path).state == "succeeded"
    negative = Customer.objects.filter(actual_sales__lt=0).values_list("actual_sales", flat=True)
    assert set(negative) == {Decimal("-361.65"), Decimal("-1.00")}


# --- dry runs -------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    people[4] = replace(people[4], city="Isernia")
    before = snapshot()
    result = sync_file(draw_list(people, "later.pdf"), is_dry=True)
    assert [(change["erpId"], [each["new"] for each in change["fields"]]) for change in result.changes] == [
        (people[4].erp_id, ["Isernia"])
    ]
    assert snapshot() == before
    assert not CustomerChange.objects.filter(kind="updated").exists()


def test_a_dry_run_of_an_implausible_list_says_so_and_holds_nothing(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    result = sync_file(draw_list(people[:20], "short.pdf"), is_dry=True)
    assert result.state == "held"
    assert result.error is not None
    assert result.error.code == "list_too_short"
    assert not HeldList.objects.exists()
    assert not SyncRun.objects.filter(state="held").exists()


def test_a_dry_run_hides_no_change_of_layout_from_the_next_run(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    note = ("the layout changed: 9 pages a group, 8 before",)
    sync_file(draw_list(people))
    nine = draw_list(people, "nine.pdf", pages_per_group=9)
    assert [sync_file(nine, is_dry=is_dry).notes for is_dry in (True, False)] == [note, note]


def test_the_layout_that_an_earlier_version_kept_of_a_dry_run_is_not_compared(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    path = draw_list(people)
    run = kept_run(sync_file(path))
    other = {**run.layout, "pagesPerGroup": 9}
    SyncRun.objects.create(trigger="cli", state="succeeded", is_dry=True, created_at=Now(), layout=other)
    assert sync_file(path).notes == ()


def test_a_dry_run_keeps_its_counts_and_neither_layout_nor_notes(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    result = sync_file(draw_list(people, extra_columns=6), is_dry=True)
    run = kept_run(result)
    assert any("CLASSE ABC" in note for note in result.notes)
    assert (run.layout, run.notes) == ({}, [])
    assert run.counts == result.counts
    assert (run.counts["new"], len(run.file_sha256)) == (60, 64)


# --- held runs ------------------------------------------------------------------------------------------


@pytest.fixture
def held_run(people: list[SimCustomer], draw_list: DrawList) -> int:
    """A run held because its list has 20 of 60 customers."""
    sync_file(draw_list(people))
    result = sync_file(draw_list(people[:20], "short.pdf"))
    assert result.state == "held"
    assert result.run_id is not None
    return result.run_id


def test_an_implausible_list_is_held_and_writes_nothing(held_run: int) -> None:
    assert Customer.objects.filter(missing_since=None).count() == 60
    assert len(HeldList.objects.get(run_id=held_run).changes) == 40


def test_an_approved_list_is_applied_as_it_was(held_run: int) -> None:
    result = approve(held_run, sync_config(), by="carla")
    assert (result.run_id, result.state, result.counts["missing"]) == (held_run, "succeeded", 40)
    assert Customer.objects.exclude(missing_since=None).count() == 40
    assert not HeldList.objects.exists()


def test_a_rejected_list_is_never_applied(held_run: int) -> None:
    lifecycle.reject(held_run, by="carla")
    with pytest.raises(ListNotHeld):
        approve(held_run, sync_config(), by="carla")
    assert Customer.objects.filter(missing_since=None).count() == 60


def test_an_older_list_is_not_brought_back_over_a_newer_one(
    held_run: int, people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people, "later.pdf"))
    with pytest.raises(ListSuperseded):
        approve(held_run, sync_config(), by="carla")


def test_an_approved_list_that_can_not_be_read_waits_again(held_run: int) -> None:
    HeldList.objects.update(file=b"%PDF-1.4 lost in the database %%EOF")
    result = approve(held_run, sync_config(), by="carla")
    assert (result.state, SyncRun.objects.get(pk=held_run).state) == ("held", "held")
    assert result.error is not None
    assert result.error.code == "report_unreadable"


def test_values_moved_between_customers_are_held(people: list[SimCustomer], draw_list: DrawList) -> None:
    """As when a page takes the place of another one of its band: every total stays right."""
    sync_file(draw_list(people))
    streets = [person.street for person in people[:20]]
    streets.append(streets.pop(0))
    people[:20] = [replace(person, street=street) for person, street in zip(people, streets, strict=False)]
    result = sync_file(draw_list(people, "moved.pdf"))
    assert result.error is not None
    assert (result.state, result.error.code) == ("held", "values_exchanged")


def test_a_last_order_in_the_future_is_held(people: list[SimCustomer], draw_list: DrawList) -> None:
    sync_file(draw_list(people))
    ahead = timezone.localdate() + timedelta(days=30)
    people[7] = replace(people[7], last_order_date=ahead)
    result = sync_file(draw_list(people, "ahead.pdf"))
    assert result.error is not None
    assert (result.state, result.error.code) == ("held", "order_in_future")
    assert f"{ahead:%Y-%m-%d}" in result.error.message


def test_an_approved_last_order_in_the_future_holds_no_later_list(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    people[7] = replace(people[7], last_order_date=timezone.localdate() + timedelta(days=30))
    path = draw_list(people)
    held = sync_file(path)
    assert held.run_id is not None
    approve(held.run_id, sync_config(), by="carla")
    assert sync_file(path).counts["unchanged"] == 60


def test_a_first_list_shorter_than_the_setting_asks_for_is_held(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_MIN_CUSTOMERS = 61
    result = sync_file(draw_list(people))
    assert result.error is not None
    assert (result.state, result.error.code) == ("held", "first_list_too_short")
    assert result.error.message == "the first list has 60 customers, fewer than the 61 of SYNC_MIN_CUSTOMERS"


# --- refused --------------------------------------------------------------------------------------------


def test_a_refused_list_leaves_the_customers_as_they_were(
    people: list[SimCustomer], draw_list: DrawList, tmp_path: Path
) -> None:
    path = draw_list(people)
    sync_file(path)
    before = snapshot()
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(path.read_bytes()[:-2000])
    result = sync_file(broken)
    assert result.error is not None
    assert (result.state, result.error.code) == ("failed", "report_truncated")
    assert snapshot() == before


def test_a_list_without_a_footer_is_not_proven(people: list[SimCustomer], draw_list: DrawList) -> None:
    result = sync_file(draw_list(people, footer=False))
    assert result.error is not None
    assert result.error.code == "list_unproven"
    assert not Customer.objects.exists()


def test_a_list_without_a_footer_is_read_where_a_setting_allows_it(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.CUSTOMERS_ALLOW_MISSING_FOOTER = True
    assert sync_file(draw_list(people, footer=False)).counts["new"] == 60


def test_an_english_list_is_refused(people: list[SimCustomer], draw_list: DrawList) -> None:
    result = sync_file(draw_list(people, culture="en"))
    assert result.error is not None
    assert result.error.code == "list_language"


@pytest.mark.parametrize("bounds", [PagerBounds(61, 80), PagerBounds(41, 59)])
def test_a_list_that_the_pager_contradicts_is_refused(
    bounds: PagerBounds, people: list[SimCustomer], draw_list: DrawList
) -> None:
    source = KnownSource(draw_list(people), bounds)
    result = run_sync(source, sync_config(), trigger=SyncRun.Trigger.CLI)
    assert result.error is not None
    assert result.error.code == "report_incomplete"
    assert not Customer.objects.exists()


# --- what was seen of the ERP ---------------------------------------------------------------------------

SEEN = {
    "account": "3f9a",
    "view": "Clienti",
    "filter": "Tutti i clienti",
    "gridFilters": [],
    "pages": 3,
    "page": 1,
    "pageSize": 20,
    "rowsOnPage": 20,
    "rowsMin": 41,
    "rowsMax": 60,
}


def sync_seen(path: Path, *, is_dry: bool = False, **changed: Any) -> Result:
    source = KnownSource(path, seen={**SEEN, **changed})
    return run_sync(source, sync_config(), trigger=SyncRun.Trigger.CLI, is_dry=is_dry)


def test_a_run_keeps_what_was_seen_of_the_erp(people: list[SimCustomer], draw_list: DrawList) -> None:
    assert kept_run(sync_seen(draw_list(people))).seen == SEEN


def test_a_dry_run_keeps_what_was_seen_too(people: list[SimCustomer], draw_list: DrawList) -> None:
    assert kept_run(sync_seen(draw_list(people), is_dry=True)).seen == SEEN


def test_the_first_list_from_the_erp_says_what_bounded_it(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    note = "first list: the ERP's filter said “Tutti i clienti”, no filter of the grid was set, "
    note += "and the pager bounded the list to 41 to 60 rows"
    first, second = sync_seen(draw_list(people)), sync_seen(draw_list(people))
    assert (first.notes, second.notes) == ((note,), ())


def test_a_dry_run_is_not_the_first_list(people: list[SimCustomer], draw_list: DrawList) -> None:
    sync_seen(draw_list(people), is_dry=True)
    assert len(sync_seen(draw_list(people)).notes) == 1


def test_another_account_whose_list_lacks_a_customer_is_held(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    result = sync_seen(draw_list(people[1:], "short.pdf"), account="77b0")
    assert result.error is not None
    assert (result.state, result.error.code) == ("held", "source_changed")
    assert result.error.message == "another ERP account: the list lacks 1 of the 60 active customers"
    assert kept_run(result).seen["account"] == "77b0"


def test_another_view_whose_list_lacks_a_customer_is_held(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    result = sync_seen(draw_list(people[1:], "short.pdf"), view="Clienti attivi")
    assert result.error is not None
    assert "another view “Clienti attivi” instead of “Clienti”" in result.error.message


def test_another_account_that_shows_every_customer_is_applied(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    assert sync_seen(draw_list(people), account="77b0").state == "succeeded"


def test_a_list_of_the_same_source_may_lack_a_customer(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    result = sync_seen(draw_list(people[1:], "short.pdf"), filter="Tutti", page=2, rowsMax=80)
    assert (result.state, result.counts["missing"]) == ("succeeded", 1)


def test_a_held_list_of_another_source_is_no_measure_for_the_next(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    short = draw_list(people[1:], "short.pdf")
    assert [sync_seen(short, account="77b0").state for _ in range(2)] == ["held", "held"]
    assert sync_seen(short).state == "succeeded"


def test_approving_a_list_of_another_source_makes_that_source_the_measure(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_seen(draw_list(people))
    short = draw_list(people[1:], "short.pdf")
    held = sync_seen(short, account="77b0")
    assert held.run_id is not None
    assert approve(held.run_id, sync_config(), by="carla").state == "succeeded"
    assert kept_run(held).seen["account"] == "77b0"
    assert sync_seen(short, account="77b0").state == "succeeded"


def test_a_file_at_hand_is_compared_with_no_source(people: list[SimCustomer], draw_list: DrawList) -> None:
    sync_seen(draw_list(people))
    assert sync_file(draw_list(people[1:], "short.pdf")).state == "succeeded"
    assert sync_seen(draw_list(people[2:], "shorter.pdf"), account="77b0").state == "held"


# --- attempts -------------------------------------------------------------------------------------------


def test_what_may_pass_is_tried_again_and_every_attempt_kept(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    source = KnownSource(draw_list(people), PagerBounds(61, 80))
    result = run_sync(source, sync_config(), trigger=SyncRun.Trigger.CLI)
    attempts = SyncAttempt.objects.filter(run_id=result.run_id)
    assert [(attempt.number, attempt.error_code) for attempt in attempts] == [
        (1, "report_incomplete"),
        (2, "report_incomplete"),
        (3, "report_incomplete"),
    ]


class FailingSource:
    """Fails as told at each attempt (None: with a list that the pager contradicts), then yields the list."""

    def __init__(self, path: Path, *faults: SyncError | None) -> None:
        self._path = path
        self._faults = list(faults)

    @contextmanager
    def open(self, on_progress: OnProgress, stop: Stop) -> Iterator[ListFile]:
        if not self._faults:
            yield ListFile(self._path)
        elif (fault := self._faults.pop(0)) is not None:
            raise fault
        else:
            yield ListFile(self._path, pager=PagerBounds(61, 80), notes=("a note",), stages={"login": 5})


def sync_failing(path: Path, *faults: SyncError | None, **options: Any) -> SyncRun:
    source = FailingSource(path, *faults)
    return kept_run(run_sync(source, sync_config(), trigger=SyncRun.Trigger.CLI, **options))


def evidence(folder: Path) -> ErpUnreachable:
    """Return an error with a screenshot in the folder."""
    folder.mkdir(parents=True)
    error = ErpUnreachable("the ERP does not answer")
    error.screenshot = folder / "first.png"
    error.screenshot.write_bytes(b"x")
    return error


def test_a_run_that_succeeds_at_its_second_attempt_has_no_screenshot_of_the_first(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    run = sync_failing(draw_list(people), evidence(settings.ARTIFACTS_DIR))
    assert (run.state, run.attempt_count, run.screenshot) == ("succeeded", 2, "")
    assert [attempt.screenshot for attempt in run.attempts.all()] == ["first.png", ""]


def test_a_run_whose_last_attempt_read_no_file_has_the_file_of_none(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    away = [ErpUnreachable("the ERP does not answer") for _ in range(2)]
    run = sync_failing(draw_list(people), None, *away)
    assert (run.error_code, run.file_sha256, run.stages) == ("erp_unreachable", "", {})
    assert [len(attempt.file_sha256) for attempt in run.attempts.all()] == [64, 0, 0]
    assert set(run.attempts.all()[0].stages) == {"login", "read"}


def test_a_run_stopped_while_it_waits_has_nothing_of_the_attempt_before(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    stages: list[str] = []
    run = sync_failing(
        draw_list(people),
        evidence(settings.ARTIFACTS_DIR),
        on_progress=lambda progress: stages.append(progress.stage),
        stop=lambda: "waiting" in stages,
    )
    assert (run.error_code, run.attempt_count, run.screenshot) == ("stopped", 1, "")
    assert run.attempts.get().screenshot == "first.png"


def test_an_attempt_that_this_program_broke_has_the_error_of_its_run(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    def broken(progress: Progress) -> None:
        raise RuntimeError("a detail")

    run = kept_run(sync_file(draw_list(people), on_progress=broken))
    assert (run.error_code, run.attempts.get().error_message) == ("internal_error", run.error_message)


def test_customers_and_the_runs_end_are_not_written_without_the_attempt(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    refused: list[str] = []

    def refuse_once(execute: Any, sql: str, *rest: Any) -> Any:
        if not refused and sql.startswith("INSERT") and "sync_syncattempt" in sql:
            refused.append(sql)
            raise OperationalError("the database is gone for a moment")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse_once):
        run = kept_run(sync_file(draw_list(people)))
    assert len(refused) == 1
    assert (run.state, run.error_code) == ("failed", "internal_error")
    assert not Customer.objects.exists()
    assert run.attempts.get().error_code == "internal_error"


def test_what_is_final_is_final_at_once(people: list[SimCustomer], draw_list: DrawList) -> None:
    result = sync_file(draw_list(people, footer=False))
    assert SyncAttempt.objects.filter(run_id=result.run_id).count() == 1


def test_waiting_for_the_next_attempt_ends_when_asked_to_stop(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_RETRY_WAIT_S = 3600
    stages: list[str] = []

    def note(progress: Progress) -> None:
        stages.append(progress.stage)

    result = run_sync(
        KnownSource(draw_list(people), PagerBounds(61, 80)),
        sync_config(),
        trigger=SyncRun.Trigger.CLI,
        on_progress=note,
        stop=lambda: "waiting" in stages,
    )
    assert result.error is not None
    assert (result.state, result.error.code) == ("failed", "stopped")


def test_a_fault_of_the_program_ends_the_run_and_names_no_detail(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    path = draw_list(people)

    def broken(progress: Progress) -> None:
        raise RuntimeError("secret detail")

    result = sync_file(path, on_progress=broken)
    assert result.error is not None
    assert (result.state, result.error.code) == ("failed", "internal_error")
    assert "secret detail" not in kept_run(result).error_message


# --- one at a time --------------------------------------------------------------------------------------


def test_a_sync_is_refused_while_another_runs(people: list[SimCustomer], draw_list: DrawList) -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45)
    with pytest.raises(AlreadyRunning):
        sync_file(draw_list(people))


def test_a_run_that_was_taken_over_writes_nothing(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    """Its process slept: another run took the lease before it came to apply."""
    settings.SYNC_HEARTBEAT_S = 3600

    def fall_asleep(progress: Progress) -> None:
        if progress.stage == "compare":
            SyncRun.objects.update(heartbeat_at=Now() - timedelta(hours=1))
            lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45)

    result = sync_file(draw_list(people), on_progress=fall_asleep)
    assert (result.state, kept_run(result).state) == ("abandoned", "abandoned")
    assert not Customer.objects.exists()
    assert not CustomerChange.objects.exists()


# --- from the ERP ---------------------------------------------------------------------------------------


def test_the_customers_come_from_the_erp_in_one_go(erp_settings: ErpSimulator) -> None:
    result = sync_erp()
    assert (result.state, result.counts["new"]) == ("succeeded", 60)
    assert list(result.stages)[-4:] == ["download", "read", "compare", "apply"]
    assert set(result.stages) >= {"browser", "login", "list", "export"}


def test_a_sync_whose_session_lives_does_not_log_in(erp_settings: ErpSimulator) -> None:
    sync_erp()
    result = sync_erp()
    assert erp_settings.counters.logins == 1
    assert "login" not in result.stages
    assert result.counts["unchanged"] == 60


def test_a_fault_that_passes_is_tried_again_until_it_succeeds(erp_settings: ErpSimulator) -> None:
    erp_settings.faults.cut_download = 1
    result = sync_erp()
    assert (result.state, result.counts["new"]) == ("succeeded", 60)
    codes = [attempt.error_code for attempt in SyncAttempt.objects.filter(run_id=result.run_id)]
    assert codes == ["download_broken", ""]


def test_a_failure_in_the_browser_leaves_a_screenshot_and_a_trace(
    erp_settings: ErpSimulator, settings: Any
) -> None:
    erp_settings.faults.export_missing = True
    result = sync_erp()
    assert result.error is not None
    assert result.error.code == "export_not_found"
    run = kept_run(result)
    assert (settings.ARTIFACTS_DIR / run.screenshot).read_bytes().startswith(b"\x89PNG")
    assert (settings.ARTIFACTS_DIR / run.trace).read_bytes().startswith(b"PK")


def test_a_rejected_password_is_tried_once(erp_settings: ErpSimulator, settings: Any) -> None:
    settings.ARCHIBALD_PASSWORD = "sbagliata"
    result = sync_erp()
    assert result.error is not None
    assert (result.error.code, erp_settings.counters.logins_rejected) == ("login_rejected", 1)


def test_rows_lost_by_the_erp_are_noticed_by_the_pager(erp_settings: ErpSimulator) -> None:
    erp_settings.faults.rows_lost = 25
    result = sync_erp()
    assert result.error is not None
    assert result.error.code == "report_incomplete"
    assert not Customer.objects.exists()


def test_most_customers_missing_from_the_erp_is_held(erp_settings: ErpSimulator) -> None:
    sync_erp()
    erp_settings.faults.customers_missing = 0.4
    assert sync_erp().state == "held"


def test_a_list_without_rows_is_refused(erp_settings: ErpSimulator) -> None:
    sync_erp()
    erp_settings.faults.no_rows = True
    result = sync_erp()
    assert result.error is not None
    assert (result.state, result.error.code) == ("failed", "report_incomplete")
    assert Customer.objects.filter(missing_since=None).count() == 60
