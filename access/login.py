"""The login page, which always ends on a page that exists."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse


def login(request: HttpRequest) -> HttpResponse:
    """Log in, and go to the start page if the address to go to does not exist."""
    answer = admin.site.login(request)
    if isinstance(answer, HttpResponseRedirect) and not _exists(urlsplit(answer.url).path):
        return HttpResponseRedirect(reverse("admin:index"))
    return answer


def _exists(path: str) -> bool:
    """Tell whether a page has this path; a slash at its end is optional, as in the requests themselves."""
    bare = path.rstrip("/")
    return any(_is_page(each) for each in (path, bare, f"{bare}/"))


def _is_page(path: str) -> bool:
    try:
        view = resolve(path).func
    except Resolver404:
        return False
    # The admin answers every other path below its own with "not found".
    return getattr(view, "__name__", "") != admin.site.catch_all_view.__name__
