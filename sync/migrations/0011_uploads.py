from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0010_cancel_and_previews"),
    ]

    operations = [
        migrations.AddField(
            model_name="syncrun",
            name="is_upload",
            field=models.BooleanField(default=False, editable=False),
        ),
    ]
