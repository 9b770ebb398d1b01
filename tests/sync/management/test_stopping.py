"""A command that a signal asks to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from sync.management.stopping import stop_on_signals


@pytest.fixture
def as_with_nohup() -> Iterator[None]:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_to_stop_and_its_handler_is_put_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals() as stop:
        assert not stop()
        signal.raise_signal(number)
        assert stop()
    assert signal.getsignal(number) == before


@pytest.fixture
def sigint_restored() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("sigint_restored")
def test_after_ctrl_c_further_ones_change_nothing() -> None:
    with stop_on_signals() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        assert stop()
    signal.raise_signal(signal.SIGINT)


def test_without_a_signal_ctrl_c_interrupts_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_signals():
        pass
    assert signal.getsignal(signal.SIGINT) == before


def test_the_news_of_a_closed_terminal_may_come_twice() -> None:
    with stop_on_signals() as stop:
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGHUP)
        assert stop()


@pytest.mark.usefixtures("as_with_nohup")
def test_with_nohup_a_closed_terminal_does_not() -> None:
    with stop_on_signals() as stop:
        signal.raise_signal(signal.SIGHUP)
        assert not stop()
        signal.raise_signal(signal.SIGTERM)
        assert stop()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
