"""Bodies of API requests: what is no plain JSON is refused with 400, never with 500."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api_calls import client_of, staff

pytestmark = pytest.mark.django_db

FREQUENCY = "/api/admin/sync/frequency"
DEEP = 100_000
NOT_JSON = {
    "lists nested deeply": b"[" * DEEP + b"]" * DEEP,
    "objects nested deeply": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a number of 5,000 digits": b'{"intervalMinutes": 1' + b"0" * 5000 + b"}",
    "a number beyond all bounds": b'{"intervalMinutes": 1e999}',
    "infinity": b'{"intervalMinutes": Infinity}',
    "not a number": b'{"intervalMinutes": NaN}',
    "a key twice": b'{"intervalMinutes": 15, "intervalMinutes": 60}',
    "no UTF-8": b'{"intervalMinutes": "\xff\xfe"}',
    "a lone surrogate": rb'{"intervalMinutes": "\ud800"}',
    "a byte order mark": b'\xef\xbb\xbf{"intervalMinutes": 15}',
    "two values": b"{} {}",
}


@pytest.fixture
def steering() -> APIClient:
    return client_of(staff("edit_schedule"))


def said(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"error", "message"}
    return answer.status_code, body["error"]


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_plain_json_is_refused(steering: APIClient, body: bytes) -> None:
    assert said(steering.post(FREQUENCY, body, content_type="application/json")) == (400, "parse_error")


def test_a_large_whole_number_is_no_interval(steering: APIClient) -> None:
    body = b'{"intervalMinutes": 1' + b"0" * 4000 + b"}"
    assert said(steering.post(FREQUENCY, body, content_type="application/json")) == (400, "invalid_interval")


def test_a_body_that_is_too_large_is_not_read(steering: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = b'{"intervalMinutes": 15, "more": "' + b"x" * 1000 + b'"}'
    assert said(steering.post(FREQUENCY, body, content_type="application/json")) == (413, "body_too_large")


def test_plain_json_is_understood(steering: APIClient) -> None:
    answer = steering.post(FREQUENCY, '{"intervalMinutes": 15, "note": "è"}', content_type="application/json")
    assert (answer.status_code, answer.json().get("intervalMinutes")) == (200, 15)
