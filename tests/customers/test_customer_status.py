"""The status of a customer: in the model, in queries and in words."""

import pytest

from customers import selectors
from customers.erp_list.delta import compute_delta
from customers.labels import status_text
from customers.models import Customer
from customers.services import apply_delta, load_stored
from tests.customers.customer_lists import NOW, numbered

pytestmark = pytest.mark.django_db


def sync_three_lists() -> None:
    """Leave customer 1 active, customer 2 missing once and customer 3 removed."""
    for run_id, count in enumerate((3, 2, 1), start=1):
        apply_delta(compute_delta(load_stored(), numbered(count)), run_id=run_id, now=NOW)


def test_a_customer_is_missing_after_one_list_without_it_and_removed_after_two() -> None:
    sync_three_lists()
    statuses = [customer.status.value for customer in Customer.objects.order_by("erp_id")]
    assert statuses == ["active", "missing", "removed"]


@pytest.mark.parametrize("status", list(Customer.Status))
def test_a_query_finds_the_customers_that_have_the_status(status: Customer.Status) -> None:
    sync_three_lists()
    assert [customer.status for customer in selectors.in_status(Customer.objects.all(), status)] == [status]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Customer.Status.ACTIVE, "in the last list"),
        (Customer.Status.MISSING, "missing once: not in the last list"),
        (Customer.Status.REMOVED, "removed: not in two lists in a row"),
    ],
)
def test_a_status_is_shown_with_its_reason(status: Customer.Status, text: str) -> None:
    assert status_text(status) == text
