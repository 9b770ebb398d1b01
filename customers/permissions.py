"""Who may read: the permissions that pages and REST ask for, and the REST API's check of them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

SEE_CUSTOMERS = "customers.view_customer"
# A change shows a customer's values and what a run did, so it needs the permission for both.
SEE_CHANGES = (SEE_CUSTOMERS, "sync.view_syncrun")


class MayRead(BasePermission):
    """Allow logged-in accounts that have all of the view's ``read_permissions``.

    The default of all REST views: one without ``read_permissions`` fails instead of being open.
    """

    message = _("This account may not read this: ask an administrator for the permission.")

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user.is_authenticated and request.user.has_perms(view.read_permissions))
