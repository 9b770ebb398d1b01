"""REST views of the customers, read-only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from customers import selectors
from customers.actions import record_export
from customers.api.base import camel_case
from customers.api.conditional import CONDITION_ANSWERS, IF_NONE_MATCH, ConditionalView
from customers.api.filters import CustomerFilters
from customers.api.serializers import (
    CustomerChangeSerializer,
    CustomerSerializer,
    ExportQuerySerializer,
    FeedQuerySerializer,
    FeedSerializer,
)
from customers.models import Customer, CustomerChange
from customers.permissions import SEE_CHANGES, SEE_CUSTOMERS

# Those whose values are no person's data.
_RECORDED_FILTERS = ("type", "city", "status", "lastOrderFrom", "lastOrderTo", "changedSince")


class UnknownCursor(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "unknown_cursor"
    default_detail = _(
        "The feed has not come to this cursor, perhaps because a backup was restored. Read it from the"
        " beginning, without `after`, into an empty copy."
    )


def _conditional(operation_id: str, summary: str, response: Any) -> Any:
    """Describe a call that answers conditional requests."""
    responses = {status.HTTP_200_OK: response, **CONDITION_ANSWERS}
    described = extend_schema(
        operation_id=operation_id, summary=summary, parameters=[IF_NONE_MATCH], responses=responses
    )
    return extend_schema_view(get=described)


@_conditional("listCustomers", "Find customers", CustomerSerializer(many=True))
class CustomerListView(ListModelMixin, ConditionalView):
    """All customers, including removed ones, sorted by name by default.

    Pages by number skip and repeat customers when a sync lands in between. To get all of them, use `after`.
    """

    read_permissions = (SEE_CUSTOMERS,)
    queryset = selectors.ordered(Customer.objects.all(), "name")
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilters

    def respond(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request)


@_conditional("getCustomer", "Show one customer", CustomerSerializer)
class CustomerView(RetrieveModelMixin, ConditionalView):
    read_permissions = (SEE_CUSTOMERS,)
    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer
    lookup_field = "erp_id"
    pagination_class = None

    def position(self) -> int | None:
        return selectors.last_position(self.kwargs["erp_id"])

    def respond(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.retrieve(request)


@_conditional(
    "listCustomerChanges",
    "Show what changed in a customer, newest first",
    CustomerChangeSerializer(many=True),
)
class CustomerChangeListView(ListModelMixin, ConditionalView):
    """One change per list that changed the customer; ``runId`` is the sync that applied it."""

    read_permissions = SEE_CHANGES
    queryset = CustomerChange.objects.none()
    serializer_class = CustomerChangeSerializer

    def position(self) -> int | None:
        return selectors.last_position(self.kwargs["erp_id"])

    def respond(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[CustomerChange]:
        customer = get_object_or_404(Customer, erp_id=self.kwargs["erp_id"])
        return selectors.changes_of(customer.erp_id)


class CsvRenderer(BaseRenderer):
    """Accept requests for CSV; the view answers by itself."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return data


@extend_schema_view(
    get=extend_schema(
        operation_id="exportCustomers",
        summary="Download customers as CSV",
        parameters=[ExportQuerySerializer, IF_NONE_MATCH],
        responses={
            (status.HTTP_200_OK, "text/csv"): OpenApiTypes.STR,
            **CONDITION_ANSWERS,
        },
        filters=True,
    )
)
class CustomerExportView(ConditionalView):
    """All customers that the filters find, as they are at one moment: one line each, with the JSON's keys."""

    read_permissions = (SEE_CUSTOMERS,)
    renderer_classes = (CsvRenderer, JSONRenderer)
    queryset = CustomerListView.queryset
    filterset_class = CustomerFilters
    pagination_class = None

    def check(self, request: Request) -> None:
        ExportQuerySerializer(data=request.query_params.dict()).is_valid(raise_exception=True)
        super().check(request)

    def respond(self, request: Request, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        # Imported late: the spreadsheet library takes 0.1 s to load.
        from customers import export  # noqa: PLC0415

        name = f"customers-{timezone.localdate():%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        media_type = "text/csv; charset=utf-8"
        if request.method == "HEAD":
            # It gives no data away, so that nothing is recorded; not every server would drop a body.
            return StreamingHttpResponse((), content_type=media_type, headers=headers)
        customers, asked = self.filter_queryset(self.get_queryset()), request.query_params
        filters = {name: asked[name] for name in _RECORDED_FILTERS if asked.get(name)}
        searched = bool(asked.get("search", "").strip())
        record_export(request, "csv", customers.count(), filters=filters, searched=searched)
        lines = export.csv_lines(customers, camel_case)
        return StreamingHttpResponse(lines, content_type=media_type, headers=headers)


class ChangeFeedView(APIView):
    read_permissions = SEE_CHANGES

    @extend_schema(
        operation_id="followChanges",
        summary="Follow the changes of all customers",
        parameters=[FeedQuerySerializer],
        responses={
            status.HTTP_200_OK: FeedSerializer,
            status.HTTP_409_CONFLICT: OpenApiResponse(description="the feed has not come to this cursor"),
        },
    )
    def get(self, request: Request) -> Response:
        """Every change of every customer once, in the order in which it was committed, from the beginning.

        Ask for `next` again later for what has changed since. 409 `unknown_cursor` for a cursor from a
        database that is not this one any more.
        """
        # A dictionary, since an empty parameter of a query would be taken for none.
        asked = FeedQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        try:
            page = selectors.feed_page(asked.validated_data["after"], asked.validated_data["page_size"])
        except ValueError as ahead:
            raise UnknownCursor from ahead
        answer = {
            "results": page.entries,
            "next": replace_query_param(request.build_absolute_uri(), "after", page.next),
            "has_more": page.has_more,
        }
        return Response(FeedSerializer(answer).data)
