"""Routes a request to the page, callback or file that answers it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import quote

from scripts.erp_simulator import pages, search_box
from scripts.erp_simulator.book import CustomerBook
from scripts.erp_simulator.counters import Counters, LoggedRequest
from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.customer_list import VIEW as CUSTOMER_LIST
from scripts.erp_simulator.customer_list import CustomerListView
from scripts.erp_simulator.export import Export
from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.http_message import Request, Response, html, redirect
from scripts.erp_simulator.labels import labels
from scripts.erp_simulator.list_export import ERROR_PAGE
from scripts.erp_simulator.login import LoginView
from scripts.erp_simulator.page_script import page_script
from scripts.erp_simulator.sessions import Session, Sessions

APP = pages.APP
STATIC_FILES = {
    "1_10": ("screen.css", "text/css"),
    "1_11": ("view.js", "text/javascript"),
    "1_12": ("login.js", "text/javascript"),
    "1_13": ("client.js", "text/javascript"),
    "1_14": ("grid.js", "text/javascript"),
}


class Application:
    """Answers requests, without using sockets."""

    def __init__(
        self,
        *,
        username: str,
        password: str,
        faults: Faults,
        counters: Counters,
        sessions: Sessions,
        book: CustomerBook,
        export: Export,
    ) -> None:
        self.faults = faults
        self.counters = counters
        self.sessions = sessions
        self.list_view = CustomerListView(faults, counters, sessions, book, export)
        self._login = LoginView(
            username=username, password=password, faults=faults, counters=counters, sessions=sessions
        )
        self._book = book
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Response:
        """Return the response and log it."""
        if not request.path.lower().startswith(APP.lower()):
            return _iis(404, "File or directory not found.")
        if request.path.lower() == f"{APP}/dxr.axd".lower():
            return _static(request.query.get("r", ""))
        if request.path.lower().endswith("/dxx.axd"):
            return self._keep_alive(request)
        self.counters.add("requests")
        try:
            response = self._network_fault() or self._route(request)
        except OSError:
            raise
        except Exception:
            self.counters.add("crashes")
            raise
        self.counters.log_request(
            LoggedRequest(request.method, request.path, response.status, response.action)
        )
        return response

    def _keep_alive(self, request: Request) -> Response:
        """Answer the keep-alive of a page: it uses up no fault and does not count as a parallel request."""
        if self.faults.host_blocked:
            return _iis(403, "Forbidden: IP address of the client has been rejected.")
        self.counters.add("keepalives")
        self._session(request)
        response = Response(action="keepalive")
        if self.faults.keepalive_fails:
            response = _iis(503, "The service is unavailable.")
            response.action = "keepalive"
        self.counters.log_request(
            LoggedRequest(request.method, request.path, response.status, response.action)
        )
        return response

    def _network_fault(self) -> Response | None:
        if self.faults.host_blocked:
            return _iis(403, "Forbidden: IP address of the client has been rejected.")
        if self.faults.take("connection_reset"):
            return Response(reset=True)
        if self.faults.take("bad_gateway"):
            return _iis(502, "Web server received an invalid response while acting as a gateway.")
        if self.faults.take("service_unavailable"):
            return _iis(503, "The service is unavailable.")
        return None

    def _route(self, request: Request) -> Response:
        view = request.path[len(APP) :].strip("/").lower()
        if view in {"", "default.aspx/default.aspx"}:
            return redirect(f"{APP}/Default.aspx")
        if view == "login.aspx":
            return self._login.answer(request)
        if view == "error.aspx":
            return self._error(request)
        session = self._session(request)
        if session is None:
            return _to_login(request)
        if self.faults.take("session_expired"):
            self._expire(session)
            return _to_login(request)
        return self._alone(session, request, lambda: self._view(view, request, session))

    def _view(self, view: str, request: Request, session: Session) -> Response:
        """Answer a request of a logged-in user."""
        ready = session.take_export()
        if ready is not None and view == CUSTOMER_LIST and request.method == "GET":
            return self.list_view.export.deliver(ready)
        request.wait(self.faults.page_delay if request.method == "GET" else 0.0)
        culture = self.culture(request, session)
        if view == CUSTOMER_LIST:
            return self._customer_list(request, session, culture)
        if view in {"default.aspx", "announcements_listview"}:
            return self._announcements(session, culture)
        if view.startswith("custtable_detailview/"):
            return self._detail(view, session, culture)
        titles = {path.lower(): title for title, path in labels(culture).lists}
        if view in titles:
            return self._empty_list(view, titles[view], session, culture)
        return redirect(ERROR_PAGE)

    def culture(self, request: Request, session: Session) -> CultureName:
        return "en" if self.faults.english else session.culture(request.accept_language)

    # --- sessions -------------------------------------------------------------------------------------

    def _session(self, request: Request) -> Session | None:
        cookies = request.cookies
        return self.sessions.logged_in(cookies.get("ASP.NET_SessionId", ""), cookies.get("Login", ""))

    def _expire(self, session: Session) -> None:
        self.sessions.expire(session)
        self.counters.add("sessions_expired")

    def _alone(self, session: Session, request: Request, answer: Callable[[], Response]) -> Response:
        """Answer one request of a session at a time; a second one meanwhile fails or waits."""
        with self._lock:
            running = session.requests_running
            session.requests_running += 1
        try:
            if running:
                self.counters.add("parallel_requests")
                if self.faults.parallel_requests == "disturb":
                    return _disturbed(request)
            with session.turn:
                return answer()
        finally:
            with self._lock:
                session.requests_running -= 1

    # --- views ----------------------------------------------------------------------------------------

    def _announcements(self, session: Session, culture: CultureName) -> Response:
        page = session.add_page(session.view_number("announcements_listview"))
        return html(pages.announcements(culture, page, session.user, page_script(self.faults, culture)))

    def _empty_list(self, view: str, title: str, session: Session, culture: CultureName) -> Response:
        page = session.add_page(session.view_number(view))
        search = search_box.render(labels(culture), "") if view.startswith("salestable") else ""
        script = page_script(self.faults, culture)
        return html(pages.empty_list(culture, page, session.user, title=title, search=search, script=script))

    def _customer_list(self, request: Request, session: Session, culture: CultureName) -> Response:
        if request.method != "POST":
            return self.list_view.show(session, culture)
        form = request.form
        page = session.posted_page(form.get("__VIEWSTATE", ""))
        if page is None:
            return redirect(ERROR_PAGE)
        if "__CALLBACKID" in form:
            return self.list_view.answer_callback(request, session, page, culture)
        if form.get("__EVENTARGUMENT") != str(page.export_index):
            return self.list_view.show(session, culture)
        if self.faults.take("session_expires_before_export"):
            self._expire(session)
            return _to_login(request)
        return self.list_view.post_export(request, session, culture)

    def _detail(self, view: str, session: Session, culture: CultureName) -> Response:
        erp_id = view.split("/")[1]
        customer = self._book.find(erp_id)
        if customer is None or erp_id == self.faults.record_broken:
            return redirect(ERROR_PAGE)
        page = session.add_page()
        captions = labels(culture).detail_captions
        texts = (
            customer.erp_id,
            customer.name,
            customer.vat_number,
            customer.street,
            customer.postal_code,
            customer.city,
            customer.phone,
            customer.type,
        )
        fields = list(zip(captions, texts, strict=True))
        return html(
            pages.customer_detail(culture, page, session.user, fields, page_script(self.faults, culture))
        )

    def _error(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return html(pages.error(self._login.culture(request)))
        message, session.error_message = session.error_message, ""
        return html(pages.error(self.culture(request, session), message))


def _to_login(request: Request) -> Response:
    return redirect(f"{APP}/Login.aspx?ReturnUrl={quote(request.target, safe='').replace('%2F', '%2f')}")


def _disturbed(request: Request) -> Response:
    if "__CALLBACKID" in request.form:
        return Response(body=b"", content_type="text/plain; charset=utf-8", action="disturbed")
    response = redirect(ERROR_PAGE)
    response.action = "disturbed"
    return response


def _static(name: str) -> Response:
    if name not in STATIC_FILES:
        return _iis(404, "File or directory not found.")
    file_name, content_type = STATIC_FILES[name]
    return Response(
        body=pages.static_file(file_name).encode(),
        content_type=f"{content_type}; charset=utf-8",
        cacheable=True,
    )


def _iis(status: int, text: str) -> Response:
    titles = {
        403: "Forbidden: Access is denied.",
        404: "File or directory not found.",
        502: "Bad Gateway",
        503: "Service Unavailable",
    }
    return Response(status=status, body=pages.iis_error(status, titles[status], text).encode("iso-8859-1"))
