"""Template filters that format the numbers of a run."""

from __future__ import annotations

from django import template

from sync.formatting import counts, duration, error_text

register = template.Library()
register.filter(counts)
register.filter(duration)
register.filter(error_text)
