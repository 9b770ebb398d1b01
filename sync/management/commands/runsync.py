"""Sync the customers once, in the foreground."""

from __future__ import annotations

import getpass
import json
import os
import sys
from argparse import ArgumentParser
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone

from customers.actions import Kind, record_action
from sync import checks
from sync.config import sync_config
from sync.erp import explain
from sync.errors import (
    AlreadyRunning,
    BrowserNotFound,
    ErpNotConfigured,
    ListNotHeld,
    ListSuperseded,
    SyncError,
)
from sync.management.lines import lines_shown
from sync.management.output import unbreakable
from sync.management.stopping import stop_on_signals
from sync.models import SyncRun
from sync.pipeline import approve, run_sync
from sync.runs.outcome import Result
from sync.runs.progress import OnProgress
from sync.sources import ErpSource, FileSource, Source

DONE, FAILED, WRONG_USAGE, HELD, ALREADY_RUNNING = 0, 1, 2, 3, 4


class Command(BaseCommand):
    """`manage.py runsync`: see *Syncing by hand* in the README."""

    help = (
        "Sync the customers once, in the foreground. Exit status: 0 done, 1 failed, 2 wrong usage, "
        "3 held for a decision, 4 another sync is running."
    )
    requires_system_checks = (checks.SYNC,)

    def run_from_argv(self, argv: list[str]) -> None:
        # For all that writes: this command, the log, argparse, and Django the message of a CommandError.
        sys.stdout, sys.stderr = unbreakable(sys.stdout), unbreakable(sys.stderr)
        self.stdout, self.stderr = OutputWrapper(sys.stdout), OutputWrapper(sys.stderr)
        self.stderr.style_func = self.style.ERROR
        super().run_from_argv(argv)

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group()
        source.add_argument(
            "--pdf", type=Path, metavar="FILE", help="read this report instead of asking the ERP"
        )
        source.add_argument(
            "--explain",
            nargs="?",
            type=Path,
            const=Path(),
            metavar="FILE",
            help="go through the ERP step by step, change nothing, and write a report for a maintainer",
        )
        source.add_argument("--approve", type=int, metavar="RUN", help="apply the list of a held run")
        parser.add_argument(
            "--dry-run", action="store_true", help="do everything but the writing, and show what would change"
        )
        parser.add_argument(
            "--json", action="store_true", help="print one JSON result on stdout, the progress on stderr"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        if options["explain"] is not None:
            if status := _explain(options["explain"]):
                sys.exit(status)
            return
        try:
            result = _run(options)
        except AlreadyRunning as error:
            if not options["json"]:
                raise CommandError(f"{error.code}: {error.message}", returncode=ALREADY_RUNNING) from error
            result = Result(None, SyncRun.State.FAILED.value, error=error)
        except (ListNotHeld, ListSuperseded) as error:
            raise CommandError(error.message, returncode=WRONG_USAGE) from error
        if options["json"]:
            print(json.dumps(_as_json(result), ensure_ascii=False), flush=True)
        else:
            from sync.management.display import print_result  # noqa: PLC0415 - rich is slow to import

            print_result(result, sys.stdout)
        if status := _exit_status(result):
            sys.exit(status)


def _check(options: dict[str, Any]) -> None:
    """Check that the options can be combined and the file exists.

    Raises: CommandError
    """
    if options["approve"] is not None and options["dry_run"]:
        raise CommandError("--approve writes; it can't be a --dry-run", returncode=WRONG_USAGE)
    if options["explain"] is not None and (options["dry_run"] or options["json"]):
        raise CommandError("--explain syncs nothing: it takes no other option", returncode=WRONG_USAGE)
    if options["pdf"] is not None and not options["pdf"].is_file():
        raise CommandError(f"no such file: {options['pdf']}", returncode=WRONG_USAGE)


def _run(options: dict[str, Any]) -> Result:
    config, person = sync_config(), getpass.getuser()
    with stop_on_signals() as stop, _progress_shown() as on_progress:
        if options["approve"] is not None:
            result = approve(options["approve"], config, by=person, on_progress=on_progress, stop=stop)
            if result.error is None:
                record_action(None, Kind.APPROVED, run=str(result.run_id))
            return result
        source: Source = (
            ErpSource(config.erp, config.limits) if options["pdf"] is None else FileSource(options["pdf"])
        )
        result = run_sync(
            source,
            config,
            trigger=SyncRun.Trigger.CLI,
            requested_by=person,
            is_dry=options["dry_run"],
            on_progress=on_progress,
            stop=stop,
        )
        record_action(None, Kind.DRY_RUN if options["dry_run"] else Kind.SYNC, run=str(result.run_id))
        return result


def _progress_shown() -> AbstractContextManager[OnProgress]:
    """Show a bar per stage on a terminal, lines elsewhere."""
    if not sys.stderr.isatty():
        return lines_shown(sys.stderr)
    from sync.management.display import bars_shown  # noqa: PLC0415 - as above

    return bars_shown(sys.stderr)


def _explain(path: Path) -> int:
    """Write the report of a walk through the ERP, and return the exit status.

    The file is created first, so that no login is used if the report can't be written.
    """
    if path == Path():
        path = Path(f"archibald-explain-{timezone.localtime():%Y%m%d-%H%M%S}.md")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise CommandError(f"can't write {path}: {error.strerror}", returncode=WRONG_USAGE) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file, stop_on_signals() as stop:
        try:
            explanation = explain(sync_config().erp, lambda step: print(step, file=sys.stderr), stop)
        except (ErpNotConfigured, BrowserNotFound) as error:
            raise CommandError(f"{error.code}: {error.message}", returncode=FAILED) from error
        file.write(explanation.text)
    said = f"The report is in {path}: no customer and no secret is in it. Send it to a maintainer."
    print(said, flush=True)
    if explanation.error is None:
        return DONE
    print(f"{explanation.error.code}: {explanation.error.message}", flush=True)
    return FAILED


def _exit_status(result: Result) -> int:
    if isinstance(result.error, AlreadyRunning):
        return ALREADY_RUNNING
    if result.state == SyncRun.State.HELD:
        return HELD
    return DONE if result.error is None else FAILED


def _as_json(result: Result) -> dict[str, Any]:
    """Return a result as JSON; only a dry run has ``changes``."""
    answer: dict[str, Any] = {
        "runId": result.run_id,
        "state": result.state,
        "counts": dict(result.counts),
        "durationMs": result.duration_ms,
        "stages": dict(result.stages),
        "error": _error_json(result.error),
    }
    if result.is_dry:
        answer["changes"] = list(result.changes)
    return answer


def _error_json(error: SyncError | None) -> dict[str, str] | None:
    return None if error is None else {"code": error.code, "message": error.message}
