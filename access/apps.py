from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    name = "access"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Access for programs")

    def ready(self) -> None:
        from access import checks, receivers  # noqa: F401, PLC0415 - importing them registers them
