"""Many reports side by side: a process each, a time limit each, and a stop that leaves nothing half done."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import connection
from pathlib import Path
from typing import Any

import psutil

from analysis.runner.execute import cell_reached, kernel_environment, work
from analysis.runner.jobs import Job
from analysis.runner.publish import publish_failure, publish_report, publish_values, remove_folder

_TICK = 0.2


@dataclass
class Outcome:
    """What became of one report. `error` is empty when it was published."""

    job: Job
    seconds: float
    error: str = ""
    kept: str = ""
    warnings: list[str] = field(default_factory=list)


@dataclass
class _Running:
    """A report in the making."""

    job: Job
    process: Any
    handle: psutil.Process | None
    scratch: Path
    started: float


class Stop:
    """Remembers that the run was asked to stop, so that a file being put in place is finished first."""

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: object) -> None:
        self.signal = self.signal or number


def run_jobs(
    jobs: list[Job],
    output: Path,
    order: list[str],
    limit: int | None = None,
    timeout: float | None = None,
    told: Callable[[Outcome], None] = lambda outcome: None,
) -> tuple[list[Outcome], int]:
    """Make reports and publish each as it is finished.

    Args:
        jobs: the reports to make.
        output: the folder of reports.
        order: names of the notebooks in the order of the catalogue, for `values.csv`.
        limit: how many at a time; None for one a core.
        timeout: seconds that one report may take; None for no limit.
        told: called with each outcome as it is known.

    Returns:
        The outcomes in the order of the jobs (only those that ended), and the signal that stopped the run or 0.
    """
    context = _context()
    side_by_side = min(limit or os.cpu_count() or 1, len(jobs))
    base = Path(tempfile.mkdtemp(prefix="analysis-"))
    waiting, running, outcomes = list(enumerate(jobs)), [], []
    with Stop() as stop:
        try:
            while (waiting or running) and not stop.signal:
                while waiting and len(running) < side_by_side:
                    number, job = waiting.pop(0)
                    running.append(_start(context, job, base / str(number)))
                connection.wait([one.process.sentinel for one in running], _TICK)
                # Ctrl-C may have ended the workers too: they did not fail.
                for one in [r for r in running if _ended(r, timeout) and not stop.signal]:
                    running.remove(one)
                    outcomes.append(_settle(one, output, order, timeout))
                    told(outcomes[-1])
        finally:
            for one in running:
                _kill(one)
            remove_folder(base)
    place = {id(job): number for number, job in enumerate(jobs)}
    return sorted(outcomes, key=lambda outcome: place[id(outcome.job)]), stop.signal


def _context() -> Any:
    """Return how processes are made: from a server with the libraries loaded where there is one, else afresh."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["analysis.runner.execute", "analysis.runner.render", "papermill"])
        return context
    return multiprocessing.get_context("spawn")


def _start(context: Any, job: Job, scratch: Path) -> _Running:
    """Start the process of one report."""
    scratch.mkdir()
    process = context.Process(target=work, args=(job, scratch, kernel_environment(scratch)), name=job.label)
    process.start()
    return _Running(job, process, _handle(process.pid), scratch, time.monotonic())


def _handle(number: int) -> psutil.Process | None:
    """Return psutil's handle of a process, or None if it is gone already."""
    try:
        return psutil.Process(number)
    except psutil.NoSuchProcess:
        return None


def _ended(one: _Running, timeout: float | None) -> bool:
    """Say whether a report has ended or used up its time."""
    late = timeout is not None and time.monotonic() - one.started > timeout
    return late or not one.process.is_alive()


def _settle(one: _Running, output: Path, order: list[str], timeout: float | None) -> Outcome:
    """Publish what an ended process made, or keep what is left of it; remove its scratch folder."""
    seconds = time.monotonic() - one.started
    name, area = one.job.entry.name, one.job.area.slug
    found = _result(one, timeout)
    outcome = Outcome(one.job, seconds, found["error"], warnings=found["warnings"])
    if outcome.error:
        outcome.kept = str(publish_failure(output, area, name, one.scratch, _log(one.scratch, outcome.error)))
    else:
        publish_report(output, area, name, one.scratch)
        publish_values(output / area, order)
    remove_folder(one.scratch)
    return outcome


def _result(one: _Running, timeout: float | None) -> dict[str, Any]:
    """Return the error and warnings of an ended process; one still alive is out of time and is killed."""
    late = one.process.is_alive()
    _kill(one)
    file = one.scratch / "outcome.json"
    if late:
        error = f"{cell_reached(one.scratch)}: not finished within the time limit of {timeout:g} seconds"
    elif file.is_file():
        return json.loads(file.read_text(encoding="utf-8"))
    else:
        error = f"{cell_reached(one.scratch)}: its process ended without a result (exit code {one.process.exitcode})"
    return {"error": error, "warnings": []}


def _kill(one: _Running) -> None:
    """End a process with its kernel, and wait until both are gone.

    By psutil's handle, which knows a process from a later one with the same number.
    """
    try:
        family = [one.handle, *one.handle.children(recursive=True)] if one.handle else []
    except psutil.NoSuchProcess:
        family = []
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family, timeout=5)
    one.process.join()


def _log(scratch: Path, error: str) -> str:
    """Return the log of a failed report: the message, the traceback, and what its processes printed."""
    parts = []
    for name in ("failed.log", "worker.log"):
        file = scratch / name
        parts.append(file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else "")
    first = parts[0] or error
    return "\n\n".join(part for part in (first, parts[1]) if part) + "\n"
