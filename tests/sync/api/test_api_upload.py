"""Upload a list over REST: it is read, proven, compared and held for a decision."""

from __future__ import annotations

from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from customers.models import Customer
from scripts.erp_simulator.world import SimCustomer
from sync.models import Alert, HeldList, SyncRun
from sync.monitoring.metrics import metrics
from sync.runs import lifecycle
from tests.accounts import operator
from tests.api_calls import client_of, staff, token_of
from tests.conftest import DrawList
from tests.listener import Listener
from tests.sync.scripted import fail
from tests.sync.sync_once import sync_file
from tests.waiting import WAIT_S

pytestmark = pytest.mark.django_db

LISTS = "/api/customers/sync/lists"
PDF = "application/pdf"


@pytest.fixture
def api() -> APIClient:
    return client_of(staff("run_sync", "decide_run"))


def sent(api: APIClient, content: bytes, media_type: str = PDF) -> Any:
    return api.post(LISTS, content, content_type=media_type)


def sent_as_form(api: Client, content: bytes, field: str = "file") -> Any:
    return api.post(LISTS, {field: SimpleUploadedFile("Clienti.pdf", content)}, **_multipart(api))


def _multipart(api: Client) -> dict[str, Any]:
    return {"format": "multipart"} if isinstance(api, APIClient) else {}


def said(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"error", "message"}
    return answer.status_code, body["error"]


@pytest.mark.parametrize("send", [sent, sent_as_form])
def test_a_plausible_list_is_held_until_it_is_approved(
    send: Any, api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    path = draw_list([replace(people[0], city="Isernia"), *people[1:]], "later.pdf")
    answer = send(api, path.read_bytes())
    run = answer.json()
    assert (answer.status_code, run["state"], run["trigger"], run["requestedBy"]) == (
        201,
        "held",
        "api",
        "sergio",
    )
    assert [reason["code"] for reason in run["reasons"]] == ["list_uploaded"]
    assert run["counts"]["updated"] == 1
    assert not Customer.objects.filter(city="Isernia").exists()
    approved = api.post(f"/api/customers/sync/runs/{run['id']}/approve")
    assert approved.json()["state"] == "succeeded"
    assert Customer.objects.get(city="Isernia").erp_id == people[0].erp_id


def test_an_implausible_list_has_the_guard_s_reasons_too(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    sync_file(draw_list(people))
    run = sent(api, draw_list(people[:20]).read_bytes()).json()
    assert [reason["code"] for reason in run["reasons"]] == ["list_too_short", "list_uploaded"]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"%PDF-1.4 nothing that is a list %%EOF", "report_unreadable"), (b"<html>", "report_unreadable")],
)
def test_a_file_that_can_not_be_read_is_refused_with_the_reason(
    api: APIClient, content: bytes, code: str
) -> None:
    assert said(sent(api, content)) == (422, code)
    assert (SyncRun.objects.get().state, SyncRun.objects.get().attempt_count) == ("failed", 1)


def test_a_list_that_is_not_proven_is_refused(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    assert said(sent(api, draw_list(people, footer=False).read_bytes())) == (422, "list_unproven")
    assert not HeldList.objects.exists()


def test_a_truncated_file_is_not_tried_again(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    content = draw_list(people).read_bytes()
    assert said(sent(api, content[: len(content) // 2])) == (422, "report_truncated")
    assert SyncRun.objects.get().attempt_count == 1


@pytest.mark.parametrize("send", [sent, sent_as_form])
def test_a_file_over_the_limit_is_refused_before_it_is_read(send: Any, api: APIClient, settings: Any) -> None:
    settings.REPORT_MAX_BYTES = 100_000
    assert said(send(api, b"%PDF" + b"%" * 100_000)) == (413, "report_too_large")
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("media_type", [PDF, "multipart/form-data; boundary=x"])
def test_a_huge_upload_is_not_taken_to_its_end(
    media_type: str, live_server: LiveServer, settings: Any
) -> None:
    """The request announces 10 GB and is answered although no byte of them comes."""
    settings.REPORT_MAX_BYTES = 100_000
    token = f"Token {token_of(operator())}"
    connection = HTTPConnection(urlsplit(live_server.url).netloc, timeout=WAIT_S)
    connection.putrequest("POST", LISTS)
    headers = {"Authorization": token, "Content-Type": media_type, "Content-Length": "10000000000"}
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"report_too_large" in answer.read()) == (413, True)
    connection.close()


def test_a_form_in_a_session_is_limited_while_it_is_received(settings: Any) -> None:
    """The CSRF check reads the form before the view does."""
    settings.REPORT_MAX_BYTES = 100_000
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator())
    client.cookies["csrftoken"] = "a" * 32
    assert said(sent_as_form(client, b"%" * 100_001)) == (413, "report_too_large")


def test_an_upload_in_a_session_needs_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator())
    assert said(sent_as_form(client, b"%PDF")) == (403, "permission_denied")


@pytest.mark.parametrize("field", ["list", "files"])
def test_a_form_without_the_file_is_refused(api: APIClient, field: str) -> None:
    assert said(sent_as_form(api, b"%PDF", field)) == (400, "invalid_request")


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "application/octet-stream"])
def test_another_type_of_body_is_refused(api: APIClient, media_type: str) -> None:
    assert said(sent(api, b"%PDF", media_type)) == (415, "unsupported_media_type")


def test_an_empty_body_is_refused(api: APIClient) -> None:
    assert said(sent(api, b"")) == (400, "invalid_request")


def test_an_upload_waits_for_no_running_sync(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    lifecycle.claim(SyncRun.Trigger.CLI, lease_s=45)
    assert said(sent(api, draw_list(people).read_bytes())) == (409, "sync_running")


def test_uploading_takes_staff_with_the_permission_to_sync() -> None:
    assert said(sent(APIClient(), b"%PDF")) == (401, "not_authenticated")
    assert said(sent(client_of(staff("decide_run", "edit_schedule")), b"%PDF")) == (403, "permission_denied")


def test_refused_uploads_are_no_failed_syncs(api: APIClient, settings: Any) -> None:
    with Listener() as monitor:
        settings.PING_URL = f"http://{monitor.address}/check"
        assert {said(sent(api, b"<html>")) for _ in range(3)} == {(422, "report_unreadable")}
        fail()
        assert monitor.paths == ["/check/start", "/check/fail"]
    assert (metrics()["totalSyncs"], metrics()["consecutiveFailures"]) == (1, 1)
    assert not Alert.objects.exists()


def test_an_approved_upload_does_not_tell_that_syncs_work_again(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList
) -> None:
    for _ in range(3):
        fail()
    failing = metrics()
    run_id = sent(api, draw_list(people).read_bytes()).json()["id"]
    assert api.post(f"/api/customers/sync/runs/{run_id}/approve").json()["state"] == "succeeded"
    fail()
    assert list(Alert.objects.order_by("pk").values_list("kind", flat=True)) == ["failing", "held"]
    assert metrics()["consecutiveFailures"] == failing["consecutiveFailures"] + 1


def test_nothing_of_an_upload_is_left_on_disk(
    api: APIClient, people: list[SimCustomer], draw_list: DrawList, settings: Any, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "uploads")
    (tmp_path / "uploads").mkdir()
    content = draw_list(people).read_bytes()
    assert [send(api, content).status_code for send in (sent, sent_as_form)] == [201, 201]
    assert list((tmp_path / "uploads").iterdir()) == []
