"""Serializers and filters for all REST calls: camelCase keys, UTC times, ISO dates."""

from __future__ import annotations

import re
from collections import OrderedDict
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

_EARLIEST, _LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def camel_case(name: str) -> str:
    """Return ``erp_id`` as ``erpId`` and ``previous_sales_1`` as ``previousSales1``."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


class UtcDateTimeField(serializers.DateTimeField):
    """A time in UTC, with a ``Z``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


# No docstring: the API's schema would show it for every subclass.
class CamelCaseSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = {}
        for name, field in super().get_fields().items():
            key = camel_case(name)
            if isinstance(field, serializers.SerializerMethodField):
                field.method_name = f"get_{name}"
            elif field.source is None and key != name:
                field.source = name
            fields[key] = field
        return fields


class CamelCaseModelSerializer(CamelCaseSerializer, serializers.ModelSerializer[Any]):
    serializer_field_mapping: ClassVar = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: UtcDateTimeField,
    }


class DigitsField(serializers.IntegerField):
    """A whole number in a query, of digits only: neither ``1.0`` nor ``+1`` nor `` 1``."""

    def to_internal_value(self, data: Any) -> int:
        if not re.fullmatch("[0-9]{1,19}", str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class CamelCaseFilterSet(django_filters.FilterSet):
    """Filters with snake_case names and camelCase parameters."""

    @classmethod
    def get_filters(cls) -> OrderedDict[str, django_filters.Filter]:
        return OrderedDict((camel_case(name), each) for name, each in super().get_filters().items())


class IsoDateField(forms.DateField):
    """A date as 2026-01-31 only: 05/03/2026 could be two different dates."""

    def to_python(self, value: Any) -> date | None:
        if value is None:
            return None
        try:
            if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError as exc:
            raise ValidationError(_("Enter a date as YYYY-MM-DD.")) from exc


class IsoDateFilter(django_filters.DateFilter):
    field_class = IsoDateField


class IsoTimeField(django_filters.fields.IsoDateTimeField):
    """A time as 2026-01-31T08:30:00Z, clipped to the range that UTC can express."""

    def to_python(self, value: Any) -> datetime | None:
        if value is None:
            return None
        moment = super().to_python(value)
        if moment is None:
            raise ValidationError(_("Enter a time as YYYY-MM-DDThh:mm:ssZ."))
        return min(max(moment, _EARLIEST), _LATEST)


class IsoTimeFilter(django_filters.IsoDateTimeFilter):
    field_class = IsoTimeField
