"""REST views of the customers, read-only."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView, RetrieveAPIView

from customers import selectors
from customers.api.filters import CustomerFilters
from customers.api.serializers import CustomerChangeSerializer, CustomerSerializer
from customers.models import Customer, CustomerChange
from customers.permissions import SEE_CHANGES, SEE_CUSTOMERS


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
