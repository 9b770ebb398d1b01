"""The texts of the ERP's pages, in Italian and in English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scripts.erp_simulator.culture import CultureName

FilterName = Literal["all", "exclusive", "free"]
ViewName = Literal["default", "compact", "map"]

# In English in both languages.
BANNER = "Requested objects cannot be loaded"


@dataclass(frozen=True)
class Labels:
    """The texts in one language."""

    account_name: str
    password: str
    log_in: str
    log_off: str
    login_failed: str
    login_blocked: str
    customers: str
    customer: str
    announcements: str
    announcement: str
    lists: tuple[tuple[str, str], ...]
    new: str
    edit: str
    refresh: str
    reset_view: str
    views: dict[ViewName, str]
    send_message: str
    extra_button: str
    export: str
    export_title: str
    hidden_items: str
    filters: dict[FilterName, str]
    detail_captions: tuple[str, ...]
    no_rows: str
    search_null_text: str
    clear_filter: str
    page_of: str
    page_of_items: str
    page_size: str
    loading: str
    error_title: str
    error_text: str


ITALIAN = Labels(
    account_name="NOME ACCOUNT:",
    password="PASSWORD:",
    log_in="Accedi",
    log_off="Disconnetti",
    login_failed="Accesso non riuscito: il nome account o la password non sono corretti.",
    login_blocked="Accesso bloccato: troppi accessi. Rivolgersi all'amministratore.",
    customers="Clienti",
    customer="Cliente",
    announcements="Annunci",
    announcement="Listino aggiornato per la nuova stagione.",
    lists=(
        ("Clienti", "CUSTTABLE_ListView_Agent"),
        ("Ordini", "SALESTABLE_ListView_Agent"),
        ("Documenti di trasporto", "CUSTPACKINGSLIPJOUR_ListView"),
        ("Fatture", "CUSTINVOICEJOUR_ListView"),
        ("Articoli", "INVENTTABLE_ListView"),
        ("Listini", "PRICEDISCTABLE_ListView"),
    ),
    new="Nuovo",
    edit="Modifica",
    refresh="Aggiorna",
    reset_view="Reset view settings",
    views={"default": "Vista predefinita", "compact": "Vista compatta", "map": "Mappa clienti"},
    send_message="Invia messaggio",
    extra_button="Attività",
    export="Esportare in",
    export_title="Esportare in PDF File",
    hidden_items="Mostra elementi nascosti",
    filters={"all": "Tutti i clienti", "exclusive": "Clienti esclusivi", "free": "Clienti liberi"},
    detail_captions=("ID", "NOME", "PARTITA IVA:", "VIA:", "CAP", "CITTÀ", "TELEFONO:", "TIPO"),
    no_rows="Nessun dato da visualizzare",
    search_null_text="Inserire testo di ricerca",
    clear_filter="Cancella",
    page_of="Pagina {page} di {pages}",
    page_of_items="Pagina {page} di {pages} ({items} elementi)",
    page_size="Dimensione pagina:",
    loading="Caricamento…",
    error_title="Errore",
    error_text="Si è verificato un errore nell'elaborazione della richiesta.",
)

ENGLISH = Labels(
    account_name="ACCOUNT NAME:",
    password="PASSWORD:",
    log_in="Log In",
    log_off="Log Off",
    login_failed="Login failed: the account name or the password is not correct.",
    login_blocked="Login blocked: too many logins. Please contact your administrator.",
    customers="Customers",
    customer="Customer",
    announcements="Announcements",
    announcement="The price list of the new season is out.",
    lists=(
        ("Customers", "CUSTTABLE_ListView_Agent"),
        ("Orders", "SALESTABLE_ListView_Agent"),
        ("Packing slips", "CUSTPACKINGSLIPJOUR_ListView"),
        ("Invoices", "CUSTINVOICEJOUR_ListView"),
        ("Items", "INVENTTABLE_ListView"),
        ("Price lists", "PRICEDISCTABLE_ListView"),
    ),
    new="New",
    edit="Edit",
    refresh="Refresh",
    reset_view="Reset view settings",
    views={"default": "Default view", "compact": "Compact view", "map": "Customers map"},
    send_message="Send message",
    extra_button="Activities",
    export="Export to",
    export_title="Export to PDF File",
    hidden_items="Show hidden items",
    filters={"all": "All Customers", "exclusive": "Exclusive customers", "free": "Free customers"},
    detail_captions=("ID", "NAME", "VAT NUMBER:", "STREET:", "ZIP CODE", "CITY", "PHONE:", "TYPE"),
    no_rows="No data to display",
    search_null_text="Enter text to search...",
    clear_filter="Clear",
    page_of="Page {page} of {pages}",
    page_of_items="Page {page} of {pages} ({items} items)",
    page_size="Page size:",
    loading="Loading…",
    error_title="Error",
    error_text="An error occurred while processing your request.",
)


def labels(culture: CultureName) -> Labels:
    return ITALIAN if culture == "it" else ENGLISH
