"""An HTTP client of the simulated ERP, with cookies, hidden form fields and callbacks."""

from __future__ import annotations

import http.client
import io
import json
import re
from dataclasses import dataclass
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from scripts.erp_simulator.customer_report import draw_customers
from scripts.erp_simulator.server import DEFAULT_PASSWORD, DEFAULT_USERNAME, ErpSimulator
from scripts.erp_simulator.world import SimCustomer

LIST = "/Archibald/CUSTTABLE_ListView_Agent/"
LOGIN = "/Archibald/Login.aspx?ReturnUrl=%2fArchibald%2fDefault.aspx"
KEEP_ALIVE = "/Archibald/DXX.axd?handlerName=SessionKeepAliveReconnect"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", ""))


class Visitor:
    """Like a browser: keeps cookies, has a language and a locale."""

    def __init__(
        self, erp: ErpSimulator, *, language: str = "it-IT", locale: str = "it-IT", timeout_s: float = 60
    ) -> None:
        self.timeout_s = timeout_s
        self.address = urlsplit(erp.base_url).netloc
        self.language, self.locale = language, locale
        self.cookies: dict[str, str] = {}
        self.page = ""

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, form: dict[str, str]) -> Answer:
        return self._ask("POST", path, urlencode(form).encode())

    def log_in(
        self, username: str = DEFAULT_USERNAME, password: str = DEFAULT_PASSWORD, path: str = LOGIN
    ) -> Answer:
        """Press the login page's button; return the response to its callback."""
        return self.post(path, self.login_form(username, password, path))

    def login_form(
        self, username: str = DEFAULT_USERNAME, password: str = DEFAULT_PASSWORD, path: str = LOGIN
    ) -> dict[str, str]:
        """Open the login page and return its form, filled in."""
        form = form_fields(self.get(path).text)
        user_field = next(name for name in form if name.endswith("dviUserName_Edit"))
        password_field = next(name for name in form if name.endswith("dviPassword_Edit"))
        form |= {user_field: username, password_field: password, "XafClientCulture": self.locale}
        return form | {"__CALLBACKID": "Logon$PopupActions", "__CALLBACKPARAM": "c0:0"}

    def open_list(self) -> str:
        """Open the customer list, after a login if needed, and return the page."""
        answer = self.get(LIST)
        if "Login.aspx" in answer.location:
            self.log_in()
            answer = self.get(LIST)
        assert answer.status == 200
        self.page = answer.text
        return self.page

    def callback(self, parameter: str) -> dict[str, Any]:
        """Post a callback from the open list and return its result."""
        form = form_fields(self.page)
        form |= {"__CALLBACKID": "Vertical$mainMenu", "__CALLBACKPARAM": parameter}
        answer = self.post(LIST, form)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        return callback_result(answer)

    def grid_command(self, *parts: str) -> dict[str, Any]:
        """Post a command like the grid's client object."""
        text = "".join(f"{len(part)}|{part}" for part in parts)
        return self.callback(f"c0:GB|{len(text)};{text};")

    def choose_filter(self, ending: str) -> dict[str, Any]:
        return self._choose(ending, "All_Customers")

    def choose_view(self, ending: str) -> dict[str, Any]:
        return self._choose(ending, "CUSTTABLE_ListView_Agent")

    def _choose(self, ending: str, other: str) -> dict[str, Any]:
        """Choose an option of the combo that has both options."""
        for combo in page_script(self.page)["combos"].values():
            values = [value for value, _ in combo["options"]]
            chosen = [value for value in values if value.endswith(ending)]
            if chosen and any(value.endswith(other) for value in values):
                return self.callback(f"c0:{combo['item']}:{chosen[0]}")
        raise AssertionError(f"no combo offers {ending}")

    def export(self) -> Answer:
        """Click the open list's export and follow the redirect to the file."""
        answer = self.post_export()
        return self.get(answer.location) if answer.location == LIST else answer

    def post_export(self) -> Answer:
        """Post the form like a click on the open list's export."""
        link = re.search(r'_DXI(\d+)_T"[^>]*data-action="export"', self.page)
        assert link
        form = form_fields(self.page)
        form |= {"__EVENTTARGET": "Vertical$mainMenu", "__EVENTARGUMENT": link.group(1)}
        return self.post(LIST, form)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        connection = http.client.HTTPConnection(self.address, timeout=self.timeout_s)
        headers = {"Accept-Language": self.language, "Cookie": self._cookie_header()}
        if body is not None:
            headers["Content-Type"] = FORM_TYPE
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    def _cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


def callback_result(answer: Answer) -> dict[str, Any]:
    """Return the JSON of a callback's response."""
    match = re.fullmatch(r"0\|/\*DX\*/\((.*)\)", answer.text, re.DOTALL)
    assert match
    result: dict[str, Any] = json.loads(match.group(1))
    return result


def page_script(page: str) -> dict[str, Any]:
    """Return the data of a page's script."""
    match = re.search(r"var xafPage = (.*);</script>", page)
    assert match
    told: dict[str, Any] = json.loads(match.group(1))
    return told


def form_fields(page: str) -> dict[str, str]:
    """Return the named inputs of a page, as a browser would post them."""
    fields = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in attributes:
            fields[attributes["name"]] = unescape(attributes.get("value", ""))
    return fields


def control(erp: ErpSimulator, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, Any]]:
    """Call the control API and return its status and answer."""
    address = urlsplit(erp.control_url)
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    try:
        connection.request(method, f"{address.path}/{path}", body=body)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def drawn(customers: list[SimCustomer], **options: Any) -> bytes:
    """Return the file that an export of these customers must be."""
    target = io.BytesIO()
    draw_customers(target, customers, **options)
    return target.getvalue()
