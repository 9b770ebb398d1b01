"""The alerts that a history of runs demands."""

from __future__ import annotations

from collections.abc import Iterable

# As documented: the third failure in a row is told, and the first success after that.
_FAILURES_UNTIL_ALERT = 3
FAILING, RECOVERED = "failing", "recovered"


def demanded_alerts(states: Iterable[str]) -> list[str]:
    """Return the kinds of alerts in their order, for the states of ended runs, the oldest first."""
    failures, alerts = 0, []
    for state in states:
        failures = 0 if state == "succeeded" else failures + 1
        if failures == _FAILURES_UNTIL_ALERT:
            alerts.append(FAILING)
        elif failures == 0 and alerts and alerts[-1] == FAILING:
            alerts.append(RECOVERED)
    return alerts
