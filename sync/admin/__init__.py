"""The staff's pages: runs, the sync page, the schedule.

django-q2's own admin of schedules is not for them: it checks nothing, takes functions that do not exist, and
intervals of 0. Nor are the tokens': they are credentials, printed once by ``createapitoken``.
"""

import django_q.admin  # noqa: F401  # it registers what is taken off below
import rest_framework.authtoken.admin  # noqa: F401  # so does it
from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success
from rest_framework.authtoken.models import TokenProxy

from sync.admin import runs  # noqa: F401  # importing it registers the runs

admin.site.unregister([Failure, OrmQ, Schedule, Success, TokenProxy])
