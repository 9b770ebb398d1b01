"""Alerts: a person must know that syncs fail, that they work again, or that a decision waits for them.

An alert is a row of the database before it is anything else. Whether one is due is asked of the history and
of the rows, never of a process's memory, so that a restart neither repeats nor loses it; a channel that has
not taken it is tried again at later runs, for a day. No channel can fail a sync, or hold it up for long.

An alert is logged at ERROR when it is raised, sent to ``ADMINS`` by e-mail, and to each of ``ALERT_URLS``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Thread

from django.conf import settings
from django.core.mail import mail_admins
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from sync.models import Alert, SyncRun

logger = logging.getLogger(__name__)

_MAIL = "mail"
# A channel that did not take an alert is tried again no sooner, and no longer, than this.
_RETRY_AFTER = timedelta(minutes=5)
_RETRY_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Channels:
    """The ways to staff besides the log. The addresses hold tokens: they are never logged."""

    urls: Sequence[str] = field(default=(), repr=False)
    timeout_s: float = 10.0

    def names(self) -> list[str]:
        return ([_MAIL] if settings.ADMINS else []) + [_name_of(url) for url in self.urls]

    def senders(self) -> dict[str, Callable[[Alert], bool]]:
        """Return by name what sends an alert and tells whether it was taken."""
        named = {_name_of(url): _apprise_sender(url) for url in self.urls}
        return {_MAIL: _send_mail, **named}


def review(channels: Channels, *, failures: int, is_degraded: bool, run_id: int | None) -> None:
    """Raise the alert of a row of failures, or of its end, unless that was done; ``run_id`` ended last."""
    if run_id is None:
        return
    last = Alert.objects.filter(kind__in=(Alert.Kind.FAILING, Alert.Kind.RECOVERED)).order_by("pk").last()
    is_raised = last is not None and last.kind == Alert.Kind.FAILING
    if is_degraded and not is_raised:
        subject = f"{failures} syncs have failed in a row"
        body = f"{_end_of(run_id)}\nThe customers are as the last good sync left them."
        _raise(Alert.Kind.FAILING, run_id, subject, body, channels)
    elif failures == 0 and is_raised:
        _raise(Alert.Kind.RECOVERED, run_id, "syncs work again", f"Run {run_id} has succeeded.", channels)


def _end_of(run_id: int) -> str:
    run = SyncRun.objects.get(pk=run_id)
    return f"The last one, run {run.pk}, {run.state}: {run.error_message} ({run.error_code})"


def tell_of_suspension(channels: Channels, *, run_id: int, reason: str) -> None:
    """Tell that scheduled runs are suspended."""
    body = (
        f"Run {run_id} ended so that trying again could get this host blocked: {reason}\n"
        "Scheduled syncs stand still until the account is changed in the settings or a person resumes them; "
        "after a host that answered no connection, until it answers one."
    )
    _raise(Alert.Kind.SUSPENDED, run_id, "scheduled syncs are suspended", body, channels)


def tell_of_held_list(channels: Channels, *, run_id: int, reason: str) -> None:
    """Tell, once for each run, that a list waits for a decision."""
    body = (
        f"Nothing of run {run_id} was written: {reason}\n"
        "Look at what it would change, then approve or reject it."
    )
    _raise(Alert.Kind.HELD, run_id, "a list waits for your decision", body, channels)


def _raise(kind: str, run_id: int | None, subject: str, body: str, channels: Channels) -> None:
    try:
        with transaction.atomic():
            Alert.objects.create(
                kind=kind,
                run_id=run_id,
                subject=subject,
                body=body,
                pending=channels.names(),
                created_at=Now(),
            )
    except IntegrityError:
        # Another process saw the same, or this run was told of before.
        return
    logger.error("alert: %s. %s", subject, body.replace("\n", " "))


def deliver(channels: Channels) -> None:
    """Send what waits for a channel; each alert takes ``timeout_s`` at most, over all its channels."""
    due = Alert.objects.exclude(pending=[]).filter(
        Q(tried_at=None) | Q(tried_at__lt=Now() - _RETRY_AFTER), created_at__gte=Now() - _RETRY_FOR
    )
    for alert in due.order_by("pk"):
        # Whoever changes the row sends it: another process may be here too.
        if due.filter(pk=alert.pk).update(tried_at=Now()):
            left = _not_taken(alert, channels)
            Alert.objects.filter(pk=alert.pk).update(pending=left)


def _not_taken(alert: Alert, channels: Channels) -> list[str]:
    """Send an alert to its pending channels, all at once; return those that did not take it."""
    taken: list[str] = []
    senders = channels.senders()
    wanted = [name for name in alert.pending if name in senders]
    # In the run's context, so that the run's log has these lines too.
    threads = [
        Thread(
            target=copy_context().run,
            args=(_send, name, senders[name], alert, taken),
            name=f"alert-{name}",
            daemon=True,
        )
        for name in wanted
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + channels.timeout_s
    for name, thread in zip(wanted, threads, strict=True):
        thread.join(max(0.0, end - time.monotonic()))
        if thread.is_alive():
            logger.warning("the alert channel %s did not answer in %g s", name, channels.timeout_s)
    return [name for name in wanted if name not in taken]


def _send(name: str, sender: Callable[[Alert], bool], alert: Alert, taken: list[str]) -> None:
    try:
        if sender(alert):
            taken.append(name)
            return
        cause = "it refused"
    except Exception as exc:  # noqa: BLE001 - the traceback may name an address with its token
        cause = type(exc).__name__
    logger.warning("the alert channel %s did not take an alert: %s", name, cause)


def _send_mail(alert: Alert) -> bool:
    mail_admins(alert.subject, alert.body)
    return True


def _apprise_sender(url: str) -> Callable[[Alert], bool]:
    def send(alert: Alert) -> bool:
        import apprise  # noqa: PLC0415 - costs a third of a second that most syncs need not spend

        kind = (
            apprise.NotifyType.SUCCESS if alert.kind == Alert.Kind.RECOVERED else apprise.NotifyType.FAILURE
        )
        channel = apprise.Apprise()
        title = f"{settings.EMAIL_SUBJECT_PREFIX}{alert.subject}"
        return channel.add(url) and bool(channel.notify(body=alert.body, title=title, notify_type=kind))

    return send


def _name_of(url: str) -> str:
    """Return a name for a channel that tells it from others, and not its token."""
    scheme, _, rest = url.partition("://")
    return f"{scheme if rest else 'channel'}-{salted_hmac('sync.alerts', url).hexdigest()[:8]}"
