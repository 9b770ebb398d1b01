"""`manage.py check` reports senseless settings of logins, sessions and tokens."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks


def found() -> dict[str, CheckMessage]:
    return {str(each.id): each for each in run_checks(include_deployment_checks=True)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOGIN_FAILURES", 0),
        ("LOGIN_LOCKOUT_MINUTES", 0),
        ("SESSION_IDLE_MINUTES", -1),
        ("API_TOKEN_MAX_DAYS", 0),
        ("API_WRONG_TOKENS_PER_MINUTE", 0),
        ("TRUSTED_PROXY_COUNT", -1),
    ],
)
def test_bounds_must_be_positive(settings: Any, name: str, value: int) -> None:
    setattr(settings, name, value)
    assert name in str(found()["archibald.E020"].hint)


@pytest.mark.parametrize(("proxies", "is_warned"), [(0, True), (1, False)])
def test_behind_a_proxy_the_number_of_proxies_must_be_set(
    settings: Any, proxies: int, is_warned: bool
) -> None:
    settings.HTTPS_ONLY, settings.TRUSTED_PROXY_COUNT = True, proxies
    assert ("archibald.W020" in found()) is is_warned
