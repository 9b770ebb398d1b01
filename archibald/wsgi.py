"""The WSGI entry point: ``gunicorn archibald.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archibald.settings")

application = get_wsgi_application()
