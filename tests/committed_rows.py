"""Delete what a test has committed."""

from __future__ import annotations

from functools import cache

from django.db import connection, transaction
from django.test import TransactionTestCase

# What migrations create from the program's models, which no test changes.
_KEPT_TABLES = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


def delete_committed_rows(test_case: TransactionTestCase) -> None:
    """Empty the tables at the end of a test that commits.

    Django's own way empties all tables and then creates each model's permissions anew, which takes longer
    than many of these tests.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608  # from the models


@cache
def _tables() -> list[str]:
    return sorted(set(connection.introspection.django_table_names()) - _KEPT_TABLES)
