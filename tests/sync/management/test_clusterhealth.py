"""`manage.py clusterhealth`, as a container's health check runs it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from sync.scheduling import health
from tests.processes import manage


@pytest.mark.django_db(transaction=True)
def test_without_a_cluster_it_fails_and_says_why() -> None:
    done = manage("clusterhealth")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is `manage.py qcluster` running?" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_it_is_ok_while_a_cluster_sets_its_liveness_key() -> None:
    health.set_liveness()
    said = StringIO()
    call_command("clusterhealth", stdout=said)
    assert said.getvalue() == "ok\n"
