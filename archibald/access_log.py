"""Log each request in one line, without its query: searches are often persons' names."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from customers.addresses import client_address

logger = logging.getLogger("archibald.access")

# Asked every few seconds by Docker and monitors.
_NOT_LOGGED = "/healthz/"


def access_log(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Log address, account's id, method, path, status and time to the response, as a middleware."""

    def answer(request: HttpRequest) -> HttpResponse:
        started_s = time.monotonic()
        response = get_response(request)
        if not request.path.startswith(_NOT_LOGGED):
            logger.info(
                "%s %s %s %s %d %d ms",
                client_address(request) or "-",
                _account_id(request),
                request.method,
                # Escaped, so that no line break gets into the log.
                escape_uri_path(request.path),
                response.status_code,
                round((time.monotonic() - started_s) * 1000),
            )
        return response

    return answer


def _account_id(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    try:
        return str(user.pk) if user is not None and user.is_authenticated else "-"
    except DatabaseError:
        # The account is read from the database when it is first asked for.
        return "-"
