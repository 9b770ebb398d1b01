"""What the browser reports by itself about one page: documents, answers, downloads, failures."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Download, Frame, Page, Request, Response

from sync.erp.sight import is_login_path
from sync.erp.translation import network_error
from sync.errors import BrowserCrashed, ErpError, ErpPageBroken, ErpUnreachable, LoginBlocked

_GATEWAY_STATUSES = (502, 503, 504)
_BLOCK_STATUSES = (403, 429)
_FIRST_ERROR_STATUS = 400


@dataclass(frozen=True)
class Answer:
    """The head of one answer to the page's own requests."""

    path: str
    status: int
    content_type: str
    is_document: bool
    is_posted: bool


class Traffic:
    """Collect a page's events since the last ``forget``; reading them costs no round trip.

    ``log`` is never forgotten: every answer since the page was made.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
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
        """Start afresh, before something new is asked of the page."""
        self.documents = 0
        self.posts = 0
        self.answers: list[Answer] = []
        self.downloads: list[Download] = []
        self.network_failure = ""

    @property
    def status(self) -> int:
        """The HTTP status of the last document, 0 if there was none."""
        return next((each.status for each in reversed(self.answers) if each.is_document), 0)

    @property
    def posts_answered(self) -> int:
        return sum(each.is_posted for each in self.answers)

    @property
    def sent_to_login(self) -> bool:
        return any(is_login_path(each.path) for each in self.answers)

    def failure(self) -> ErpError | None:
        """Return what makes waiting for this page pointless, if something does."""
        if self.crashed:
            return BrowserCrashed("the page's process died")
        if self.network_failure:
            return network_error(self.network_failure)
        refusals = [each.status for each in self.answers if self._is_refusal(each)]
        return _refusal(refusals[-1]) if refusals else None

    @staticmethod
    def _is_refusal(answer: Answer) -> bool:
        return answer.status >= _FIRST_ERROR_STATUS and (answer.is_document or answer.is_posted)

    def _requested(self, request: Request) -> None:
        if request.method == "POST":
            self.posts += 1

    def _answered(self, response: Response) -> None:
        request = response.request
        answer = Answer(
            path=urlsplit(response.url).path,
            status=response.status,
            content_type=response.headers.get("content-type", ""),
            is_document=request.is_navigation_request() and request.frame == self._page.main_frame,
            is_posted=request.method == "POST",
        )
        self.answers.append(answer)
        self.log.append(answer)

    def _failed(self, request: Request) -> None:
        # A download ends its navigation with ERR_ABORTED, and so does a page that is left for another.
        code = (request.failure or "").removeprefix("net::")
        if request.is_navigation_request() and code.startswith("ERR_") and code != "ERR_ABORTED":
            self.network_failure = code

    def _navigated(self, frame: Frame) -> None:
        if frame == self._page.main_frame:
            self.documents += 1

    def _downloading(self, download: Download) -> None:
        self.downloads.append(download)

    def _crash(self, _page: Page) -> None:
        self.crashed = True


def _refusal(status: int) -> ErpError:
    if status in _GATEWAY_STATUSES:
        return ErpUnreachable(f"the ERP answers with HTTP {status}")
    if status in _BLOCK_STATUSES:
        return LoginBlocked(f"the ERP lets this host or user in no more (HTTP {status}): ask its operator")
    return ErpPageBroken(f"the ERP answers with HTTP {status}")
