"""Sessions in the simulated ERP that tests begin with: a login takes half of a fetch's time."""

from __future__ import annotations

import json

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import ErpConfig


def store_session(erp: ErpSimulator, config: ErpConfig) -> None:
    """Store a session of the config's account, as an earlier fetch has left it."""
    session = erp.sessions.open("")
    erp.sessions.log_in(session, config.username, "it-IT")
    cookies = [
        {
            "name": name,
            "value": value,
            "domain": "127.0.0.1",
            "path": "/",
            "expires": -1,
            "httpOnly": True,
            "secure": False,
            "sameSite": "Lax",
        }
        for name, value in (("ASP.NET_SessionId", session.id), ("Login", session.ticket))
    ]
    for folder in (config.state_path.parent.parent, config.state_path.parent):
        folder.mkdir(exist_ok=True, mode=0o700)
    config.state_path.touch(mode=0o600)
    config.state_path.write_text(
        json.dumps({"owner": config.account_hash, "state": {"cookies": cookies, "origins": []}})
    )
