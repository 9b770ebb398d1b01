"""System checks of the settings of logins, sessions and tokens.

E020 a bound or a duration is not positive     W020 with --deploy: all clients share the proxy's address
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

_AT_LEAST_ONE = (
    "LOGIN_FAILURES",
    "LOGIN_FAILURES_PER_ADDRESS",
    "LOGIN_FAILURES_PER_ACCOUNT",
    "LOGIN_LOCKOUT_MINUTES",
    "SESSION_IDLE_MINUTES",
    "API_TOKEN_MAX_DAYS",
    "API_WRONG_TOKENS_PER_MINUTE",
)


@register(Tags.security)
def check_bounds(**options: Any) -> list[CheckMessage]:
    least = {**dict.fromkeys(_AT_LEAST_ONE, 1), "TRUSTED_PROXY_COUNT": 0}
    return [
        Error(
            f"{name} is {getattr(settings, name)}: nobody could log in, or nothing would be limited",
            hint=f"Set {name} to a whole number from {minimum} on.",
            id="archibald.E020",
        )
        for name, minimum in least.items()
        if getattr(settings, name) < minimum
    ]


@register(Tags.security, deploy=True)
def check_proxy(**options: Any) -> list[CheckMessage]:
    if settings.TRUSTED_PROXY_COUNT or not settings.HTTPS_ONLY:
        return []
    return [
        Warning(
            "behind a proxy, all clients have its address: one that guesses passwords locks out everybody",
            hint="Set TRUSTED_PROXY_COUNT to the number of proxies that add to X-Forwarded-For, usually 1.",
            id="archibald.W020",
        )
    ]
