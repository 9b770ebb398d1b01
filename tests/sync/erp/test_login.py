"""Logging in: once, only when the ERP asks for it, and never again after a rejection."""

from __future__ import annotations

import json
import stat

import pytest

from scripts.erp_simulator.server import ErpSimulator
from sync.erp import SingleLogin
from sync.errors import (
    LoginBlocked,
    LoginRejected,
    LoginUnknown,
    NoDownload,
    SessionLost,
)

from .conftest import Client


def test_a_first_fetch_logs_in_and_downloads_the_list(erp: ErpSimulator, client: Client) -> None:
    fetched = client.fetch()
    assert client.content.startswith(b"%PDF-")
    assert fetched.notes == ()
    assert erp.counters.logins == 1


def test_the_stages_are_reported_and_timed(client: Client) -> None:
    fetched = client.fetch()
    assert client.stages == ["browser", "list", "login", "list", "export", "download"]
    assert set(fetched.stages) == {"browser", "login", "list", "export", "download"}


def test_a_second_fetch_uses_the_session_and_does_not_log_in(erp: ErpSimulator, client: Client) -> None:
    client.fetch()
    fetched = client.fetch()
    assert erp.counters.logins == 1
    assert "login" not in fetched.stages


def test_a_wrong_password_is_not_tried_again(erp: ErpSimulator, client: Client) -> None:
    with pytest.raises(LoginRejected, match="Accesso non riuscito") as caught:
        client.fetch(password="sbagliata-42")
    assert erp.counters.logins_rejected == 1
    assert not caught.value.retryable
    assert "sbagliata-42" not in caught.value.message


def test_english_labels_and_the_logo_link_do_not_prevent_the_login(erp: ErpSimulator, client: Client) -> None:
    erp.faults.english = True
    fetched = client.fetch()
    assert erp.counters.logins == 1
    assert [str(note) for note in fetched.notes] == [
        "the ERP's pages are not in Italian, although the browser asks for Italian"
    ]


def test_a_login_may_take_longer_than_a_page(erp: ErpSimulator, client: Client) -> None:
    erp.faults.login_slower = 5.5
    assert client.fetch(page_timeout_s=5.0).stages["login"] >= 5500


def test_a_login_that_takes_too_long_has_an_unknown_outcome(erp: ErpSimulator, client: Client) -> None:
    erp.faults.login_slower = 60.0
    with pytest.raises(LoginUnknown, match=r"login took longer than 0\.3 s") as caught:
        client.fetch(login_timeout_s=0.3)
    assert not caught.value.retryable


def test_a_session_that_ended_on_the_server_leads_to_one_new_login(erp: ErpSimulator, client: Client) -> None:
    client.fetch()
    erp.expire_sessions()
    client.fetch()
    assert erp.counters.logins == 2


def test_a_session_that_ends_before_the_export_leads_to_one_new_login(
    erp: ErpSimulator, client: Client
) -> None:
    client.fetch()
    erp.faults.session_expires_before_export = 1
    client.fetch()
    assert erp.counters.logins == 2
    assert client.content.startswith(b"%PDF-")


def test_a_session_that_ends_right_after_a_login_is_not_logged_in_again(
    erp: ErpSimulator, client: Client
) -> None:
    erp.faults.session_expires_before_export = 1
    with pytest.raises(SessionLost) as caught:
        client.fetch()
    assert erp.counters.logins == 1
    assert not caught.value.retryable


def test_too_many_logins_in_a_day_are_a_block_not_a_wrong_password(erp: ErpSimulator, client: Client) -> None:
    erp.faults.logins_per_day = 1
    client.fetch()
    erp.expire_sessions()
    with pytest.raises(LoginBlocked, match="Accesso bloccato"):
        client.fetch()
    assert erp.counters.logins_blocked == 1


def test_a_blocked_host_does_not_try_to_log_in(erp: ErpSimulator, client: Client) -> None:
    erp.faults.host_blocked = True
    with pytest.raises(LoginBlocked, match="403"):
        client.fetch()
    assert erp.counters.logins == 0


def test_one_request_runs_at_a_time(erp: ErpSimulator, client: Client) -> None:
    client.fetch()
    client.fetch()
    assert erp.counters.parallel_requests == 0


def test_only_the_owner_can_read_the_session_file(client: Client) -> None:
    client.fetch()
    state_path = client.config.state_path
    assert stat.S_IMODE(state_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(state_path.parent.stat().st_mode) == 0o700
    assert [each.name for each in state_path.parent.iterdir()] == [state_path.name]


def test_a_session_that_the_browser_rejects_leads_to_a_new_login(erp: ErpSimulator, client: Client) -> None:
    client.fetch()
    saved = json.loads(client.config.state_path.read_text())
    saved["state"]["cookies"] = [{"name": "Login"}]
    client.config.state_path.write_text(json.dumps(saved))
    client.fetch()
    assert erp.counters.logins == 2


def test_another_users_session_is_not_used(erp: ErpSimulator, client: Client) -> None:
    client.fetch()
    with pytest.raises(LoginRejected):
        client.fetch(username="collega")
    assert erp.counters.logins == 1


@pytest.mark.parametrize("fault", ["login_hangs", "login_answer_lost", "login_ignored"])
def test_a_login_without_a_clear_outcome_is_final(erp: ErpSimulator, client: Client, fault: str) -> None:
    setattr(erp.faults, fault, 1)
    with pytest.raises(LoginUnknown, match="the outcome is not known") as caught:
        client.fetch(login_timeout_s=1.0)
    assert not caught.value.retryable
    assert erp.counters.login_presses == (0 if fault == "login_ignored" else 1)


def test_a_press_that_sent_no_request_is_reported(erp: ErpSimulator, client: Client) -> None:
    erp.faults.login_ignored = 1
    with pytest.raises(LoginUnknown, match="the press sent no request"):
        client.fetch(login_timeout_s=0.5)


def test_a_refusal_without_a_message_is_a_rejection(erp: ErpSimulator, client: Client) -> None:
    erp.faults.wrong_password = erp.faults.login_silent = True
    with pytest.raises(LoginRejected, match="without a reason"):
        client.fetch(silent_login_s=0.5)
    assert erp.counters.login_presses == 1


def test_a_run_logs_in_once_over_all_its_attempts(erp: ErpSimulator, client: Client) -> None:
    login = SingleLogin()
    erp.faults.no_download = 1
    with pytest.raises(NoDownload):
        client.fetch(login=login, export_timeout_s=0.5)
    erp.expire_sessions()
    with pytest.raises(SessionLost, match="a run logs in once"):
        client.fetch(login=login)
    assert erp.counters.login_presses == 1


@pytest.mark.parametrize("after_s", [0.0, 0.5, 1.3, 1.7])
def test_a_moved_focus_loses_no_keys(erp: ErpSimulator, client: Client, after_s: float) -> None:
    erp.faults.focus_stolen_after = after_s
    client.fetch()
    assert (erp.counters.login_presses, erp.counters.logins) == (1, 1)


def test_a_password_with_blanks_presses_no_button(client: Client) -> None:
    username, password = "un agente", "due  parole e "
    with ErpSimulator(5, username=username, password=password) as erp:
        erp.faults.focus_stolen_after = 1.6
        client.fetch(base_url=erp.base_url, username=username, password=password)
        assert (erp.counters.login_presses, erp.counters.logins) == (1, 1)
