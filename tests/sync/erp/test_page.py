"""Waiting for pages that do not do what pages do."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.erp.browser import open_page
from sync.erp.page import ErpPage
from sync.errors import ErpTimeout

from .conftest import Client


def test_a_page_whose_script_never_ends_is_not_waited_for_without_end(client: Client, tmp_path: Path) -> None:
    with open_page(client.config, tmp_path) as page:
        page.set_content("<p>Clienti</p>")
        page.evaluate("() => { setTimeout(() => { for (;;); }) }")
        with pytest.raises(ErpTimeout, match=r"the list took longer than 0\.2 s"):
            ErpPage(page, client.config, lambda: False).settle(0.2, "the list")
