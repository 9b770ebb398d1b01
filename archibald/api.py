"""Error responses of the API: always ``{"error": "short code", "message": "what to do"}``."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views import defaults
from rest_framework import exceptions
from rest_framework.views import exception_handler

from archibald.middleware import asked_language, is_api
from customers.labels import message_text
from sync.errors import InternalError, SyncError

# Messages for errors whose default text does not say what to do.
_ADVICE = {
    "not_authenticated": _("Log in, or send the header `Authorization: Token …`."),
    "authentication_failed": _("This token or account is not valid. Ask an administrator for a token."),
    "not_found": _("Not found. Check the number in the address."),
    "not_acceptable": _("Answers are always JSON. Send the header `Accept: application/json`."),
    "unsupported_media_type": _(
        "Send JSON, with the header `Content-Type: application/json`; a list as `application/pdf`."
    ),
}


def error_answer(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return an error as JSON, whatever format was requested; None for an unexpected exception."""
    exc = _api_error(exc)
    response = exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    return JsonResponse(_error(exc), status=exc.status_code, headers=headers)


def _api_error(exc: Exception) -> Exception:
    """Translate Django's and sync errors to API exceptions."""
    if isinstance(exc, Http404):
        return exceptions.NotFound()
    if isinstance(exc, SyncError):
        error = exceptions.APIException(message_text(exc.text), exc.code)
        is_ours = isinstance(exc, InternalError)
        error.status_code = HTTPStatus.INTERNAL_SERVER_ERROR if is_ours else HTTPStatus.CONFLICT
        return error
    return exc


def _error(exc: exceptions.APIException) -> dict[str, str]:
    if isinstance(exc, exceptions.ValidationError):
        return {"error": "invalid_request", "message": " ".join(_sentences(exc.detail))}
    code = str(exc.get_codes())
    return {"error": code, "message": str(_ADVICE.get(code, exc.detail))}


def _sentences(detail: Any, name: str = "") -> Iterable[str]:
    """Yield each error message with the name of its parameter."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _sentences(value, str(key))
    elif isinstance(detail, list):
        for value in detail:
            yield from _sentences(value, name)
    else:
        yield f"{name}: {detail}" if name and name != "non_field_errors" else str(detail)


def _plain_error(request: HttpRequest, status: HTTPStatus, code: str, message: Promise) -> JsonResponse:
    # Perhaps raised before the middleware that chooses the language.
    with override(asked_language(request)):
        return JsonResponse({"error": code, "message": str(message)}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handle requests that Django itself refuses, for example with an unknown host name."""
    if is_api(request):
        return _plain_error(request, HTTPStatus.BAD_REQUEST, "bad_request", _("The request is not valid."))
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        message = _("This account may not do that.")
        return _plain_error(request, HTTPStatus.FORBIDDEN, "permission_denied", message)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        message = _("There is no such call. See /api/docs/.")
        return _plain_error(request, HTTPStatus.NOT_FOUND, "not_found", message)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        message = _("Server error; the details are in the server's log. Try again later.")
        return _plain_error(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", message)
    return defaults.server_error(request)
