import random

import pytest

from customers.erp_list.columns import COLUMNS, ColumnMap, map_columns
from customers.erp_list.records import InvalidList
from scripts.erp_simulator.culture import CULTURES
from tests.customers.customer_lists import CAPTIONS


def refusal(captions: list[str], *, allow_missing: bool = False) -> InvalidList:
    with pytest.raises(InvalidList) as caught:
        map_columns(captions, allow_missing=allow_missing)
    return caught.value


def fields(columns: ColumnMap) -> list[str]:
    return [column.field for _, column in columns.known]


def without(*captions: str) -> list[str]:
    return [caption for caption in CAPTIONS if caption not in captions]


def test_the_usual_columns_are_all_known_and_need_no_note() -> None:
    columns = map_columns(CAPTIONS)
    assert (len(columns.known), columns.notes) == (26, ())


@pytest.mark.parametrize(
    ("usual", "seen"),
    [
        ("ALL’ATTENZIONE DI:", "ALL'ATTENZIONE DI:"),
        ("DATA DELL'ULTIMO ORDINE", "DATA DELL’ULTIMO ORDINE"),
        ("PARTITA IVA:", "Partita  IVA"),
        ("NOME", " nome : "),
        ("CITTÀ", "CITTA\u0300"),
    ],
)
def test_apostrophes_case_blanks_and_colons_do_not_make_another_column(usual: str, seen: str) -> None:
    columns = map_columns([seen if caption == usual else caption for caption in CAPTIONS])
    assert fields(columns) == fields(map_columns(CAPTIONS))


def test_columns_in_another_order_are_found_and_noted() -> None:
    columns = map_columns(CAPTIONS[3:] + CAPTIONS[:3])
    assert columns.id_index == 23
    assert [*map(str, columns.notes)] == ["layout changed: the columns are in another order"]


def test_every_column_is_found_in_any_order() -> None:
    rng = random.Random(7)
    for _ in range(100):
        captions = rng.sample(CAPTIONS, len(CAPTIONS))
        assert all(captions[index] == column.caption for index, column in map_columns(captions).known)


def test_columns_of_the_same_caption_are_told_apart_by_their_order() -> None:
    found = {column.field: index for index, column in map_columns(CAPTIONS[::-1]).known}
    assert found["previous_sales_1"] < found["previous_sales_2"]


@pytest.mark.parametrize("caption", ["ID", "NOME"])
def test_a_missing_required_column_always_refuses_the_list(caption: str) -> None:
    error = refusal(without(caption), allow_missing=True)
    assert (error.code, error.column) == ("column_missing", caption)


def test_a_missing_known_column_refuses_the_list_and_is_named() -> None:
    error = refusal(without("CITTÀ"))
    assert (error.code, error.column) == ("column_missing", "CITTÀ")
    assert str(error) == "columns missing from the list: “CITTÀ”; unknown columns in it: none"


def test_a_renamed_column_is_named_beside_the_missing_one() -> None:
    error = refusal(["LOCALITÀ" if caption == "CITTÀ" else caption for caption in CAPTIONS])
    assert str(error) == "columns missing from the list: “CITTÀ”; unknown columns in it: “LOCALITÀ”"


def test_a_missing_column_that_is_allowed_is_named_as_absent() -> None:
    columns = map_columns(without("CITTÀ", "PEC:"), allow_missing=True)
    assert columns.missing == {"city", "pec"}
    note = "layout changed: missing columns, their fields left as they were: “PEC:”, “CITTÀ”"
    assert [*map(str, columns.notes)] == [note]


def test_no_known_column_may_be_missing_unless_allowed() -> None:
    with pytest.raises(InvalidList, match="CITTÀ"):
        map_columns(without("CITTÀ"))


def test_one_missing_column_of_two_with_the_same_caption_refuses_the_list() -> None:
    error = refusal(CAPTIONS[:21] + CAPTIONS[22:], allow_missing=True)
    said = "column VENDITE PRECEDENTE is found 1 times instead of 2: it can't be told which one is missing"
    assert (error.code, error.column, str(error)) == ("column_missing", "VENDITE PRECEDENTE", said)


def test_both_columns_of_the_same_caption_may_be_missing_if_allowed() -> None:
    columns = map_columns(without("VENDITE PRECEDENTE"), allow_missing=True)
    assert columns.missing == {"previous_sales_1", "previous_sales_2"}


@pytest.mark.parametrize("caption", ["VENDITE PRECEDENTE", "NOME", "nome:"])
def test_a_known_caption_that_is_repeated_refuses_the_list(caption: str) -> None:
    assert refusal([*CAPTIONS, caption]).code == "column_ambiguous"


def test_a_caption_that_is_found_too_often_is_named_with_how_often() -> None:
    error = refusal([*CAPTIONS, "nome:"])
    said = "column NOME is found 2 times instead of 1: they can't be told apart"
    assert (error.column, str(error)) == ("NOME", said)


def test_english_captions_are_another_language() -> None:
    english = CULTURES["en"].captions
    assert refusal([english[column.field] for column in COLUMNS]).code == "list_language"


def test_another_list_of_the_erp_is_not_taken_for_customers() -> None:
    assert refusal(["ID", "NUMERO ORDINE", "NOME", "NOME DI CONSEGNA", "STATO"]).code == "list_language"


def test_no_columns_at_all_are_refused() -> None:
    error = refusal([])
    said = "only 0 of the 26 captions of the Italian customer list were found: "
    assert str(error) == said + "the list is in another language, or not of customers"
    assert error.code == "list_language"


def test_a_list_with_half_of_the_captions_is_italian() -> None:
    assert refusal(CAPTIONS[:12]).code == "list_language"
    assert refusal(CAPTIONS[:13]).code == "column_missing"


def test_unknown_columns_are_kept_by_their_caption_and_noted() -> None:
    columns = map_columns(["GRUPPO  SCONTO", *CAPTIONS, "LINGUA:"])
    assert columns.unknown == ((0, "GRUPPO SCONTO"), (27, "LINGUA:"))
    [note] = columns.notes
    assert str(note) == "layout changed: unknown columns kept as extra: “GRUPPO SCONTO”, “LINGUA:”"


def test_a_note_names_thirty_of_many_unknown_columns() -> None:
    [note] = map_columns([*CAPTIONS, *(f"N{number}" for number in range(31))]).notes
    assert str(note).endswith("“N28”, “N29”, …")
    [whole] = map_columns([*CAPTIONS, *(f"N{number}" for number in range(30))]).notes
    assert str(whole).endswith("“N28”, “N29”")


def test_a_column_whose_caption_only_begins_like_a_known_one_is_unknown() -> None:
    assert map_columns([*CAPTIONS, "IDX", "NOME:X"]).unknown == ((26, "IDX"), (27, "NOME:X"))


def test_unknown_columns_of_one_caption_do_not_overwrite_each_other() -> None:
    columns = map_columns([*CAPTIONS, "NOTE", "NOTE", "NOTE (2)", "", "NOTE"])
    assert len({key for _, key in columns.unknown}) == 5


def test_unknown_columns_of_one_caption_are_numbered_in_their_order() -> None:
    columns = map_columns([*CAPTIONS, "NOTE", "NOTE", "NOTE"])
    assert [key for _, key in columns.unknown] == ["NOTE", "NOTE (2)", "NOTE (3)"]


def test_the_key_of_an_unknown_column_is_printable_and_never_empty() -> None:
    assert map_columns([*CAPTIONS, "NO\x00TE", ""]).unknown == ((26, "NOTE"), (27, "(no caption)"))


def test_an_unknown_caption_keeps_its_key_when_another_comes_before_it() -> None:
    keys = {key for _, key in map_columns([*CAPTIONS, "NOTE", "NOTE", "NOTE (2)"]).unknown}
    assert keys == {"NOTE", "NOTE (2)", "NOTE (3)"}
