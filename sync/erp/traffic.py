"""A page's network events: documents, responses, downloads, failures."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Download, Frame, Page, Request, Response
from playwright.sync_api import Error as PlaywrightError

from customers.erp_list.message import gettext_noop as _
from sync.erp import markup
from sync.erp.page_state import is_login_path
from sync.erp.translation import network_error
from sync.errors import BrowserCrashed, ErpError, ErpPageBroken, ErpUnreachable, LoginBlocked

_GATEWAY_STATUSES = (502, 503, 504)
_BLOCK_STATUSES = (403, 429)
_FIRST_ERROR_STATUS = 400


@dataclass(frozen=True)
class Answer:
    """The head of the response to one of the page's requests."""

    method: str
    path: str
    status: int
    content_type: str
    is_document: bool

    @property
    def is_posted(self) -> bool:
        return self.method == "POST"


class Traffic:
    """Collects a page's events since the last ``forget``; reading them needs no call of the browser.

    Scripts, and the keep-alive that the page sends every five minutes, do not count: they are no effect of a
    click, and their failures do not matter.
    ``log`` keeps every response since the page was created.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._navigations: set[Request] = set()
        self._posting: set[Request] = set()
        self.crashed = False
        self.log: list[Answer] = []
        self.forget()
        page.on("request", self._requested)
        page.on("response", self._answered)
        page.on("requestfailed", self._failed)
        page.on("framenavigated", self._navigated)
        page.on("download", self._downloading)
        page.on("crash", self._crash)

    def forget(self) -> None:
        """Drop all events, before a new action on the page.

        ``paths_asked`` are the paths of requested documents, ``documents`` counts those shown, ``posts`` the
        posted requests. A late response to an earlier request does not end the wait for a new one.
        """
        self.documents = 0
        self.posts = 0
        self._posting.clear()
        self.answers: list[Answer] = []
        self.downloads: list[Download] = []
        self.network_failure = ""
        self.paths_asked: list[str] = []

    @property
    def is_waiting(self) -> bool:
        """Tell whether a posted request or a new document is pending."""
        return bool(self._posting or self._navigations)

    @property
    def sent_to_login(self) -> bool:
        return any(is_login_path(each.path) for each in self.answers)

    @property
    def led_beyond_login(self) -> bool:
        """Tell whether a document other than the login page was requested."""
        return any(not is_login_path(path) for path in self.paths_asked)

    def failure(self) -> ErpError | None:
        """Return the error that makes waiting for this page pointless, if there is one."""
        if self.crashed:
            return BrowserCrashed(_("the page's process crashed"))
        if self.network_failure:
            return network_error(self.network_failure)
        refusals = [each.status for each in self.answers if self._is_refusal(each)]
        return _refusal(refusals[-1]) if refusals else None

    @staticmethod
    def _is_refusal(answer: Answer) -> bool:
        return answer.status >= _FIRST_ERROR_STATUS and (answer.is_document or answer.is_posted)

    def _requested(self, request: Request) -> None:
        if not _is_own(request):
            return
        if request.method == "POST":
            self.posts += 1
            self._posting.add(request)
        if self._is_document(request):
            self._navigations.add(request)
            self.paths_asked.append(urlsplit(request.url).path)

    def _answered(self, response: Response) -> None:
        request = response.request
        self._navigations.discard(request)
        self._posting.discard(request)
        if not _is_own(request):
            return
        answer = Answer(
            method=request.method,
            path=urlsplit(response.url).path,
            status=response.status,
            content_type=response.headers.get("content-type", ""),
            is_document=self._is_document(request),
        )
        self.answers.append(answer)
        self.log.append(answer)

    def _failed(self, request: Request) -> None:
        self._navigations.discard(request)
        self._posting.discard(request)
        # Downloads and interrupted navigations end with ERR_ABORTED.
        code = (request.failure or "").removeprefix("net::")
        counts = self._is_document(request) or (request.method == "POST" and _is_own(request))
        if counts and code.startswith("ERR_") and code != "ERR_ABORTED":
            self.network_failure = code

    def _navigated(self, frame: Frame) -> None:
        if frame == self._page.main_frame:
            self.documents += 1
            self._navigations.clear()

    def _is_document(self, request: Request) -> bool:
        try:
            return request.is_navigation_request() and request.frame == self._page.main_frame
        except PlaywrightError:
            return False  # its frame is gone, or not there yet, so it is not the main one

    def _downloading(self, download: Download) -> None:
        self.downloads.append(download)

    def _crash(self, _page: Page) -> None:
        self.crashed = True


def _is_own(request: Request) -> bool:
    return not urlsplit(request.url).path.lower().endswith(markup.HANDLER_SUFFIX)


def _refusal(status: int) -> ErpError:
    if status in _BLOCK_STATUSES:
        text = _("the ERP no longer admits this host or user (HTTP %(status)s): ask its operator")
        return LoginBlocked(text, status=str(status))
    error = ErpUnreachable if status in _GATEWAY_STATUSES else ErpPageBroken
    return error(_("the ERP answers with HTTP %(status)s"), status=str(status))
