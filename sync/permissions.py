"""Permissions of the sync: calls that change something need staff with the view's permission."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from customers.permissions import MayRead

SEE_RUNS = "sync.view_syncrun"
RUN_SYNC = "sync.run_sync"
EDIT_SCHEDULE = "sync.edit_schedule"
DECIDE_RUN = "sync.decide_run"


class MaySteer(MayRead):
    """Allow changes to staff with the view's ``steering_permission``, and reading as in ``MayRead``."""

    message = _("This needs a staff account with the permission for it: ask an administrator.")

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method in SAFE_METHODS:
            return super().has_permission(request, view)
        user = request.user
        return bool(user.is_active and user.is_staff and user.has_perm(view.steering_permission))
