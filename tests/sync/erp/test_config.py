"""Configurations that are rejected before any request to the ERP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import ErpConfig
from sync.errors import ErpNotConfigured, ErpPageBroken

from .conftest import PASSWORD, USERNAME, Client


def test_an_account_without_a_password_never_reaches_the_erp(erp: ErpSimulator, client: Client) -> None:
    with pytest.raises(ErpNotConfigured, match="password"):
        client.fetch(password="")
    assert erp.counters.requests == 0


@pytest.mark.parametrize(
    "address", ["erp.example", "ftp://erp.example/Archibald", f"https://{USERNAME}:{PASSWORD}@erp.example"]
)
def test_an_invalid_address_is_rejected_without_showing_it(config: ErpConfig, address: str) -> None:
    with pytest.raises(ErpNotConfigured) as caught:
        replace(config, base_url=address).check()
    assert PASSWORD not in caught.value.message


def test_an_address_without_an_erp_does_not_lead_to_a_login(erp: ErpSimulator, client: Client) -> None:
    with pytest.raises(ErpPageBroken, match="HTTP 404"):
        client.fetch(base_url=erp.base_url.replace("/Archibald", "/Nowhere"))
    assert erp.counters.login_pages == 0


def test_the_password_is_not_shown_with_the_config(config: ErpConfig) -> None:
    assert PASSWORD not in repr(config)
