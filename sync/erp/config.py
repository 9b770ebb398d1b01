"""The configuration of the ERP client."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from customers.erp_list.message import Message
from customers.erp_list.message import gettext_noop as _
from sync.erp import markup
from sync.errors import ErpNotConfigured


@dataclass(frozen=True, kw_only=True)
class ErpConfig:
    """Address, account, browser, paths and timeouts of one fetch.

    The language can't be configured: columns and dates of an export are read in Italian.
    """

    base_url: str
    username: str
    password: str = field(repr=False)
    state_path: Path  # the session's cookies, as sensitive as the password
    artifacts_dir: Path  # screenshots and traces of failures
    work_dir: Path  # each fetch creates a private folder in it
    # The browser's driver keeps its compiled program in it; without it, it compiles it at each start.
    driver_cache_dir: Path | None = None
    accept_invalid_certificate: bool = False
    browser_path: str = ""  # empty: search for one
    page_timeout_s: float = 90.0
    login_timeout_s: float = 90.0
    export_timeout_s: float = 300.0
    max_export_bytes: int = 100 * 1024 * 1024
    banner_wait_s: float = 5.0
    poll_s: float = 0.05
    # The browser is killed after this time without progress; longer than any single call may take.
    silence_s: float = 120.0
    # For how long a page must be idle to count as loaded. It is looked at every 25 ms.
    idle_s: float = 0.15
    # Source: if the login page is still shown two or three seconds after the response, the login was refused.
    silent_login_s: float = 3.0
    # How long a drop-down list takes to open is not known; other items may appear before the wanted one.
    further_items_s: float = 5.0
    # A filter's choice can navigate some time after its response; how long after is not known.
    navigation_wait_s: float = 2.0
    clear_wait_s: float = 15.0

    def url(self, path: str) -> str:
        return self.base_url.rstrip("/") + path

    @property
    def list_url(self) -> str:
        return self.url(markup.CUSTOMER_LIST_PATH)

    @property
    def account_hash(self) -> str:
        """A hash of address and user name: shows whether the account changed, without naming it."""
        account = f"{self.username}\n{self.base_url.rstrip('/')}"
        return hashlib.sha256(account.encode()).hexdigest()

    def check(self) -> None:
        """Raises: ErpNotConfigured, naming what is missing."""
        given = {_("address"): self.base_url, _("user name"): self.username, _("password"): self.password}
        missing = [Message(name) for name, value in given.items() if not value]
        if missing:
            raise ErpNotConfigured(_("not set for the ERP: %(missing)s"), missing=missing)
        address = urlsplit(self.base_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ErpNotConfigured(_("the ERP's address is not of the form https://HOST/Archibald"))
        if address.username or address.password:
            raise ErpNotConfigured(_("the ERP's address must not contain a user name or password"))
