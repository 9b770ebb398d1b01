"""Customers and their changes as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from rest_framework import serializers

from customers.api.base import (
    CamelCaseModelSerializer,
    CamelCaseSerializer,
    DigitsField,
    UtcDateTimeField,
    camel_case,
)
from customers.erp_list.records import FIELD_NAMES, extra_caption
from customers.models import FEED_KINDS, Customer, CustomerChange
from customers.selectors import FeedEntry


class ChangedField(TypedDict):
    field: str
    old: str | None
    new: str | None


class CustomerSerializer(CamelCaseModelSerializer):
    extra = serializers.DictField(
        child=serializers.CharField(), help_text="unknown columns by their captions"
    )

    class Meta:
        model = Customer
        fields = (*FIELD_NAMES, "extra", "first_seen_at", "changed_at", "missing_since", "removed_at")
        read_only_fields = fields


class CustomerChangeSerializer(CamelCaseModelSerializer):
    changed_fields = serializers.SerializerMethodField()

    class Meta:
        model = CustomerChange
        fields = ("run_id", "changed_at", "kind", "changed_fields")
        read_only_fields = fields

    def get_changed_fields(self, change: CustomerChange) -> list[ChangedField]:
        """Return the old and new value of each changed field as text, null for empty."""
        return changed_fields(change.fields)


class ExportQuerySerializer(CamelCaseSerializer):
    format = serializers.ChoiceField(choices=["csv"], default="csv")


class FeedQuerySerializer(CamelCaseSerializer):
    after = DigitsField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="the cursor of `next`; 0 is the beginning"
    )
    page_size = DigitsField(min_value=1, max_value=500, default=100, help_text="results per page")


class FeedEntrySerializer(CamelCaseSerializer):
    run_id = serializers.IntegerField(allow_null=True, help_text="null for an erased customer")
    erp_id = serializers.CharField()
    kind = serializers.ChoiceField(choices=FEED_KINDS)
    changed_at = UtcDateTimeField()
    changed_fields = serializers.SerializerMethodField()

    def get_changed_fields(self, entry: FeedEntry) -> list[ChangedField]:
        """Return the old and new value of each changed field as text, null for empty."""
        return changed_fields(entry.fields)


class FeedSerializer(CamelCaseSerializer):
    results = FeedEntrySerializer(many=True)
    next = serializers.URLField(help_text="where to go on, now or later")
    has_more = serializers.BooleanField(help_text="whether `next` has results already")


def changed_fields(fields: Mapping[str, Mapping[str, Any]]) -> list[ChangedField]:
    """Return the stored fields of a change as in the API, sorted by name."""
    return [
        {"field": _shown_name(name), "old": values["old"], "new": values["new"]}
        for name, values in sorted(fields.items())
    ]


def _shown_name(field: str) -> str:
    """Return a field's JSON key; an extra column keeps its caption."""
    return camel_case(field) if extra_caption(field) is None else field
