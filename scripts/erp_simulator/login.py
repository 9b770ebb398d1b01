"""The login page: its button sends a callback, whose response redirects or shows an error."""

from __future__ import annotations

import secrets
import threading
from urllib.parse import quote, unquote

from scripts.erp_simulator import pages
from scripts.erp_simulator.counters import Counters
from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.faults import Faults
from scripts.erp_simulator.http_message import Request, Response, callback_answer, html
from scripts.erp_simulator.labels import labels
from scripts.erp_simulator.sessions import Session, Sessions

USER_COOKIE_S = 30 * 24 * 3600


class LoginView:
    """Answers ``Login.aspx``; a form posted without a callback shows the page again."""

    def __init__(
        self, *, username: str, password: str, faults: Faults, counters: Counters, sessions: Sessions
    ) -> None:
        self._account = (username, password)
        self._faults = faults
        self._counters = counters
        self._sessions = sessions
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        session = self._sessions.open(request.cookies.get("ASP.NET_SessionId", ""))
        if request.method == "POST":
            self._counters.add("login_presses")
        pressed = request.method == "POST" and "__CALLBACKID" in request.form
        response = self._answer_press(request, session) if pressed else self._page(request, session)
        response.set_cookie("ASP.NET_SessionId", session.id)
        return response

    def culture(self, request: Request) -> CultureName:
        italian = request.accept_language.lower().startswith("it-it")
        return "it" if italian and not self._faults.english else "en"

    def _page(self, request: Request, session: Session) -> Response:
        if request.method == "GET":
            self._counters.add("login_pages")
        text = pages.login(
            self.culture(request),
            session.add_page(),
            field_number=secrets.randbelow(9_000_000) + 1_000_000,
            last_user=unquote(request.cookies.get("xafkidemovbUserName", "")),
            script=self._script(),
        )
        return html(text)

    def _script(self) -> dict[str, object]:
        """Return the data for the page's script; presses to ignore are used up here."""
        faults = self._faults
        ignored = faults.login_ignored
        faults.clear("login_ignored")
        return {
            "focusAfter": faults.focus_stolen_after,
            "pressesIgnored": ignored if ignored >= 0 else 1_000_000,
            "without": faults.page_without,
            "twice": faults.page_twice,
        }

    # --- the button -----------------------------------------------------------------------------------

    def _answer_press(self, request: Request, session: Session) -> Response:
        user, password, locale = _credentials(request.form)
        request.wait(self._faults.login_slower)
        if self._faults.take("login_hangs"):
            return Response(never=True, action="login-hangs")
        message = self._refusal(user, password, self.culture(request))
        response = self._refused(message) if message else self._logged_in(request, session, user, locale)
        if self._faults.take("login_answer_lost"):
            # After the headers: without any, a browser repeats the POST if it has used the connection before.
            return Response(body=response.body, sent_bytes=0, action="login-answer-lost")
        return response

    def _refusal(self, user: str, password: str, culture: CultureName) -> str:
        """Return why this login is refused, or an empty string."""
        with self._lock:
            if 0 < self._faults.logins_per_day <= self._counters.logins:
                self._counters.add("logins_blocked")
                return labels(culture).login_blocked
            if (user, password) != self._account or self._faults.wrong_password:
                self._counters.add("logins_rejected")
                return labels(culture).login_failed
            self._counters.add("logins")
            return ""

    def _refused(self, message: str) -> Response:
        """Keep the document, with the message in its error box, or without one."""
        if self._faults.login_silent:
            return callback_answer({}, action="login-refused")
        answer: dict[str, object] = {"html": {"Logon_ErrorInfo": pages.error_message(message)}}
        return callback_answer(answer, action="login-refused")

    def _logged_in(self, request: Request, session: Session, user: str, locale: str) -> Response:
        self._sessions.log_in(session, user, locale)
        response = callback_answer({"redirect": _return_url(request)}, action="login")
        response.set_cookie("Login", session.ticket)
        response.set_cookie("xafkidemovbUserName", quote(user), more=f"; Max-Age={USER_COOKIE_S}; path=/")
        return response


def _return_url(request: Request) -> str:
    """Return the requested page of this ERP, or its start page."""
    wanted = request.query.get("ReturnUrl", "")
    inside = wanted.lower().startswith(f"{pages.APP}/".lower()) and "login.aspx" not in wanted.lower()
    return wanted if inside else f"{pages.APP}/Default.aspx"


def _credentials(form: dict[str, str]) -> tuple[str, str, str]:
    """Return user, password and the browser's locale from the login form."""
    user = next((value for name, value in form.items() if name.endswith("dviUserName_Edit")), "")
    password = next((value for name, value in form.items() if name.endswith("dviPassword_Edit")), "")
    return user, password, form.get("XafClientCulture", "")
