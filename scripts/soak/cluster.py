"""The cluster's work in this process: what its parent does each second, and what its workers do."""

from __future__ import annotations

from multiprocessing import Value
from queue import SimpleQueue
from threading import Event
from typing import Any

from django.conf import settings
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.cluster import monitor, pusher, worker
from django_q.conf import Conf
from django_q.models import OrmQ

from sync.scheduling import dispatch, health, schedule

_END = "STOP"


class LocalCluster:
    """Queues what is due and works off the queue with django-q2's own loops, one task at a time."""

    def __init__(self) -> None:
        schedule.ensure_schedule()
        schedule.ensure_retention()
        self._broker = get_broker()
        self._timer = Value("f", -1)
        # Makes django-q2's pusher return after one task.
        self._stop_after_one = Event()
        self._stop_after_one.set()

    def poll(self) -> None:
        """Do what the parent does in one poll, then what the workers do until the queue is empty."""
        dispatch.take_over_dead_runs(settings.SYNC_LEASE_S)
        dispatch.start_what_is_due()
        health.set_liveness()
        while OrmQ.objects.filter(lock__lt=timezone.now()).exists():
            self._work_off_one()

    def _work_off_one(self) -> None:
        tasks: SimpleQueue[Any] = SimpleQueue()
        results: SimpleQueue[Any] = SimpleQueue()
        pusher(tasks, self._stop_after_one, self._broker)
        tasks.put(_END)
        worker(tasks, results, self._timer, Conf.TIMEOUT)
        results.put(_END)
        monitor(results, self._broker)
