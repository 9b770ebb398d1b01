"""Translate Playwright's exceptions to the project's."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from customers.erp_list.message import Message, message
from customers.erp_list.message import gettext_noop as _
from sync.errors import (
    BrowserCrashed,
    BrowserNotFound,
    ErpCertificateInvalid,
    ErpConnectionTimedOut,
    ErpError,
    ErpPageBroken,
    ErpTimeout,
    ErpUnreachable,
    FileProblem,
)

CERTIFICATE_HINT = _(
    "the ERP's TLS certificate is not valid for its address: use the host name that it was issued for, "
    "or set ARCHIBALD_ACCEPT_INVALID_CERTIFICATE=True if you trust the network to this server"
)
BLOCKED_HINT = _(
    "the ERP's host does not answer: it may have blocked this one, or be down. Can others open it? If "
    "so, ask its operator"
)
_REASONS = {
    errno.ENOSPC: _("the disk is full"),
    errno.EDQUOT: _("the disk is full"),
    errno.EFBIG: _("the disk is full"),
    errno.EMFILE: _("too many files are open"),
    errno.ENFILE: _("too many files are open"),
    errno.EROFS: _("the disk is read-only"),
    errno.EACCES: _("the folder may not be written"),
}
_CONNECTION_TIMEOUTS = ("ERR_CONNECTION_TIMED_OUT", "ERR_TIMED_OUT")
# Any other failure to start a process is one of the system, such as EMFILE or ENOMEM.
_NO_PROGRAM = re.compile(r"spawn\b.*\b(ENOENT|EACCES|ENOEXEC|ENOTDIR|UNKNOWN)\b")
_CRASH_MARKS = (
    "Target crashed",
    "Page crashed",
    "has been closed",
    "Connection closed",
    "connection closed",
    "Browser closed",
    "browser has disconnected",
)


@contextmanager
def erp_errors() -> Iterator[None]:
    """Raise an error of Playwright or of the system as one of ours, with the original as its cause."""
    try:
        yield
    except PlaywrightError as exc:
        raise translated(exc) from exc
    except OSError as exc:
        raise file_problem(exc) from exc


def file_problem(exc: OSError) -> FileProblem:
    """Return our error for one of the system; its text is not copied, since it names paths."""
    code = errno.errorcode.get(exc.errno or 0, type(exc).__name__)
    known = _REASONS.get(exc.errno or 0)
    reason = Message(known) if known else message(_("error %(code)s"), code=code)
    return FileProblem(_("a file could not be written: %(reason)s"), reason=reason)


def translated(exc: PlaywrightError) -> ErpError:
    """Return our error for Playwright's; its text is not copied, since it may contain URLs with queries."""
    text = exc.message
    if text.startswith("BrowserType.launch"):
        return _launch_error(text)
    if any(mark in text for mark in _CRASH_MARKS):
        return BrowserCrashed(_("the browser crashed"))
    if code := re.search(r"net::(ERR_\w+)", text):
        return network_error(code[1])
    if isinstance(exc, PlaywrightTimeout):
        return ErpTimeout(_("a call of the browser timed out (%(call)s)"), call=_step(text))
    return ErpPageBroken(_("a call of the browser failed (%(call)s)"), call=_step(text))


def _launch_error(text: str) -> ErpError:
    if "Executable doesn't exist" in text or _NO_PROGRAM.search(text):
        return BrowserNotFound(
            _("the browser does not exist or can't be run: set BROWSER_PATH to a Chromium")
        )
    return BrowserCrashed(_("the browser did not start"))


def network_error(code: str) -> ErpError:
    """Return our error for Chromium's network error ``ERR_…``."""
    if code.startswith("ERR_CERT_"):
        return ErpCertificateInvalid(_with_code(CERTIFICATE_HINT, code))
    if code == "ERR_ABORTED":
        return ErpPageBroken(_("loading the page was aborted"))
    if code in _CONNECTION_TIMEOUTS:
        return ErpConnectionTimedOut(_with_code(BLOCKED_HINT, code))
    return ErpUnreachable(_("the ERP can't be reached (%(code)s)"), code=code)


def _with_code(hint: str, code: str) -> Message:
    return message(_("%(hint)s (%(code)s)"), hint=Message(hint), code=code)


def _step(text: str) -> str | Message:
    """Return the name of the failed call, like ``Locator.click``, without its arguments."""
    name = re.match(r"[A-Z]\w+\.\w+", text)
    return name[0] if name else Message(_("unnamed call"))
