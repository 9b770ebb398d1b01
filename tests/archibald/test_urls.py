"""The URLs register the admins of all apps, which Django's start leaves to them."""

from __future__ import annotations

from importlib import import_module

from django.contrib import admin
from django.core.checks import Tags, run_checks

from customers.models import Customer
from sync.models import SyncRun


def test_the_urls_register_admins_that_pass_djangos_checks() -> None:
    import_module("archibald.urls")
    assert admin.site.is_registered(Customer)
    assert admin.site.is_registered(SyncRun)
    assert run_checks(tags=[Tags.admin]) == []
