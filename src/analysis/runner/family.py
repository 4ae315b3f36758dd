"""The processes of a report: a worker, its kernel, and whatever a notebook starts. None outlives its report or run.

On Linux a worker adopts what its kernel leaves behind, and a kernel dies with its worker. Elsewhere processes are
found by their environment, which names the report's scratch folder.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe, connection, parent_process
from pathlib import Path

import psutil

MARK = "IPYTHONDIR"
"""The variable that tells one report's processes from another's."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_ROUNDS = 20


def leave_group() -> None:
    """Leave the parent's process group: a signal sent to all of it is for the parent to act on."""
    if hasattr(os, "setsid"):
        os.setsid()
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def adopt_orphans() -> None:
    """Make this process the parent of every process below it that loses its own."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """Have the system end this process when its parent ends; at once if that has happened.

    Args:
        parent: the number of the process that forked this one.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    if os.name == "posix" and os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


@contextmanager
def watched() -> Iterator[None]:
    """Meanwhile, end this process and all below it as soon as the run that it works for is gone."""
    runner = parent_process()
    if runner is None:
        yield
        return
    over, end = Pipe(duplex=False)
    thread = threading.Thread(target=_follow, args=(runner.sentinel, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.close()
        thread.join()
        over.close()


def _follow(runner: int, over: connection.Connection) -> None:
    if runner in connection.wait([runner, over]):
        end_descendants()
        os._exit(1)


def end_descendants() -> int:
    """End every process below this one, and return how many there were."""
    return _end_below(psutil.Process())


def let_go() -> None:
    """Let the system forget the processes below this one that have ended: a dead one stays listed until it is asked."""
    with suppress(ChildProcessError, AttributeError):  # there is none, or the system keeps no such list
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def end_family(handle: psutil.Process | None, scratch: Path | None = None) -> None:
    """End a worker with everything below it, and wait until all are gone.

    Args:
        handle: psutil's handle, which knows a process from a later one with the same number; None if it was gone.
        scratch: the report's scratch folder, to look for processes that have lost their worker.
    """
    if handle is not None:
        try:
            handle.suspend()  # or it would start another kernel in place of the dead one
            below = _below(handle)
            _end_below(handle)
            handle.kill()
            psutil.wait_procs([*below, handle], timeout=5)
        except psutil.Error:
            pass
    if scratch is not None:
        _end(_marked(scratch))


def _end_below(handle: psutil.Process) -> int:
    """End what is below a process: again while there is any, as the dying may have started more."""
    ended: set[int] = set()
    for _ in range(_ROUNDS):
        below = _below(handle)
        if not below:
            break
        ended.update(process.pid for process in below)
        _end(below)
    return len(ended)


def _end(processes: list[psutil.Process]) -> None:
    """Kill processes and wait a little until they run no more."""
    for process in processes:
        try:
            process.kill()
        except psutil.Error:
            continue
    deadline = time.monotonic() + 1
    while any(map(_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.005)


def _below(handle: psutil.Process) -> list[psutil.Process]:
    """Return the processes below one that are alive."""
    try:
        return [process for process in handle.children(recursive=True) if _alive(process)]
    except psutil.Error:
        return []


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _marked(scratch: Path) -> list[psutil.Process]:
    """Return the processes that work in a scratch folder, or whose environment names it."""
    found = []
    for process in psutil.process_iter():
        try:
            # A process that was forked and not started anew shows the environment of the one that was.
            places = (process.cwd(), process.environ().get(MARK, ""))
            if any(place.startswith(str(scratch) + os.sep) for place in places):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found
