"""Texts as real lists have them: too wide, oddly spaced, hyphenated, with unusual characters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scripts.erp_simulator.world import SimCustomer

_TEXTS = (
    "Studio  Dentistico   Associato  Ferlandi  &  Ronzoli  di  Forlì",
    "   Ambulatorio Marbechetti",
    "Laboratorio Odontotecnico Norcatelli-Fanzoli-Lambetavi-Ferlandi-Ronzoli S.r.l.",
    "Centro - Medico - Sant'Efficace",
    "Clinica «La Fiaba» “dei” ‘sorrisi’ 50 € l'ora",
    "Uﬃcio ﬁduciario ﬂuente",
    "Odonto\u00adiatria pre\u00adven\u00adtiva",
    "Ιατρείο Ωμέγα",
    "מרפאת שיניים 12",
    "SupercalifragilisticoDentistaDiMontagnaESpiaggiaConUnNomeTroppoLungoPerLaCella",
    "Nicolò Èlia Ùbaldo Çelik Škoda Łódź",
    "A- B -C – D — E",
)


def odd(customers: Sequence[SimCustomer]) -> list[SimCustomer]:
    """Return the customers with odd names, streets, cities and persons to address; no other field differs."""
    return [_odd(customer, number) for number, customer in enumerate(customers)]


def _odd(customer: SimCustomer, number: int) -> SimCustomer:
    name, street, city, person = (_TEXTS[(number + step) % len(_TEXTS)] for step in (0, 3, 5, 7))
    return replace(customer, name=name, street=street, city=city, attention_to=person)
