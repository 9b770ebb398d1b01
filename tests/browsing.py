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
from playwright.sync_api import Page, sync_playwright

from sync.erp.browser import find_browser

Answer = TypeVar("Answer")

WIDE, NARROW = 1280, 390
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


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
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(settings.BROWSER_PATH), args=_ARGUMENTS
        )
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 900},
            locale=language,
            timezone_id=settings.TIME_ZONE,
            color_scheme="dark" if dark else "light",
            # axe-core sets inline styles while it runs.
            bypass_csp=is_judged,
        )
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
    signs = ("Failed to load resource", "htmx:") if may_fail_to_load else ()
    noise = [text for text in errors if not any(sign in text for sign in signs)]
    assert not noise, noise


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
