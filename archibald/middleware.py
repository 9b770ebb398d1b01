"""Django middleware."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation.trans_real import parse_accept_lang_header

GetResponse = Callable[[HttpRequest], HttpResponse]

_PAGE_METHODS = ("GET", "HEAD", "POST")


def is_api(request: HttpRequest) -> bool:
    return f"{request.path}/".startswith("/api/")


def pages_by_get_and_post(get_response: GetResponse) -> GetResponse:
    """Answer 405 to other methods outside the API: Django's admin would take them for a GET."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in _PAGE_METHODS or is_api(request):
            return get_response(request)
        return HttpResponseNotAllowed(_PAGE_METHODS)

    return answer


def api_in_english(get_response: GetResponse) -> GetResponse:
    """Answer the API in English, unless ``Accept-Language`` prefers another language of ours."""

    def answer(request: HttpRequest) -> HttpResponse:
        if is_api(request):
            translation.activate(asked_language(request))
        return get_response(request)

    return answer


def asked_language(request: HttpRequest) -> str:
    known = dict(settings.LANGUAGES)
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    return next((code for name, _quality in asked if (code := name.split("-")[0]) in known), "en")


def without_trailing_slash(get_response: GetResponse) -> GetResponse:
    """Treat ``/api/customers/`` as ``/api/customers``; a redirect would lose the body of a POST."""

    def answer(request: HttpRequest) -> HttpResponse:
        if is_api(request):
            request.path_info = request.path_info.rstrip("/")
        return get_response(request)

    return answer


def not_stored(get_response: GetResponse) -> GetResponse:
    """Let nobody store an answer: most contain personal data. Static files are served before this."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        add_never_cache_headers(response)
        return response

    return answer
