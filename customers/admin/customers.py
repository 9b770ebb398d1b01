"""Customers for the staff to see: found by name, read only, with the history of their changes.

The ERP is the master: nothing here can be added, changed or deleted.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import selectors
from customers.erp_list.columns import CAPTIONS
from customers.erp_list.records import OPTIONAL_FIELD_NAMES, is_empty
from customers.models import Customer, CustomerChange

logger = logging.getLogger(__name__)

# Of a long history the newest; the rest is told by its number.
_SHOWN_CHANGES = 100
_CITIES = 30
_EXTRA_PREFIX = "extra."
_NEVER = "never"


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

    title = gettext_lazy("status")
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


class LastOrderFilter(admin.SimpleListFilter):
    """How long ago the last order was."""

    title = gettext_lazy("last order")
    parameter_name = "last_order"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("30", _("in the last 30 days")),
            ("90", _("in the last 3 months")),
            ("365", _("in the last 12 months")),
            ("older", _("longer ago")),
            (_NEVER, _("never")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        today, wanted = timezone.localdate(), self.value()
        if wanted in {"30", "90", "365"}:
            return selectors.ordered_within(queryset, today - timedelta(days=int(wanted or 0)), None)
        if wanted == "older":
            return selectors.ordered_within(queryset, None, today - timedelta(days=366))
        return queryset.filter(last_order_date=None) if wanted == _NEVER else queryset


class ChangedFilter(admin.SimpleListFilter):
    """Whether a list changed anything in the customer lately."""

    title = gettext_lazy("changed")
    parameter_name = "changed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("1", _("in the last 24 hours")),
            ("7", _("in the last 7 days")),
            ("30", _("in the last 30 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        if self.value() not in {"1", "7", "30"}:
            return queryset
        return selectors.changed_since(queryset, timezone.now() - timedelta(days=int(self.value() or 0)))


class CityFilter(admin.SimpleListFilter):
    """The cities with most customers: all of them would be a list too long to read. Search finds the rest."""

    title = gettext_lazy("city")
    parameter_name = "city"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(city, f"{city} ({count})") for city, count in selectors.frequent_cities(_CITIES)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        return queryset.filter(city=self.value()) if self.value() else queryset


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]
    """Gives each field the ERP's own caption as its help."""

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()
        help_texts = {field: f"ERP: {caption}" for field, caption in CAPTIONS.items()} | {
            f"{field}_link": f"ERP: {caption}" for field, caption in CAPTIONS.items()
        }


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    form = CustomerForm
    list_display = ("name", "erp_id", "city", "phone", "vat_number", "type", "last_order_date")
    list_filter = (StatusFilter, ChangedFilter, LastOrderFilter, "type", CityFilter)
    # What the box says it searches; how is for `selectors.matching`.
    search_fields = ("name", "vat_number", "city", "phone", "mobile", "=erp_id")
    search_help_text = gettext_lazy("Name, VAT number, city, phone or ID; several words narrow it down.")
    ordering = ("name", "erp_id")
    readonly_fields = (
        "erp_record",
        "standing",
        "phone_link",
        "mobile_link",
        "pec_link",
        "url_link",
        "extra_cells",
    )
    change_list_template = "customers/admin/list.html"
    change_form_template = "customers/admin/customer.html"
    fieldsets = (
        (
            None,
            {"fields": ("name", "erp_id", "standing", "type", "description", "attention_to", "erp_record")},
        ),
        (gettext_lazy("Address"), {"fields": ("street", "postal_code", "city", "delivery_terms")}),
        (gettext_lazy("Contact"), {"fields": ("phone_link", "mobile_link", "pec_link", "url_link")}),
        (gettext_lazy("Tax"), {"fields": ("vat_number", "fiscal_code", "sdi")}),
        (
            gettext_lazy("Orders and sales"),
            {
                "fields": (
                    "last_order_date",
                    "actual_order_count",
                    "actual_sales",
                    "previous_order_count_1",
                    "previous_sales_1",
                    "previous_order_count_2",
                    "previous_sales_2",
                )
            },
        ),
        (
            gettext_lazy("Accounts"),
            {"fields": ("customer_profile", "external_account_number", "our_account_number", "extra_cells")},
        ),
        (gettext_lazy("Our copy"), {"fields": ("first_seen_at", "changed_at")}),
    )

    class Media:
        css = {"all": ("customers/customers.css",)}

    # --- the list --------------------------------------------------------------------------------------

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        return selectors.matching(queryset, search_term) | queryset.filter(erp_id=search_term.strip()), False

    def get_urls(self) -> list[URLPattern]:
        exported = self.admin_site.admin_view(self.export_file)
        own = path("export/<slug:extension>/", exported, name="customers_customer_export")
        return [own, *super().get_urls()]

    def export_file(self, request: HttpRequest, extension: str) -> HttpResponse:
        """Send the list as it is filtered and sorted, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        # Every process loads the admin, and a spreadsheet's library would cost each sync a tenth of a second.
        from customers import export  # noqa: PLC0415

        if extension not in export.FORMATS:
            raise Http404
        try:
            customers = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:customers_customer_changelist"))
        content, media_type = export.file_of(customers, extension)
        logger.info("%s exported customers as %s", request.user.get_username(), extension)
        name = f"{_('customers')}-{timezone.localdate():%Y-%m-%d}.{extension}"
        return HttpResponse(
            content,
            content_type=media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "private, no-store",
            },
        )

    # --- one customer ----------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        customer = self.get_object(request, object_id)
        shown = {} if customer is None else _history(customer)
        shown |= {"subtitle": None, "title": customer.name if customer else ""}
        shown["may_see_runs"] = request.user.has_perm("sync.view_syncrun")
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the group of the optional fields only where one of them is filled."""
        shown = list(super().get_fieldsets(request, obj))
        filled = obj is not None and any(not is_empty(getattr(obj, name)) for name in OPTIONAL_FIELD_NAMES)
        if filled:
            shown.insert(-1, (gettext_lazy("Exclusive agreement"), {"fields": OPTIONAL_FIELD_NAMES}))
        return shown

    @admin.display(description=gettext_lazy("in the ERP"))
    def erp_record(self, customer: Customer) -> SafeString:
        address = f"{settings.ARCHIBALD_URL.rstrip('/')}/CUSTTABLE_DetailView/{customer.erp_id}/?mode=View"
        return format_html(
            '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', address, _("Open the record")
        )

    @admin.display(description=gettext_lazy("status"))
    def standing(self, customer: Customer) -> str:
        if customer.removed_at is not None:
            return _("removed: the last lists did not have it")
        if customer.missing_since is not None:
            return _("missing once: the last list did not have it")
        return _("in the last list")

    @admin.display(description=gettext_lazy("phone"))
    def phone_link(self, customer: Customer) -> SafeString | str:
        return _link("tel", customer.phone)

    @admin.display(description=gettext_lazy("mobile phone"))
    def mobile_link(self, customer: Customer) -> SafeString | str:
        return _link("tel", customer.mobile)

    @admin.display(description=gettext_lazy("certified e-mail (PEC)"))
    def pec_link(self, customer: Customer) -> SafeString | str:
        return _link("mailto", customer.pec)

    @admin.display(description=gettext_lazy("web address"))
    def url_link(self, customer: Customer) -> SafeString | str:
        """Return a link for what is an address of the web, and plain text for anything else."""
        if urlsplit(customer.url).scheme not in {"http", "https"}:
            return customer.url or "–"
        return format_html('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>', customer.url)

    @admin.display(description=gettext_lazy("unknown columns"))
    def extra_cells(self, customer: Customer) -> SafeString | str:
        cells = sorted(customer.extra.items())
        return format_html_join("", "<div>{}: {}</div>", cells) or "–"


def _link(scheme: str, text: str) -> SafeString | str:
    plain = text.replace(" ", "")
    return format_html('<a href="{}:{}">{}</a>', scheme, plain, text) if plain else "–"


def _history(customer: Customer) -> dict[str, Any]:
    """Return what changed in a customer, newest first, for the page's table."""
    changes = selectors.changes_of(customer.erp_id)
    return {
        "history": [_told(change) for change in changes[:_SHOWN_CHANGES]],
        "history_count": changes.count(),
    }


def _told(change: CustomerChange) -> dict[str, Any]:
    return {
        "changed_at": change.changed_at,
        "run_id": change.run_id,
        "kind": change.get_kind_display(),
        "fields": [(field_name(name), each["old"], each["new"]) for name, each in change.fields.items()],
    }


def field_name(name: str) -> str:
    """Say a field's name as staff know it; an extra column by its caption."""
    if name.startswith(_EXTRA_PREFIX):
        return name.removeprefix(_EXTRA_PREFIX)
    try:
        field = Customer._meta.get_field(name)
    except FieldDoesNotExist:
        # Changes are kept for ever; a later release may have renamed or dropped the field.
        return name
    return str(getattr(field, "verbose_name", name))
