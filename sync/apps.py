from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class SyncAppConfig(AppConfig):
    name = "sync"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Synchronisation")

    def ready(self) -> None:
        from sync import checks  # noqa: F401, PLC0415 - importing it registers the checks

        settings.DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
