"""What can happen between two statements of a run; for `tests.queries.before_first`."""

from __future__ import annotations

from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now

from sync.config import sync_config
from sync.models import SyncRun
from sync.runs import lifecycle

STORES_ATTEMPT = ("INSERT", "sync_syncattempt")
LOADS_LIST = ("SELECT", "sync_heldlist", '"file"')


def cut() -> None:
    """Break the connection below Django, as a server does that restarts."""
    connection.connection.close()


def no_answer() -> None:
    """Let the transaction commit, and break the connection before its answer."""

    def lose_it() -> None:
        raise OperationalError("the connection was cut")

    transaction.on_commit(lose_it)


def take_over() -> None:
    """Let another process take the running run over, as if this one had slept for longer than its lease."""
    lease_s = sync_config().lease_s
    SyncRun.objects.filter(state="running").update(heartbeat_at=Now() - timedelta(seconds=lease_s + 1))
    lifecycle.abandon_stale(lease_s)
