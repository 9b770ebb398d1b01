"""Filters of the customer list."""

from __future__ import annotations

from datetime import datetime

import django_filters
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from customers import selectors
from customers.api.base import CamelCaseFilterSet, IsoDateFilter, IsoTimeFilter, camel_case
from customers.erp_list.records import ERP_ID_MAX_DIGITS, TEXT_MAX_CHARS
from customers.models import Customer

_SORTED_FIELDS = ("name", "erp_id", "city", "last_order_date", "actual_sales", "changed_at")
_ORDERINGS = {sign + camel_case(name): (name, sign == "-") for name in _SORTED_FIELDS for sign in ("", "-")}


class CustomerFilters(CamelCaseFilterSet):
    search = django_filters.CharFilter(
        method="matching",
        max_length=TEXT_MAX_CHARS,
        validators=[selectors.check_search],
        label=_("words in the name, VAT number, city or phone"),
    )
    type = django_filters.CharFilter(max_length=TEXT_MAX_CHARS, label=_("exact type"))
    city = django_filters.CharFilter(
        lookup_expr="iexact", max_length=TEXT_MAX_CHARS, label=_("exact city, ignoring case")
    )
    status = django_filters.ChoiceFilter(
        method="in_status",
        choices=[(status, status) for status in Customer.Status.values],
        label=_("in the last list, missing from it, or removed after two lists without it"),
    )
    last_order_from = IsoDateFilter(
        field_name="last_order_date", lookup_expr="gte", label=_("last order on or after this date")
    )
    last_order_to = IsoDateFilter(
        field_name="last_order_date", lookup_expr="lte", label=_("last order on or before this date")
    )
    changed_since = IsoTimeFilter(
        method="in_changed_since",
        label=_("new, changed, missing, removed or restored since this time"),
    )
    ordering = django_filters.ChoiceFilter(
        method="in_order",
        choices=[(name, name) for name in _ORDERINGS],
        label=_("a leading minus reverses the order"),
    )
    # After the order, which it replaces.
    after = django_filters.CharFilter(
        method="after_id",
        validators=[RegexValidator(rf"^[0-9]{{1,{ERP_ID_MAX_DIGITS}}}\Z", _("Enter the ID of a customer."))],
    )

    class Meta:
        model = Customer
        fields = ()

    def matching(self, customers: QuerySet[Customer], name: str, text: str) -> QuerySet[Customer]:
        return selectors.matching(customers, text)

    def in_status(self, customers: QuerySet[Customer], name: str, status: str) -> QuerySet[Customer]:
        return selectors.in_status(customers, Customer.Status(status))

    def in_changed_since(
        self, customers: QuerySet[Customer], name: str, moment: datetime
    ) -> QuerySet[Customer]:
        return selectors.changed_since(customers, moment)

    @extend_schema_field(
        {
            "type": "string",
            "pattern": f"^[0-9]{{0,{ERP_ID_MAX_DIGITS}}}$",
            "description": "larger IDs than this, in their order: to walk through all customers",
        }
    )
    def after_id(self, customers: QuerySet[Customer], name: str, erp_id: str) -> QuerySet[Customer]:
        return selectors.after_id(customers, erp_id)

    def in_order(self, customers: QuerySet[Customer], name: str, ordering: str) -> QuerySet[Customer]:
        field, descending = _ORDERINGS[ordering]
        return selectors.ordered(customers, field, descending=descending)
