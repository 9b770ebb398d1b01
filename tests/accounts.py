"""Create staff accounts: members of a group, or superusers."""

from __future__ import annotations

from importlib import import_module

from django.contrib.auth.models import Group, Permission, User

_GROUPS = import_module("sync.migrations.0005_staff_groups").GROUPS


def viewer(name: str = "vera") -> User:
    return _member(name, "viewers")


def operator(name: str = "oreste") -> User:
    return _member(name, "operators")


def superuser(name: str = "sara") -> User:
    return User.objects.create_superuser(name)


def _member(name: str, group: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(group_named(group))
    return user


def group_named(name: str) -> Group:
    """Return a group of the migration; create it if another test has emptied the tables."""
    group, is_new = Group.objects.get_or_create(name=name)
    for app_label, codename in _GROUPS[name] if is_new else ():
        group.permissions.add(Permission.objects.get(content_type__app_label=app_label, codename=codename))
    return group
