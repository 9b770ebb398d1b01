"""Store the session on disk, so that a fetch logs in only when the ERP asks for it.

The file holds cookies, so anyone who can read it can act as the user. It has mode 600, in a folder of mode
700, is replaced atomically, and is used only for the address and the user that it was saved for.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any, cast

from playwright.sync_api import BrowserContext, StorageState

from sync.erp.config import ErpConfig

logger = logging.getLogger(__name__)


def load_session(config: ErpConfig) -> StorageState | None:
    """Return the stored session, or None; an invalid file is deleted."""
    try:
        saved = json.loads(config.state_path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        logger.warning("the stored session is unreadable and is deleted")
        forget_session(config)
        return None
    if not _is_session(saved):
        logger.warning("the stored session is damaged and is deleted")
        forget_session(config)
        return None
    if saved["owner"] != config.account_hash:
        return None
    return cast(StorageState, saved["state"])


def save_session(config: ErpConfig, context: BrowserContext) -> None:
    """Write the context's cookies to the state file, atomically."""
    folder = config.state_path.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    saved = {"owner": config.account_hash, "state": context.storage_state()}
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".session-")  # created with mode 600
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(saved, file)
        Path(name).replace(config.state_path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def forget_session(config: ErpConfig) -> None:
    config.state_path.unlink(missing_ok=True)


def _is_session(saved: Any) -> bool:
    if not isinstance(saved, dict) or not isinstance(saved.get("owner"), str):
        return False
    state = saved.get("state")
    return (
        isinstance(state, dict)
        and isinstance(state.get("cookies"), list)
        and isinstance(state.get("origins"), list)
        and all(isinstance(cookie, dict) for cookie in state["cookies"])
    )
