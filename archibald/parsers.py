"""Parse the bodies of API requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.utils import json


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"


class StrictJsonParser(BaseParser):
    """Parse JSON in UTF-8, and refuse what it leaves undefined: NaN, repeated keys and lone surrogates."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most_bytes + 1)
        if len(body) > most_bytes:
            raise BodyTooLarge(_("The body is larger than %(bytes)d bytes.") % {"bytes": most_bytes})
        try:
            parsed = json.loads(body.decode(), object_pairs_hook=_unique, parse_float=_finite)
            # Lone surrogates can be escaped in JSON, and stored nowhere.
            json.dumps(parsed, ensure_ascii=False).encode()
        except RecursionError as exc:
            raise ParseError(_("The JSON is nested too deeply.")) from exc
        except ValueError as exc:
            raise ParseError(_("The body is not valid JSON in UTF-8, or not unambiguous.")) from exc
        return parsed


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is repeated")
    return found


def _finite(number: str) -> float:
    """Return the number; one like 1e999 would become infinite."""
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value
