"""The settings of a sync, read once and passed on as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from customers.erp_list.guard import GuardBounds
from sync.erp import ErpConfig
from sync.report import Limits

# Beyond the time that a call of the browser may take for a page.
_SILENCE_MARGIN_S = 30.0


@dataclass(frozen=True)
class SyncConfig:
    """All settings of a sync. Times in seconds."""

    erp: ErpConfig
    limits: Limits
    bounds: GuardBounds
    allow_missing_footer: bool
    allow_missing_columns: bool
    attempts: int
    retry_wait_s: float
    lease_s: float
    heartbeat_s: float
    progress_s: float
    artifacts_dir: Path
    artifacts_kept: int
    artifacts_days: int
    # These URLs contain tokens.
    alert_urls: tuple[str, ...] = field(repr=False)
    alert_timeout_s: float
    ping_url: str = field(repr=False)
    ping_timeout_s: float


def sync_config() -> SyncConfig:
    """Return the configuration from the Django settings."""
    return SyncConfig(
        erp=_erp_config(),
        limits=Limits(max_bytes=settings.REPORT_MAX_BYTES, max_pages=settings.REPORT_MAX_PAGES),
        bounds=GuardBounds(
            min_list_share=settings.GUARD_MIN_LIST_SHARE,
            max_emptied_share=settings.GUARD_MAX_EMPTIED_SHARE,
            min_first_list=settings.SYNC_MIN_CUSTOMERS,
        ),
        allow_missing_footer=settings.CUSTOMERS_ALLOW_MISSING_FOOTER,
        allow_missing_columns=settings.CUSTOMERS_ALLOW_MISSING_COLUMNS,
        attempts=settings.SYNC_ATTEMPTS,
        retry_wait_s=settings.SYNC_RETRY_WAIT_S,
        lease_s=settings.SYNC_LEASE_S,
        heartbeat_s=settings.SYNC_HEARTBEAT_S,
        progress_s=settings.SYNC_PROGRESS_S,
        artifacts_dir=settings.ARTIFACTS_DIR,
        artifacts_kept=settings.SYNC_ARTIFACTS_KEPT,
        artifacts_days=settings.SYNC_ARTIFACTS_DAYS,
        alert_urls=tuple(settings.ALERT_URLS),
        alert_timeout_s=settings.ALERT_TIMEOUT_S,
        ping_url=settings.PING_URL,
        ping_timeout_s=settings.PING_TIMEOUT_S,
    )


def _erp_config() -> ErpConfig:
    return ErpConfig(
        base_url=settings.ARCHIBALD_URL,
        username=settings.ARCHIBALD_USERNAME,
        password=settings.ARCHIBALD_PASSWORD,
        accept_invalid_certificate=settings.ARCHIBALD_ACCEPT_INVALID_CERTIFICATE,
        browser_path=settings.BROWSER_PATH,
        state_path=settings.DATA_DIR / "session" / "state.json",
        artifacts_dir=settings.ARTIFACTS_DIR,
        work_dir=settings.DATA_DIR / "work",
        driver_cache_dir=settings.DATA_DIR / "driver",
        page_timeout_s=settings.ERP_PAGE_TIMEOUT_S,
        login_timeout_s=settings.ERP_LOGIN_TIMEOUT_S,
        export_timeout_s=settings.ERP_EXPORT_TIMEOUT_S,
        max_export_bytes=settings.REPORT_MAX_BYTES,
        banner_wait_s=settings.ERP_BANNER_WAIT_S,
        poll_s=settings.ERP_POLL_S,
        silence_s=settings.ERP_PAGE_TIMEOUT_S + _SILENCE_MARGIN_S,
    )
