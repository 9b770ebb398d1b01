"""Number all changes for the change feed, and complete those of new customers with their first values."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_BATCH_ROWS = 500
_OWN_FIELDS = {"id", "extra", "content_hash", "first_seen_at", "changed_at", "missing_since", "removed_at"}


def complete_new(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Store the first values of every customer with its change "new"; create that change where it is missing."""
    changes = apps.get_model("customers", "CustomerChange")
    for batch in _batches(apps.get_model("customers", "Customer").objects.order_by("pk")):
        history: dict[str, list[Any]] = {customer.erp_id: [] for customer in batch}
        for change in changes.objects.filter(customer__in=batch).order_by("-pk"):
            history[change.customer_id].append(change)
        firsts = [_first_change(customer, history[customer.erp_id], changes) for customer in batch]
        changes.objects.bulk_update([each for each in firsts if each.pk], ["fields"], batch_size=100)
        changes.objects.bulk_create([each for each in firsts if not each.pk])


def _first_change(customer: Any, newest_first: list[Any], change_model: Any) -> Any:
    """Return the change "new" with the first values: the present ones with all later changes undone."""
    values = _present(customer)
    first = change_model(customer=customer, run_id=0, changed_at=customer.first_seen_at, kind="new")
    for change in newest_first:
        if change.kind == "new":
            first = change
        else:
            values |= {name: each["old"] for name, each in change.fields.items()}
    first.fields = {name: {"old": None, "new": text} for name, text in values.items() if text}
    return first


def number_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give positions in the order of the keys: one sync at a time wrote them.

    What was created by this migration comes first.
    """
    changes = apps.get_model("customers", "CustomerChange").objects
    keys = [*changes.filter(run_id=0).order_by("pk").values_list("pk", flat=True)]
    keys += changes.exclude(run_id=0).order_by("pk").values_list("pk", flat=True)
    with schema_editor.connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE customers_customerchange SET position = %s WHERE id = %s", list(enumerate(keys, start=1))
        )
    apps.get_model("customers", "FeedHead").objects.create(pk=1, last=len(keys))
    # PostgreSQL alters no table while checks of its foreign keys are pending.
    schema_editor.connection.check_constraints()


def _batches(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:_BATCH_ROWS]):
        yield batch
        last = batch[-1].pk


def _present(customer: Any) -> dict[str, str | None]:
    names = [field.name for field in customer._meta.concrete_fields if field.name not in _OWN_FIELDS]
    values = {name: _text(getattr(customer, name)) for name in names}
    return values | {f"extra.{caption}": cell for caption, cell in customer.extra.items()}


def _text(value: str | int | Decimal | date | None) -> str | None:
    if value is None or value == "":
        return None
    return format(value, "f") if isinstance(value, Decimal) else str(value)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_optional_columns"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasedCustomer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.BigIntegerField(editable=False, unique=True)),
                ("erp_id", models.CharField(max_length=20, verbose_name="ID in the ERP")),
                ("erased_at", models.DateTimeField(verbose_name="erased")),
            ],
            options={
                "verbose_name": "erased customer",
                "verbose_name_plural": "erased customers",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="FeedHead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("last", models.BigIntegerField(default=0)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddField(
            model_name="customerchange",
            name="position",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.RunPython(complete_new, migrations.RunPython.noop),
        migrations.RunPython(number_changes, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="customerchange",
            name="position",
            field=models.BigIntegerField(editable=False, unique=True),
        ),
    ]
