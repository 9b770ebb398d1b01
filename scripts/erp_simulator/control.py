"""The control API of the simulator, on a separate port; the ERP has nothing like it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from scripts.erp_simulator.book import CustomerBook
from scripts.erp_simulator.counters import Counters
from scripts.erp_simulator.faults import SWITCHES, Faults, UnknownFault, spoken_name
from scripts.erp_simulator.http_message import Request, Response

PREFIX = "/_control"

Answer = dict[str, Any]


class BadRequest(ValueError):
    """The control API can't process the request."""


class Controlled(Protocol):
    """The simulated ERP that is controlled."""

    faults: Faults
    counters: Counters
    book: CustomerBook

    def expire_sessions(self) -> int: ...

    def serve_pdf(self, pdf: Path | bytes | None) -> None: ...

    def prepare(self) -> None: ...

    def reset(self) -> None: ...


class Control:
    """Answers ``/_control/…`` with JSON."""

    def __init__(self, erp: Controlled) -> None:
        self._erp = erp
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "faults"): self._list_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "counters"): self._counters,
            ("DELETE", "counters"): self._reset_counters,
            ("GET", "customers"): self._count_customers,
            ("POST", "customers/add"): self._add,
            ("POST", "customers/change"): self._change,
            ("POST", "customers/remove"): self._remove,
            ("POST", "expire-sessions"): self._expire_sessions,
            ("POST", "pdf"): self._serve_pdf,
            ("DELETE", "pdf"): self._draw_again,
            ("POST", "prepare"): self._prepare,
            ("POST", "reset"): self._reset,
        }

    def respond(self, request: Request) -> Response:
        try:
            return _json(200, self._answer(request))
        except (UnknownFault, BadRequest) as error:
            return _json(400, {"error": str(error)})
        except LookupError as error:
            return _json(404, {"error": str(error.args[0] if error.args else error)})

    def _answer(self, request: Request) -> Answer:
        path = request.path.removeprefix(PREFIX).strip("/")
        route = self._routes.get((request.method, path))
        if request.path.startswith(PREFIX) and route is not None:
            return route(request)
        match (request.method, *path.split("/")):
            case ("PUT", "faults", name):
                return self._set_fault(name, request)
            case ("DELETE", "faults", name):
                self._erp.faults.clear(name)
                return self._list_faults(request)
            case ("PATCH" | "PUT", "customers", erp_id):
                return self._set_fields(unquote(erp_id), request)
            case ("DELETE", "customers", erp_id):
                self._erp.book.remove_one(unquote(erp_id))
                return self._count_customers(request)
        raise LookupError(f"no such call: {request.method} {request.path}")

    # --- faults ---------------------------------------------------------------------------------------

    def _list_faults(self, request: Request) -> Answer:
        return {
            "active": self._erp.faults.active(),
            "known": {spoken_name(name): switch.metadata["means"] for name, switch in SWITCHES.items()},
        }

    def _set_fault(self, name: str, request: Request) -> Answer:
        value = request.body.decode("utf-8", "replace").strip()
        self._erp.faults.set_from_text(f"{name}={value}" if value else name)
        return {"active": self._erp.faults.active()}

    def _clear_faults(self, request: Request) -> Answer:
        self._erp.faults.clear()
        return {"active": {}}

    # --- customers ------------------------------------------------------------------------------------

    def _count_customers(self, request: Request) -> Answer:
        return {"customers": len(self._erp.book.customers)}

    def _add(self, request: Request) -> Answer:
        return {"added": self._erp.book.add(*_count_and_seed(request))}

    def _change(self, request: Request) -> Answer:
        return {"changed": self._erp.book.change(*_count_and_seed(request))}

    def _remove(self, request: Request) -> Answer:
        return {"removed": self._erp.book.remove(*_count_and_seed(request))}

    def _set_fields(self, erp_id: str, request: Request) -> Answer:
        values = _body(request)
        for field, value in values.items():
            self._erp.book.set_field(erp_id, field, str(value))
        return {"erp_id": erp_id, "set": sorted(values)}

    # --- others ---------------------------------------------------------------------------------------

    def _counters(self, request: Request) -> Answer:
        return self._erp.counters.as_dict()

    def _reset_counters(self, request: Request) -> Answer:
        self._erp.counters.reset()
        return self._erp.counters.as_dict()

    def _expire_sessions(self, request: Request) -> Answer:
        return {"expired": self._erp.expire_sessions()}

    def _serve_pdf(self, request: Request) -> Answer:
        if not request.body:
            raise BadRequest("the body must be the file to send")
        self._erp.serve_pdf(request.body)
        return {"bytes": len(request.body)}

    def _draw_again(self, request: Request) -> Answer:
        self._erp.serve_pdf(None)
        return {"bytes": 0}

    def _prepare(self, request: Request) -> Answer:
        self._erp.prepare()
        return {"prepared": True}

    def _reset(self, request: Request) -> Answer:
        self._erp.reset()
        return {"reset": True}


def _body(request: Request) -> Answer:
    try:
        values = json.loads(request.body or b"{}")
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(values, dict):
        raise BadRequest("the body is not a JSON object")
    return values


def _count_and_seed(request: Request) -> tuple[int, int]:
    values = _body(request)
    count, seed = values.get("count", 1), values.get("seed", 1)
    if not isinstance(count, int) or not isinstance(seed, int) or count < 0:
        raise BadRequest("count and seed are whole numbers")
    return count, seed


def _json(status: int, answer: Answer) -> Response:
    return Response(
        status=status, body=json.dumps(answer, ensure_ascii=False).encode(), content_type="application/json"
    )
