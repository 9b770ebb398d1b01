"""The admin of the customers: search, filters, history and export.

It is read-only, since the ERP is the source of all data.
"""

from __future__ import annotations

from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import selectors
from customers.actions import record_export
from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import ChangedFilter, CityFilter, LastOrderFilter, StatusFilter
from customers.erp_list.columns import CAPTIONS
from customers.erp_list.records import OPTIONAL_FIELD_NAMES, is_empty
from customers.labels import changed_fields, status_text
from customers.models import Customer, CustomerChange
from customers.permissions import SEE_CHANGES

# The page shows this many changes and the number of all.
_SHOWN_CHANGES = 100


class CustomerForm(forms.ModelForm):  # type: ignore[type-arg]
    """Show the ERP's caption as each field's help text."""

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
    # Without search fields Django shows no search box; get_search_results does the search.
    search_fields = ("name", "vat_number", "city", "phone", "mobile", "=erp_id")
    search_help_text = gettext_lazy("Search by name, VAT number, city, phone or ID. All words must match.")
    ordering = ("name", "erp_id")
    readonly_fields = (
        "erp_record",
        "status",
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
            {"fields": ("name", "erp_id", "status", "type", "description", "attention_to", "erp_record")},
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
        """Download the filtered and sorted list as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        # Imported late: the spreadsheet library takes 0.1 s to load, and every process loads the admin.
        from customers import export  # noqa: PLC0415

        if extension not in export.FORMATS:
            raise Http404
        shown = self._list(request)
        if shown is None:
            return HttpResponseRedirect(reverse("admin:customers_customer_changelist"))
        customers = shown.get_queryset(request)
        content, media_type = export.file_of(customers, extension)
        if request.method == "HEAD":
            # It gives no data away, so that nothing is recorded; not every server would drop a body.
            content = b""
        else:
            filters, is_searched = _used_filters(shown), bool(shown.query.strip())
            record_export(request, extension, customers.count(), filters=filters, searched=is_searched)
        name = f"{_('customers')}-{timezone.localdate():%Y-%m-%d}.{extension}"
        return HttpResponse(
            content,
            content_type=media_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _list(self, request: HttpRequest) -> ChangeList | None:
        """Return the filtered and sorted list; None if its filters or search are refused."""
        try:
            shown = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return None
        # A refused search leaves an empty one, which would find all customers.
        is_refused = shown.query != request.GET.get(SEARCH_VAR, "")
        return None if is_refused else shown

    # --- one customer ----------------------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        customer = self.get_object(request, object_id)
        may_see_changes = request.user.has_perms(SEE_CHANGES)
        shown = _history(customer) if customer is not None and may_see_changes else {}
        shown |= {"subtitle": None, "title": customer.name if customer else ""}
        shown["may_see_changes"] = may_see_changes
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the optional fields only if one of them is filled."""
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
    def status(self, customer: Customer) -> str:
        return status_text(customer.status)

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
        """Return a link for a web address, and plain text for anything else."""
        if urlsplit(customer.url).scheme not in {"http", "https"}:
            return customer.url or "–"
        return format_html('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>', customer.url)

    @admin.display(description=gettext_lazy("unknown columns"))
    def extra_cells(self, customer: Customer) -> SafeString | str:
        cells = sorted(customer.extra.items())
        return format_html_join("", "<div>{}: {}</div>", cells) or "–"


def _used_filters(shown: ChangeList) -> dict[str, Any]:
    """Return names and values of the list's own filters; other parameters could be a person's data."""
    used = (each.used_parameters.items() for each in shown.filter_specs)
    return {name: _filter_text(value) for name, value in chain.from_iterable(used) if value}


def _filter_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _link(scheme: str, text: str) -> SafeString | str:
    plain = text.replace(" ", "")
    return format_html('<a href="{}:{}">{}</a>', scheme, plain, text) if plain else "–"


def _history(customer: Customer) -> dict[str, Any]:
    """Return the newest changes of a customer and the number of all."""
    changes = selectors.changes_of(customer.erp_id)
    return {
        "history": [_change_row(change) for change in changes[:_SHOWN_CHANGES]],
        "history_count": changes.count(),
    }


def _change_row(change: CustomerChange) -> dict[str, Any]:
    return {
        "changed_at": change.changed_at,
        "run_id": change.run_id,
        "kind": change.get_kind_display(),
        "fields": changed_fields(change.kind, change.fields),
    }
