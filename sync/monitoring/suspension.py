"""Scheduled runs stop where going on could get this host blocked: a login refused or without a clear answer.

They go on when the account is another one, when a person resumes them, or when a person's own sync gets in.
Where the ERP's host answered no connection, it may have blocked this one: they go on by themselves when it
answers again.
"""

from __future__ import annotations

import logging

from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare, salted_hmac

from sync.config import SyncConfig
from sync.erp import Reach, reach
from sync.errors import ErpConnectionTimedOut, LoginBlocked, LoginRejected, LoginUnknown, SyncError
from sync.models import Suspension, SyncAttempt

logger = logging.getLogger(__name__)

# One row at most, so that two processes that suspend at once meet in it.
_ROW = 1
# So many attempts in a row, over runs too, that met a host which answers no connection.
_TIMEOUTS_IN_A_ROW = 2


def suspends(error: SyncError | None) -> bool:
    """Tell whether an error means that the ERP refuses the account or this host, or may do so."""
    if isinstance(error, ErpConnectionTimedOut):
        newest = SyncAttempt.objects.order_by("-pk").values_list("error_code", flat=True)[:_TIMEOUTS_IN_A_ROW]
        return list(newest) == [ErpConnectionTimedOut.code] * _TIMEOUTS_IN_A_ROW
    return isinstance(error, LoginRejected | LoginBlocked | LoginUnknown)


def suspend(run_id: int, error: SyncError, config: SyncConfig) -> bool:
    """Suspend scheduled runs; False where they were suspended for this very account before."""
    account = _account_hash(config)
    before = standing()
    if _is_stricter(before, error, account):
        return False
    Suspension.objects.update_or_create(
        pk=_ROW,
        defaults={
            "since": Now(),
            "run_id": run_id,
            "error_code": error.code,
            "error_message": error.message,
            "account_hash": account,
        },
    )
    is_new = before is None or not constant_time_compare(before.account_hash, account)
    if is_new:
        logger.error("scheduled runs are suspended: %s", error.message)
    return is_new


def _is_stricter(before: Suspension | None, error: SyncError, account: str) -> bool:
    """Tell whether one that only a person ends stands already, where the new one would end by itself."""
    return (
        before is not None
        and isinstance(error, ErpConnectionTimedOut)
        and before.error_code != ErpConnectionTimedOut.code
        and constant_time_compare(before.account_hash, account)
    )


def standing() -> Suspension | None:
    """Return the suspension that stands, if one does: for whoever only shows it.

    A process that shows it may have been started with another account than the one that syncs.
    """
    return Suspension.objects.select_related("run").first()


def current(config: SyncConfig) -> Suspension | None:
    """Return the suspension of this account, if one stands: for whoever is about to sync on schedule.

    One of another account ends here, since the credentials have changed; and so does one for a host that
    answered no connection, when it answers one: nothing else is asked of it here.
    """
    found = standing()
    if found is None:
        return None
    if constant_time_compare(found.account_hash, _account_hash(config)):
        is_silence = found.error_code == ErpConnectionTimedOut.code
        is_over = is_silence and reach(config.erp.base_url) is Reach.ANSWERS
        reason = "the ERP's host answers again"
    else:
        is_over, reason = True, "the account is another one now"
    if not is_over:
        return found
    # Only the very one that was seen: another process may have suspended anew, for another run, in between.
    seen = {"account_hash": found.account_hash, "error_code": found.error_code, "run": found.run_id}
    if Suspension.objects.filter(pk=found.pk, **seen).delete()[0]:
        logger.info("scheduled runs go on: %s", reason)
    return None


def resume(by: str) -> bool:
    """Let scheduled runs go on; False where nothing was suspended."""
    deleted, _ = Suspension.objects.all().delete()
    if deleted:
        logger.info("scheduled runs resumed by %s", by or "an unnamed person")
    return bool(deleted)


def _account_hash(config: SyncConfig) -> str:
    """Return a keyed hash that tells whether the account has changed, and not what it is."""
    erp = config.erp
    account = "\0".join((erp.base_url, erp.username, erp.password))
    return salted_hmac("sync.suspension", account, algorithm="sha256").hexdigest()
