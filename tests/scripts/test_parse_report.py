"""The command that reads a report and prints it, run as a process."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.erp_simulator.customer_report import draw_customers, report_table
from scripts.erp_simulator.world import SimCustomer, generate

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "parse_report.py"
CUSTOMERS = generate(20, seed=5)


def parse(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command without settings or a database."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DJANGO", "ARCHIBALD", "DATABASE", "PYTHON"))
    }
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        env=environment | {"DATABASE_URL": "nowhere", "DJANGO_SETTINGS_MODULE": "none", "PYTHONUTF8": "1"},
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("list") / "Clienti.pdf"
    draw_customers(path, CUSTOMERS)
    return path


@pytest.fixture(scope="module")
def cut_off(listed: Path) -> Path:
    path = listed.with_name("tagliato.pdf")
    path.write_bytes(listed.read_bytes()[:-500])
    return path


@pytest.mark.parametrize("engine", [[], ["--engine", "stream"], ["--engine", "pdfplumber"]], ids=str)
def test_raw_prints_columns_rows_and_footer_and_nothing_else(
    listed: Path, tmp_path: Path, engine: list[str]
) -> None:
    done = parse(listed, "--raw", *engine, cwd=tmp_path)
    table = report_table(CUSTOMERS)
    assert json.loads(done.stdout) == {"columns": table.columns, "rows": table.rows, "footer": table.footer}
    assert list(json.loads(done.stdout)) == ["columns", "rows", "footer"]
    assert (done.returncode, done.stderr) == (0, "")


def test_a_footer_that_is_not_there_is_null(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    draw_customers(path, CUSTOMERS, footer=False)
    done = parse(path, "--raw")
    assert json.loads(done.stdout)["footer"] is None
    assert done.returncode == 0


def test_without_raw_customer_records_are_printed(listed: Path, tmp_path: Path) -> None:
    done = parse(listed, cwd=tmp_path)
    records = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert [record["erp_id"] for record in records] == [customer.erp_id for customer in CUSTOMERS]
    with_orders = CUSTOMERS[0]
    assert with_orders.last_order_date is not None
    assert records[0]["last_order_date"] == with_orders.last_order_date.isoformat()
    assert records[0]["previous_sales_1"] == str(with_orders.previous_sales_1)
    assert records[0]["previous_order_count_1"] == with_orders.previous_order_count_1


def test_raw_csv_has_the_captions_and_every_row(listed: Path) -> None:
    done = parse(listed, "--raw", "--format", "csv")
    table = report_table(CUSTOMERS)
    assert list(csv.reader(io.StringIO(done.stdout))) == [table.columns, *table.rows]
    assert done.returncode == 0


def test_csv_has_the_records_field_by_field(listed: Path) -> None:
    done = parse(listed, "--format", "csv")
    records = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [record["erp_id"] for record in records] == [customer.erp_id for customer in CUSTOMERS]
    assert records[0]["previous_sales_1"] == str(CUSTOMERS[0].previous_sales_1)


def test_unknown_columns_are_printed_too(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    draw_customers(path, CUSTOMERS, pages_per_group=9, extra_columns=2)
    assert set(json.loads(parse(path).stdout)[0]["extra"]) == {"AGENTE DI ZONA:", "GRUPPO SCONTO"}
    [header, *_] = csv.reader(io.StringIO(parse(path, "--format", "csv").stdout))
    assert header[-2:] == ["AGENTE DI ZONA:", "GRUPPO SCONTO"]


@pytest.mark.parametrize(
    "more", [[], ["--raw"], ["--raw", "--engine", "pdfplumber"], ["--format", "csv"]], ids=str
)
def test_a_refused_report_ends_with_three_and_one_line(cut_off: Path, more: list[str]) -> None:
    done = parse(cut_off, *more)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "tagliato.pdf: refused (report_truncated): the file's end is missing\n"


def test_an_unproven_list_is_refused_though_its_raw_table_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    draw_customers(path, CUSTOMERS, footer=False)
    done = parse(path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)


def test_a_list_in_another_language_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    draw_customers(path, CUSTOMERS, culture="en")
    done = parse(path)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert parse(path, "--raw").returncode == 0


def test_a_file_that_is_not_a_pdf_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_text("<html>")
    done = parse(path, "--raw")
    assert (done.returncode, done.stderr) == (
        3,
        "a.pdf: refused (report_unreadable): the file is not a PDF but an HTML page\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["none.pdf"],
        ["."],
        ["--raw"],
        ["Clienti.pdf", "--engine", "mupdf"],
        ["Clienti.pdf", "--format", "xml"],
        ["Clienti.pdf", "Clienti.pdf"],
        ["Clienti.pdf", "--no-such-option"],
    ],
    ids=" ".join,
)
def test_wrong_usage_and_a_missing_file_end_with_two(listed: Path, arguments: list[str]) -> None:
    done = parse(*arguments, cwd=listed.parent)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: parse_report.py" in done.stderr


def test_a_relative_path_is_that_of_the_working_directory(listed: Path) -> None:
    assert parse(listed.name, "--raw", cwd=listed.parent).returncode == 0


def test_a_closed_pipe_ends_the_command_silently(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    draw_customers(path, [SimCustomer(str(n), name="Ronzoli" * 8) for n in range(400)], pages_per_group=None)
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(path), "--raw"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()
    assert (said, process.returncode) == (b"", 0)
