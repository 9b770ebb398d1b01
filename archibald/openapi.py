"""Postprocessing of the OpenAPI schema."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator


class EnglishSchemaGenerator(SchemaGenerator):
    """Generate the schema in English whatever the request asks for: client generators take names from it."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        with translation.override("en"):
            return super().get_schema(request, public)  # type: ignore[no-untyped-call]


class _Errors:
    """The error responses of an operation, by what it takes."""

    ALWAYS: ClassVar = {
        "401": "not logged in",
        "403": "no permission",
        "406": "the Accept header excludes JSON",
        "429": "too many calls, or too many wrong tokens from this address: wait",
    }
    ASKED: ClassVar = {"400": "a parameter is not valid"}
    BODY: ClassVar = {
        "400": "the body is not valid",
        "413": "the body is too large",
        "415": "the body has a content type that this call does not take",
    }
    ADDRESSED: ClassVar = {"404": "not found"}


def with_errors(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the error responses to each operation of the schema."""
    text = {"type": "string"}
    result["components"]["schemas"]["Error"] = {
        "type": "object",
        "required": ["error", "message"],
        "properties": {
            "error": {**text, "description": "a stable error code"},
            "message": {**text, "description": "what to do"},
        },
        "additionalProperties": False,
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for path in result["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            for status, description in _errors_of(operation).items():
                responses.setdefault(status, {"description": description})
            for status, response in responses.items():
                if int(status) >= HTTPStatus.BAD_REQUEST:
                    response["content"] = content
    return result


def without_titles(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Remove field titles: clients know the fields by their keys."""
    for schema in result["components"]["schemas"].values():
        for field in schema.get("properties", {}).values():
            field.pop("title", None)
    return result


def _errors_of(operation: dict[str, Any]) -> dict[str, str]:
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    errors = dict(_Errors.ALWAYS)
    errors |= _Errors.ASKED if "query" in places else {}
    errors |= _Errors.BODY if "requestBody" in operation else {}
    return errors | (_Errors.ADDRESSED if "path" in places or "page" in names else {})
