"""Customers and their changes as JSON."""

from __future__ import annotations

from typing import TypedDict

from rest_framework import serializers

from customers.api.base import CamelCaseModelSerializer, camel_case
from customers.erp_list.records import FIELD_NAMES, extra_caption
from customers.models import Customer, CustomerChange


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
        return [
            {"field": _shown_name(name), "old": values["old"], "new": values["new"]}
            for name, values in sorted(change.fields.items())
        ]


def _shown_name(field: str) -> str:
    """Return a field's JSON key; an extra column keeps its caption."""
    return camel_case(field) if extra_caption(field) is None else field
