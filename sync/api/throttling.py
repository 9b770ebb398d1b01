"""The rate limit of calls that change something."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

logger = logging.getLogger(__name__)


class SteeringThrottle(UserRateThrottle):
    """Limit the calls that change something, per person; reading is free."""

    scope = "steering"

    def get_rate(self) -> str:
        rate: str = settings.API_STEERING_RATE
        return rate

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.method in SAFE_METHODS:
            return True
        try:
            return super().allow_request(request, view)
        except Exception:
            # The counts are in the cache. Allow the call if the cache is unreachable.
            logger.exception("the steering calls can't be counted")
            return True
