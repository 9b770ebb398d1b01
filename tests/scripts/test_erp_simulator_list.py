"""The customer list over HTTP: toolbar, filter, grid and pager."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import urlencode

import pytest

from scripts.erp_simulator import world
from scripts.erp_simulator.culture import ITALIAN
from scripts.erp_simulator.server import ErpSimulator
from tests.scripts.erp_visitor import LIST, Visitor, form_fields

FREE = 13
EXCLUSIVE = 32


@pytest.fixture(scope="module")
def customers() -> list[world.SimCustomer]:
    """45 customers, of whom 13 are free."""
    return [
        replace(each, type="PotDentiItal" if position < FREE else "Debitor")
        for position, each in enumerate(world.generate(FREE + EXCLUSIVE))
    ]


@pytest.fixture
def erp(customers: list[world.SimCustomer]) -> Iterator[ErpSimulator]:
    with ErpSimulator(customers) as simulator:
        yield simulator


def rows(page: str) -> int:
    return page.count('class="dxgvDataRow_XafTheme"')


def grid_html(answer: dict[str, dict[str, str]]) -> str:
    return next(html for id_, html in answer["html"].items() if "_LE_v" in id_)


def test_the_first_page_has_twenty_rows_of_three_pages(erp: ErpSimulator) -> None:
    page = Visitor(erp).open_list()
    assert rows(page) == 20
    assert "Pagina 1 di 3<" in page


def test_the_grid_has_another_id_at_every_visit(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    found = [re.search(r'<table id="(Vertical_v1_\d+_LE_v1)"', visitor.open_list()) for _ in range(2)]
    assert len({match.group(1) for match in found if match}) == 2


def view_number(page: str) -> int:
    match = re.search(r'<table id="Vertical_v(\d+)_\d+_LE_v(\d+)"', page)
    assert match
    assert match.group(1) == match.group(2)
    return int(match.group(1))


def test_the_grid_s_view_number_is_the_order_of_opening(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    for path in ("Default.aspx", "Announcements_ListView/", "SALESTABLE_ListView_Agent/"):
        visitor.get(f"/Archibald/{path}")
    assert view_number(visitor.open_list()) == 3
    visitor.get("/Archibald/INVENTTABLE_ListView/")
    assert view_number(visitor.open_list()) == 3


def test_the_grid_s_view_number_can_be_set(erp: ErpSimulator) -> None:
    erp.faults.view_number = 26
    assert view_number(Visitor(erp).open_list()) == 26


def captions(page: str) -> list[str]:
    row = re.search(r'_DXHeadersRow0">(.*?)</tr></table></td></tr>', page, re.DOTALL)
    assert row
    return re.findall(r"<table><tr><td>([^<]*)</td>", row.group(1))


def test_the_grid_has_the_report_s_columns_behind_two_of_its_own(erp: ErpSimulator) -> None:
    page = Visitor(erp).open_list()
    assert [unescape(each) for each in captions(page)] == list(ITALIAN.captions.values())
    assert len(re.findall(r'id="\w+_col\d+"', page)) == 28
    assert len(re.findall(r'id="\w+_DXFREditorcol\d+_I"[^>]*value=""', page)) == 26


@pytest.mark.parametrize(("fault", "count"), [("columns-hidden=3", 23), ("extra-columns-named", 32)])
def test_the_grid_can_have_other_columns(erp: ErpSimulator, fault: str, count: int) -> None:
    erp.faults.set_from_text(fault)
    assert len(captions(Visitor(erp).open_list())) == count


def test_a_person_can_leave_another_page_and_size(erp: ErpSimulator) -> None:
    erp.faults.page_left_on, erp.faults.page_size_left = 5, 10
    page = Visitor(erp).open_list()
    assert "Pagina 5 di 5<" in page
    assert rows(page) == 5
    assert "Pagina 5 di 5<" in Visitor(erp).open_list()


def test_the_pager_can_be_missing(erp: ErpSimulator) -> None:
    erp.faults.pager_hidden = True
    assert "DXPagerBottom" not in Visitor(erp).open_list()


def test_the_account_can_have_fewer_rights(erp: ErpSimulator) -> None:
    erp.faults.other_account_rights = 0.4
    assert len(erp.book.shown("all")) == 18
    assert "Pagina 1 di 1<" in Visitor(erp).open_list()


def test_a_map_has_no_grid_and_no_export_until_another_view_is_chosen(erp: ErpSimulator) -> None:
    erp.faults.view_left_on = "map"
    visitor = Visitor(erp)
    page = visitor.open_list()
    assert "dxgvControl_XafTheme" not in page
    assert "Esportare" not in page
    answer = visitor.choose_view("CUSTTABLE_ListView_Agent")
    assert rows(answer["html"]["Vertical_VSC"]) == 20
    assert "Esportare" in answer["html"]["Vertical_mainMenu"]


def test_the_grid_s_parts_carry_the_grid_s_id(erp: ErpSimulator) -> None:
    page = Visitor(erp).open_list()
    match = re.search(r'<table id="(Vertical_v1_\d+_LE_v1)"', page)
    assert match
    parts = ("DXMainTable", "DXHeadersRow0", "DXDataRow0", "DXPagerBottom", "DXPagerBottom_PSP", "LPV")
    assert [part for part in parts if f'id="{match.group(1)}_{part}"' not in page] == []


def test_the_export_is_item_six_and_has_its_label_twice(erp: ErpSimulator) -> None:
    page = Visitor(erp).open_list()
    match = re.search(r'<a id="Vertical_mainMenu_Menu_DXI6_T"(.*?)</a>', page)
    assert match
    assert 'title="Esportare in PDF File"' in match.group(1)
    assert match.group(1).count(">Esportare in<") == 2
    assert 'id="Vertical_mainMenu_Menu_DXI6_II"' in page
    assert 'id="Vertical_mainMenu_Menu_DXI6_IS"' in page


def test_a_new_button_shifts_the_export_and_the_filter(erp: ErpSimulator) -> None:
    erp.faults.toolbar_shift = 1
    page = Visitor(erp).open_list()
    assert re.search(r'_DXI7_T"[^>]*title="Esportare in PDF File"', page)
    assert "Vertical_mainMenu_Menu_ITCNT8_xaf_a2_Cb_I" in page


def test_a_posted_form_is_about_as_large_as_the_erp_s(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    size = len(urlencode(form_fields(visitor.open_list())))
    assert 25_000 < size < 27_000


def test_a_chosen_filter_shows_at_once_and_after_another_login(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.open_list()
    answer = visitor.choose_filter("Free_Customers")
    assert "Clienti liberi" in answer["values"].values()
    assert rows(grid_html(answer)) == FREE
    assert 'value="Clienti liberi"' in Visitor(erp).open_list()


def test_each_customer_is_in_one_of_the_two_narrow_filters(erp: ErpSimulator) -> None:
    counts = [len(erp.book.shown(name)) for name in ("all", "exclusive", "free")]
    assert counts == [FREE + EXCLUSIVE, EXCLUSIVE, FREE]


def test_a_colleague_can_leave_another_filter_behind(erp: ErpSimulator) -> None:
    erp.faults.filter_left_on = "free"
    visitor = Visitor(erp)
    assert 'value="Clienti liberi"' in visitor.open_list()
    visitor.choose_filter("All_Customers")
    assert 'value="Tutti i clienti"' in visitor.open_list()


def test_a_stuck_filter_does_not_change(erp: ErpSimulator) -> None:
    erp.faults.filter_left_on, erp.faults.filter_stuck = "exclusive", True
    visitor = Visitor(erp)
    visitor.open_list()
    assert "Clienti esclusivi" in visitor.choose_filter("All_Customers")["values"].values()


def test_the_filter_s_number_can_be_changed(erp: ErpSimulator) -> None:
    erp.faults.filter_prefix = 5
    visitor = Visitor(erp)
    assert "xaf_xaf_a5All_Customers" in visitor.open_list()
    assert rows(grid_html(visitor.choose_filter("Free_Customers"))) == FREE


def test_turning_a_page_is_remembered(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.open_list()
    assert rows(grid_html(visitor.callback("c0:GB|20;12|PAGERONCLICK3|PN2;"))) == 5
    assert "Pagina 3 di 3" in Visitor(erp).open_list()


def test_another_page_size_changes_the_number_of_pages(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.open_list()
    html = grid_html(visitor.callback("c0:GB|20;12|PAGERONCLICK5|PSP50;"))
    assert "Pagina 1 di 1<" in html
    assert 'value="50"' in html
    assert rows(html) == FREE + EXCLUSIVE


def test_turning_a_page_can_reset_the_filter(erp: ErpSimulator) -> None:
    erp.faults.paging_resets_filter = True
    visitor = Visitor(erp)
    visitor.open_list()
    answer = visitor.callback("c0:GB|20;12|PAGERONCLICK3|PN1;")
    assert "Clienti liberi" in answer["values"].values()


@pytest.mark.parametrize(
    ("summary", "text"),
    [("none", ""), ("pages", "Pagina 1 di 3"), ("items", "Pagina 1 di 3 (45 elementi)")],
)
def test_the_pager_s_text_can_say_more_or_less(erp: ErpSimulator, summary: str, text: str) -> None:
    erp.faults.pager_summary = summary
    match = re.search(r'dxp-summary">([^<]*)<', Visitor(erp).open_list())
    assert (match.group(1) if match else "") == text


def test_a_long_pager_shows_its_first_and_last_number() -> None:
    with ErpSimulator(500) as erp:
        page = Visitor(erp).open_list()
    assert re.findall(r'data-pager="PN(\d+)"', page) == ["1", "2", "3", "4", "5", "6", "24"]


def test_a_form_of_another_session_leads_to_the_error_page(erp: ErpSimulator) -> None:
    visitor, other = Visitor(erp), Visitor(erp)
    visitor.open_list()
    other.page = visitor.page
    other.log_in()
    assert other.export().location == "/Archibald/Error.aspx"


def test_a_customer_has_a_page_of_its_own(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    erp_id = erp.customers[3].erp_id
    assert f"<td>{erp_id}</td>" in visitor.get(f"/Archibald/CUSTTABLE_DetailView/{erp_id}/?mode=View").text


def test_a_broken_record_redirects_to_the_error_page(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    erp.faults.record_broken = erp.customers[3].erp_id
    answer = visitor.get(f"/Archibald/CUSTTABLE_DetailView/{erp.customers[3].erp_id}/?mode=View")
    assert answer.location == "/Archibald/Error.aspx"


def test_a_broken_list_redirects_to_the_error_page_and_recovers(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    erp.faults.list_broken = 1
    assert visitor.get(LIST).location == "/Archibald/Error.aspx"
    assert visitor.get(LIST).status == 200


def test_the_list_can_have_a_message_in_its_error_box(erp: ErpSimulator) -> None:
    erp.faults.error_message = 1
    page = Visitor(erp).open_list()
    assert re.search(r'<div id="Vertical_ErrorInfo"><span class="ErrorMessage">Si è verificato', page)


@pytest.mark.parametrize(("missing", "left"), [(1, 44), (0.4, 27), (999, 0)])
def test_customers_can_be_missing_from_the_list(erp: ErpSimulator, missing: float, left: int) -> None:
    erp.faults.customers_missing = missing
    assert len(erp.book.shown("all")) == left
    assert len(erp.customers) == FREE + EXCLUSIVE


def test_other_lists_are_there_and_empty(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    assert "Nessun dato da visualizzare" in visitor.get("/Archibald/SALESTABLE_ListView_Agent/").text


def test_an_unknown_view_redirects_to_the_error_page(erp: ErpSimulator) -> None:
    visitor = Visitor(erp)
    visitor.log_in()
    assert visitor.get("/Archibald/NOTHING_ListView/").location == "/Archibald/Error.aspx"
    assert "Si è verificato un errore" in visitor.get("/Archibald/Error.aspx").text
