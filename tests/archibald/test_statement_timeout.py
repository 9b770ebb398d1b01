"""The time limit of database statements, which only the web process has."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import connection

from tests.processes import ROOT, environment

pytestmark = pytest.mark.django_db

_WEB = "import archibald.wsgi"
_OTHER = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'archibald.settings'; django.setup()"
_ASK = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SHOW statement_timeout" if connection.vendor == "postgresql" else "SELECT 'no limit'")
    print(cursor.fetchone()[0])
"""


def limit_in(start: str, seconds: int = 7) -> str:
    """Return the limit that a process has after these statements, as the database names it."""
    done = subprocess.run(
        [sys.executable, "-c", f"{start}\n{_ASK}"],
        env=environment(DATABASE_STATEMENT_TIMEOUT_S=str(seconds)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_the_web_process_limits_its_statements_on_postgresql() -> None:
    assert limit_in(_WEB) == {"postgresql": "7s", "sqlite": "no limit"}[connection.vendor]


def test_other_processes_have_no_limit() -> None:
    assert limit_in(_OTHER) == {"postgresql": "0", "sqlite": "no limit"}[connection.vendor]
