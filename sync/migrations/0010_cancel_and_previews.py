import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0009_run_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncrun",
            name="cancelled_by",
            field=models.CharField(blank=True, max_length=150, verbose_name="cancelled by"),
        ),
        migrations.CreateModel(
            name="Preview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reasons", models.JSONField(default=list, verbose_name="reasons")),
                ("changes", models.JSONField(default=list, verbose_name="changes")),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="preview", to="sync.syncrun"
                    ),
                ),
            ],
            options={
                "verbose_name": "preview",
                "verbose_name_plural": "previews",
                "default_permissions": (),
            },
        ),
    ]
