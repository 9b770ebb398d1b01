"""Sessions in the simulated ERP that tests begin with: a login takes half of a fetch's time."""

from __future__ import annotations

import json
from typing import Any

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import ErpConfig


def session_cookies(erp: ErpSimulator, username: str) -> list[Any]:
    """Log in without a browser; return the cookies that a browser would have then."""
    session = erp.sessions.open("")
    erp.sessions.log_in(session, username, "it-IT")
    return [
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


def store_session(erp: ErpSimulator, config: ErpConfig) -> None:
    """Store a session of the config's account, as an earlier fetch has left it."""
    cookies = session_cookies(erp, config.username)
    for folder in (config.state_path.parent.parent, config.state_path.parent):
        folder.mkdir(exist_ok=True, mode=0o700)
    config.state_path.touch(mode=0o600)
    config.state_path.write_text(
        json.dumps({"owner": config.account_hash, "state": {"cookies": cookies, "origins": []}})
    )
