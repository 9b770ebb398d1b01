"""Alert staff when syncs fail, when they work again, and when a list waits for a decision.

Each alert is stored in the database before it is sent. Whether one is due is decided from the run history and
the stored alerts, not from memory, so a restart neither repeats nor loses one. A channel that fails is tried
again at later runs, for a day. No channel can fail a sync or delay it for long.

An alert is logged at ERROR when it is raised, sent to ``ADMINS`` by e-mail, and to each of ``ALERT_URLS``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Thread

from django.conf import settings
from django.core.mail import mail_admins
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop as _

from customers.erp_list.message import Message, message
from customers.labels import message_text
from sync.models import Alert, SyncRun
from sync.transactions import tried_while_away

logger = logging.getLogger(__name__)

_MAIL = "mail"
# The minimum wait before a failed channel is tried again, and how long an alert is retried at all.
_RETRY_AFTER = timedelta(minutes=5)
_RETRY_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Channels:
    """Where alerts are sent, besides the log. The URLs contain tokens and are never logged."""

    urls: Sequence[str] = field(default=(), repr=False)
    timeout_s: float = 10.0

    def names(self) -> list[str]:
        return ([_MAIL] if settings.ADMINS else []) + [_name_of(url) for url in self.urls]

    def senders(self, names: Sequence[str]) -> dict[str, Callable[[Alert], bool]]:
        """Return, by channel name, the functions that send an alert and return whether it was accepted."""
        urls = {_name_of(url): url for url in self.urls}
        known = [name for name in names if name == _MAIL or name in urls]
        return {name: _send_mail if name == _MAIL else _apprise_sender(urls[name]) for name in known}


def review(channels: Channels, *, failures: int, is_degraded: bool, run_id: int | None) -> None:
    """Raise an alert if syncs are degraded or work again, and none was raised yet; ``run_id`` ended last."""
    if run_id is None:
        return
    last = _about_failures().order_by("pk").last()
    is_raised = last is not None and last.kind == Alert.Kind.FAILING
    if is_degraded and not is_raised:
        subject = message(_("%(count)s syncs have failed in a row"), count=failures)
        _raise(Alert.Kind.FAILING, run_id, subject, _failure_summary(run_id), channels)
    elif failures == 0 and is_raised:
        body = message(_("Run %(run)s has succeeded."), run=str(run_id))
        _raise(Alert.Kind.RECOVERED, run_id, Message(_("syncs work again")), body, channels)


def _about_failures() -> QuerySet[Alert]:
    return Alert.objects.filter(kind__in=(Alert.Kind.FAILING, Alert.Kind.RECOVERED))


def _failure_summary(run_id: int) -> Message:
    run = SyncRun.objects.get(pk=run_id)
    text = _(
        "Run %(run)s was the last of them: %(reason)s (%(code)s).\n"
        "The customers are as the last successful sync left them."
    )
    return message(text, run=str(run_id), reason=_reason_of(run), code=run.error_code)


def _reason_of(run: SyncRun) -> Message | str:
    """Return why a run failed or is held; runs of earlier versions only have a sentence in English."""
    return Message.from_json(run.error_text) if run.error_text else run.error_message


def tell_of_suspension(channels: Channels, *, run_id: int, reason: Message) -> None:
    """Raise the alert that scheduled runs are suspended."""
    text = _(
        "After run %(run)s, another try could get this host blocked: %(reason)s.\n"
        "Scheduled syncs wait until the account is changed in the settings or a person resumes them; if the "
        "ERP's host accepted no connection, until it does."
    )
    body = message(text, run=str(run_id), reason=reason)
    _raise(Alert.Kind.SUSPENDED, run_id, Message(_("scheduled syncs are suspended")), body, channels)


def tell_of_held_list(channels: Channels, *, run_id: int, reason: Message | str) -> None:
    """Raise the alert that a list waits for a decision, once per run."""
    text = _(
        "Nothing of run %(run)s was written: %(reason)s.\n"
        "Look at what it would change, then approve or reject it."
    )
    body = message(text, run=str(run_id), reason=reason)
    _raise(Alert.Kind.HELD, run_id, Message(_("a list waits for your decision")), body, channels)


def catch_up(channels: Channels) -> None:
    """Raise the alerts of held lists whose process could not, and send those that are pending."""
    for run in SyncRun.objects.filter(state=SyncRun.State.HELD).exclude(alerts__kind=Alert.Kind.HELD):
        tell_of_held_list(channels, run_id=run.pk, reason=_reason_of(run))
    deliver(channels)


def _raise(kind: str, run_id: int | None, subject: Message, body: Message, channels: Channels) -> None:
    """Store the alert, in the language of `LANGUAGE_CODE`, and log it in English."""
    try:
        with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            Alert.objects.create(
                kind=kind,
                run_id=run_id,
                subject=message_text(subject),
                body=message_text(body),
                pending=channels.names(),
                created_at=Now(),
            )
    except IntegrityError:
        # Another process raised it, or it was raised for this run before.
        return
    logger.error("alert: %s. %s", subject, str(body).replace("\n", " "))


def deliver(channels: Channels) -> None:
    """Send pending alerts for ``timeout_s`` at most, first those that were never tried; the rest wait."""
    end_s = time.monotonic() + channels.timeout_s
    due = Alert.objects.exclude(pending=[]).filter(
        # A try of the future is from before the database's clock was set back.
        Q(tried_at=None) | Q(tried_at__lt=Now() - _RETRY_AFTER) | Q(tried_at__gt=Now() + _RETRY_AFTER),
        created_at__gte=Now() - _RETRY_FOR,
    )
    for alert in due.order_by(F("tried_at").asc(nulls_first=True), "pk"):
        if time.monotonic() >= end_s:
            return
        # Only the process whose UPDATE matches sends it: others may run this at the same time.
        if due.filter(pk=alert.pk).update(tried_at=Now()):
            failed = _send_to_pending(alert, channels)
            # Otherwise the channels that accepted it would get it again.
            sent = Alert.objects.filter(pk=alert.pk)
            tried_while_away(partial(sent.update, pending=failed), stop=lambda: False)


def remove_old(days: int) -> int:
    """Remove the alerts that were raised more than ``days`` days ago; return how many.

    The newest one about failures is always kept, since it tells `review` what staff were told last, and those
    of lists that are held, since `catch_up` would raise them again.
    """
    newest = _about_failures().order_by("-pk").values_list("pk", flat=True)[:1]
    old = Alert.objects.filter(created_at__lt=Now() - timedelta(days=days))
    held = Q(run__state__in=(SyncRun.State.HELD, SyncRun.State.RUNNING), kind=Alert.Kind.HELD)
    removed, _by_model = old.exclude(pk__in=list(newest)).exclude(held).delete()
    return removed


def _send_to_pending(alert: Alert, channels: Channels) -> list[str]:
    """Send an alert to its pending channels in parallel; return the names of those that failed."""
    accepted: list[str] = []
    senders = channels.senders(alert.pending)
    # Copy the context, so that these lines are part of the run's log.
    threads = [
        Thread(
            target=copy_context().run,
            args=(_send, name, sender, alert, accepted),
            name=f"alert-{name}",
            daemon=True,
        )
        for name, sender in senders.items()
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + channels.timeout_s
    for name, thread in zip(senders, threads, strict=True):
        thread.join(max(0.0, end - time.monotonic()))
        if thread.is_alive():
            logger.warning("the alert channel %s did not answer in %g s", name, channels.timeout_s)
    return [name for name in senders if name not in accepted]


def _send(name: str, sender: Callable[[Alert], bool], alert: Alert, accepted: list[str]) -> None:
    try:
        if sender(alert):
            accepted.append(name)
            return
        cause = "it refused"
    except Exception as exc:  # noqa: BLE001 - a traceback may contain a URL with its token
        cause = type(exc).__name__
    logger.warning("the alert channel %s did not take an alert: %s", name, cause)


def _send_mail(alert: Alert) -> bool:
    mail_admins(alert.subject, alert.body)
    return True


def _apprise_sender(url: str) -> Callable[[Alert], bool]:
    # Rarely needed, and slow to import: up to seconds on a busy machine. So it is loaded here, before the
    # time begins in which the channel must answer.
    import apprise  # noqa: PLC0415

    channel = apprise.Apprise()
    is_known = channel.add(url)

    def send(alert: Alert) -> bool:
        kind = (
            apprise.NotifyType.SUCCESS if alert.kind == Alert.Kind.RECOVERED else apprise.NotifyType.FAILURE
        )
        title = f"{settings.EMAIL_SUBJECT_PREFIX}{alert.subject}"
        return is_known and bool(channel.notify(body=alert.body, title=title, notify_type=kind))

    return send


def _name_of(url: str) -> str:
    """Return a unique name for a channel that does not reveal its token."""
    scheme, _, rest = url.partition("://")
    return f"{scheme if rest else 'channel'}-{salted_hmac('sync.alerts', url).hexdigest()[:8]}"
