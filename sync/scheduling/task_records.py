"""django-q2's records of finished tasks. It never removes those of failed ones, which have tracebacks."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_q.models import Task


def remove_old(days: int) -> int:
    """Remove the records of tasks that ended more than ``days`` days ago; return how many."""
    return int(Task.objects.filter(stopped__lt=timezone.now() - timedelta(days=days)).delete()[0])


def remove_failed() -> int:
    """Remove the records of all failed tasks; return how many."""
    return int(Task.objects.filter(success=False).delete()[0])
