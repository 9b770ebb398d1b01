"""The WSGI entry point, served by `archibald.server`."""

import os

from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created

from archibald.statement_timeout import limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archibald.settings")

# Only here, in the web process: a sync or a migration may take longer.
connection_created.connect(limit_statements)

application = get_wsgi_application()
