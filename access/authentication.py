"""Log programs in to the REST API by their token."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import TokenAuthentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from access import guesses, tokens

GetResponse = Callable[[HttpRequest], HttpResponse]

_REPLACE_IT = (
    '299 - "This token is of the old kind, without an expiry and in plain text on the server: '
    'replace it, see docs/api.md"'
)


class ApiTokenAuthentication(TokenAuthentication):
    """Check ``Authorization: Token …``; an address with too many wrong tokens has to wait."""

    def authenticate(self, request: Request) -> tuple[User, tokens.AnyToken] | None:
        self.request = request
        return super().authenticate(request)

    def authenticate_credentials(self, key: str) -> tuple[User, tokens.AnyToken]:
        if wait_s := guesses.wait_s(self.request, key):
            raise Throttled(wait_s)
        found = tokens.find(key)
        if found is None or not tokens.is_valid(found):
            guesses.note_wrong(self.request, key, found.user.get_username() if found else None)
            raise AuthenticationFailed
        tokens.note_use(found)
        return found.user, found


def old_token_warning(get_response: GetResponse) -> GetResponse:
    """Middleware: tell programs that log in with a token of the old kind to replace it."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if isinstance(getattr(request, "auth", None), Token):
            response["Warning"] = _REPLACE_IT
        return response

    return answer
