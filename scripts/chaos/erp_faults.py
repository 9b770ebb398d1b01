"""Faults of the simulated ERP."""

from __future__ import annotations

from random import Random

from scripts.chaos.database import Undo
from scripts.chaos.fault import Fault, Strike, already_over
from scripts.chaos.moments import EVERY
from scripts.chaos.world import World
from scripts.erp_simulator.faults import ALWAYS

# Faults of the export are set before it is reached.
_EARLY = ("idle", "start", "browser", "login", "list")


def _set(**switches: float | bool) -> Strike:
    """Set switches of the simulator; undo by turning all off."""

    def strike(world: World, rng: Random) -> Undo | None:
        for name, value in switches.items():
            setattr(world.erp.faults, name, value)
        return world.slow_down_erp

    return strike


def _some(switch: str, most: int) -> Strike:
    """Let a counted fault happen up to ``most`` times; what is left of it stays until the round's end."""

    def strike(world: World, rng: Random) -> Undo | None:
        setattr(world.erp.faults, switch, rng.randint(1, most))
        return already_over

    return strike


def _expire(world: World, rng: Random) -> Undo | None:
    world.erp.expire_sessions()
    return already_over


_DOWN = _set(service_unavailable=ALWAYS)
_STALLS = _set(download_stalls=8.0)
_AWAY, _SLOW = _set(connection_refused=60.0), _set(page_delay=4.0, export_delay=8.0)

FAULTS: tuple[Fault, ...] = (
    Fault("erp-502", "some requests get 502", _some("bad_gateway", 4)),
    Fault("erp-reset", "some connections are reset", _some("connection_reset", 3)),
    Fault("erp-away", "connections are refused", _AWAY, EVERY, (1.0, 12.0)),
    Fault("erp-slow", "pages and exports are slow", _SLOW, EVERY, (2.0, 12.0)),
    Fault("erp-refuses-export", "exports are refused", _some("banner_in_place", 4), _EARLY),
    Fault("erp-cuts-download", "downloads are cut in the middle", _some("cut_download", 4), _EARLY),
    Fault("erp-stalls-download", "downloads stop in the middle", _STALLS, EVERY, (2.0, 12.0)),
    Fault("erp-truncates", "files lack their second half", _some("truncated_file", 4), _EARLY),
    Fault("erp-no-download", "an export sends no file", _some("no_download", 1), _EARLY),
    Fault("erp-down", "503 until three syncs have failed", _DOWN, ("idle",), failed_runs=3),
    Fault("erp-logs-out", "all sessions end", _expire),
)
