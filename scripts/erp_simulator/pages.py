"""The ERP's pages as HTML."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from scripts.erp_simulator import toolbar
from scripts.erp_simulator.culture import CultureName
from scripts.erp_simulator.labels import Labels, labels
from scripts.erp_simulator.sessions import Page

TEMPLATES = Path(__file__).parent / "templates"
APP = "/Archibald"
GENERATOR = "CA0B0334"


@cache
def static_file(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _template(name: str) -> Template:
    return Template(static_file(name))


def login(culture: CultureName, page: Page, *, field_number: int, last_user: str, message: str = "") -> str:
    """Return the login card; ``field_number`` is the part of the fields' ids that varies."""
    words = labels(culture)
    error = f'<div class="dxeErrorCell">{escape(message)}</div>' if message else ""
    return _template("login.html").substitute(
        lang=culture,
        hidden_fields=_hidden_fields(page),
        logon=f"Logon_v0_{field_number}_MainLayoutEdit_xaf_l12",
        logon_name=f"Logon$v0_{field_number}$MainLayoutEdit$xaf_l12",
        account_name=escape(words.account_name),
        password=escape(words.password),
        log_in=escape(words.log_in),
        last_user=escape(last_user),
        error=error,
    )


def announcements(culture: CultureName, page: Page, user: str) -> str:
    words = labels(culture)
    content = f'<div class="announcement">{escape(words.announcement)}</div>'
    script: dict[str, object] = {"path": f"{APP}/Announcements_ListView/"}
    return _frame(culture, page, user, title=words.announcements, content=content, script=script)


def customer_list(
    culture: CultureName,
    page: Page,
    user: str,
    *,
    items: list[toolbar.Item],
    grid_html: str,
    error: str = "",
    script: dict[str, object],
) -> str:
    """Return the customer list; ``script`` is what the page's script is told."""
    grid = f'<table id="{page.grid_id}" class="dxgvControl_XafTheme dxgv" cellspacing="0">{grid_html}</table>'
    return _frame(
        culture,
        page,
        user,
        title=labels(culture).customers,
        menu=toolbar.render(items),
        content=grid,
        error=error,
        script=script,
    )


def empty_list(culture: CultureName, page: Page, user: str, title: str) -> str:
    words = labels(culture)
    content = f'<div class="dxgvEmptyDataRow_XafTheme">{escape(words.no_rows)}</div>'
    menu = toolbar.render(toolbar.plain_items(words))
    return _frame(culture, page, user, title=title, menu=menu, content=content)


def customer_detail(culture: CultureName, page: Page, user: str, fields: list[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>" for label, text in fields)
    content = f'<table class="detail">{rows}</table>'
    return _frame(culture, page, user, title=labels(culture).customer, content=content)


def error(culture: CultureName, message: str = "") -> str:
    words = labels(culture)
    return _template("error.html").substitute(
        lang=culture,
        title=escape(words.error_title),
        message=escape(message or words.error_text),
        home=f"{APP}/Default.aspx",
    )


def iis_error(status: int, title: str, text: str) -> str:
    return _template("iis.html").substitute(status=status, title=escape(title), text=escape(text))


def _hidden_fields(page: Page) -> str:
    fields = {
        "__EVENTTARGET": "",
        "__EVENTARGUMENT": "",
        "__VIEWSTATE": page.viewstate,
        "__VIEWSTATEGENERATOR": GENERATOR,
        "__EVENTVALIDATION": page.viewstate[64:640],
    }
    return "\n".join(
        f'<input type="hidden" name="{name}" id="{name}" value="{value}">' for name, value in fields.items()
    )


def _frame(
    culture: CultureName,
    page: Page,
    user: str,
    *,
    title: str,
    content: str,
    menu: str = "",
    error: str = "",
    script: dict[str, object] | None = None,
) -> str:
    words = labels(culture)
    return _template("frame.html").substitute(
        lang=culture,
        title=escape(title),
        user=escape(user),
        log_off=escape(words.log_off),
        hidden_fields=_hidden_fields(page),
        navigation=_navigation(words),
        menu=menu,
        error=f'<span class="ErrorMessage">{escape(error)}</span>' if error else "",
        content=content,
        script=json.dumps(script or {}).replace("</", "<\\/"),
        loading=escape(words.loading),
    )


def _navigation(words: Labels) -> str:
    return "".join(f'<li><a href="{APP}/{path}/">{escape(text)}</a></li>' for text, path in words.lists)
