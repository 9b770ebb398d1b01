"""The two cultures of a session: captions and their order, number and date formats, file name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

CultureName = Literal["it", "en"]
IdentifierStyle = Literal["culture", "dot", "comma", "plain"]
NegativeStyle = Literal["minus", "brackets", "trailing"]

_ITALIAN_CAPTIONS = {
    "erp_id": "ID",
    "customer_profile": "PROFILO CLIENTE:",
    "name": "NOME",
    "vat_number": "PARTITA IVA:",
    "pec": "PEC:",
    "sdi": "SDI:",
    "fiscal_code": "CODICE FISCALE:",
    "delivery_terms": "TERMINI DI CONSEGNA",
    "street": "VIA:",
    "postal_code": "INDIRIZZO LOGISTICO CAP",
    "city": "CITTÀ",
    "phone": "TELEFONO:",
    "mobile": "CELLULARE:",
    "url": "URL:",
    "attention_to": "ALL’ATTENZIONE DI:",
    "last_order_date": "DATA DELL'ULTIMO ORDINE",
    "actual_order_count": "CONTEGGI DEGLI ORDINI EFFETTIVI",
    "actual_sales": "TIPO DI CLIENTE",
    "previous_order_count_1": "CONTEGGIO DEGLI ORDINI PRECEDENTE",
    "previous_sales_1": "VENDITE PRECEDENTE",
    "previous_order_count_2": "CONTEGGIO DEGLI ORDINI PRECEDENTE 2",
    "previous_sales_2": "VENDITE PRECEDENTE",
    "description": "DESCRIZIONE:",
    "type": "TYPE:",
    "external_account_number": "NUMERO DI CONTO ESTERNO",
    "our_account_number": "IL NOSTRO NUMERO DI CONTO",
}

# The order differs from the Italian one, as in the ERP; the captions are invented, since there is no English
# export to copy.
_ENGLISH_CAPTIONS = {
    "erp_id": "ID",
    "name": "NAME",
    "customer_profile": "CUSTOMER PROFILE:",
    "street": "STREET:",
    "postal_code": "LOGISTICS ADDRESS ZIP CODE",
    "city": "CITY",
    "vat_number": "VAT NUMBER:",
    "fiscal_code": "FISCAL CODE:",
    "pec": "PEC:",
    "sdi": "SDI:",
    "phone": "TELEPHONE:",
    "mobile": "MOBILE PHONE:",
    "url": "URL:",
    "attention_to": "TO THE ATTENTION OF:",
    "delivery_terms": "TERMS OF DELIVERY",
    "type": "TYPE:",
    "description": "DESCRIPTION:",
    "last_order_date": "DATE OF LAST ORDER",
    "actual_order_count": "ACTUAL ORDER COUNT",
    "actual_sales": "ACTUAL SALES",
    "previous_order_count_1": "PREVIOUS ORDER COUNT",
    "previous_sales_1": "PREVIOUS SALES",
    "previous_order_count_2": "PREVIOUS ORDER COUNT 2",
    "previous_sales_2": "PREVIOUS SALES",
    "external_account_number": "EXTERNAL ACCOUNT NUMBER",
    "our_account_number": "OUR ACCOUNT NUMBER",
}


@dataclass(frozen=True)
class Culture:
    """How a list is printed in one language; ``captions`` are by field, in printed order."""

    name: CultureName
    captions: dict[str, str]
    file_name: str
    group_separator: str
    decimal_separator: str
    money_pattern: str
    date_pattern: str
    negative_style: NegativeStyle = "minus"

    def integer(self, value: int) -> str:
        return f"{value:,}".replace(",", self.group_separator)

    def decimal(self, value: Decimal) -> str:
        """Print two decimals, half a cent away from zero."""
        units, cents = f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):,}".split(".")
        return units.replace(",", self.group_separator) + self.decimal_separator + cents

    def money(self, amount: Decimal) -> str:
        number = self.decimal(abs(amount))
        printed = self.money_pattern.format(number)
        if amount.quantize(Decimal("0.01"), ROUND_HALF_UP) >= 0:
            return printed
        return {"minus": f"-{printed}", "brackets": f"({number})", "trailing": f"{number}-"}[
            self.negative_style
        ]

    def day(self, day: date | None) -> str:
        return day.strftime(self.date_pattern) if day else ""

    def identifier(self, digits: str, style: IdentifierStyle = "culture") -> str:
        """Group an identifier's digits like a number, by default in the culture's own way."""
        separator = {"culture": self.group_separator, "dot": ".", "comma": ",", "plain": ""}[style]
        return f"{int(digits):,}".replace(",", separator)

    def count_total(self, count: int) -> str:
        return f"Count={self.integer(count)}"

    def integer_total(self, total: int) -> str:
        return f"Sum={self.integer(total)}"

    def money_total(self, total: Decimal) -> str:
        return f"Sum={self.money(total)}"


ITALIAN = Culture(
    name="it",
    captions=_ITALIAN_CAPTIONS,
    file_name="Clienti.pdf",
    group_separator=".",
    decimal_separator=",",
    money_pattern="{} €",
    date_pattern="%d/%m/%Y",
)
ENGLISH = Culture(
    name="en",
    captions=_ENGLISH_CAPTIONS,
    file_name="Customers.pdf",
    group_separator=",",
    decimal_separator=".",
    money_pattern="${}",
    date_pattern="%m/%d/%Y",
)
CULTURES: dict[CultureName, Culture] = {"it": ITALIAN, "en": ENGLISH}
