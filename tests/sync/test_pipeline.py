"""A sync as one run: what it writes, which lists it refuses, and that only one runs at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from customers import services
from customers.erp_list.columns import OPTIONAL_COLUMNS
from customers.erp_list.records import content_hash
from customers.models import Customer, CustomerChange
from scripts.erp_simulator.server import ErpSimulator
from scripts.erp_simulator.world import SimCustomer
from sync.config import sync_config
from sync.erp import PagerBounds
from sync.errors import AlreadyRunning
from sync.models import SyncAttempt, SyncRun
from sync.pipeline import run_sync
from sync.runs import lifecycle
from sync.runs.progress import Progress
from tests.conftest import DrawList
from tests.sync.printed_lists import draw_changed
from tests.sync.sync_once import KnownSource, kept_run, snapshot, sync_erp, sync_file

pytestmark = pytest.mark.django_db


# --- what is written ------------------------------------------------------------------------------------


def test_the_first_list_creates_every_customer(people: list[SimCustomer], draw_list: DrawList) -> None:
    result = sync_file(draw_list(people))
    assert (result.state, result.error) == ("succeeded", None)
    assert result.counts["new"] == result.counts["rows"] == Customer.objects.count() == 60


def test_the_same_list_again_changes_no_customer(people: list[SimCustomer], draw_list: DrawList) -> None:
    path = draw_list(people)
    sync_file(path)
    with CaptureQueriesContext(connection) as queries:
        result = sync_file(path)
    assert (result.counts["unchanged"], result.counts["updated"]) == (60, 0)
    writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in writes if "customers_" in sql] == []


def test_only_changed_values_are_written(people: list[SimCustomer], draw_list: DrawList) -> None:
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


def test_a_run_stores_its_results(people: list[SimCustomer], draw_list: DrawList) -> None:
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


def test_a_layout_change_is_noted_and_does_not_change_the_values(
    people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    result = sync_file(draw_list(people, "nine.pdf", pages_per_group=9))
    assert result.counts["unchanged"] == 60
    assert [*map(str, result.notes)] == ["the layout changed: 9 pages a group, 8 before"]


def test_unknown_columns_are_kept_and_noted(people: list[SimCustomer], draw_list: DrawList) -> None:
    result = sync_file(draw_list(people, extra_columns=6, pages_per_group=None))
    assert result.counts["new"] == 60
    assert len(Customer.objects.filter(extra__has_key="CLASSE ABC")) > 0
    assert any("CLASSE ABC" in str(note) for note in result.notes)


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


def test_optional_columns_stored_as_unknown_by_earlier_versions_are_moved_once(
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
    assert "layout changed: columns gone, their values kept: EXCLUSIVACTIVE" in map(str, result.notes)


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


def test_a_list_without_a_footer_is_read_if_a_setting_allows_it(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.CUSTOMERS_ALLOW_MISSING_FOOTER = True
    assert sync_file(draw_list(people, footer=False)).counts["new"] == 60


def test_a_list_with_more_pages_than_the_setting_allows_is_refused(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.REPORT_MAX_PAGES = 1
    result = sync_file(draw_list(people))
    assert result.error is not None
    assert result.error.code == "report_too_large"


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
    said = f"the list has 60 rows where the ERP's pager says {bounds.min_rows} to {bounds.max_rows}"
    assert result.error.message == said
    assert not Customer.objects.exists()


# --- one at a time --------------------------------------------------------------------------------------


def test_a_sync_is_refused_while_another_runs(people: list[SimCustomer], draw_list: DrawList) -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45)
    with pytest.raises(AlreadyRunning):
        sync_file(draw_list(people))


def test_a_run_whose_lease_was_taken_over_writes_nothing(
    people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    """The process stalled, and another run took over the lease before the list was applied."""
    settings.SYNC_HEARTBEAT_S = 3600

    def lose_lease(progress: Progress) -> None:
        if progress.stage == "compare":
            SyncRun.objects.update(heartbeat_at=Now() - timedelta(hours=1))
            lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45)

    result = sync_file(draw_list(people), on_progress=lose_lease)
    assert (result.state, kept_run(result).state) == ("abandoned", "abandoned")
    assert not Customer.objects.exists()
    assert not CustomerChange.objects.exists()


# --- from the ERP ---------------------------------------------------------------------------------------


def test_a_sync_from_the_erp_writes_all_customers(erp_settings: ErpSimulator) -> None:
    erp_settings.expire_sessions()
    result = sync_erp()
    assert (result.state, result.counts["new"]) == ("succeeded", 60)
    assert list(result.stages)[-4:] == ["download", "read", "compare", "apply"]
    assert set(result.stages) >= {"browser", "login", "list", "export"}


def test_a_sync_with_a_valid_session_does_not_log_in(erp_settings: ErpSimulator) -> None:
    erp_settings.expire_sessions()
    sync_erp()
    result = sync_erp()
    assert erp_settings.counters.logins == 1
    assert "login" not in result.stages
    assert result.counts["unchanged"] == 60


def test_a_transient_error_is_retried_until_it_succeeds(erp_settings: ErpSimulator) -> None:
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
    erp_settings.expire_sessions()
    settings.ARCHIBALD_PASSWORD = "sbagliata"
    result = sync_erp()
    assert result.error is not None
    assert (result.error.code, erp_settings.counters.logins_rejected) == ("login_rejected", 1)


def test_rows_missing_from_the_export_are_detected_by_the_pager(
    erp_settings: ErpSimulator, settings: Any
) -> None:
    settings.SYNC_ATTEMPTS = 1
    erp_settings.faults.rows_lost = 25
    result = sync_erp()
    assert result.error is not None
    assert result.error.code == "report_incomplete"
    assert not Customer.objects.exists()


def test_a_list_that_lacks_most_customers_is_held(
    erp_settings: ErpSimulator, people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    erp_settings.faults.customers_missing = 0.4
    assert sync_erp().state == "held"


def test_a_list_without_rows_is_refused(
    erp_settings: ErpSimulator, people: list[SimCustomer], draw_list: DrawList, settings: Any
) -> None:
    settings.SYNC_ATTEMPTS = 1
    sync_file(draw_list(people))
    erp_settings.faults.no_rows = True
    result = sync_erp()
    assert result.error is not None
    assert (result.state, result.error.code) == ("failed", "report_incomplete")
    assert Customer.objects.filter(missing_since=None).count() == 60
