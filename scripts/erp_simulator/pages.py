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


def login(
    culture: CultureName, page: Page, *, field_number: int, last_user: str, script: dict[str, object]
) -> str:
    """Return the login card; ``field_number`` is the part of the fields' ids that varies."""
    words = labels(culture)
    return _template("login.html").substitute(
        lang=culture,
        hidden_fields=_hidden_fields(page),
        logon=f"Logon_v0_{field_number}_MainLayoutEdit_xaf_l12",
        logon_name=f"Logon$v0_{field_number}$MainLayoutEdit$xaf_l12",
        account_name=escape(words.account_name),
        password=escape(words.password),
        log_in=escape(words.log_in),
        last_user=escape(last_user),
        loading_panel=_loading_panel(words),
        script=_script(script),
    )


def announcements(culture: CultureName, page: Page, user: str, script: dict[str, object]) -> str:
    words = labels(culture)
    content = f'<div class="announcement">{escape(words.announcement)}</div>'
    script = {**script, "path": f"{APP}/Announcements_ListView/"}
    return _frame(culture, page, user, title=words.announcements, content=content, script=script)


def customer_list(
    culture: CultureName,
    page: Page,
    user: str,
    *,
    menu: str,
    search: str,
    content: str,
    error: str = "",
    script: dict[str, object],
) -> str:
    """Return the customer list; ``script`` is the data for the page's script."""
    return _frame(
        culture,
        page,
        user,
        title=labels(culture).customers,
        menu=menu,
        search=search,
        content=content,
        error=error,
        script=script,
    )


def empty_list(
    culture: CultureName, page: Page, user: str, *, title: str, search: str, script: dict[str, object]
) -> str:
    words = labels(culture)
    content = f'<div class="dxgvEmptyDataRow_XafTheme">{escape(words.no_rows)}</div>'
    menu = toolbar.render(toolbar.plain_items(words))
    return _frame(culture, page, user, title=title, menu=menu, search=search, content=content, script=script)


def customer_detail(
    culture: CultureName, page: Page, user: str, fields: list[tuple[str, str]], script: dict[str, object]
) -> str:
    rows = "".join(f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>" for label, text in fields)
    content = f'<table class="detail">{rows}</table>'
    return _frame(culture, page, user, title=labels(culture).customer, content=content, script=script)


def error_message(text: str) -> str:
    return f'<span class="ErrorMessage">{escape(text)}</span>'


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
    search: str = "",
    error: str = "",
    script: dict[str, object],
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
        search=search,
        error=error_message(error) if error else "",
        content=content,
        script=_script(script),
        loading_panel=_loading_panel(words),
    )


def _script(told: dict[str, object]) -> str:
    return json.dumps(told).replace("</", "<\\/")


def _loading_panel(words: Labels) -> str:
    """Return XAF's loading panel and its transparent cover, both hidden."""
    return (
        '<table id="ctl01" class="dxlpLoadingPanel_XafTheme dxlpControl_XafTheme" cellspacing="0" '
        'style="display:none"><tr><td class="dx"><span id="ctl01_TL" class="dx-vam">'
        f"{escape(words.loading)}</span></td></tr></table>"
        '<div id="ctl01_LD" class="dxlpLoadingDiv_XafTheme" style="display:none"></div>'
    )


def _navigation(words: Labels) -> str:
    return "".join(f'<li><a href="{APP}/{path}/">{escape(text)}</a></li>' for text, path in words.lists)
