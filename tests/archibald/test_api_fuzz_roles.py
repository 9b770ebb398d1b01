"""Call everything with each role and without a login: permissions are answered as the schema says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.accounts import operator, viewer
from tests.api_calls import account, token_of
from tests.archibald.fuzzing import fill

pytestmark = pytest.mark.django_db

ROLES: dict[str, Callable[[], User]] = {"plain": account, "viewer": viewer, "operator": operator}


@pytest.mark.parametrize("role", ROLES)
def test_every_call_keeps_to_the_schema_for_each_role(fuzz: Any, role: str) -> None:
    fill()
    login = ("--header", f"Authorization: Token {token_of(ROLES[role]())}")
    checks = "not_a_server_error,status_code_conformance,response_schema_conformance"
    fuzzed = fuzz(*login, "--checks", checks, "--mode", "positive", phases="coverage", examples=1)
    assert fuzzed.status == 0, fuzzed.output
    assert (403 in fuzzed.http_statuses) == (role != "operator")


def test_no_call_answers_without_a_login(fuzz: Any) -> None:
    fill()
    checks = "not_a_server_error,response_schema_conformance"
    fuzzed = fuzz("--checks", checks, "--mode", "positive", phases="coverage", examples=1)
    assert fuzzed.status == 0, fuzzed.output
    assert set(fuzzed.http_statuses) <= {401, 404, 405}
