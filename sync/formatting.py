"""Format the stages, counts and duration of a run, for the pages, the API and the terminal."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop, ngettext

from customers.labels import message_text
from sync.models import Suspension, SyncAttempt, SyncRun

# The stages of a sync in order, in English; `stage_label` translates them.
STAGES = {
    "browser": gettext_noop("starting the browser"),
    "login": gettext_noop("logging in"),
    "list": gettext_noop("opening the customer list"),
    "export": gettext_noop("waiting for the ERP's export"),
    "download": gettext_noop("downloading"),
    "read": gettext_noop("reading the report"),
    "compare": gettext_noop("comparing"),
    "apply": gettext_noop("writing"),
    "waiting": gettext_noop("waiting to try again"),
}
_MINUTE_MS = 60_000


def stage_label(stage: str) -> str:
    """Return a stage's label in the active language; for an unknown stage, its name."""
    return gettext(STAGES[stage]) if stage in STAGES else stage


def duration(milliseconds: int | None) -> str:
    """Format a duration: ``0.8 s``, ``12 s``, ``2 min 3 s``."""
    if milliseconds is None:
        return "–"
    if milliseconds < 10_000:
        return gettext("%(seconds)s s") % {"seconds": _decimal(milliseconds / 1000)}
    if milliseconds < _MINUTE_MS:
        return gettext("%(seconds)s s") % {"seconds": round(milliseconds / 1000)}
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return gettext("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": seconds}


def _decimal(seconds: float) -> str:
    return number_format(seconds, decimal_pos=1)


def counts(run: SyncRun) -> str:
    """Format the counts of a run: ``1,500 customers: 3 new, 2 updated``."""
    found = run.counts
    total = ngettext("%(count)s customer", "%(count)s customers", found["rows"]) % {
        "count": _grouped(found["rows"])
    }
    parts = [_part(name, found.get(name, 0)) for name in _SHOWN_COUNTS if found.get(name, 0)]
    return f"{total}: {', '.join(parts) or gettext('nothing changed')}"


def error_text(failed: SyncRun | SyncAttempt | Suspension) -> str:
    """Return why a run failed or is held, or scheduled runs are suspended, in the reader's language."""
    return message_text(failed.error_text, failed.error_message)


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True, use_l10n=True)


_SHOWN_COUNTS = ("new", "updated", "restored", "missing", "removed", "rejected")


def _part(name: str, count: int) -> str:
    text = {
        "new": ngettext("%(count)s new", "%(count)s new", count),
        "updated": ngettext("%(count)s updated", "%(count)s updated", count),
        "restored": ngettext("%(count)s restored", "%(count)s restored", count),
        "missing": ngettext("%(count)s missing", "%(count)s missing", count),
        "removed": ngettext("%(count)s removed", "%(count)s removed", count),
        "rejected": ngettext("%(count)s unreadable", "%(count)s unreadable", count),
    }[name]
    return text % {"count": _grouped(count)}
