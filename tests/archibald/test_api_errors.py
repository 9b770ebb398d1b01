"""All API errors have the same form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from tests.api_calls import client_of, reader, staff

pytestmark = pytest.mark.django_db

STATUS = "/api/customers/sync/status"


def said(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error", "message"}
    assert body["message"]
    return answer.status_code, body["error"]


@pytest.mark.parametrize("path", ["/api/nothing", "/api/customers/sync/nothing", "/api/", "/api"])
def test_a_call_that_does_not_exist_is_not_found(path: str) -> None:
    assert said(client_of(reader()).get(path)) == (404, "not_found")


def test_another_method_is_refused_with_the_allowed_ones() -> None:
    answer = client_of(reader()).delete(STATUS)
    assert said(answer) == (405, "method_not_allowed")
    assert "GET" in answer["Allow"]


def test_other_formats_than_json_are_refused() -> None:
    assert said(client_of(reader()).get(STATUS, HTTP_ACCEPT="application/xml")) == (406, "not_acceptable")


def test_without_a_login_the_answer_says_how_to_log_in() -> None:
    answer = APIClient().get(STATUS)
    assert said(answer) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Token"


def test_a_wrong_token_is_refused() -> None:
    answer = APIClient().get(STATUS, HTTP_AUTHORIZATION="Token 0123456789abcdef")
    assert said(answer) == (401, "authentication_failed")


def test_a_session_works_as_well_as_a_token() -> None:
    client = Client()
    client.force_login(reader())
    assert client.get(STATUS).status_code == 200


def test_a_session_without_the_csrf_token_may_not_change_anything() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff("edit_schedule"))
    assert said(client.post("/api/admin/sync/start")) == (403, "permission_denied")


def test_an_unknown_host_name_is_refused() -> None:
    answer = Client().get(STATUS, HTTP_HOST="evil.example")
    assert said(answer) == (400, "bad_request")


def test_what_is_refused_before_the_language_is_chosen_is_told_in_english(settings: Any) -> None:
    settings.LANGUAGE_CODE, settings.SECURE_SSL_REDIRECT = "it", True
    answer = Client().get(STATUS, HTTP_HOST="evil.example")
    assert answer.json()["message"] == "The request is not valid."


def test_an_internal_error_is_reported_without_details() -> None:
    api = client_of(reader())
    with connection.cursor() as cursor:  # rolled back with the test
        cursor.execute("ALTER TABLE sync_syncrun RENAME TO sync_syncrun_away")
    answer = api.get(STATUS)
    assert said(answer) == (500, "internal_error")
    assert "syncrun" not in answer.content.decode()


@pytest.mark.parametrize("path", [STATUS + "/", "/api/customers/", "/api/customers/sync/runs/"])
def test_an_address_may_end_with_a_slash(path: str) -> None:
    assert client_of(reader()).get(path).status_code == 200


def test_a_post_may_end_with_a_slash_too() -> None:
    assert client_of(staff("edit_schedule")).post("/api/admin/sync/start/").status_code == 200


def test_pages_outside_the_api_have_html_errors() -> None:
    answer = Client().get("/nothing")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/api/schema/", "/api/schema"])
def test_the_schema_needs_a_login(path: str) -> None:
    assert said(APIClient().get(path)) == (401, "not_authenticated")
    assert "openapi" in client_of(reader()).get(path).content.decode()


def test_the_documentation_redirects_to_the_login() -> None:
    answer = Client().get("/api/docs/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_the_documentation_loads_files_from_this_server_only() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("ada"))
    page = client.get("/api/docs/").content.decode()
    linked = re.findall(r'(?:src|href)="/?static/([^"]+)"', page)
    assert "drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in linked
    assert [path for path in linked if finders.find(path) is None] == []
    assert "https://" not in page


def test_the_schema_is_valid_and_generated_without_a_warning(tmp_path: Path) -> None:
    schema_path = tmp_path / "schema.yaml"
    call_command("spectacular", file=str(schema_path), validate=True, fail_on_warn=True)
    assert "/api/customers/{erpId}/changes:" in schema_path.read_text()


def generated(path: Path, *options: str) -> str:
    call_command("spectacular", *options, file=str(path))
    return path.read_text()


def test_the_schema_is_generated_alike_in_every_language(tmp_path: Path) -> None:
    english = generated(tmp_path / "en.yaml", "--lang", "en")
    assert "any of these states; may be repeated" in english
    assert generated(tmp_path / "it.yaml", "--lang", "it") == english


@pytest.mark.parametrize("asked", ["/api/schema", "/api/schema?lang=it"])
def test_the_schema_is_served_alike_in_every_language(asked: str) -> None:
    client = client_of(reader())
    english = client.get("/api/schema", headers={"Accept-Language": "en"})
    italian = client.get(asked, headers={"Accept-Language": "it"})
    assert english.status_code == 200
    assert italian.content == english.content


def test_no_two_calls_of_the_schema_share_a_description(tmp_path: Path) -> None:
    """As calls do that show the docstring of a base class, which is for who writes a view."""
    schema = json.loads(generated(tmp_path / "schema.json", "--format", "openapi-json"))
    calls = [call for path in schema["paths"].values() for call in path.values()]
    described = [call["description"] for call in calls if "description" in call]
    assert "A sync that runs goes on to its end." in described
    assert sorted(described) == sorted(set(described))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (None, "Not found. Check the number in the address."),
        ("fr", "Not found. Check the number in the address."),
        ("en-GB", "Not found. Check the number in the address."),
        ("it-IT,it;q=0.9,en;q=0.8", "Non trovato. Controlla il numero nell'indirizzo."),
    ],
)
def test_messages_are_english_unless_italian_is_asked_for(
    settings: Any, asked: str | None, message: str
) -> None:
    settings.LANGUAGE_CODE = "it"
    headers = {"Accept-Language": asked} if asked else {}
    answer = client_of(reader()).get("/api/customers/1", headers=headers)
    assert answer.json() == {"error": "not_found", "message": message}
    assert answer["Content-Language"] == ("it" if message.startswith("Non") else "en")


def test_a_call_that_does_not_exist_is_told_in_italian_too() -> None:
    answer = client_of(reader()).get("/api/nothing", headers={"Accept-Language": "it"})
    assert answer.json() == {"error": "not_found", "message": "Questa chiamata non esiste. Vedi /api/docs/."}
