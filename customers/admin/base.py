"""What the admins of all apps share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList, ChangeListSearchForm
from django.contrib.auth import get_permission_codename
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.erp_list.records import TEXT_MAX_CHARS
from customers.selectors import check_search

# What filters ask for. Other lookups can be slow: a regular expression keeps the database busy for hours.
_LOOKUPS = ("", "__exact", "__in", "__isnull")
# Each value of a filter adds a comparison to the query; SQLite refuses a query with a thousand.
_MAX_FILTER_VALUES = 100


class SinceFilter(admin.SimpleListFilter):
    """Filter by whether a ``field`` with a time lies in the last days."""

    field: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("1", _("in the last 24 hours")),
            ("7", _("in the last 7 days")),
            ("30", _("in the last 30 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = self.value()
        if days not in {"1", "7", "30"}:
            return queryset
        return self.since(queryset, timezone.now() - timedelta(days=int(days or 0)))

    def since(self, queryset: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field}__gte": moment})


class SearchForm(ChangeListSearchForm):
    """The list's search, with a limit; the page shows why a search is refused."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields[SEARCH_VAR] = forms.CharField(
            required=False, strip=False, max_length=TEXT_MAX_CHARS, validators=[check_search]
        )


class BoundedList(ChangeList):
    """Refuse what the page's own links and search never ask for: see `BoundedListAdmin`."""

    search_form_class = SearchForm

    def get_filters(self, request: HttpRequest) -> Any:
        if sum(map(len, self.filter_params.values())) > _MAX_FILTER_VALUES:
            raise DisallowedModelAdminLookup("too many filter values")
        # Before Django does, whose message has the parameter's name as it was typed, and gets into the log.
        allowed = self.model_admin.lookup_allowed
        asked = self.get_filters_params().items()
        if not all(allowed(name, value, request) for name, values in asked for value in values):
            raise DisallowedModelAdminLookup("a filter that the page does not have")
        return super().get_filters(request)


class BoundedListAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy alone
    """An admin whose list takes from an address only what its own filters and its search offer.

    Django's takes every lookup on the model's fields, and a search of any length.
    """

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return BoundedList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # PostgreSQL can't compare with a text that has a null character.
        return lookup in self._declared_lookups(request) and "\0" not in value

    def _declared_lookups(self, request: HttpRequest) -> set[str]:
        """Return the parameters of the list's filters."""
        declared: set[str] = set()
        for each in self.get_list_filter(request):
            if isinstance(each, type) and issubclass(each, admin.SimpleListFilter):
                declared.add(str(each.parameter_name))
            else:
                path = str(each[0] if isinstance(each, list | tuple) else each)
                declared |= {name + lookup for name in self._names(path) for lookup in _LOOKUPS}
        return declared

    def _names(self, path: str) -> tuple[str, ...]:
        """Return the names by which a filter of a field asks; a relation is also filtered by its key."""
        key = getattr(get_fields_from_path(self.model, path)[-1], "target_field", None)
        return (path,) if key is None else (path, f"{path}__{key.name}")


class ReadOnlyAdmin(BoundedListAdmin):
    """An admin that can show rows but not add, change or delete them."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Require the permission to view, as REST does; Django's admin also takes the one to change."""
        codename = get_permission_codename("view", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
