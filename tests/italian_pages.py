"""What an Italian reader sees of a page, and the English words in it."""

from __future__ import annotations

import re
from html import unescape

from django.test import Client

# What the ERP itself says, in English.
_ERP_BANNER = "Requested objects cannot be loaded"
# Frequent English words that are no Italian ones.
_ENGLISH = re.compile(
    r"\b(the|is|are|was|were|of|and|with|not|to|from|has|have|be|been|this|that|can't)\b", re.I
)
_AROUND_CHARS = 60


def shown_text(client: Client, address: str) -> str:
    """Return a page's text and tooltips without its scripts and styles."""
    page = client.get(address, headers={"Accept-Language": "it"}).content.decode()
    tooltips = " ".join(re.findall(r'title="([^"]*)"', page))
    shown = re.sub(r"<(script|style|template)\b.*?</\1>|<!--.*?-->", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", f"{shown} {tooltips}")).replace(_ERP_BANNER, "")


def english_in(client: Client, address: str) -> list[str]:
    """Return the places of a page with an English word, each with the text around it."""
    shown = shown_text(client, address)
    return [
        shown[max(0, word.start() - _AROUND_CHARS) : word.end() + _AROUND_CHARS]
        for word in _ENGLISH.finditer(shown)
    ]
