"""The ERP behind its HTTP door: which page, callback or file answers a request."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from urllib.parse import quote, unquote

from scripts.erp_simulator import pages
from scripts.erp_simulator.book import CustomerBook
from scripts.erp_simulator.counters import Counters, LoggedRequest
from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.customer_list import CustomerListView
from scripts.erp_simulator.export import Export
from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.http_message import Request, Response, html, redirect
from scripts.erp_simulator.labels import labels
from scripts.erp_simulator.sessions import Session, Sessions

APP = pages.APP
ERROR_PAGE = f"{APP}/Error.aspx"
STATIC_FILES = {
    "1_10": ("screen.css", "text/css"),
    "1_11": ("view.js", "text/javascript"),
    "1_12": ("login.js", "text/javascript"),
}
USER_COOKIE_S = 30 * 24 * 3600


class Application:
    """Answers requests; knows nothing of sockets."""

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
        self.username = username
        self.password = password
        self.faults = faults
        self.counters = counters
        self.sessions = sessions
        self.list_view = CustomerListView(faults, counters, sessions, book, export)
        self._book = book
        self._lock = threading.Lock()

    def respond(self, request: Request) -> Response:
        """Return the answer and write it into the log."""
        if not request.path.lower().startswith(APP.lower()):
            return _iis(404, "File or directory not found.")
        if request.path.lower() == f"{APP}/dxr.axd".lower():
            return _static(request.query.get("r", ""))
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
            return self._login(request)
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
        """Answer a page for those who are logged in."""
        request.wait(self.faults.page_delay if request.method == "GET" else 0.0)
        culture = self.culture(request, session)
        if view in {"default.aspx", "announcements_listview"}:
            return html(pages.announcements(culture, session.add_page(), session.user))
        if view == "custtable_listview_agent":
            return self._customer_list(request, session, culture)
        if view.startswith("custtable_detailview/"):
            return self._detail(view.split("/")[1], session, culture)
        titles = {path.lower(): title for title, path in labels(culture).lists}
        if view in titles:
            return html(pages.empty_list(culture, session.add_page(), session.user, titles[view]))
        return redirect(ERROR_PAGE)

    def culture(self, request: Request, session: Session) -> CultureName:
        return "en" if self.faults.english else session.culture(request.accept_language)

    # --- login ----------------------------------------------------------------------------------------

    def _login(self, request: Request) -> Response:
        session = self.sessions.open(request.cookies.get("ASP.NET_SessionId", ""))
        message = ""
        if request.method == "POST":
            user, password, locale = _credentials(request.form)
            request.wait(self.faults.login_slower)
            message = self._refusal(user, password, self._login_culture(request))
            if not message:
                return self._logged_in(request, session, user, locale)
        else:
            self.counters.add("login_pages")
        page = session.add_page()
        number = secrets.randbelow(9_000_000) + 1_000_000
        text = pages.login(
            self._login_culture(request),
            page,
            field_number=number,
            last_user=unquote(request.cookies.get("xafkidemovbUserName", "")),
            message=message,
        )
        response = html(text)
        response.set_cookie("ASP.NET_SessionId", session.id)
        return response

    def _login_culture(self, request: Request) -> CultureName:
        italian = request.accept_language.lower().startswith("it-it")
        return "it" if italian and not self.faults.english else "en"

    def _refusal(self, user: str, password: str, culture: CultureName) -> str:
        """Return why this login is refused, or nothing."""
        with self._lock:
            if 0 < self.faults.logins_per_day <= self.counters.logins:
                self.counters.add("logins_blocked")
                return labels(culture).login_blocked
            if (user, password) != (self.username, self.password) or self.faults.wrong_password:
                self.counters.add("logins_rejected")
                return labels(culture).login_failed
            self.counters.add("logins")
            return ""

    def _logged_in(self, request: Request, session: Session, user: str, locale: str) -> Response:
        self.sessions.log_in(session, user, locale)
        wanted = request.query.get("ReturnUrl", "")
        inside = wanted.lower().startswith(f"{APP}/".lower()) and "login.aspx" not in wanted.lower()
        response = redirect(wanted if inside else f"{APP}/Default.aspx")
        response.action = "login"
        response.set_cookie("ASP.NET_SessionId", session.id)
        response.set_cookie("Login", session.ticket)
        response.set_cookie("xafkidemovbUserName", quote(user), more=f"; Max-Age={USER_COOKIE_S}; path=/")
        return response

    # --- sessions -------------------------------------------------------------------------------------

    def _session(self, request: Request) -> Session | None:
        cookies = request.cookies
        return self.sessions.logged_in(cookies.get("ASP.NET_SessionId", ""), cookies.get("Login", ""))

    def _expire(self, session: Session) -> None:
        self.sessions.expire(session)
        self.counters.add("sessions_expired")

    def _alone(self, session: Session, request: Request, answer: Callable[[], Response]) -> Response:
        """Answer one request of a session at a time; a second one meanwhile comes out broken."""
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
        return self.list_view.send_export(request, session, culture)

    def _detail(self, erp_id: str, session: Session, culture: CultureName) -> Response:
        customer = self._book.find(erp_id)
        if customer is None or erp_id == self.faults.record_broken:
            return redirect(ERROR_PAGE)
        page = session.add_page()
        captions = labels(culture).grid_captions
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
        return html(
            pages.customer_detail(culture, page, session.user, list(zip(captions, texts, strict=True)))
        )

    def _error(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return html(pages.error(self._login_culture(request)))
        message, session.error_message = session.error_message, ""
        return html(pages.error(self.culture(request, session), message))


def _credentials(form: dict[str, str]) -> tuple[str, str, str]:
    """Return user, password and the browser's locale from the login form."""
    user = next((value for name, value in form.items() if name.endswith("dviUserName_Edit")), "")
    password = next((value for name, value in form.items() if name.endswith("dviPassword_Edit")), "")
    return user, password, form.get("XafClientCulture", "")


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
