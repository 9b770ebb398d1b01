"""The names of the ERP's pages in the client, compared with docs/erp.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.erp import markup

ROOT = Path(__file__).resolve().parents[3]
CLIENT = ROOT / "sync" / "erp"
PAGE = ROOT / "docs" / "erp.md"
KNOWN = ("captured", "reported", "assumed")

# What a name of the ERP's pages looks like, in a selector, a regular expression or a message.
NAMES = [
    re.compile(pattern)
    for pattern in (
        r"\b(?:Vertical|Logon)\w*",
        r"(?<!\w)_[A-Za-z]\w*-?",  # the end of an id: _T, _Cb_I, _DXDataRow, _B-
        r"\bDX[A-Z]\w*",
        r"\bdx[a-z][\w-]*",  # a class of DevExpress
        r"\b(?:ctl|xaf)\w*",
        r"\bASPx\w+",
        r"\w+\.aspx\b",
        r"\.axd\b",
        r"/?\b\w+_ListView\w*/?",
        r"\b(?:[A-Z][a-z]+){2,}(?![\w-])",  # ClearFilter, SingleChoiceActionItemEditor
        r"\[(?:id|class|name)[*^$]?=[\"']([\w-]+)[\"']",
    )
]
# How the scripts reach into the page's own objects.
MEMBERS = [
    re.compile(pattern)
    for pattern in (
        r"\.([A-Z]\w+)",
        r"\b(?:object|control)\.(\w+)",
        r"\battempt\(\(\) => each\.(\w+)",
        r"\bwindow\.(\w+)",
    )
]
# Of JavaScript, Playwright and Chromium: names of the same shape.
NOT_THE_ERPS = {"RegExp", "BrowserType", "SingletonSocket"}


def test_every_name_of_the_erp_in_the_client_is_in_the_facts_of_docs_erp_md() -> None:
    known = documented_names(PAGE.read_text(encoding="utf-8"))
    missing = {
        f"{where}: {name}" for where, names in names_of_the_client() for name in names if name not in known
    }
    assert sorted(missing) == []


def test_every_row_of_the_facts_says_how_they_are_known() -> None:
    rows = list(fact_rows(PAGE.read_text(encoding="utf-8")))
    assert len(rows) > 50
    assert [row for row in rows if row[1] not in KNOWN] == []


def test_every_row_of_the_facts_says_what_the_client_does_otherwise() -> None:
    rows = list(fact_rows(PAGE.read_text(encoding="utf-8")))
    assert [row for row in rows if len(row) != 3 or not row[2]] == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('MENU = "#Vertical_newThing_Menu"', "Vertical_newThing_Menu"),
        ('def f():\n    """Press."""\n    press(f"[id=\'{prefix}_NEW\']")', "_NEW"),
        ("call(grid, 'SelectAllRows')", "SelectAllRows"),
        ("raise Broken('see Status.aspx')", "Status.aspx"),
    ],
)
def test_a_made_up_name_in_python_is_found_and_is_missing_from_the_page(source: str, name: str) -> None:
    assert name in names_in_python(source)
    assert name not in documented_names(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("const menu = all('#Vertical_newThing_Menu');", "Vertical_newThing_Menu"),
        ("const shown = all('.dxnew-item');", "dxnew-item"),
        ("const rows = whole(() => object.pageRowTotal);", "pageRowTotal"),
        ("attempt(() => each.GetNewThing());", "GetNewThing"),
        ("const part = all('[id*=\"newthing\"]');", "newthing"),
    ],
)
def test_a_made_up_name_in_a_script_is_found_and_is_missing_from_the_page(source: str, name: str) -> None:
    assert name in names_in_script(source)
    assert name not in documented_names(PAGE.read_text(encoding="utf-8"))


def test_docstrings_and_comments_are_no_names_of_the_client() -> None:
    assert names_in_python('"""See Vertical_newThing_Menu."""\n# and _DXNew\n') == set()
    assert names_in_script("// See Vertical_newThing_Menu.\nlet a = 1; // and _DXNew\n/* dxnew */") == set()


def test_a_name_outside_of_the_facts_does_not_count_as_documented() -> None:
    text = "Uses `_OUT`.\n\n| fact | known | otherwise |\n|---|---|---|\n| `_IN` | assumed | `_ERROR` |\n"
    assert documented_names(text) == {"_IN"}


def names_of_the_client() -> Iterator[tuple[str, set[str]]]:
    yield "markup.py", set(values_of_markup())
    for path in sorted(CLIENT.glob("*.py")):
        yield path.name, names_in_python(path.read_text(encoding="utf-8"))
    for path in sorted((CLIENT / "js").glob("*.js")):
        yield path.name, names_in_script(path.read_text(encoding="utf-8"))


def values_of_markup() -> Iterator[str]:
    """Yield every value of every constant; a list of selectors one by one."""
    for name, value in vars(markup).items():
        if not name.isupper():
            continue
        if isinstance(value, re.Pattern):
            yield value.pattern
        elif isinstance(value, str):
            yield from value.split(", ")
        else:
            yield from value


def names_in_python(source: str) -> set[str]:
    """Return the names in all strings but docstrings and ``__all__``."""
    tree = ast.parse(source)
    left_out: set[ast.AST] = set()
    for node in ast.walk(tree):
        is_export = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        if is_export or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            left_out.update(ast.walk(node))
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left_out
    ]
    return {name for text in texts for name in names_in(text, NAMES)}


def names_in_script(source: str) -> set[str]:
    """Return the names in all of a script but its comments."""
    code = re.sub(r"/\*.*?\*/|(?<![^\s;])//[^\n]*", "", source, flags=re.S)
    return names_in(code, NAMES + MEMBERS)


def names_in(text: str, patterns: list[re.Pattern[str]]) -> set[str]:
    found = {match[match.lastindex or 0] for pattern in patterns for match in pattern.finditer(text)}
    return found - NOT_THE_ERPS


def fact_rows(page: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the tables whose second column is "known"."""
    is_fact = False
    for line in page.splitlines():
        if not line.startswith("|"):
            is_fact = False
            continue
        cells = [each.strip() for each in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells[1:2] == ["known"]:
            is_fact = True
        elif is_fact and not set(line) <= set("|-: "):
            yield cells


def documented_names(page: str) -> set[str]:
    """Return the texts in backticks in the first cell of a fact's row, and the names within them."""
    cells = [row[0].replace("\\|", "|") for row in fact_rows(page)]
    codes = {code for cell in cells for code in re.findall(r"`([^`]+)`", cell)}
    return codes | {name for code in codes for name in names_in(code, NAMES)}
