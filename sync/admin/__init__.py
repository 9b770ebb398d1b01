"""The staff's pages: runs, the sync page, the schedule.

django-q2's own admin is removed: it doesn't validate schedules, and accepts missing functions and
intervals of 0. The admin of tokens of the old kind is removed too, since it shows their values.
"""

import django_q.admin  # noqa: F401  # registers the models that are unregistered below
import rest_framework.authtoken.admin  # noqa: F401  # registers TokenProxy
from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success
from rest_framework.authtoken.models import TokenProxy

from sync.admin import accounts, actions, runs  # noqa: F401  # importing them registers their admins

admin.site.unregister([Failure, OrmQ, Schedule, Success, TokenProxy])
