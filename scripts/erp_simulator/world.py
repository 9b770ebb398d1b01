"""Invent the simulated ERP's customers, and change them between exports.

All surnames, towns and numbers are made up. How often a field is filled, how long names are and which
irregularities they have follows the real list.
"""

from __future__ import annotations

import random
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

NAME_LIMIT = 60
NO_MONEY = Decimal("0.00")
CHANGEABLE_FIELDS = ("actual_sales", "last_order_date", "name", "phone", "street", "vat_number")
_LAST_DAY = date(2026, 1, 18)


@dataclass(frozen=True)
class SimCustomer:
    """One customer as the ERP holds it; amounts may have more than two decimals."""

    erp_id: str
    customer_profile: str = ""
    name: str = ""
    vat_number: str = ""
    pec: str = ""
    sdi: str = ""
    fiscal_code: str = ""
    delivery_terms: str = "FedEx"
    street: str = ""
    postal_code: str = ""
    city: str = ""
    phone: str = ""
    mobile: str = ""
    url: str = ""
    attention_to: str = ""
    last_order_date: date | None = None
    actual_order_count: int = 0
    actual_sales: Decimal = NO_MONEY
    previous_order_count_1: int = 0
    previous_sales_1: Decimal = NO_MONEY
    previous_order_count_2: int = 0
    previous_sales_2: Decimal = NO_MONEY
    description: str = ""
    type: str = ""
    external_account_number: str = ""
    our_account_number: str = ""


@dataclass(frozen=True)
class FieldChange:
    """One value that :func:`change` replaced."""

    erp_id: str
    field: str
    old: object
    new: object


_KINDS = (
    (72, "PotDentiItal", "Potential customer from database Italia"),
    (19, "PotFromCon", "Potential customer from Concessionario"),
    (7, "CustFromConcess", "Customer from Concessionario"),
    (2, "Debitor", "Debitor"),
)
_SURNAME_STARTS = ("Bra", "Cor", "Del", "Fan", "Gal", "Lam", "Mar", "Nor", "Pel", "Qua", "Ron", "Tor", "Val")
_SURNAME_MIDDLES = ("", "be", "ca", "di", "fu", "le", "mi", "no", "ri", "ta", "vo", "zu")
_SURNAME_ENDS = (
    "bini",
    "chetti",
    "dalli",
    "gnotti",
    "luzzi",
    "mei",
    "reschi",
    "soni",
    "tavi",
    "telli",
    "zoli",
)
_GIVEN_NAMES = ("Aldina", "Brunello", "Corrada", "Desidero", "Elmina", "Fulvino", "Gelsa", "Ivano", "Nicolò")
_ACCENTED = ("Nicolò Forlì", "Cantù Però", "D'Avolò", "Mattè È Figli", "Sbarrò-Cefalù", "Müllero Çelò")
_TITLES = ("Dr.", "Dott.", "Dr.Ssa", "Dott.Ti")
_FIRMS = ("Studio Dentistico", "Studio Associato", "Centro Odontoiatrico", "Clinica Dentale", "Dental Sud")
_FORMS = ("S.r.l.", "Snc", "Sas", "S.A.S. Di", "Soc. Coop.", "Sas & C.")
_TOWNS = (
    ("Borgo Mirello", "00042"),
    ("Castel Fiorano Alto", "04017"),
    ("Montesarda", "07026"),
    ("Pietrafosca", "81031"),
    ("Rocca Lunaria", "84091"),
    ("San Bellino Vecchio", "83100"),
    ("Sant'Ermò", "85050"),
    ("Torre Quaglia", "84014"),
    ("Vallescura", "09010"),
    ("Villa Orsenna Marittima", "80045"),
)
_ROADS = ("Via", "Viale", "Corso", "Piazza", "Traversa", "Vico", "Contrada", "Largo")


def generate(count: int, *, seed: int = 1, unrounded: bool = False) -> list[SimCustomer]:
    """Invent ``count`` customers with distinct identifiers; equal arguments give equal customers.

    With ``unrounded``, amounts have four decimals: the printed total can differ from the sum of the
    printed amounts.
    """
    rng = random.Random(seed)
    customers: list[SimCustomer] = []
    for i, erp_id in enumerate(_identifiers(rng, count, taken=frozenset())):
        customer = _invent(rng, i, erp_id, decimals=4 if unrounded else 2)
        if i % 70 == 69:  # 20 of the real 1,452 share a name with another
            customer = replace(customer, name=customers[i - 30].name)
        customers.append(customer)
    return customers


def add(customers: list[SimCustomer], n: int, seed: int = 1) -> list[SimCustomer]:
    """Insert ``n`` new customers at random positions of the list; return them."""
    rng = random.Random(f"add {seed}")
    identifiers = _identifiers(rng, n, taken={customer.erp_id for customer in customers})
    added = [_invent(rng, rng.randrange(1000), erp_id, decimals=2) for erp_id in identifiers]
    for customer in added:
        customers.insert(rng.randint(0, len(customers)), customer)
    return added


def change(customers: list[SimCustomer], n: int, seed: int = 1) -> list[FieldChange]:
    """Change one to three fields of ``n`` customers in place in the list; return every replaced value.

    The new values also depend on the old ones, so a second call with the same seed changes them again.
    """
    chosen = random.Random(f"change {seed}").sample(range(len(customers)), n)
    changes: list[FieldChange] = []
    for i in sorted(chosen):
        old = customers[i]
        rng = random.Random(f"change {seed} {old}")
        new = _changed(rng, old)
        fields = sorted(rng.sample(CHANGEABLE_FIELDS, rng.randint(1, 3)))
        values = {field: getattr(new, field) for field in fields}
        customers[i] = replace(old, **values)
        changes += [FieldChange(old.erp_id, field, getattr(old, field), values[field]) for field in fields]
    return changes


def remove(customers: list[SimCustomer], n: int, seed: int = 1) -> list[SimCustomer]:
    """Remove ``n`` customers from the list; return them."""
    rng = random.Random(f"remove {seed}")
    removed = [customers[i] for i in sorted(rng.sample(range(len(customers)), n))]
    gone = {customer.erp_id for customer in removed}
    customers[:] = [customer for customer in customers if customer.erp_id not in gone]
    return removed


def _identifiers(rng: random.Random, count: int, *, taken: Set[str]) -> list[str]:
    """Draw distinct identifiers: some of two or three digits, most of five, six when there are many."""
    end = 100_000 if count + len(taken) < 40_000 else 1_000_000
    free_small = _free(range(50, 1000), taken)
    free_large = _free(range(10_000, end), taken)
    small = rng.sample(free_small, min(count // 5, 400, len(free_small)))
    chosen = small + rng.sample(free_large, count - len(small))
    rng.shuffle(chosen)
    return [str(number) for number in chosen]


def _free(numbers: range, taken: Set[str]) -> Sequence[int]:
    # Most worlds are new: looking at 90,000 numbers would take longer than inventing 60 customers.
    return [number for number in numbers if str(number) not in taken] if taken else numbers


def _invent(rng: random.Random, i: int, erp_id: str, *, decimals: int) -> SimCustomer:
    """Invent one customer; rare irregularities depend on ``i``, so that a short list has some too."""
    town, postal_code = rng.choice(_TOWNS)
    _, kind, description = rng.choices(_KINDS, weights=[weight for weight, _, _ in _KINDS])[0]
    if i % 500 == 77:
        kind = description = ""
    customer = SimCustomer(
        erp_id=erp_id,
        customer_profile=str(rng.randrange(700_000, 9_999_999)) if kind == "Debitor" else "",
        name=_name(rng, i)[:NAME_LIMIT],
        vat_number=_digits(rng, 11) if rng.random() < 0.17 else "",
        pec=f"{_surname(rng).lower()}@pec.example" if i % 130 == 4 else "",
        sdi="".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=7)) if i % 60 == 8 else "",
        fiscal_code=_fiscal_code(rng, i) if i % 350 == 12 else "",
        street=_street(rng, i),
        postal_code=postal_code if i % 160 != 41 else "",
        city=town,
        phone=f"+39{_digits(rng, rng.choice((9, 10, 11)))}" if rng.random() < 0.8 else "",
        mobile=f"+393{_digits(rng, 9)}" if i % 360 == 16 else "",
        description=description,
        type=kind,
        external_account_number=erp_id if i % 1500 != 21 else f"{erp_id}A",
    )
    return _with_orders(rng, customer, decimals) if i % 11 == 0 else customer


def _with_orders(rng: random.Random, customer: SimCustomer, decimals: int) -> SimCustomer:
    actual = rng.choice((0, 0, 1, 2))
    previous_1, previous_2 = rng.choice((0, 2, 3, 6, 75)), rng.choice((0, 1, 3, 5, 489))
    return replace(
        customer,
        last_order_date=_LAST_DAY - timedelta(days=rng.randrange(900)),
        actual_order_count=actual,
        actual_sales=_amount(rng, actual, decimals),
        previous_order_count_1=previous_1,
        previous_sales_1=_amount(rng, previous_1, decimals),
        previous_order_count_2=previous_2,
        previous_sales_2=_amount(rng, previous_2, decimals),
    )


def _amount(rng: random.Random, orders: int, decimals: int) -> Decimal:
    """Return the sum of orders of 10 to 500 each."""
    if not orders:
        return NO_MONEY
    return Decimal(orders * rng.randrange(10 * 10**decimals, 500 * 10**decimals)).scaleb(-decimals)


def _digits(rng: random.Random, length: int) -> str:
    return "".join(rng.choices("0123456789", k=length))


def _fiscal_code(rng: random.Random, i: int) -> str:
    if i % 700 == 12:
        return _digits(rng, 11)
    letters = "".join(rng.choices("ABCDEFGHLMNPRSTVZ", k=6))
    return f"{letters}{_digits(rng, 2)}T{_digits(rng, 2)}Z{_digits(rng, 3)}X"


def _surname(rng: random.Random) -> str:
    return rng.choice(_SURNAME_STARTS) + rng.choice(_SURNAME_MIDDLES) + rng.choice(_SURNAME_ENDS)


def _street(rng: random.Random, i: int) -> str:
    street = f"{rng.choice(_ROADS)} {_surname(rng)}"
    if i % 50 == 17:
        street = f"{street} Della Battaglia Di Monte {_surname(rng)}"
    if i % 90 == 23:
        street = f"{street}  {rng.choice('ABC')}"
    return f"{street}{rng.choice((', ', ' '))}{rng.randint(1, 300)}"


def _name(rng: random.Random, i: int) -> str:
    """Invent a name: mostly a person with a title, sometimes a firm or an irregular one."""
    surname, other, title = _surname(rng), _surname(rng), rng.choice(_TITLES)
    odd = {
        3: f"{rng.choice(_FIRMS)} Associato Dr. {surname} E Dr.Ssa {other} & C.",
        13: f"{rng.choice(_FIRMS)} Odontoiatri {surname}-{_surname(rng)}-{other}",
        18: f'"{surname[0]}.{other}" {rng.choice(_FORMS)}',
        24: f"D'{surname.lower()} {title} {rng.choice(_GIVEN_NAMES)}",
        29: rng.choice(_ACCENTED),
        34: f"{surname}  {title} {rng.choice(_GIVEN_NAMES)}",
        38: f" {surname} & {other} {rng.choice(_FORMS)}",
    }
    if i % 43 in odd:
        return odd[i % 43]
    if rng.random() < 0.2:
        return f"{rng.choice(_FIRMS)} {surname} {rng.choice(_FORMS)}"
    return f"{surname} {title} {rng.choice(_GIVEN_NAMES)}"


def _changed(rng: random.Random, customer: SimCustomer) -> SimCustomer:
    """Return the customer with another value in every field that :func:`change` may touch."""
    # Soon after the last day, so that the date is never in the future.
    days = [_LAST_DAY + timedelta(days=number) for number in range(1, 29)]
    return replace(
        customer,
        phone=f"+3908{_digits(rng, 8)}",
        street=f"Via Nuova {_surname(rng)}, {rng.randint(301, 999)}",
        vat_number=f"9{_digits(rng, 10)}",
        actual_sales=customer.actual_sales + Decimal(rng.randrange(100, 999_999)).scaleb(-2),
        last_order_date=rng.choice([day for day in days if day != customer.last_order_date]),
        name=f"{_surname(rng)} Nuova Gestione {rng.choice(_FORMS)}",
    )
