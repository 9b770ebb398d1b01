"""HTTP requests and responses of the application."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """One HTTP request; ``wait`` sleeps, and raises ``ConnectionError`` when the client has gone."""

    method: str
    target: str
    accept_language: str
    cookie_header: str
    body: bytes
    wait: Callable[[float], None]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return _first_values(urlsplit(self.target).query)

    @property
    def form(self) -> dict[str, str]:
        return _first_values(self.body.decode("utf-8", "replace"))

    @property
    def cookies(self) -> dict[str, str]:
        try:
            return {name: morsel.value for name, morsel in SimpleCookie(self.cookie_header).items()}
        except CookieError:
            return {}


@dataclass
class Response:
    """A response.

    The connection is cut after ``sent_bytes``; with ``stalls_s``, half of the body comes so much later; with
    ``never``, nothing is sent.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)
    sent_bytes: int | None = None
    stalls_s: float = 0.0
    reset: bool = False
    never: bool = False
    cacheable: bool = False
    action: str = ""

    def set_cookie(self, name: str, value: str, *, more: str = "; path=/; HttpOnly; SameSite=Lax") -> None:
        self.headers.append(("Set-Cookie", f"{name}={value}{more}"))


def html(text: str, status: int = 200) -> Response:
    return Response(status=status, body=text.encode())


def redirect(location: str) -> Response:
    body = (
        f'<html><head><title>Object moved</title></head><body>\r\n<h2>Object moved to <a href="{location}">'
    )
    return Response(
        status=302, body=f"{body}here</a>.</h2>\r\n</body></html>".encode(), headers=[("Location", location)]
    )


def callback_answer(answer: dict[str, object], action: str = "callback") -> Response:
    """Return the response to a callback of the page's script."""
    text = f"0|/*DX*/({json.dumps(answer)})"
    return Response(body=text.encode(), content_type="text/plain; charset=utf-8", action=action)


def _first_values(encoded: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(encoded, keep_blank_values=True).items()}
