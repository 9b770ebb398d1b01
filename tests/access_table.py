"""The status of each response by URL, method and role: what each role may do.

To add a URL, write its route into a group of URLs that answer alike, or write a new group. A line of a group
begins with methods, or with ``other`` for the remaining ones, and has a status for each role, or one for all.
Methods that a group does not name get 405.
"""

from __future__ import annotations

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")

# Its first line names the roles. inactive: a superuser who has been deactivated. plain: an account without
# permissions. program: not staff, with all permissions for customers and syncs. staff: without permissions.
# runs, customers: staff who may see only these. viewer, operator: members of the groups.
TABLE = """
#                           nobody inactive plain program staff runs customers viewer operator superuser

# Anybody.
healthz/live
    GET HEAD                200

healthz/ready
    GET HEAD                503

admin/login/
    GET                     200    200      200   200     302   302  302       302    302      302
    HEAD POST               200

admin/autocomplete/
    GET HEAD POST           404

# Staff.
admin/
admin/password_change/
    GET HEAD POST           302    302      302   302     200   200  200       200    200      200

admin/logout/
    GET HEAD                302    302      302   302     405   405  405       405    405      405
    POST                    302    302      302   302     200   200  200       200    200      200

admin/password_change/done/
admin/jsi18n/
    GET HEAD                302    302      302   302     200   200  200       200    200      200
    POST                    302    302      302   302     405   405  405       405    405      405

admin/r/<path:content_type_id>/<path:object_id>/
admin/<url>
    GET HEAD POST           302    302      302   302     404   404  404       404    404      404

admin/customers/customer/<path:object_id>/
admin/auth/user/<path:object_id>/
admin/auth/group/<path:object_id>/
admin/sync/syncrun/<path:object_id>/
admin/admin/logentry/<path:object_id>/
    GET HEAD POST           302

# Pages of syncs.
admin/<app_label>/
    GET HEAD POST           302    302      302   302     404   200  404       200    200      200

admin/sync/syncrun/
admin/sync/syncrun/<path:object_id>/history/
    GET HEAD POST           302    302      302   302     403   200  403       200    200      200

admin/sync/syncrun/<path:object_id>/change/
    GET HEAD                302    302      302   302     403   200  403       200    200      200
    POST                    302    302      302   302     403   403  403       403    403      403

admin/sync/now/
admin/sync/now/live/
    GET                     302    302      302   302     403   200  403       200    200      200

admin/sync/schedule/
    GET                     302    302      302   302     403   200  403       200    200      200
    POST                    302    302      302   302     403   403  403       403    200      200

admin/sync/now/start/
admin/sync/now/cancel/
admin/sync/now/resume/
    POST                    302    302      302   302     403   403  403       403    302      302

admin/sync/syncrun/<int:run_id>/again/
    GET HEAD POST           302    302      302   302     403   403  403       403    302      302

admin/sync/syncrun/<int:run_id>/approve/
admin/sync/syncrun/<int:run_id>/reject/
    GET HEAD                302    302      302   302     403   403  403       403    200      200
    POST                    302    302      302   302     403   403  403       403    302      302

admin/sync/syncrun/<int:run_id>/screenshot/
admin/sync/syncrun/<int:run_id>/trace/
admin/sync/syncrun/<int:run_id>/attempts/<int:number>/<str:kind>/
    GET HEAD POST           302    302      302   302     403   403  403       200    200      200

# Pages of customers.
admin/customers/customer/export/<slug:extension>/
admin/customers/customer/
admin/customers/customer/<path:object_id>/history/
    GET HEAD POST           302    302      302   302     403   403  200       200    200      200

admin/customers/customer/<path:object_id>/change/
    GET HEAD                302    302      302   302     403   403  200       200    200      200
    POST                    302    302      302   302     403   403  403       403    403      403

# Nobody adds or deletes by hand.
admin/customers/customer/add/
admin/customers/customer/<path:object_id>/delete/
admin/sync/syncrun/add/
admin/sync/syncrun/<path:object_id>/delete/
    GET HEAD POST           302    302      302   302     403   403  403       403    403      403

# API tokens: each staff account its own. The one here belongs to none of the roles.
admin/access/apitoken/
admin/access/apitoken/add/
    GET HEAD POST           302    302      302   302     200   200  200       200    200      200

admin/access/apitoken/<path:object_id>/
    GET HEAD POST           302

admin/access/apitoken/<path:object_id>/change/
    GET HEAD                302    302      302   302     302   302  302       302    302      200
    POST                    302    302      302   302     403   403  403       403    403      403

admin/access/apitoken/<path:object_id>/delete/
admin/access/apitoken/<path:object_id>/history/
    GET HEAD POST           302    302      302   302     302   302  302       302    302      200

admin/access/apitoken/old/<int:user_id>/revoke/
    GET HEAD                302    302      302   302     405   405  405       405    405      405
    POST                    302    302      302   302     403   403  403       403    403      302

# Accounts: superusers.
admin/auth/user/<id>/password/
admin/auth/user/
admin/auth/user/add/
admin/auth/user/<path:object_id>/history/
admin/auth/user/<path:object_id>/delete/
admin/auth/user/<path:object_id>/change/
admin/auth/group/
admin/auth/group/add/
admin/auth/group/<path:object_id>/history/
admin/auth/group/<path:object_id>/delete/
admin/auth/group/<path:object_id>/change/
    GET HEAD POST           302    302      302   302     403   403  403       403    403      200

# Who did what: superusers, and only to read.
admin/admin/logentry/
admin/admin/logentry/<path:object_id>/history/
    GET HEAD POST           302    302      302   302     403   403  403       403    403      200

admin/admin/logentry/<path:object_id>/change/
    GET HEAD                302    302      302   302     403   403  403       403    403      200
    POST                    302    302      302   302     403   403  403       403    403      403

admin/admin/logentry/add/
admin/admin/logentry/<path:object_id>/delete/
    GET HEAD POST           302    302      302   302     403   403  403       403    403      403

# REST: any account.
api/schema
api/health/pdf-parser
    GET HEAD                401    401      200   200     200   200  200       200    200      200
    other                   401    401      405   405     405   405  405       405    405      405

api/docs
    GET HEAD                302    302      200   200     200   200  200       200    200      200
    other                   302    302      405   405     405   405  405       405    405      405

# REST: reading.
api/customers/sync/metrics
api/customers/sync/status
api/customers/sync/runs
api/customers/sync/runs/<int:run_id>
    GET HEAD                401    401      403   200     403   200  403       200    200      200
    other                   401    401      403   405     403   405  403       405    405      405

api/customers
api/customers/export
api/customers/<erp_id:erp_id>
    GET HEAD                401    401      403   200     403   403  200       200    200      200
    other                   401    401      403   405     403   403  405       405    405      405

api/customers/changes
api/customers/<erp_id:erp_id>/changes
api/customers/sync/runs/<int:run_id>/changes
    GET HEAD                401    401      403   200     403   403  403       200    200      200
    other                   401    401      403   405     403   403  403       405    405      405

# REST: steering.
api/customers/sync
    GET HEAD OPTIONS        401    401      405   405     405   405  405       405    405      405
    POST                    401    401      403   403     403   403  403       403    202      202
    other                   401    401      403   403     403   403  403       403    405      405

api/customers/sync/runs/<int:run_id>/reject
api/admin/sync/start
api/admin/sync/stop
api/admin/sync/resume
    GET HEAD OPTIONS        401    401      405   405     405   405  405       405    405      405
    POST                    401    401      403   403     403   403  403       403    200      200
    other                   401    401      403   403     403   403  403       403    405      405

api/customers/sync/cancel
api/customers/sync/runs/<int:run_id>/approve
    GET HEAD OPTIONS        401    401      405   405     405   405  405       405    405      405
    POST                    401    401      403   403     403   403  403       403    409      409
    other                   401    401      403   403     403   403  403       403    405      405

# With a body that is no list.
api/customers/sync/lists
    GET HEAD OPTIONS        401    401      405   405     405   405  405       405    405      405
    POST                    401    401      403   403     403   403  403       403    400      400
    other                   401    401      403   403     403   403  403       403    405      405

api/admin/sync/frequency
    GET HEAD                401    401      403   200     403   200  403       200    200      200
    OPTIONS                 401    401      403   405     403   405  403       405    405      405
    POST                    401    401      403   403     403   403  403       403    400      400
    other                   401    401      403   403     403   403  403       403    405      405
"""

ROLES = TABLE.split("\n\n", 1)[0].split()[1:]


def expected_statuses() -> dict[str, dict[tuple[str, str], int]]:
    """Return the statuses of each route by role and method."""
    table: dict[str, dict[tuple[str, str], int]] = {}
    for group in TABLE.strip().split("\n\n"):
        lines = [line for line in group.splitlines() if not line.startswith("#")]
        statuses = _statuses([line for line in lines if line.startswith(" ")])
        table |= {line: statuses for line in lines if not line.startswith(" ")}
    return table


def _statuses(lines: list[str]) -> dict[tuple[str, str], int]:
    """Read the lines of a group. Raises: ValueError if a line has another number of statuses."""
    found: dict[tuple[str, str], int] = {}
    for line in [*lines, "other 405"]:
        words = line.split()
        methods = [word for word in words if not word.isdigit()]
        statuses = words[len(methods) :]
        for method in METHODS if methods == ["other"] else methods:
            for role, status in zip(ROLES, _one_for_each_role(statuses), strict=True):
                found.setdefault((role, method), int(status))
    return found


def _one_for_each_role(statuses: list[str]) -> list[str]:
    return statuses * len(ROLES) if len(statuses) == 1 else statuses
