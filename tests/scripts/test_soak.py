"""A short soak ends well, and the verdict names what grew."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from scripts.soak.clock import moved_clock
from scripts.soak.faults import Fault, Faults
from scripts.soak.verdict import Measurement, Verdict, judge
from sync.models import Alert

ROOT = Path(__file__).resolve().parent.parent.parent
DAY = timedelta(days=1)


def test_a_short_soak_prints_its_table_and_finds_nothing_that_grew() -> None:
    # Runs are kept until the night, so that their removal is part of it.
    options = "--runs 48 --customers 12 --browser-every 40 --measure-every 48 --history-days 0"
    done = subprocess.run(
        [sys.executable, "-m", "scripts.soak", *options.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert "Nothing grew that should not." in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
    assert "48 scheduled runs (1 days)" in done.stdout
    assert "Runs with the browser: 2" in done.stdout
    for figure in ("memory, MB", "page: list of syncs, ms", "files: artifacts", "rows: customers' changes"):
        assert figure in done.stdout


def test_equal_seeds_meet_equal_faults() -> None:
    one, same, other = Faults(1), Faults(1), Faults(2)
    met = [one.next() for _ in range(3000)]
    assert met == [same.next() for _ in range(3000)]
    assert met != [other.next() for _ in range(3000)]
    assert set(met) == set(Fault)


@pytest.mark.django_db
def test_the_databases_time_moves_with_the_clock() -> None:
    start = datetime.fromisoformat("2031-05-04T03:02:01+00:00")
    with moved_clock(start) as clock:
        alert = Alert.objects.create(kind=Alert.Kind.HELD, created_at=Now())
        clock.move_to(start + DAY)
        later = Alert.objects.filter(created_at__lt=Now() - timedelta(hours=23), pk=alert.pk)
        assert later.exists()
        assert not later.filter(created_at__lt=Now() - timedelta(hours=25)).exists()
        assert timezone.now() - start < DAY + timedelta(minutes=5)


def a_year(*, agree: bool = True, **figures: list[float]) -> list[Measurement]:
    count = len(next(iter(figures.values())))
    return [
        Measurement(1000 * (n + 1), {name: values[n] for name, values in figures.items()}, agree)
        for n in range(count)
    ]


def verdict_of(measured: list[Measurement], retention_run: int = 0) -> Verdict:
    return judge(measured, retention_run=retention_run)


def test_memory_that_grows_is_named_with_its_limit() -> None:
    verdict = verdict_of(a_year(memory=[100.0, 100.0, 100.0, 150.0, 200.0, 200.0]))
    assert verdict.wrong == ["memory grew from 100.0 to 200.0; the limit is 126.0"]
    assert verdict.words == {"memory": "GREW"}


def test_one_busy_moment_is_no_growth() -> None:
    assert verdict_of(a_year(memory=[100.0, 100.0, 100.0, 100.0, 100.0, 900.0])).is_good


def test_the_customers_history_may_grow() -> None:
    verdict = verdict_of(a_year(history=[1.0, 100.0]))
    assert verdict.is_good
    assert verdict.words == {"history": "kept for ever"}


def test_times_are_not_judged_by_a_few_measurements() -> None:
    assert verdict_of(a_year(run=[50.0, 500.0])).words == {"run": "not judged"}


def test_the_database_is_judged_from_the_first_removal_of_runs_on() -> None:
    measured = a_year(database=[10.0, 20.0, 30.0, 30.0, 30.0])
    assert verdict_of(measured, retention_run=2500).words == {"database": "ok"}
    assert verdict_of(measured).words == {"database": "GREW"}


def test_wrong_counters_are_named() -> None:
    assert verdict_of(a_year(agree=False, threads=[3.0])).wrong == [
        "after run 1,000 the cached counters were wrong"
    ]
