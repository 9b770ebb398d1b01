"""Suspend scheduled runs when more tries could get this host blocked: a login is refused or not answered.

They resume when the account changes, when a person resumes them, or when a sync started by a person logs in.
If connections to the host time out, it may have blocked this host: runs resume when it answers again.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q, Subquery
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare, salted_hmac

from sync.config import SyncConfig
from sync.erp import Reach, reach
from sync.errors import ErpConnectionTimedOut, LoginBlocked, LoginRejected, LoginUnknown, SyncError
from sync.models import Suspension, SyncAttempt, SyncRun

logger = logging.getLogger(__name__)

# A fixed primary key, so that there is one row even if two processes suspend at once.
_ROW = 1
# Suspend after this many consecutive connection timeouts, also across runs.
_TIMEOUTS_IN_A_ROW = 2
# A suspension that lies further in the future is from before the clock was set back; while a statement waits,
# another process can store one that is a little ahead.
_AHEAD = timedelta(minutes=5)


def suspends(error: SyncError | None) -> bool:
    """Return whether the error means that the ERP refuses, or may refuse, the account or this host."""
    if isinstance(error, ErpConnectionTimedOut):
        newest = SyncAttempt.objects.order_by("-pk").values_list("error_code", flat=True)[:_TIMEOUTS_IN_A_ROW]
        return list(newest) == [ErpConnectionTimedOut.code] * _TIMEOUTS_IN_A_ROW
    return isinstance(error, LoginRejected | LoginBlocked | LoginUnknown)


def suspend(run_id: int, error: SyncError, config: SyncConfig) -> bool:
    """Suspend scheduled runs; return False if they are already suspended for the same account."""
    account = _account_hash(config)
    before = suspended()
    if _is_stricter(before, error, account):
        return False
    Suspension.objects.update_or_create(
        pk=_ROW,
        defaults={
            "since": Now(),
            "run_id": run_id,
            **error.as_fields(),
            "account_hash": account,
        },
    )
    is_new = before is None or not constant_time_compare(before.account_hash, account)
    if is_new:
        logger.error("scheduled runs are suspended: %s", error.message)
    return is_new


def _is_stricter(before: Suspension | None, error: SyncError, account: str) -> bool:
    """Return whether ``before`` must be ended by a person, while the new one would end by itself."""
    return (
        before is not None
        and isinstance(error, ErpConnectionTimedOut)
        and before.error_code != ErpConnectionTimedOut.code
        and constant_time_compare(before.account_hash, account)
    )


def is_refuted(run_id: int) -> bool:
    """Return whether another sync got into the ERP after a run was taken over, which may have slept since."""
    end = SyncRun.objects.filter(pk=run_id).values("finished_at")
    return SyncRun.objects.filter(started_at__gte=Subquery(end)).exclude(seen={}).exists()


def suspended() -> Suspension | None:
    """Return the suspension, if there is one. Only reads.

    For pages and REST: the web process may have other account settings than the process that syncs, so it
    can't know whether the suspension is over.
    """
    return Suspension.objects.select_related("run").first()


def end_if_over(config: SyncConfig) -> Suspension | None:
    """End the suspension if its cause is gone, else return it. Call this before a sync.

    The cause is gone if the account has changed or, after connection timeouts, if the ERP's host accepts or
    refuses a connection again; no request is sent to it here.
    """
    found = suspended()
    if found is None:
        return None
    cause_gone = _cause_gone(found, config)
    if not cause_gone:
        return found
    # Delete only the suspension that was read: another process may have replaced it since.
    seen = {"account_hash": found.account_hash, "error_code": found.error_code, "run": found.run_id}
    if Suspension.objects.filter(pk=found.pk, **seen).delete()[0]:
        logger.info("scheduled runs go on: %s", cause_gone)
    return None


def _cause_gone(found: Suspension, config: SyncConfig) -> str:
    """Return why the suspension is over, or an empty string if it is not."""
    if not constant_time_compare(found.account_hash, _account_hash(config)):
        return "the account is another one now"
    is_timeout = found.error_code == ErpConnectionTimedOut.code
    if is_timeout and reach(config.erp.base_url) is Reach.ANSWERS:
        return "the ERP's host answers again"
    return ""


def resume(by: str) -> bool:
    """Resume scheduled runs; return False if they were not suspended."""
    deleted, _ = Suspension.objects.all().delete()
    if deleted:
        logger.info("scheduled runs resumed by %s", by or "an unnamed person")
    return bool(deleted)


def resume_after(run_id: int) -> None:
    """Resume scheduled runs after a run that reached the list, unless they were suspended after its end.

    The run renewed its lease when it ended. A suspension of the future is from before the database's clock
    was set back.
    """
    end = SyncRun.objects.filter(pk=run_id).values("heartbeat_at")
    is_older = Q(since__lte=Subquery(end)) | Q(since__gt=Now() + _AHEAD)
    if Suspension.objects.filter(is_older).delete()[0]:
        logger.info("scheduled runs resumed by run %d, which reached the customer list", run_id)


def _account_hash(config: SyncConfig) -> str:
    """Return a keyed hash of the account, to notice a change without storing the account."""
    erp = config.erp
    account = "\0".join((erp.base_url, erp.username, erp.password))
    return salted_hmac("sync.suspension", account, algorithm="sha256").hexdigest()
