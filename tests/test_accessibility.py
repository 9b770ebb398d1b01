"""The judge itself: it must find what is wrong, or its silence says nothing."""

from __future__ import annotations

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.accessibility import grave_problems
from tests.accounts import viewer
from tests.browsing import browsing

pytestmark = pytest.mark.django_db


def test_a_field_without_a_label_is_found(live_server: LiveServer) -> None:
    with browsing(live_server.url, viewer(), is_judged=True) as page:
        page.goto("/admin/")
        assert grave_problems(page) == []
        page.evaluate("document.querySelector('#content').append(document.createElement('input'))")
        assert [problem.split(":")[0] for problem in grave_problems(page)] == ["label"]
