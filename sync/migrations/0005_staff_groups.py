"""Two groups for staff: viewers see everything, operators also steer."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEE = (
    ("sync", "view_syncrun"),
    ("sync", "view_syncattempt"),
    ("customers", "view_customer"),
    ("customers", "view_customerchange"),
)
STEER = (("sync", "run_sync"), ("sync", "edit_schedule"), ("sync", "decide_run"))
GROUPS = {"viewers": SEE, "operators": SEE + STEER}


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give each group its permissions, made here if need be: Django makes them after all migrations only."""
    for label in ("sync", "customers"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, verbosity=0, apps=apps, using=schema_editor.connection.alias)
        config.models_module = None
    permission_model = apps.get_model("auth", "Permission")
    for name, wanted in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        for app_label, codename in wanted:
            group.permissions.add(
                permission_model.objects.get(content_type__app_label=app_label, codename=codename)
            )


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0004_decided_by"),
        ("customers", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
