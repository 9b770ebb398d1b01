"""Login, sessions and language, over HTTP."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator

import pytest

from scripts.erp_simulator.server import ErpSimulator
from tests.scripts.erp_visitor import LIST, LOGIN, Visitor, callback_result, form_fields
from tests.waiting import wait_until


@pytest.fixture
def erp() -> Iterator[ErpSimulator]:
    with ErpSimulator(5) as simulator:
        yield simulator


def test_a_visitor_without_a_session_is_sent_to_the_login_page(erp: ErpSimulator) -> None:
    answer = Visitor(erp).get(LIST)
    assert answer.status == 302
    assert answer.location == ("/Archibald/Login.aspx?ReturnUrl=%2fArchibald%2fCUSTTABLE_ListView_Agent%2f")


def test_the_login_card_has_the_labels_and_ids_of_the_erp(erp: ErpSimulator) -> None:
    text = Visitor(erp).get(LOGIN).text
    assert "NOME ACCOUNT:" in text
    assert "PASSWORD:" in text
    assert re.search(r'<input type="text"[^>]*id="Logon_v0_\d+_MainLayoutEdit_\w*dviUserName_Edit_I"', text)
    assert re.search(r'name="Logon\$v0_\d+\$MainLayoutEdit\$[\w$]*dviUserName_Edit"', text)
    assert text.count('type="password"') == 1
    assert re.search(r'id="Logon_PopupActions_Menu_DXI0_T".*?>Accedi<', text, re.DOTALL)
    assert '_logo"' in text


def test_the_middle_of_the_field_ids_varies_from_visit_to_visit(erp: ErpSimulator) -> None:
    visits = {re.search(r"Logon_v0_(\d+)_", Visitor(erp).get(LOGIN).text) for _ in range(3)}
    assert len({match.group(1) for match in visits if match}) == 3


def test_a_login_sets_the_three_cookies_and_leads_to_the_return_url(erp: ErpSimulator) -> None:
    answer = Visitor(erp).log_in()
    cookies = {line.split("=")[0]: line for line in answer.headers.get_all("Set-Cookie", [])}
    assert callback_result(answer) == {"redirect": "/Archibald/Default.aspx"}
    assert set(cookies) == {"Login", "ASP.NET_SessionId", "xafkidemovbUserName"}
    assert "Max-Age=2592000" in cookies["xafkidemovbUserName"]
    assert "Max-Age" not in cookies["Login"]
    assert "Max-Age" not in cookies["ASP.NET_SessionId"]


def test_the_login_page_knows_the_last_user_by_a_cookie(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    assert "agente" not in visitor.get(LOGIN).text
    visitor.log_in()
    assert 'value="agente"' in visitor.get(LOGIN).text


def test_a_return_url_to_another_site_is_not_followed(erp: ErpSimulator) -> None:
    answer = Visitor(erp).log_in(path="/Archibald/Login.aspx?ReturnUrl=%2f%2felsewhere.example%2f")
    assert callback_result(answer) == {"redirect": "/Archibald/Default.aspx"}


def test_a_form_posted_without_a_callback_shows_the_page_again(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    form = form_fields(visitor.get(LOGIN).text)
    for name in form:
        form[name] = {"Name_Edit": "agente", "word_Edit": "segreta"}.get(name[-9:], form[name])
    answer = visitor.post(LOGIN, form)
    assert "<title>Log In</title>" in answer.text
    assert (erp.counters.login_presses, erp.counters.logins) == (1, 0)


def test_a_wrong_password_stays_on_the_login_page_with_a_message(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    answer = visitor.log_in(password="sbagliata")
    assert "Accesso non riuscito" in callback_result(answer)["html"]["Logon_ErrorInfo"]
    assert "sbagliata" not in answer.text
    assert "Login" not in visitor.cookies
    assert (erp.counters.logins, erp.counters.logins_rejected) == (0, 1)


def test_the_landing_page_shows_the_announcements(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    assert "/Archibald/Announcements_ListView/" in visitor.get("/Archibald/Default.aspx").text


def test_an_expired_session_shows_only_as_a_redirect_of_the_list(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.open_list()
    cookies = dict(visitor.cookies)
    assert erp.expire_sessions() == 1
    assert "Login.aspx" in visitor.get(LIST).location
    assert visitor.cookies == cookies


def test_a_session_ends_by_itself_when_idle() -> None:
    with ErpSimulator(2, session_idle_s=0.05) as erp:
        visitor = Visitor(erp)
        visitor.log_in()
        erp.sessions.open(visitor.cookies["ASP.NET_SessionId"]).last_used_s -= 1
        assert "Login.aspx" in visitor.get(LIST).location


def test_session_expired_occurs_once_and_the_next_login_works(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    erp.faults.session_expired = 1
    assert "Login.aspx" in visitor.get(LIST).location
    visitor.log_in()
    assert visitor.get(LIST).status == 200


def test_the_right_password_can_be_refused(erp: ErpSimulator) -> None:
    erp.faults.wrong_password = True
    assert "html" in callback_result(Visitor(erp).log_in())


def test_a_refused_login_can_say_nothing(erp: ErpSimulator) -> None:
    erp.faults.wrong_password = erp.faults.login_silent = True
    assert callback_result(Visitor(erp).log_in()) == {}
    assert erp.counters.logins_rejected == 1


def test_the_response_to_a_login_can_be_lost(erp: ErpSimulator) -> None:
    erp.faults.login_answer_lost = 1
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        Visitor(erp).log_in()
    assert (erp.counters.login_presses, erp.counters.logins) == (1, 1)


def test_a_login_can_be_left_unanswered(erp: ErpSimulator) -> None:
    erp.faults.login_hangs = 1
    visitor = Visitor(erp)
    form = visitor.login_form()
    visitor.timeout_s = 0.2
    with pytest.raises(TimeoutError):
        visitor.post(LOGIN, form)
    wait_until(lambda: erp.counters.login_presses == 1)
    assert erp.counters.logins == 0


def test_a_login_can_be_slow(erp: ErpSimulator) -> None:
    erp.faults.login_slower = 0.1
    began_s = time.monotonic()
    Visitor(erp).log_in()
    assert time.monotonic() - began_s >= 0.1


def test_logins_beyond_the_day_s_number_are_refused(erp: ErpSimulator) -> None:
    erp.faults.logins_per_day = 2
    answers = [Visitor(erp).log_in() for _ in range(3)]
    assert ["redirect" in callback_result(answer) for answer in answers] == [True, True, False]
    assert "Accesso bloccato" in answers[2].text
    assert erp.counters.logins_blocked == 1


def test_a_blocked_host_gets_403_for_everything(erp: ErpSimulator) -> None:
    erp.faults.host_blocked = True
    assert Visitor(erp).get(LOGIN).status == 403


@pytest.mark.parametrize(
    ("language", "locale", "title"),
    [
        ("it-IT", "it-IT", "<title>Clienti - "),
        ("it-IT,it;q=0.9", "it-IT", "<title>Clienti - "),
        ("it-IT", "en-US", "<title>Customers - "),
        ("en-US", "it-IT", "<title>Customers - "),
        ("it", "it-IT", "<title>Customers - "),
    ],
)
def test_italian_must_be_requested_by_header_and_locale(
    erp: ErpSimulator, language: str, locale: str, title: str
) -> None:
    assert title in Visitor(erp, language=language, locale=locale).open_list()


def test_english_can_be_forced_on_an_italian_browser(erp: ErpSimulator) -> None:
    erp.faults.english = True
    visitor = Visitor(erp)
    assert ">Log In<" in visitor.get(LOGIN).text
    assert "Export to" in visitor.open_list()


def test_the_answers_look_like_those_of_iis(erp: ErpSimulator) -> None:
    headers = Visitor(erp).get(LOGIN).headers
    assert headers["Server"] == "Microsoft-IIS/10.0"
    assert headers["X-AspNet-Version"] == "4.0.30319"
    assert headers["Cache-Control"] == "no-cache, no-store"


def test_an_address_outside_the_erp_is_not_found(erp: ErpSimulator) -> None:
    assert Visitor(erp).get("/_control/faults").status == 404
