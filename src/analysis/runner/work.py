"""What a worker does: one report after another, each in a kernel of its own, until there are no more orders.

A worker runs nothing of a notebook itself, so nothing of one report is left in it for the next; the kernels it forks
know only what was loaded before. That it lasts saves a process a report, and what libraries do when first used.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.runner.environment import can_fork
from analysis.runner.execute import ReportFailed, make, write
from analysis.runner.family import adopt_orphans, end_descendants, leave_group, let_go, watched
from analysis.runner.jobs import Job
from analysis.runner.limits import Limits, hold_memory, most_held
from analysis.runner.loading import for_good
from analysis.runner.words import one_line

if TYPE_CHECKING:
    from analysis.runner.kernels import Spare

NO_ROOM = 74
"""Exit code of a worker that could not write its files (that of input and output errors in sysexits.h)."""
_WARM = "analysis.runner.warm_worker"


def work(orders: Connection, limits: Limits) -> None:
    """Make reports as they are ordered; the main function of a worker process.

    An order is a job, an empty scratch folder and the environment of the report. The answer is JSON: `error` (empty,
    or one line), `warnings` (a list of lines) and `peak_memory`; the scratch folder then holds `report.ipynb` and
    `report.html`, or after a failure `failed.log`. Where it cannot be written to, the process ends with `NO_ROOM`.

    Args:
        orders: brings the orders and takes the answers; when it is closed, the process ends.
        limits: what each report may take.
    """
    leave_group()
    adopt_orphans()
    hold_memory(limits.memory)
    while True:
        try:
            job, scratch, environment = orders.recv()
        except EOFError:
            return
        try:
            answer = _report(job, scratch, environment, limits)
        except OSError:
            traceback.print_exc()
            end_descendants()
            os._exit(NO_ROOM)
        orders.send_bytes(json.dumps(answer).encode())


def _report(job: Job, scratch: Path, environment: dict[str, str], limits: Limits) -> dict[str, Any]:
    """Make one report, in its environment, and return what became of it."""
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # that of the report before is gone
    _to_file(scratch / "worker.log")
    spare = None
    if can_fork():
        from analysis.runner.kernels import Spare

        spare = Spare()  # while there is one thread
        if _WARM not in sys.modules:
            with for_good():
                import analysis.runner.warm_worker  # noqa: F401
    with watched():
        answer = _attempt(job, scratch, limits, spare)
    let_go()
    return answer


def _attempt(job: Job, scratch: Path, limits: Limits, spare: Spare | None) -> dict[str, Any]:
    """Make one report and return what became of it; end whatever its notebook has left running."""
    outcome: dict[str, Any] = {"error": "", "warnings": []}
    detail, held = "", most_held()
    try:
        outcome["warnings"] = make(job, scratch, spare)
    except ReportFailed as failure:
        outcome["error"], detail = str(failure), failure.detail
    except Exception as error:
        outcome["error"] = one_line(f"{type(error).__name__}: {error}")
        detail = traceback.format_exc()
    if outcome["error"]:
        if limits.memory and "MemoryError" in outcome["error"]:
            outcome["error"] += f" (memory limit of {limits.memory} MB: raise it with --memory)"
        write(scratch / "failed.log", f"{outcome['error']}\n\n{detail}\n")
    left = end_descendants()
    if left and not outcome["error"]:
        outcome["warnings"].append(f"processes that the notebook had left running were ended: {left}")
    return {**outcome, "peak_memory": spare.peak if spare else most_held(held)}


def _to_file(log: Path) -> None:
    """Send what this process and its kernel write to standard output and error to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
