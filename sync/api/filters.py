"""Filters of the history of runs."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from customers.api.base import CamelCaseFilterSet, IsoDateFilter
from sync.models import SyncRun


class RunFilters(CamelCaseFilterSet):
    state = django_filters.MultipleChoiceFilter(
        choices=SyncRun.State.choices, label=_("any of these states; may be repeated")
    )
    trigger = django_filters.MultipleChoiceFilter(
        choices=SyncRun.Trigger.choices, label=_("any of these triggers; may be repeated")
    )
    created_from = IsoDateFilter(
        field_name="created_at", lookup_expr="date__gte", label=_("on this day or later")
    )
    created_to = IsoDateFilter(
        field_name="created_at", lookup_expr="date__lte", label=_("on this day or earlier")
    )

    class Meta:
        model = SyncRun
        fields = ()
