from __future__ import annotations

import pytest

from sync.erp.page_state import is_login_path, label_text, one_line


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Esportare inEsportare in", "Esportare in"),
        (" Esportare in\n Esportare in ", "Esportare in"),
        ("Esportare in", "Esportare in"),
        ("Accedi", "Accedi"),
        ("", ""),
    ],
)
def test_a_doubled_label_is_read_once(text: str, label: str) -> None:
    assert label_text(text) == label


def test_the_login_page_is_known_by_its_path_alone() -> None:
    assert is_login_path("/Archibald/Login.aspx")
    assert not is_login_path("/Archibald/Default.aspx")


def test_a_long_text_is_cut_for_a_message() -> None:
    assert one_line("a  b\nc" * 100, most=7) == "a b ca…"


def test_what_no_database_can_store_is_replaced_in_a_line() -> None:
    assert one_line("cut \ud83d, nul \0") == "cut ?, nul ?"
