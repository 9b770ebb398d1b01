"""REST views of the customers, read-only."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from customers import selectors
from customers.api.filters import CustomerFilters
from customers.api.serializers import (
    CustomerChangeSerializer,
    CustomerSerializer,
    FeedQuerySerializer,
    FeedSerializer,
)
from customers.models import Customer, CustomerChange
from customers.permissions import SEE_CHANGES, SEE_CUSTOMERS

_FORBIDDEN = {status.HTTP_403_FORBIDDEN: OpenApiResponse(description="no permission")}


class UnknownCursor(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "unknown_cursor"
    default_detail = _(
        "The feed has not come to this cursor, perhaps because a backup was restored. Read it from the"
        " beginning, without `after`, into an empty copy."
    )


@extend_schema_view(get=extend_schema(operation_id="listCustomers", summary="Find customers"))
class CustomerListView(ListAPIView[Customer]):
    """All customers, including removed ones, sorted by name by default."""

    read_permissions = (SEE_CUSTOMERS,)
    queryset = selectors.ordered(Customer.objects.all(), "name")
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilters


@extend_schema_view(get=extend_schema(operation_id="getCustomer", summary="Show one customer"))
class CustomerView(RetrieveAPIView[Customer]):
    read_permissions = (SEE_CUSTOMERS,)
    queryset = Customer.objects.all()
    serializer_class = CustomerSerializer
    lookup_field = "erp_id"


@extend_schema_view(
    get=extend_schema(
        operation_id="listCustomerChanges", summary="Show what changed in a customer, newest first"
    )
)
class CustomerChangeListView(ListAPIView[CustomerChange]):
    """One change per list that changed the customer; ``runId`` is the sync that applied it."""

    read_permissions = SEE_CHANGES
    queryset = CustomerChange.objects.none()
    serializer_class = CustomerChangeSerializer

    def get_queryset(self) -> QuerySet[CustomerChange]:
        customer = get_object_or_404(Customer, erp_id=self.kwargs["erp_id"])
        return selectors.changes_of(customer.erp_id)


class ChangeFeedView(APIView):
    read_permissions = SEE_CHANGES

    @extend_schema(
        operation_id="followChanges",
        summary="Follow the changes of all customers",
        parameters=[FeedQuerySerializer],
        responses={status.HTTP_200_OK: FeedSerializer, **_FORBIDDEN},
    )
    def get(self, request: Request) -> Response:
        """Every change of every customer once, in the order in which it was committed, from the beginning.

        Ask for `next` again later for what has changed since. 400 `unknown_cursor` for a cursor from a
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
