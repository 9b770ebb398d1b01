"""System checks of the settings: run ``manage.py check``, with ``--deploy`` on a server.

    W001 the ERP's address or account is missing     W005 a task is redelivered while it runs
    W002 no browser                                  W006 the lease is too short for the heartbeat
    W003 the cache is not shared by processes        W007 the data folder is not writable
    W004 a sync is killed before its own timeouts    W008 the data folder is open to others
    E003 a thing is removed at once                  W011 the first list's minimum is negative
    E004 the time limit of statements is negative    E005 the cache runs what is put into it

With ``--deploy``: E001 the default key, E002 debug mode, W009 the simulator's account, W010 no alerts set up.
With ``--deploy --database default`` also: W012 the database's account is a superuser.
"""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

from sync.errors import BrowserNotFound, ErpNotConfigured

# Commands that sync run only the checks with this tag: Django's own also load the web pages, which takes a
# third of a second.
SYNC = "sync"
# What each setting of a number of days keeps.
_KEPT_FOR_DAYS = {
    "SYNC_HISTORY_DAYS": "runs",
    "SYNC_HELD_DAYS": "held lists",
    "SYNC_ARTIFACTS_DAYS": "screenshots and traces",
    "ACTION_LOG_DAYS": "the log of actions",
}
_UNSHARED_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")


@register(SYNC)
def check_account(**options: Any) -> list[CheckMessage]:
    # Imported here, since every command imports this module, and few need a browser and a PDF library.
    from sync.config import sync_config  # noqa: PLC0415

    try:
        sync_config().erp.check()
    except ErpNotConfigured as error:
        hint = "Set ARCHIBALD_URL, ARCHIBALD_USERNAME and ARCHIBALD_PASSWORD (or ARCHIBALD_PASSWORD_FILE)."
        return [Warning(error.message, hint=hint, id="archibald.W001")]
    return []


@register(SYNC)
def check_browser(**options: Any) -> list[CheckMessage]:
    from sync.erp import find_browser  # noqa: PLC0415 - as above

    try:
        find_browser(settings.BROWSER_PATH)
    except BrowserNotFound as error:
        hint = "Install the package chromium, or set BROWSER_PATH to a Chromium or Chrome."
        return [Warning(error.message, hint=hint, id="archibald.W002")]
    return []


@register(SYNC, Tags.caches)
def check_cache(**options: Any) -> list[CheckMessage]:
    if not settings.CACHES["default"]["BACKEND"].endswith(_UNSHARED_CACHES):
        return []
    return [
        Warning(
            "the cache is not shared: the web process would never see the counters of the one that syncs",
            hint="Unset CACHE_URL for files on one machine, or set CACHE_URL=redis://HOST:6379/0.",
            id="archibald.W003",
        )
    ]


@register(SYNC, Tags.caches)
def check_cache_is_json(**options: Any) -> list[CheckMessage]:
    backend = settings.CACHES["default"]["BACKEND"]
    if backend.startswith("archibald.cache.") or backend.endswith(_UNSHARED_CACHES):
        return []
    return [
        Error(
            f"the cache {backend} pickles: who can write to it can run code here",
            hint="Unset CACHE_URL for files on one machine, or set CACHE_URL=redis://HOST:6379/0.",
            id="archibald.E005",
        )
    ]


def longest_sync_s() -> int:
    """Return the longest time of a sync: every attempt waits for a file until its timeout.

    A run logs in once; counting a login for each attempt leaves time to set filters and restore them.
    """
    attempt_s: float = (
        settings.ERP_LOGIN_TIMEOUT_S + 2 * settings.ERP_PAGE_TIMEOUT_S + settings.ERP_EXPORT_TIMEOUT_S
    )
    waits_s: float = settings.SYNC_RETRY_WAIT_S * (2 ** (settings.SYNC_ATTEMPTS - 1) - 1)
    return math.ceil(int(settings.SYNC_ATTEMPTS) * attempt_s + waits_s)


@register(SYNC)
def check_task_timeout(**options: Any) -> list[CheckMessage]:
    timeout_s, longest_s = settings.Q_CLUSTER["timeout"], longest_sync_s()
    if timeout_s is None or timeout_s >= longest_s:
        return []
    return [
        Warning(
            f"the cluster ends a sync after {timeout_s:g} s, and one that keeps to its own timeouts can take "
            f"{longest_s} s",
            hint=f"Set SYNC_TIMEOUT_S to {longest_s} or more, or lower SYNC_ATTEMPTS or ERP_…_TIMEOUT_S.",
            id="archibald.W004",
        )
    ]


@register(SYNC)
def check_redelivery(**options: Any) -> list[CheckMessage]:
    timeout_s, retry_s = settings.Q_CLUSTER["timeout"], settings.Q_CLUSTER["retry"]
    # The time counts from the fetch of a task, which may then wait for another task to end.
    if timeout_s is not None and retry_s > 2 * timeout_s:
        return []
    return [
        Warning(
            f"the cluster delivers a task again after {retry_s:g} s, while it may still run",
            hint="Let Q_CLUSTER's retry be more than twice its timeout, and the timeout a number.",
            id="archibald.W005",
        )
    ]


@register(SYNC)
def check_lease(**options: Any) -> list[CheckMessage]:
    lease_s, heartbeat_s = settings.SYNC_LEASE_S, settings.SYNC_HEARTBEAT_S
    if lease_s >= 3 * heartbeat_s:
        return []
    return [
        Warning(
            f"a run without a heartbeat for {lease_s:g} s is taken over, and a heartbeat comes every "
            f"{heartbeat_s:g} s: a late one can end the run",
            hint="Let SYNC_LEASE_S be at least three times SYNC_HEARTBEAT_S.",
            id="archibald.W006",
        )
    ]


@register(SYNC)
def check_data_folder(**options: Any) -> list[CheckMessage]:
    folder = settings.DATA_DIR
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        hint = "Set ARCHIBALD_DATA_DIR to a folder that this user may write to, or mend its owner."
        return [Warning(f"the data folder {folder} can't be written", hint=hint, id="archibald.W007")]
    if folder.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP):
        hint = f"chmod 700 {folder}"
        return [Warning(f"the data folder {folder} is open to others", hint=hint, id="archibald.W008")]
    return []


@register(SYNC)
def check_retention(**options: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{what} would be removed at once",
            hint=f"Set {name} to a whole number of days from 1 on.",
            id="archibald.E003",
        )
        for name, what in _KEPT_FOR_DAYS.items()
        if getattr(settings, name) < 1
    ]


@register(SYNC)
def check_first_list(**options: Any) -> list[CheckMessage]:
    if settings.SYNC_MIN_CUSTOMERS >= 0:
        return []
    hint = "Set SYNC_MIN_CUSTOMERS to the number of customers that a first list must have, or to 0 for any."
    message = f"SYNC_MIN_CUSTOMERS is {settings.SYNC_MIN_CUSTOMERS}: no first list is too short for it"
    return [Warning(message, hint=hint, id="archibald.W011")]


@register()
def check_statement_timeout(**options: Any) -> list[CheckMessage]:
    if settings.DATABASE_STATEMENT_TIMEOUT_S >= 0:
        return []
    hint = "Set DATABASE_STATEMENT_TIMEOUT_S to a number of seconds, or to 0 for no limit."
    return [Error("the database refuses a negative time limit", hint=hint, id="archibald.E004")]


@register(Tags.security, deploy=True)
def check_key(**options: Any) -> list[CheckMessage]:
    if settings.SECRET_KEY != settings.INSECURE_SECRET_KEY:
        return []
    hint = (
        "Set SECRET_KEY, or SECRET_KEY_FILE, to 50 random characters or more; docker/make-secrets makes one."
    )
    return [Error("everybody knows the key that signs logins", hint=hint, id="archibald.E001")]


@register(Tags.security, deploy=True)
def check_debug(**options: Any) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    hint = "Unset DEBUG."
    return [Error("debug mode shows settings and code to everybody", hint=hint, id="archibald.E002")]


@register(deploy=True)
def check_simulator(**options: Any) -> list[CheckMessage]:
    if settings.ARCHIBALD_URL != settings.SIMULATOR_URL:
        return []
    hint = "Set ARCHIBALD_URL to the ERP's address, https://HOST/Archibald, and the account with it."
    return [Warning("the customers come from the simulated ERP", hint=hint, id="archibald.W009")]


@register(deploy=True)
def check_somebody_is_told(**options: Any) -> list[CheckMessage]:
    if settings.ADMINS or settings.ALERT_URLS or settings.PING_URL:
        return []
    return [
        Warning(
            "nobody is told when syncs fail, or when nothing runs at all",
            hint="Set ADMINS and EMAIL_URL, or ALERT_URLS; and PING_URL, which also notices a dead cluster.",
            id="archibald.W010",
        )
    ]


@register(Tags.database, deploy=True)
def check_database_account(databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    if not databases or connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        (is_superuser,) = cursor.fetchone()
    if not is_superuser:
        return []
    hint = "Use an account that owns only its database: see Secrets in docs/operations.md."
    message = "the database's account is a superuser, who can also read files and run programs there"
    return [Warning(message, hint=hint, id="archibald.W012")]
