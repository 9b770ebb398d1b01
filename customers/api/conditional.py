"""Conditional requests: an ETag that changes with the customers, by their position in the change feed."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from customers import selectors
from customers.api.serializers import CustomerSerializer

# Part of every ETag, so that those of another version with other fields do not match.
_FORMAT = hashlib.sha256(",".join(CustomerSerializer.Meta.fields).encode()).hexdigest()[:8]

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="304 if the ETag is still this"
)
CONDITION_ANSWERS = {
    status.HTTP_304_NOT_MODIFIED: OpenApiResponse(description="the ETag still matches"),
    status.HTTP_412_PRECONDITION_FAILED: OpenApiResponse(description="customers have changed since"),
}


class PreconditionFailed(APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "customers_changed"
    default_detail = _("The customers have changed since the answer with this ETag. Begin again.")


class ConditionalView(GenericAPIView[Any], ABC):
    """Answer `If-None-Match` and `If-Match` after the permissions and parameters, and before the search."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.check(request)
        # Read before the answer is queried: an ETag that is too old is only asked for once more.
        position = self.position()
        if position is None:
            return self.respond(request, *args, **kwargs)
        etag = f'"{position}-{_FORMAT}"'
        early = get_conditional_response(request._request, etag=etag)
        if early is not None and early.status_code == status.HTTP_412_PRECONDITION_FAILED:
            raise PreconditionFailed
        answer = early or self.respond(request, *args, **kwargs)
        # A sync may have ended while the answer was queried.
        if "If-Match" in request.headers and self.position() != position:
            raise PreconditionFailed
        answer["ETag"] = etag
        return answer

    def check(self, request: Request) -> None:
        """Refuse wrong parameters. Raises: ValidationError."""
        # Builds the query without sending it.
        self.filter_queryset(self.get_queryset())
        paginator: Any = self.paginator
        if paginator is not None:
            paginator.check(request)

    def position(self) -> int | None:
        """Return the position of the last change that the answer can show; None for no ETag."""
        return selectors.feed_head()

    @abstractmethod
    def respond(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Return the answer where no condition ends the request."""
