"""Django middleware."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def is_api(request: HttpRequest) -> bool:
    return f"{request.path}/".startswith("/api/")


def without_trailing_slash(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Treat ``/api/customers/`` as ``/api/customers``; a redirect would lose the body of a POST."""

    def answer(request: HttpRequest) -> HttpResponse:
        if is_api(request):
            request.path_info = request.path_info.rstrip("/")
        return get_response(request)

    return answer
