"""What the log says about requests: who asked for what, and never a search term."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.test import Client

from tests.accounts import viewer
from tests.api_calls import client_of
from tests.log_lines import logged_by

pytestmark = pytest.mark.django_db

LIST = "/admin/customers/customer/"
NAME = "Ferlandi"


@pytest.fixture(autouse=True)
def _all_levels(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return logged_by(caplog, "archibald.access", "INFO")


def formatted(caplog: pytest.LogCaptureFixture) -> str:
    """Return what the handler of the settings would write."""
    handler = next(each for each in logging.getLogger().handlers if each.get_name() == "stderr")
    return "\n".join(handler.format(record) for record in caplog.records if handler.filter(record))


def test_a_page_is_logged_with_address_and_account_and_without_its_query(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    person = viewer()
    client.force_login(person)
    client.get(LIST, {"q": NAME}, REMOTE_ADDR="192.0.2.7")
    assert [line.rpartition(" ")[0].rpartition(" ")[0] for line in lines(caplog)] == [
        f"192.0.2.7 {person.pk} GET {LIST} 200"
    ]
    assert NAME not in caplog.text


def test_a_call_with_a_token_is_logged_with_its_account(caplog: pytest.LogCaptureFixture) -> None:
    person = viewer()
    client_of(person).get("/api/customers", {"search": NAME})
    assert f" {person.pk} GET /api/customers 200 " in lines(caplog)[0]
    assert NAME not in caplog.text


def test_a_request_without_login_has_no_account(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/api/customers")
    assert " - GET /api/customers 401 " in lines(caplog)[0]


def test_health_checks_are_not_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/healthz/live")
    assert lines(caplog) == []


def test_a_path_can_not_add_a_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/nowhere%0A2026-01-01 INFO archibald.access made up")
    assert [line.count("\n") for line in lines(caplog)] == [0]


def test_an_error_of_a_page_is_logged_without_its_query_and_sends_no_mail(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Django's own handler sends ``ADMINS`` the whole request, with the query and the form."""
    settings.ADMINS = [("Ada Prova", "ada@prova.example")]
    client = Client(raise_request_exception=False)

    def broken(*_: Any) -> Any:
        raise OperationalError("the connection is lost")

    with connection.execute_wrapper(broken):
        client.cookies["sessionid"] = "of-nobody"
        assert client.get(LIST, {"q": NAME}).status_code == 500
    assert mail.outbox == []
    assert f"Internal Server Error: {LIST}" in formatted(caplog)
    assert NAME not in formatted(caplog)


def test_a_wrong_referer_is_logged_without_its_query(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    client = Client(enforce_csrf_checks=True, headers={"X-Forwarded-Proto": "https"})
    answer = client.post("/admin/login/", HTTP_REFERER=f"https://elsewhere.example{LIST}?q={NAME}")
    assert answer.status_code == 403
    assert "elsewhere.example" in formatted(caplog)
    assert NAME not in formatted(caplog)


def test_a_filter_that_a_page_does_not_have_is_logged_without_what_was_typed(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.force_login(viewer())
    answer = client.get(f"{LIST}?a%0a2026-01-01 INFO {NAME}=1")
    assert answer.status_code == 400
    assert "django.security.DisallowedModelAdminLookup" in formatted(caplog)
    assert NAME not in formatted(caplog)


@pytest.mark.parametrize("control", ["\n", "\r\n", "\x1b", "\x85", "\u2028"])
def test_no_logged_message_takes_more_than_a_line(control: str, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("somewhere").warning("the name %s is wrong", f"a{control}2026-01-01 INFO made up")
    [line] = formatted(caplog).splitlines()
    assert line.endswith("2026-01-01 INFO made up is wrong")
    assert control not in line


def test_what_is_refused_as_suspicious_is_logged_without_a_traceback(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/admin/login/", headers={"Host": "elsewhere.example"})
    assert "django.security.DisallowedHost" in formatted(caplog)
    assert "Traceback" not in formatted(caplog)
