"""How long the pages take that a person or a program asks for, through Django's own client."""

from __future__ import annotations

from statistics import median

from django.contrib.auth.models import User
from django.test import Client

from customers.models import CustomerChange
from scripts.soak.stopwatch import now_ms
from scripts.soak.year import PERSON
from sync.models import SyncRun

TIMES = 5
PAGES = {
    "sync page": "/admin/sync/now/",
    "list of syncs": "/admin/sync/syncrun/",
    "a run": "/admin/sync/syncrun/{run}/change/",
    "customers": "/admin/customers/customer/",
    "a customer": "/admin/customers/customer/{customer}/change/",
    "REST metrics": "/api/customers/sync/metrics",
    "REST runs": "/api/customers/sync/runs",
}


def page_figures() -> dict[str, float]:
    """Return the median time of each page in milliseconds."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get(username=PERSON))
    places = _places()
    times = {f"page: {name}": _median_ms(client, path.format(**places)) for name, path in PAGES.items()}
    # Deletes the session's row.
    client.logout()
    return times


def _places() -> dict[str, int]:
    """Return the newest run that ended, and the customer that changed last."""
    changed = CustomerChange.objects.select_related("customer").first()
    return {"run": SyncRun.objects.ended()[0].pk, "customer": changed.customer.pk if changed else 0}


def _median_ms(client: Client, path: str) -> float:
    return median(_time_ms(client, path) for _ in range(TIMES))


def _time_ms(client: Client, path: str) -> float:
    started_ms = now_ms()
    answer = client.get(path)
    elapsed_ms = now_ms() - started_ms
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered with status {answer.status_code}")
    return elapsed_ms
