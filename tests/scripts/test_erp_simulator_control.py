"""The control API over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from scripts.erp_simulator.server import ErpSimulator
from tests.scripts.erp_visitor import LIST, Visitor, control


@pytest.fixture
def erp() -> Iterator[ErpSimulator]:
    with ErpSimulator(10, control_port=0) as simulator:
        yield simulator


def test_a_fault_is_set_listed_and_cleared(erp: ErpSimulator) -> None:
    assert control(erp, "PUT", "faults/bad-gateway", b"2") == (200, {"active": {"bad-gateway": 2}})
    assert erp.faults.bad_gateway == 2
    assert control(erp, "GET", "faults")[1]["active"] == {"bad-gateway": 2}
    assert control(erp, "DELETE", "faults/bad-gateway")[1]["active"] == {}


def test_all_faults_are_cleared_at_once(erp: ErpSimulator) -> None:
    erp.faults.english, erp.faults.no_rows = True, True
    assert control(erp, "DELETE", "faults") == (200, {"active": {}})
    assert erp.faults.active() == {}


def test_an_unknown_fault_is_a_bad_request(erp: ErpSimulator) -> None:
    status, answer = control(erp, "PUT", "faults/nothing")
    assert (status, answer) == (400, {"error": "no such fault: nothing"})


def test_an_unknown_call_is_not_found(erp: ErpSimulator) -> None:
    assert control(erp, "GET", "weather")[0] == 404


def test_customers_are_added_changed_and_removed(erp: ErpSimulator) -> None:
    _, added = control(erp, "POST", "customers/add", b'{"count": 2, "seed": 5}')
    _, changed = control(erp, "POST", "customers/change", b'{"count": 3}')
    _, removed = control(erp, "POST", "customers/remove", b'{"count": 4}')
    assert len(added["added"]) == 2
    assert {each["erp_id"] for each in changed["changed"]} <= {
        *(each.erp_id for each in erp.customers),
        *removed["removed"],
    }
    assert len(removed["removed"]) == 4
    assert control(erp, "GET", "customers") == (200, {"customers": 8})


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("city", "Montefinto", "Montefinto"),
        ("actual_sales", "1234.50", "1234.50"),
        ("actual_order_count", "7", "7"),
        ("last_order_date", "2026-01-31", "2026-01-31"),
        ("last_order_date", "", "None"),
    ],
)
def test_one_field_of_one_customer_is_set(erp: ErpSimulator, field: str, text: str, value: str) -> None:
    erp_id = erp.customers[4].erp_id
    status, _ = control(erp, "PATCH", f"customers/{erp_id}", json.dumps({field: text}).encode())
    assert status == 200
    assert str(getattr(erp.customers[4], field)) == value


@pytest.mark.parametrize(
    "values", [{"shoe_size": "44"}, {"erp_id": "1"}, {"actual_sales": "much"}, {"last_order_date": "soon"}]
)
def test_a_field_or_value_that_does_not_exist_is_refused(erp: ErpSimulator, values: dict[str, str]) -> None:
    before = list(erp.customers)
    status, _ = control(erp, "PATCH", f"customers/{before[0].erp_id}", json.dumps(values).encode())
    assert status == 404
    assert erp.customers == before


def test_one_customer_is_removed(erp: ErpSimulator) -> None:
    erp_id = erp.customers[0].erp_id
    assert control(erp, "DELETE", f"customers/{erp_id}") == (200, {"customers": 9})
    assert control(erp, "DELETE", f"customers/{erp_id}")[0] == 404


def test_a_body_that_is_not_json_is_a_bad_request(erp: ErpSimulator) -> None:
    assert control(erp, "POST", "customers/add", b"two")[0] == 400
    assert control(erp, "POST", "customers/add", b'{"count": "two"}')[0] == 400


def test_sessions_are_expired(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    assert control(erp, "POST", "expire-sessions") == (200, {"expired": 1})
    assert "Login.aspx" in visitor.get(LIST).location


def test_the_counters_include_a_log_without_queries(erp: ErpSimulator) -> None:
    Visitor(erp).open_list()
    _, counters = control(erp, "GET", "counters")
    assert (counters["logins"], counters["list_views"], counters["exports"]) == (1, 1, 0)
    assert {"method": "POST", "path": "/Archibald/Login.aspx", "status": 200, "action": "login"} in counters[
        "log"
    ]
    assert "ReturnUrl" not in json.dumps(counters)
    assert control(erp, "DELETE", "counters")[1]["requests"] == 0


def test_a_posted_file_becomes_the_export(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.open_list()
    assert control(erp, "POST", "pdf", b"%PDF-given") == (200, {"bytes": 10})
    assert visitor.export().body == b"%PDF-given"
    control(erp, "DELETE", "pdf")
    assert visitor.export().body.startswith(b"%PDF-1.4")


def test_a_reset_restores_the_initial_state(erp: ErpSimulator) -> None:
    first = list(erp.customers)
    visitor = Visitor(erp)
    visitor.open_list()
    visitor.choose_filter("Free_Customers")
    control(erp, "POST", "customers/remove", b'{"count": 5}')
    control(erp, "PUT", "faults/english")
    assert control(erp, "POST", "reset") == (200, {"reset": True})
    assert erp.customers == first
    assert erp.faults.active() == {}
    assert erp.counters.logins == 0
    assert 'value="Tutti i clienti"' in Visitor(erp).open_list()


def test_control_stays_reachable_while_the_erp_refuses_connections(erp: ErpSimulator) -> None:
    control(erp, "PUT", "faults/connection-refused", b"60")
    with pytest.raises(ConnectionRefusedError):
        Visitor(erp).get(LIST)
    control(erp, "DELETE", "faults/connection-refused")
    assert Visitor(erp).get(LIST).status == 302
