"""Take screenshots of the staff's pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from scripts.demo_services import Login, free_port, make_login, service, wait_until_up, web_command
from sync.erp import find_browser

# The size of a laptop screen. The second run changed two customers.
_WIDE = {"width": 1180, "height": 860}
_PAGES = {"sync-page.png": "/admin/sync/now/", "run.png": "/admin/sync/syncrun/2/change/"}


def take_pictures(environment: Mapping[str, str], folder: Path) -> None:
    """Serve the pages, and save a screenshot of each in the folder."""
    login = make_login(environment, "carla")
    # Not the demo's usual port, which a demo may be about to use.
    address = f"127.0.0.1:{free_port(0)}"
    with service(web_command(address), environment) as web:
        wait_until_up(web, f"http://{address}/healthz/live")
        with _browser(environment.get("BROWSER_PATH", ""), f"http://{address}") as page:
            log_in(page, login)
            for name, path in _PAGES.items():
                page.goto(path)
                page.screenshot(path=folder / name, animations="disabled")


def log_in(page: Page, login: Login) -> None:
    """Log in at the staff pages."""
    page.goto("/admin/")
    page.get_by_label("Username").fill(login.name)
    page.get_by_label("Password").fill(login.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


@contextmanager
def _browser(executable: str, address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(executable), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser.new_page(base_url=address, viewport=_WIDE, locale="en", timezone_id="Europe/Rome")  # type: ignore[arg-type]
        browser.close()
