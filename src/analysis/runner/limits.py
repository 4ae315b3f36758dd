"""Limits of a report: its time, its memory, the weight of what it shows.

Memory is watched from outside: what the report's processes hold for themselves, without what they share with the
process they were forked from, so that libraries loaded before do not count. A cell may fill memory faster than anyone
looks, so on Linux the system also refuses a process of the report that asks for much more.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import psutil

from analysis.files import PAGE_BYTES

PRINTED = PAGE_BYTES
"""Characters that one cell may print: as much as a whole page may weigh."""
SHOWN = 8_000_000
"""Characters that all the cells of a notebook may show, in all formats together."""
_STACKS = 128
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one report may take: seconds and megabytes; None for no limit."""

    timeout: float | None = None
    memory: int | None = None


def hold_memory(megabytes: int | None) -> None:
    """Have the system refuse this process, and those it starts, memory well beyond a limit; a cell gets MemoryError.

    What the process has already does not count. It is the limit on data, which counts what was asked for, and not on
    addresses, which libraries reserve by the gigabyte. The stacks of a kernel's threads are asked for but not filled.
    """
    if megabytes is None or sys.platform != "linux":
        return
    import resource

    with open("/proc/self/status", encoding="ascii") as stream:
        has = next(int(line.split()[1]) * 1024 for line in stream if line.startswith("VmData:"))
    most = has + (megabytes + _STACKS) * _MEGABYTE
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    # A limit beyond what the system can be told is beyond any machine.
    if most < sys.maxsize and (hard == resource.RLIM_INFINITY or most <= hard):
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def memory_used(handle: psutil.Process | None) -> float:
    """Return the megabytes that a report's processes hold for themselves; 0 if they are gone."""
    total = 0
    try:
        for process in [handle, *handle.children(recursive=True)] if handle else []:
            total += _own(process)
    except psutil.Error:
        pass
    return total / _MEGABYTE


def _own(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().uss
    except (psutil.Error, OSError):
        return 0


def most_held(before: int | None = None) -> int | None:
    """Return the most megabytes that one process below this one has held, of those that have ended.

    What a process shares counts, and so does what the processes below it have held, if it waited for their end.

    Args:
        before: what this returned earlier: of less than that nothing is known.

    Returns:
        Whole megabytes; None where the system does not say, or as many as before.
    """
    if sys.platform == "win32":
        return None
    import resource

    held = in_megabytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return None if held == before else held


def in_megabytes(most: int) -> int:
    """Return whole megabytes of what the system says that a process has held at most, in a unit of its own."""
    return round(most * (1 if sys.platform == "darwin" else 1024) / _MEGABYTE)
