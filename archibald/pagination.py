"""Page-number pagination."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

_MAX_DIGITS = 9


class Pages(PageNumberPagination):
    """``page`` from 1, ``pageSize`` up to 500."""

    page_size = 50
    page_size_query_param = "pageSize"
    max_page_size = 500

    def check(self, request: Request) -> None:
        """Refuse parameters that are no page of any list. Raises: ValidationError."""
        self.get_page_size(request)
        _whole_number(request, "page", 1)

    def get_page_size(self, request: Request) -> int:
        return _whole_number(request, "pageSize", self.page_size, at_most=self.max_page_size)

    def get_page_number(self, request: Request, paginator: Any) -> int:
        number = _whole_number(request, "page", 1)
        if number > paginator.num_pages:
            message = _("There is no page %(number)d. The last page is %(last)d.")
            raise exceptions.NotFound(
                message % {"number": number, "last": paginator.num_pages}, "page_not_found"
            )
        return number

    def get_paginated_response(self, data: Any) -> Response:
        if self.page is None:
            raise AssertionError("paginate_queryset() must be called first")
        paginator = self.page.paginator
        return Response(
            {
                "count": paginator.count,
                "page": self.page.number,
                "pageSize": paginator.per_page,
                "pageCount": paginator.num_pages,
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        number = {"type": "integer", "minimum": 1}
        properties = {
            "count": {"type": "integer", "minimum": 0},
            "page": number,
            "pageSize": number,
            "pageCount": number,
            "results": schema,
        }
        return {"type": "object", "required": [*properties], "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        sizes = {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [
            _parameter("page", "Page number, from 1.", minimum=1, maximum=10**_MAX_DIGITS - 1, default=1),
            _parameter("pageSize", "Results per page.", **sizes),
        ]


def _whole_number(request: Request, name: str, default: int, *, at_most: int | None = None) -> int:
    """Return a query parameter as a number. Raises: ValidationError."""
    text = request.query_params.get(name)
    if text is None:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    number = int(text) if is_number else 0
    if number < 1 or (at_most is not None and number > at_most):
        message = str(_("Enter a whole number, 1 or more."))
        if at_most is not None:
            message = _("Enter a whole number from 1 to %(last)d.") % {"last": at_most}
        raise exceptions.ValidationError({name: [message]})
    return number


def _parameter(name: str, description: str, **limits: int) -> dict[str, Any]:
    schema = {"type": "integer", **limits}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
