"""Check whether a cluster is healthy."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.scheduling.health import cluster_health


class Command(BaseCommand):
    """`manage.py clusterhealth`: for a supervisor or a container's health check."""

    help = "Tell whether a cluster is up and does its work. Exit status: 0 it does, 1 it does not, and why."
    # Runs every minute; the settings are checked when the cluster starts.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        health = cluster_health()
        if not health.ok:
            raise CommandError(health.reason)
        self.stdout.write("ok")
