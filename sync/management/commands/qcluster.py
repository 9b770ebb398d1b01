"""Run scheduled and queued syncs: the only process needed besides the web server."""

from __future__ import annotations

import logging
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from sync import checks
from sync.cluster.parent import Cluster
from sync.scheduling import schedule

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Replaces django-q2's command of the same name: see docs/schedule.md."""

    help = (
        "Sync on schedule, until stopped by SIGTERM, SIGINT or SIGHUP. Exit status: 0 stopped, 1 failed, "
        "restart it."
    )
    requires_system_checks = (checks.SYNC,)

    def handle(self, *args: Any, **options: Any) -> None:
        delay_s = settings.SYNC_STARTUP_DELAY_S
        logger.info("the cluster starts; its first sync comes in %g s", delay_s)
        cluster = Cluster(startup_delay_s=delay_s, lease_s=settings.SYNC_LEASE_S)
        try:
            schedule.ensure_schedule()
            schedule.ensure_retention()
        except ValueError as exc:
            raise CommandError(f"SYNC_INTERVAL_MINUTES={settings.SYNC_INTERVAL_MINUTES}: {exc}") from exc
        except DatabaseError as exc:
            raise CommandError(f"the database can't be used; was `manage.py migrate` run? {exc}") from exc
        if not cluster.run():
            sys.exit(1)
