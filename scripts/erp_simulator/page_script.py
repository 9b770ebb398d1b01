"""The data for the script of every page after the login."""

from __future__ import annotations

from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.labels import labels

KEEP_ALIVE = "DXX.axd?handlerName=SessionKeepAliveReconnect"


def page_script(faults: Faults, culture: CultureName) -> dict[str, object]:
    return {
        "keepAlive": KEEP_ALIVE,
        "keepAliveEvery": faults.keepalive_every,
        "searchNullText": labels(culture).search_null_text,
    }
