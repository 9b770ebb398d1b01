"""Create staff accounts: members of a group, or superusers."""

from __future__ import annotations

from django.contrib.auth.models import Group, User


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
    return Group.objects.get(name=name)
