"""Fuzz the API as a superuser: no server error, no response outside the schema."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accounts import superuser
from tests.api_calls import token_of
from tests.archibald.fuzzing import fill

pytestmark = pytest.mark.django_db

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)


def test_every_call_keeps_to_the_schema_for_any_input(fuzz: Any) -> None:
    fill()
    login = ("--header", f"Authorization: Token {token_of(superuser())}")
    # Not the upload: each file takes a process that reads it, and hardly any bytes are a list.
    others = ("--exclude-operation-id", "uploadList")
    fuzzed = fuzz(*login, *others, "--checks", ",".join(CHECKS), phases="coverage,fuzzing", examples=10)
    assert fuzzed.status == 0, fuzzed.output
    assert set(fuzzed.http_statuses) > {200, 202, 400, 404, 405, 409}
