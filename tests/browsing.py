"""Open the pages in a real browser, logged in, with their scripts and styles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from playwright.sync_api import Page, expect

from tests.shared_browser import shared_browser

Answer = TypeVar("Answer")

WIDE, NARROW = 1280, 390
# Nothing is measured here, and other programs may keep the machine busy.
_PATIENCE_MS = 60_000
expect.set_options(timeout=_PATIENCE_MS)


@contextmanager
def browsing(
    address: str,
    user: User,
    *,
    width: int = WIDE,
    language: str = "en",
    dark: bool = False,
    may_fail_to_load: bool = False,
    is_judged: bool = False,
) -> Iterator[Page]:
    """Yield a page of a browser in which the user is logged in; ``address`` is where the pages are served.

    Fails at the end if the console shows errors, such as script errors or violations of the content security
    policy. While the page is open, query the database with ``in_database``.
    """
    cookie = _session_cookie(address, user)
    options = _context_options(width=width, language=language, dark=dark, is_judged=is_judged)
    errors: list[str] = []
    with shared_browser.open() as browser, browser.new_context(base_url=address, **options) as context:
        context.add_cookies([cookie])
        yield _listened_to(context.new_page(), errors)
    signs = ("Failed to load resource", "htmx:") if may_fail_to_load else ()
    noise = [text for text in errors if not any(sign in text for sign in signs)]
    assert not noise, noise


def _context_options(*, width: int, language: str, dark: bool, is_judged: bool) -> dict[str, Any]:
    return {
        "viewport": {"width": width, "height": 900},
        "locale": language,
        "timezone_id": settings.TIME_ZONE,
        "color_scheme": "dark" if dark else "light",
        # axe-core sets inline styles while it runs.
        "bypass_csp": is_judged,
    }


def _listened_to(page: Page, errors: list[str]) -> Page:
    """Let the page add the console's errors to ``errors``."""
    page.set_default_timeout(_PATIENCE_MS)
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page


def in_database(ask: Callable[[], Answer]) -> Answer:
    """Return a query's result, from another thread: Playwright's thread can't use the database."""

    def answer() -> Answer:
        try:
            return ask()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(answer).result()


def sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def _session_cookie(address: str, user: User) -> Any:
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": value,
        "domain": urlsplit(address).hostname,
        "path": "/",
    }
