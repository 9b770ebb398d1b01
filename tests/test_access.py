"""Who may do what: every URL, with every method, as every role; `access_table` has the expected answers."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http.cookie import SimpleCookie
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from access import tokens
from customers.erp_list.delta import compute_delta
from customers.models import Customer
from customers.services import apply_delta
from sync.models import HeldList, SyncAttempt, SyncRun
from tests.access_table import METHODS, ROLES, expected_statuses
from tests.accounts import operator, superuser, viewer
from tests.api_calls import account
from tests.customers.customer_lists import NOW, a_record

pytestmark = pytest.mark.django_db

ACCOUNTS: dict[str, Callable[[], User]] = {
    "inactive": superuser,
    "plain": account,
    "program": lambda: account("view_customer", "view_syncrun", "run_sync", "edit_schedule", "decide_run"),
    "staff": lambda: account(is_staff=True),
    "runs": lambda: account("view_syncrun", is_staff=True),
    "customers": lambda: account("view_customer", is_staff=True),
    "viewer": viewer,
    "operator": operator,
    "superuser": superuser,
}


def routes(patterns: Sequence[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Yield the route of every URL; one with a regular expression is written like the others."""
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        else:
            yield re.sub(r"\^|\$|\(\?P(<\w+>).*?\)", r"\1", route)


@pytest.fixture
def rows(settings: Any) -> dict[str, object]:
    """Create what the URLs show; return the value of each of their parameters, and each model's key."""
    apply_delta(compute_delta({}, [a_record("50")]), run_id=1, now=NOW)
    user = User.objects.create_user("anna")
    return {
        "apitoken": tokens.make(user, "crm", days=1)[0].pk,
        "app_label": "sync",
        "content_type_id": ContentType.objects.get_for_model(User).pk,
        "customer": Customer.objects.get().pk,
        "erp_id": "50",
        "extension": "csv",
        "group": Group.objects.create(name="visitors").pk,
        "id": user.pk,
        "kind": "screenshot",
        "logentry": LogEntry.objects.create(user=user, action_flag=1).pk,
        "number": 1,
        "run_id": (run_id := held_run(Path(settings.ARTIFACTS_DIR))),
        "syncrun": run_id,
        "url": "nothing",
        "user": user.pk,
        "user_id": user.pk,
    }


def held_run(folder: Path) -> int:
    """Create a held run with the browser's files, older than an applied list: too late to approve."""
    folder.mkdir(parents=True)
    (folder / "file").touch()
    files = {"screenshot": "file", "trace": "file"}
    now = timezone.now()
    run = SyncRun.objects.create(trigger="cli", state="held", created_at=now - timedelta(hours=1), **files)
    SyncAttempt.objects.create(run=run, number=1, started_at=now, duration_ms=1, **files)
    HeldList.objects.create(run=run, file=b"")
    SyncRun.objects.create(trigger="cli", state="succeeded", created_at=now, started_at=now, finished_at=now)
    return run.pk


def address(route: str, rows: dict[str, object]) -> str:
    """Fill in the parameters of a route; the key of an object is that of the model in the admin's address."""
    model = next((part for part in route.split("/") if part in rows), "user")
    values = {**rows, "object_id": rows[model]}
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda parameter: str(values[parameter[1]]), route)


def client_as(role: str) -> Client:
    client = Client(raise_request_exception=False)
    if role in ACCOUNTS:
        client.force_login(ACCOUNTS[role]())
    if role == "inactive":
        # With the session of when it was active.
        User.objects.filter(username="sara").update(is_active=False)
    return client


def status_of(client: Client, method: str, path: str) -> int:
    """Return the status of a response, and undo what the request has changed."""
    cookies = {name: cookie.value for name, cookie in client.cookies.items()}
    with transaction.atomic():
        answer = client.generic(method, path, content_type="application/json")
        if answer.streaming:
            answer.getvalue()
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies)
    return answer.status_code


def test_every_url_has_an_entry_in_the_table() -> None:
    assert set(routes(get_resolver().url_patterns)) ^ set(expected_statuses()) == set()


@pytest.mark.parametrize("role", ROLES)
def test_every_url_answers_each_method_as_the_table_says(
    role: str, rows: dict[str, object], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.API_STEERING_RATE = "100000/minute"
    caplog.set_level(logging.CRITICAL, "django.request")
    client = client_as(role)
    wrong = [
        f"{method} {route}: {status} instead of {expected[role, method]}"
        for route, expected in expected_statuses().items()
        for method in METHODS
        if (status := status_of(client, method, address(route, rows))) != expected[role, method]
    ]
    assert wrong == []
