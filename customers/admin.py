"""Customers for the staff to see: found by name, read only, with the history of their changes.

The ERP is the master: nothing here can be added, changed or deleted.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers import selectors
from customers.models import Customer, CustomerChange


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy alone
    """An admin in which whoever may see a row may do nothing else with it."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class StatusFilter(admin.SimpleListFilter):
    """Whether the last lists showed the customer."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (selectors.Status.ACTIVE.value, _("in the last list")),
            (selectors.Status.MISSING.value, _("missing once")),
            (selectors.Status.REMOVED.value, _("removed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        for status in selectors.Status:
            if status.value == self.value():
                return selectors.in_status(queryset, status)
        return queryset


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("name", "erp_id", "city", "phone", "vat_number", "type", "last_order_date")
    list_filter = (StatusFilter, "type", ("last_order_date", admin.EmptyFieldListFilter), "changed_at")
    search_fields = ("name", "vat_number", "city", "phone", "mobile", "=erp_id")
    ordering = ("name", "erp_id")
    readonly_fields = ("history",)
    fieldsets = (
        (None, {"fields": ("erp_id", "name", "type", "description", "attention_to")}),
        (_("Address"), {"fields": ("street", "postal_code", "city", "delivery_terms")}),
        (_("Contact"), {"fields": ("phone", "mobile", "pec", "url")}),
        (_("Tax"), {"fields": ("vat_number", "fiscal_code", "sdi")}),
        (
            _("Orders and sales"),
            {
                "fields": (
                    "last_order_date",
                    ("actual_order_count", "actual_sales"),
                    ("previous_order_count_1", "previous_sales_1"),
                    ("previous_order_count_2", "previous_sales_2"),
                )
            },
        ),
        (
            _("Accounts"),
            {"fields": ("customer_profile", "external_account_number", "our_account_number", "extra")},
        ),
        (
            _("Our copy"),
            {"fields": ("first_seen_at", "changed_at", "missing_since", "removed_at", "history")},
        ),
    )

    @admin.display(description=_("history"))
    def history(self, customer: Customer) -> SafeString | str:
        """Return every change field by field, newest first, with the run that brought it."""
        lines = [line for change in selectors.changes_of(customer.erp_id) for line in _lines(change)]
        return format_html_join("", "<div>{} · {} {} · {}</div>", lines) or gettext("no change yet")


def _lines(change: CustomerChange) -> list[tuple[str, str, int, str]]:
    day = f"{change.changed_at:%Y-%m-%d %H:%M}"
    if not change.fields:
        return [(day, gettext("run"), change.run_id, change.get_kind_display())]
    return [
        (day, gettext("run"), change.run_id, f"{field}: {values['old'] or '–'} → {values['new'] or '–'}")
        for field, values in change.fields.items()
    ]
