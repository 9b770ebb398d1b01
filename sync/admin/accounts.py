"""Django's admin of accounts and groups, with bounded filters and search."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User

from customers.admin.base import BoundedListAdmin

# Importing django.contrib.auth.admin, above, has registered them.
admin.site.unregister([Group, User])


@admin.register(User)
class AccountAdmin(BoundedListAdmin, UserAdmin):  # type: ignore[type-arg]  # generic for mypy alone
    pass


@admin.register(Group)
class AccountGroupAdmin(BoundedListAdmin, GroupAdmin):
    pass
