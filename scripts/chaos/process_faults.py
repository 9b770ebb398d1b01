"""Kill, stop and pause the cluster's processes."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from random import Random

from scripts.chaos.database import Undo
from scripts.chaos.fault import Fault, Strike, already_over
from scripts.chaos.moments import OF_SYNC, WITH_BROWSER, WITH_DRIVER, WITH_READER
from scripts.chaos.processes import processes_of, send
from scripts.chaos.world import World

_PAUSED_S = (0.5, 8.0)
# From shorter to longer than the time limits of the cluster, the browser and the ERP.
_SUSPENDED_S = (2.0, 75.0)


def _kill(role: str) -> Strike:
    def strike(world: World, rng: Random) -> Undo | None:
        return already_over if send(world.cluster.pid_of(role), signal.SIGKILL) else None

    return strike


def _kill_all(world: World, rng: Random) -> Undo | None:
    killed = [send(each.pid, signal.SIGKILL) for each in processes_of(world.data)]
    return already_over if any(killed) else None


def _suspend(world: World, rng: Random) -> Undo | None:
    suspended: set[int] = set()
    # Again, since one that was not yet stopped may have started another.
    while found := {each.pid for each in processes_of(world.data)} - suspended:
        suspended |= found
        for pid in sorted(found):
            send(pid, signal.SIGSTOP)
    return (lambda: _resume_all(suspended)) if suspended else None


def _resume_all(pids: Iterable[int]) -> None:
    for pid in pids:
        send(pid, signal.SIGCONT)


def _signal_group(number: signal.Signals) -> Strike:
    def strike(world: World, rng: Random) -> Undo | None:
        return already_over if world.cluster.signal_group(number) else None

    return strike


def _pause(role: str, *, resumes: bool) -> Strike:
    def strike(world: World, rng: Random) -> Undo | None:
        pid = world.cluster.pid_of(role)
        if not send(pid, signal.SIGSTOP):
            return None
        return (lambda: _resume(pid)) if resumes else already_over

    return strike


def _resume(pid: int | None) -> None:
    send(pid, signal.SIGCONT)


def _paused(name: str, role: str, stages: tuple[str, ...]) -> list[Fault]:
    resumed = _pause(role, resumes=True)
    return [
        Fault(f"pause-{name}", f"SIGSTOP the {name}, SIGCONT some seconds later", resumed, stages, _PAUSED_S),
        Fault(f"wedge-{name}", f"SIGSTOP the {name} for good", _pause(role, resumes=False), stages),
    ]


FAULTS: tuple[Fault, ...] = (
    Fault("kill-parent", "SIGKILL the cluster's parent", _kill("parent")),
    Fault("kill-sentinel", "SIGKILL the sentinel", _kill("sentinel")),
    Fault("kill-worker", "SIGKILL the worker that syncs", _kill("busy worker"), OF_SYNC),
    Fault("kill-idle-worker", "SIGKILL a worker that has no task", _kill("idle worker")),
    Fault("kill-monitor", "SIGKILL django-q2's monitor", _kill("monitor")),
    Fault("kill-pusher", "SIGKILL django-q2's pusher", _kill("pusher")),
    Fault("kill-browser", "SIGKILL Chromium's main process", _kill("browser"), WITH_BROWSER),
    Fault("kill-renderer", "SIGKILL a renderer of Chromium", _kill("renderer"), WITH_BROWSER),
    Fault("kill-driver", "SIGKILL Playwright's driver", _kill("driver"), WITH_DRIVER),
    Fault("kill-reader", "SIGKILL the process that reads the file", _kill("reader"), WITH_READER),
    Fault("kill-group", "SIGKILL the process group", _signal_group(signal.SIGKILL)),
    Fault("kill-all", "SIGKILL every process, the browser's too", _kill_all),
    Fault("term-group", "SIGTERM the process group", _signal_group(signal.SIGTERM)),
    Fault("suspend-host", "SIGSTOP every process, SIGCONT later", _suspend, lasts_s=_SUSPENDED_S),
    *_paused("driver", "driver", WITH_DRIVER),
    *_paused("browser", "browser", WITH_BROWSER),
    *_paused("worker", "busy worker", OF_SYNC),
)
