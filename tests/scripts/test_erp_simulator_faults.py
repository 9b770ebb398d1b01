"""The switches: names, kinds and counts."""

from __future__ import annotations

from datetime import date

import pytest

from scripts.erp_simulator.faults import ALWAYS, SWITCHES, Faults, UnknownFault, spoken_name
from scripts.erp_simulator.server import ErpSimulator


def test_everything_is_off_by_default() -> None:
    assert Faults().active() == {}


def test_a_counted_fault_occurs_that_many_times() -> None:
    faults = Faults(bad_gateway=2)
    assert [faults.take("bad_gateway") for _ in range(4)] == [True, True, False, False]


def test_a_counted_fault_without_a_number_always_occurs() -> None:
    faults = Faults()
    faults.set_from_text("no-download")
    assert faults.no_download == ALWAYS
    assert all(faults.take("no_download") for _ in range(50))


@pytest.mark.parametrize(
    ("assignment", "attribute", "value"),
    [
        ("login-slower=35", "login_slower", 35.0),
        ("bad-gateway=2", "bad_gateway", 2),
        ("english", "english", True),
        ("english=off", "english", False),
        ("filter-left-on=free", "filter_left_on", "free"),
        ("customers-missing=0.4", "customers_missing", 0.4),
        ("record_broken=50", "record_broken", "50"),
    ],
)
def test_a_switch_is_set_by_its_name_in_words(assignment: str, attribute: str, value: object) -> None:
    faults = Faults()
    faults.set_from_text(assignment)
    assert getattr(faults, attribute) == value


@pytest.mark.parametrize(
    "assignment",
    [
        "no-such-thing",
        "login-slower",
        "login-slower=soon",
        "login-slower=-1",
        "login-slower=inf",
        "login-slower=nan",
        "bad-gateway=x",
        "bad-gateway=-7",
        "english=perhaps",
        "filter-left-on=some",
        "pages-per-group=0",
        "extra-columns=7",
        "toolbar-shift=-1",
    ],
)
def test_an_unknown_switch_or_value_is_an_error(assignment: str) -> None:
    with pytest.raises(UnknownFault):
        Faults().set_from_text(assignment)


def test_a_misspelt_attribute_is_an_error() -> None:
    with pytest.raises(AttributeError):
        Faults().login_slowly = 3


def test_clearing_restores_the_default() -> None:
    faults = Faults(filter_prefix=7, english=True)
    faults.clear("filter-prefix")
    assert faults.active() == {"english": True}
    faults.clear()
    assert faults.active() == {}


def test_a_watcher_is_called_with_each_value() -> None:
    heard: list[float] = []
    faults = Faults()
    faults.watch("connection_refused", heard.append)
    faults.set_from_text("connection-refused=2")
    faults.clear()
    assert heard == [2.0, 0.0]


def test_some_customers_have_negative_sales_while_a_negative_style_is_set() -> None:
    with ErpSimulator(30) as erp:
        before = list(erp.customers)
        erp.faults.negative_style = "brackets"
        assert [each.actual_sales < 0 for each in erp.customers].count(True) == 3
        erp.faults.clear("negative_style")
        assert erp.customers == before


def test_last_orders_can_lie_in_the_future() -> None:
    with ErpSimulator(30, faults=Faults(future_orders=4)) as erp:
        dates = [each.last_order_date for each in erp.customers]
        assert len([day for day in dates if day and day > date.today()]) == 4
        erp.faults.future_orders = 0
        assert not [
            each for each in erp.customers if each.last_order_date and each.last_order_date > date.today()
        ]


def test_every_switch_says_what_it_means() -> None:
    assert [spoken_name(name) for name, switch in SWITCHES.items() if not switch.metadata["means"]] == []
