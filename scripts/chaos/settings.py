"""The settings of the cluster under test. This program's own Django uses them too."""

from __future__ import annotations

import secrets
from pathlib import Path

# A minute of the schedule lasts this long, and the schedule's shortest interval is five of them.
MINUTE_S = 3.0
INTERVAL_MINUTES = 5
INTERVAL_S = MINUTE_S * INTERVAL_MINUTES
# The longest a sync may take, with all attempts: longer than a browser that does not answer is waited for.
SYNC_TIMEOUT_S = 100


def settings_of(
    folder: Path, *, database_url: str, erp_url: str, username: str, password: str
) -> dict[str, str]:
    """Return environment variables for a cluster whose files are all in ``folder``."""
    return {
        "DJANGO_SETTINGS_MODULE": "archibald.settings",
        "ARCHIBALD_DATA_DIR": str(folder / "data"),
        "DATABASE_URL": database_url,
        "CACHE_KEY_PREFIX": folder.name,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ARCHIBALD_URL": erp_url,
        "ARCHIBALD_USERNAME": username,
        "ARCHIBALD_PASSWORD": password,
        "ADMINS": "chaos@localhost",
        # Three slashes before the path: django-environ removes the first one of the path itself.
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        "LOG_LEVEL": "INFO",
        "SYNC_MINUTE_S": str(MINUTE_S),
        "SYNC_INTERVAL_MINUTES": str(INTERVAL_MINUTES),
        "SYNC_STARTUP_DELAY_S": "0.5",
        "SYNC_TIMEOUT_S": str(SYNC_TIMEOUT_S),
        "SYNC_LEASE_S": "4",
        "SYNC_HEARTBEAT_S": "0.5",
        "SYNC_RETRY_WAIT_S": "0.3",
        "ERP_PAGE_TIMEOUT_S": "10",
        "ERP_LOGIN_TIMEOUT_S": "10",
        "ERP_EXPORT_TIMEOUT_S": "15",
        "ERP_BANNER_WAIT_S": "1",
        "ERP_POLL_S": "0.02",
    }
