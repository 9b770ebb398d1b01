"""A small report that tests change and read again."""

from __future__ import annotations

import pytest

from tests.sync.report.drawn_reports import Drawn, ledger


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Draw one page group of three short pages."""
    return ledger(tmp_path_factory.mktemp("report") / "ledger.pdf", 8)
