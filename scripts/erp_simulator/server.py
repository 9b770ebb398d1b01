"""The simulated ERP as one object: start it, inspect it, set faults, stop it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scripts.erp_simulator import world
from scripts.erp_simulator.application import Application
from scripts.erp_simulator.book import CustomerBook
from scripts.erp_simulator.control import Control
from scripts.erp_simulator.counters import Counters
from scripts.erp_simulator.export import Export
from scripts.erp_simulator.faults import Faults, spoken_name
from scripts.erp_simulator.listener import Listener
from scripts.erp_simulator.sessions import SESSION_IDLE_S, Sessions
from scripts.erp_simulator.world import SimCustomer

DEFAULT_USERNAME = "agente"
DEFAULT_PASSWORD = "segreta"


class ErpSimulator:
    """A local ERP that listens from its creation, or from ``with``, until ``stop``.

    ``customers`` is a list of customers, or how many to invent; ``port`` 0 takes a free one;
    ``control_port`` None serves no control API. ``faults`` and ``counters`` are live.
    """

    def __init__(
        self,
        customers: Sequence[SimCustomer] | int = 30,
        *,
        username: str = DEFAULT_USERNAME,
        password: str = DEFAULT_PASSWORD,
        host: str = "127.0.0.1",
        port: int = 0,
        control_port: int | None = None,
        https: bool = False,
        seed: int = 1,
        faults: Faults | None = None,
        session_idle_s: float = SESSION_IDLE_S,
    ) -> None:
        if isinstance(customers, int):
            customers = world.generate(customers, seed=seed)
        self.username = username
        self.faults = faults or Faults()
        self.counters = Counters()
        self.sessions = Sessions(idle_s=session_idle_s)
        self.book = CustomerBook(customers, self.faults)
        self.export = Export(self.faults)
        self._scheme = "https" if https else "http"
        respond = self._application(username, password).respond
        self._listener = Listener(host, port, respond, tls=_tls_context(https))
        self._listen_again: threading.Timer | None = None
        self._watch_faults()
        self._control = self._control_listener(host, control_port)

    def _application(self, username: str, password: str) -> Application:
        return Application(
            username=username,
            password=password,
            faults=self.faults,
            counters=self.counters,
            sessions=self.sessions,
            book=self.book,
            export=self.export,
        )

    def _watch_faults(self) -> None:
        """Watch the switches that change more than the next response; apply those already set."""
        watchers: dict[str, Callable[[Any], None]] = {
            "connection_refused": self._refuse_connections,
            "connections_time_out": self._let_connections_time_out,
            "negative_style": lambda style: self.book.owe(style != "minus"),
            "future_orders": self.book.order_in_future,
        }
        active = self.faults.active()
        for name, watcher in watchers.items():
            self.faults.watch(name, watcher)
            if spoken_name(name) in active:
                watcher(getattr(self.faults, name))

    def _control_listener(self, host: str, port: int | None) -> Listener | None:
        if port is None:
            return None
        try:
            return Listener(host, port, Control(self).respond, iis=False)
        except OSError:
            self._listener.stop()
            raise

    @property
    def base_url(self) -> str:
        return f"{self._scheme}://{self._listener.host}:{self._listener.port}/Archibald"

    @property
    def control_url(self) -> str:
        """Return the control API's address, or an empty string if there is none."""
        if self._control is None:
            return ""
        return f"http://{self._control.host}:{self._control.port}/_control"

    @property
    def lock(self) -> threading.RLock:
        """Hold this while changing ``customers`` in place."""
        return self.book.lock

    @property
    def customers(self) -> list[SimCustomer]:
        return self.book.customers

    @customers.setter
    def customers(self, customers: Sequence[SimCustomer]) -> None:
        with self.book.lock:
            self.book.customers = list(customers)

    def prepare(self) -> None:
        """Draw the Italian report of all customers now, so that the first export need not."""
        self.export.pdf(self.book.shown("all"), "it")

    def expire_sessions(self) -> int:
        """End all sessions without changing the browsers' cookies; return how many were logged in."""
        expired = self.sessions.expire_all()
        self.counters.add("sessions_expired", expired)
        return expired

    def serve_pdf(self, pdf: Path | bytes | None) -> None:
        """Send this file as the export from now on; None draws the customers again."""
        self.export.serve(pdf)

    def reset(self) -> None:
        """Reset faults, counters, sessions, stored filters and customers."""
        self.faults.clear()
        self.counters.reset()
        self.sessions.expire_all()
        self.sessions.forget_users()
        self.export.serve(None)
        self.book.reset()

    def _refuse_connections(self, for_s: float) -> None:
        if self._listen_again is not None:
            self._listen_again.cancel()
        if for_s == 0:
            self._let_connections_time_out(self.faults.connections_time_out)
            return
        self._listener.close()
        self._listen_again = threading.Timer(for_s, self.faults.clear, ["connection_refused"])
        self._listen_again.daemon = True
        self._listen_again.start()

    def _let_connections_time_out(self, silent: bool) -> None:
        if silent:
            self._listener.let_time_out()
        elif not self.faults.connection_refused:
            self._listener.open()

    def stop(self) -> None:
        if self._listen_again is not None:
            self._listen_again.cancel()
        self._listener.stop()
        if self._control is not None:
            self._control.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _tls_context(https: bool) -> ssl.SSLContext | None:
    if not https:
        return None
    # Imported here: a simulator without TLS does not need the cryptography package.
    from scripts.erp_simulator.certificate import mismatched_context  # noqa: PLC0415

    return mismatched_context()
