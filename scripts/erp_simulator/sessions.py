"""The ERP's sessions, which expire, and the state that it stores per user, which does not."""

from __future__ import annotations

import base64
import binascii
import random
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.grid_filters import GridFilters
from scripts.erp_simulator.http_message import Response
from scripts.erp_simulator.labels import FilterName, ViewName

# Source: the ERP forgets a session after 20 to 30 minutes without a request.
SESSION_IDLE_S = 20 * 60
# Source: the list page's form is about 26 KB when posted.
VIEWSTATE_FILLER = random.Random(24).randbytes(17_600)
PAGES_KEPT = 20


@dataclass
class UserState:
    """The state that the ERP stores for a user, across logins and browsers."""

    filter: FilterName = "all"
    page_index: int = 0
    page_size: int = 20
    view: ViewName = "default"
    grid_filters: GridFilters = field(default_factory=GridFilters)
    search_box: bool = False


@dataclass
class Page:
    """A rendered page: its ids are valid, and its form can be posted, until the session ends."""

    token: str
    grid_id: str
    filter_index: int = -1
    export_index: int = -1

    @property
    def viewstate(self) -> str:
        return base64.b64encode(bytes.fromhex(self.token) + VIEWSTATE_FILLER).decode()


@dataclass
class Session:
    """One browser's session; ``ticket`` and ``user`` are set by a login."""

    id: str
    ticket: str = ""
    user: str = ""
    locale: str = ""
    error_message: str = ""
    last_used_s: float = field(default_factory=time.monotonic)
    requests_running: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)
    pages: OrderedDict[str, Page] = field(default_factory=OrderedDict)
    views: dict[str, int] = field(default_factory=dict)
    export_ready: Response | None = None

    def culture(self, accept_language: str) -> CultureName:
        """Return Italian only if both the header and the browser's own locale ask for it."""
        asked = accept_language.lower().startswith("it-it")
        return "it" if asked and self.locale.lower() == "it-it" else "en"

    def view_number(self, view: str) -> int:
        """Return the position of a view in the order in which this session opened them, from 1."""
        return self.views.setdefault(view, len(self.views) + 1)

    def take_export(self) -> Response | None:
        """Return the export that the last request asked for; any other request in between discards it."""
        ready, self.export_ready = self.export_ready, None
        return ready

    def add_page(self, view_number: int = 1) -> Page:
        """Return a new page, with a grid id made of the view's number and a random number."""
        number = secrets.randbelow(90_000_000) + 10_000_000
        page = Page(secrets.token_hex(16), f"Vertical_v{view_number}_{number}_LE_v{view_number}")
        self.pages[page.token] = page
        while len(self.pages) > PAGES_KEPT:
            self.pages.popitem(last=False)
        return page

    def posted_page(self, viewstate: str) -> Page | None:
        """Return the page of this session that a posted form came from."""
        try:
            token = base64.b64decode(viewstate[:44], validate=True)[:16].hex()
        except (binascii.Error, ValueError):
            return None
        return self.pages.get(token)


class Sessions:
    """All active sessions; any other session has expired, whatever its cookies say."""

    def __init__(self, *, idle_s: float = SESSION_IDLE_S) -> None:
        self.idle_s = idle_s
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._users: dict[str, UserState] = {}

    def user_state(self, user: str) -> UserState:
        with self._lock:
            return self._users.setdefault(user, UserState())

    def open(self, session_id: str) -> Session:
        """Return the session with this id, active or new; as in ASP.NET, an id can be reused."""
        with self._lock:
            session = self._active(session_id)
            if session is None:
                session = Session(session_id or secrets.token_urlsafe(18))
                self._sessions[session.id] = session
            return session

    def logged_in(self, session_id: str, ticket: str) -> Session | None:
        with self._lock:
            session = self._active(session_id)
            if session is None or not session.ticket or session.ticket != ticket:
                return None
            return session

    def log_in(self, session: Session, user: str, locale: str) -> None:
        session.user, session.locale = user, locale
        session.views.clear()
        session.ticket = secrets.token_hex(96).upper()

    def expire(self, session: Session) -> None:
        with self._lock:
            self._sessions.pop(session.id, None)

    def expire_all(self) -> int:
        """End every session and return how many of them were logged in."""
        with self._lock:
            logged_in = sum(bool(each.ticket) for each in self._sessions.values())
            self._sessions.clear()
            return logged_in

    def forget_users(self) -> None:
        with self._lock:
            self._users.clear()

    def _active(self, session_id: str) -> Session | None:
        session = self._sessions.get(session_id)
        if session is None:
            return None
        now_s = time.monotonic()
        if now_s - session.last_used_s > self.idle_s:
            del self._sessions[session_id]
            return None
        session.last_used_s = now_s
        return session
