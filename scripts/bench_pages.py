"""Measure the staff's list pages with many customers and runs.

    python -m scripts.bench_pages [--customers N] [--runs N]

Uses a separate test database: in SQLite, or on the server of DATABASE_URL.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import fields
from datetime import timedelta
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

TIMES = 5
# As the admin shows them.
PER_PAGE = 50
PAGES = {
    "customers": "/admin/customers/customer/",
    "searched": "/admin/customers/customer/?q=studio+mi",
    "in a city": "/admin/customers/customer/?city=Caserta",
    "active": "/admin/customers/customer/?status=active",
    "changed in 30 days": "/admin/customers/customer/?changed=30",
    "without an order": "/admin/customers/customer/?last_order=never",
    "sorted by city": "/admin/customers/customer/?o=3",
    "the last page": "/admin/customers/customer/?p={last}",
    "runs": "/admin/sync/syncrun/",
    "failed runs": "/admin/sync/syncrun/?state__exact=failed",
    "runs of 30 days": "/admin/sync/syncrun/?started=30",
    "sync page": "/admin/sync/now/",
    "its live part": "/admin/sync/now/live/",
}


def main() -> int:
    """Fill a database, request each page several times, print the medians; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data_dir:
        os.environ |= {"ARCHIBALD_DATA_DIR": data_dir, "DJANGO_SETTINGS_MODULE": "archibald.settings"}
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        _measure(options.customers, options.runs)
    return 0


def _measure(customer_count: int, run_count: int) -> None:
    import django  # noqa: PLC0415  # the settings are known only now

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import get_runner  # noqa: PLC0415

    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        _fill_customers(customer_count)
        _fill_runs(run_count)
        title = f"{customer_count:,} customers, {run_count:,} runs, on {connection.vendor}"
        _print(title, _times(last=(customer_count - 1) // PER_PAGE + 1))
    finally:
        runner.teardown_databases(databases)


def _fill_customers(count: int) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from customers.models import Customer, CustomerChange  # noqa: PLC0415
    from scripts.erp_simulator.world import SimCustomer, generate  # noqa: PLC0415

    names, now = [each.name for each in fields(SimCustomer)], timezone.now()
    people = [{name: getattr(person, name) for name in names} for person in generate(count, seed=1)]
    Customer.objects.bulk_create(
        (Customer(**person, content_hash="", first_seen_at=now, changed_at=now) for person in people),
        batch_size=500,
    )
    CustomerChange.objects.bulk_create(
        CustomerChange(customer_id=person["erp_id"], run_id=1, changed_at=now, kind="new", position=position)
        for position, person in enumerate(people, start=1)
    )


def _fill_runs(count: int) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from sync.models import SyncRun  # noqa: PLC0415

    now = timezone.now()
    states = ("succeeded",) * 9 + ("failed",)

    def run(number: int) -> Any:
        moment = now - timedelta(minutes=30 * number)
        return SyncRun(
            trigger="schedule",
            state=states[number % len(states)],
            created_at=moment,
            started_at=moment,
            finished_at=moment + timedelta(seconds=4),
            log="a line of the log\n" * 40,
        )

    SyncRun.objects.bulk_create((run(number) for number in range(count)), batch_size=500)


def _times(last: int) -> dict[str, float]:
    """Return the median time of each page, in seconds, in one process."""
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.create_superuser("carla"))
    return {
        name: statistics.median(_time(client, path.format(last=last)) for _ in range(TIMES))
        for name, path in PAGES.items()
    }


def _time(client: Any, path: str) -> float:
    started = time.perf_counter()
    answer = client.get(path)
    if answer.status_code != 200:
        sys.exit(f"{path}: {answer.status_code}")
    return time.perf_counter() - started


def _print(title: str, times: dict[str, float]) -> None:
    table = Table("page", "s", box=SIMPLE, title=title)
    for name, seconds in times.items():
        table.add_row(name, f"{seconds:.3f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
