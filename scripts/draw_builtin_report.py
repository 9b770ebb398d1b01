"""Draw the report that `/api/health/pdf-parser` reads: `python -m scripts.draw_builtin_report`."""

from __future__ import annotations

from scripts.erp_simulator.customer_report import draw_customers
from scripts.erp_simulator.world import SimCustomer, generate
from sync.report.builtin import BUILTIN_PATH, fingerprint
from sync.report.reader import read_report


def builtin_customers() -> list[SimCustomer]:
    """Return the invented customers in it."""
    return generate(5, seed=5)


def main() -> None:
    draw_customers(BUILTIN_PATH, builtin_customers())
    print(fingerprint(read_report(BUILTIN_PATH)))


if __name__ == "__main__":
    main()
