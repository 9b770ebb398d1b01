"""What is said about an error code: once, in every language, and the same in the README."""

from __future__ import annotations

import inspect
import re

import pytest
from django.test import Client

from customers.erp_list.message import Message
from customers.labels import message_text
from sync import errors
from sync.config import sync_config
from sync.error_codes import FACTS
from sync.errors import ListHeld, ListRefused, SyncError
from sync.models import SyncRun
from sync.monitoring import suspension
from sync.runs import lifecycle
from sync.runs.lifecycle import Attempt
from tests.accounts import operator
from tests.italian_pages import english_in, shown_text
from tests.sync.error_texts import classes, texts_by_code, with_parameters
from tests.test_conventions import section

HELD_CODES = {
    "list_empty",
    "first_list_too_short",
    "list_too_short",
    "customers_replaced",
    "source_changed",
    "order_in_future",
    "field_emptied",
    "values_exchanged",
    "columns_exchanged",
    "list_uploaded",
}
CLASS_OF_CODE = {each.code: each for each in classes().values()}


def readme_rows() -> dict[str, list[str]]:
    rows = [line.strip("|").split("|") for line in section("codes").splitlines() if line.startswith("| `")]
    return {cells[0].strip("` "): [cell.strip() for cell in cells[1:]] for cells in rows}


def tried_again(code: str) -> str:
    if code in HELD_CODES:
        return "held"
    return "yes" if code in CLASS_OF_CODE and CLASS_OF_CODE[code].retryable else ""


def test_every_code_that_can_be_raised_has_its_sentences_and_no_other() -> None:
    assert set(FACTS) == set(texts_by_code()) | set(CLASS_OF_CODE)


def test_the_readme_says_the_same() -> None:
    expected = {code: [tried_again(code), each.happened, each.to_do] for code, each in FACTS.items()}
    assert readme_rows() == expected


def test_the_tree_of_errors_names_each_class_and_marks_those_that_are_retried() -> None:
    tree = inspect.getdoc(errors) or ""
    drawn = dict(re.findall(r"[├└]── (\w+) +(\*|\w)", tree))
    assert {name for name, mark in drawn.items() if mark == "*"} == {
        name for name, each in classes().items() if each.retryable
    }
    assert set(classes()) <= set(drawn)


def an_error(code: str, text: Message) -> SyncError:
    if code in CLASS_OF_CODE:
        error = SyncError(text)
        error.code = code
        return error
    return ListHeld(code, text) if code in HELD_CODES else ListRefused(code, text)


def ended_with(code: str) -> int:
    """Make a run that ended with this error, for every sentence that it is raised with an attempt."""
    claim = lifecycle.claim(SyncRun.Trigger.ADMIN, requested_by="carla", lease_s=45)
    texts = sorted(texts_by_code().get(code, ())) or [FACTS[code].happened]
    found = [an_error(code, with_parameters(text)) for text in texts]
    for number, error in enumerate(found, start=1):
        lifecycle.note_attempt(claim, Attempt(number, 1500, {}, error))
    notes = [with_parameters(text).as_json() for text in texts]
    if code in HELD_CODES:
        reasons = [{"code": code, "message": error.message, **error.text.as_json()} for error in found]
        lifecycle.hold(claim, error=found[0], file=b"%PDF", reasons=reasons, changes=[], notes=notes)
    else:
        lifecycle.fail(claim, found[0], notes=notes)
    suspension.suspend(claim.run_id, found[0], sync_config())
    return claim.run_id


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(FACTS))
def test_no_page_says_something_in_english_to_an_italian_reader(client: Client, code: str) -> None:
    run_id = ended_with(code)
    client.force_login(operator())
    pages = (
        f"/admin/sync/syncrun/{run_id}/change/",
        "/admin/sync/syncrun/",
        "/admin/sync/now/",
        "/admin/sync/schedule/",
    )
    for address in pages:
        assert english_in(client, address) == [], address


@pytest.mark.django_db
def test_a_run_of_an_earlier_version_shows_its_stored_sentence(client: Client) -> None:
    run_id = ended_with("no_download")
    SyncRun.objects.update(error_text={}, error_message="no file came", notes=["an earlier note"])
    client.force_login(operator())
    shown = shown_text(client, f"/admin/sync/syncrun/{run_id}/change/")
    assert "No file came." in shown
    assert "An earlier note." in shown


def test_a_message_keeps_its_parameters_when_it_is_stored() -> None:
    error = errors.ErpTimeout(
        "%(what)s took longer than %(seconds)s s", what=Message("the login"), seconds=90.0
    )
    assert Message.from_json(error.as_fields()["error_text"]) == error.text
    assert message_text(error.text) == error.message == "the login took longer than 90 s"
