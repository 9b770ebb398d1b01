"""The sync page's panel, for the start page."""

from __future__ import annotations

from typing import Any

from django import template

from sync.admin.panel import panel

register = template.Library()


@register.inclusion_tag("sync/panel/panel.html", takes_context=True)
def sync_panel(context: template.Context) -> dict[str, Any]:
    request = context["request"]
    return {**panel(request), "request": request, "csrf_token": context.get("csrf_token")}
