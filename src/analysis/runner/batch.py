"""Many reports side by side: a process each, limits each, and a stop that leaves nothing half done."""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, forkserver
from pathlib import Path
from typing import Any

import psutil

from analysis.runner.execute import NO_ROOM, fixed_environment, kernel_environment, work
from analysis.runner.family import end_family
from analysis.runner.jobs import Job
from analysis.runner.leftovers import lasting_folder, scratch_folder
from analysis.runner.limits import Limits, memory_used
from analysis.runner.outcome import Outcome, settle
from analysis.runner.progress import cell_reached
from analysis.runner.stop import Stop

_TICK = 0.2
_WATCH = 0.1
"""Seconds between looks at the processes; shorter where their memory is watched, as it fills quickly."""
_MANY = 2
"""Reports from which on it pays to load the libraries once for all."""
_START_PAUSES = (0.1, 0.4, 1.5)
"""Seconds to wait before a start is tried again."""


@dataclass
class _Running:
    """A report in the making. `problem` says why it was cut off, if it was."""

    job: Job
    scratch: Path
    started: float
    process: Any = None
    handle: psutil.Process | None = None
    problem: str = ""


def run_jobs(
    jobs: list[Job],
    output: Path,
    order: list[str],
    stop: Stop,
    limit: int | None = None,
    limits: Limits = Limits(),  # noqa: B008
    told: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Make reports and publish each as it is finished.

    Args:
        jobs: the reports to make.
        output: the folder of reports.
        order: names of the notebooks in the order of the catalogue, for `values.csv`.
        stop: says when to stop; what is half made then is thrown away.
        limit: how many at a time; None for one a core.
        limits: what one report may take.
        told: called with each outcome as it is known.

    Returns:
        The outcomes in the order of the jobs; only those of reports that ended.
    """
    context = _context(len(jobs))
    side_by_side = min(limit or os.cpu_count() or 1, len(jobs))
    waiting, running, outcomes = list(reversed(list(enumerate(jobs)))), [], []
    with scratch_folder(output) as base:
        try:
            while (waiting or running) and not stop.signal:
                while waiting and len(running) < side_by_side:
                    number, job = waiting.pop()
                    running.append(_start(context, job, base / str(number), limits))
                sentinels = [one.process.sentinel for one in running if one.process]
                connection.wait(sentinels, _WATCH if limits.memory else _TICK)
                # Ctrl-C may have ended the workers too: they did not fail.
                for one in [r for r in running if _ended(r, limits) and not stop.signal]:
                    running.remove(one)
                    outcomes.append(_settle(one, output, order))
                    told(outcomes[-1])
        finally:
            for one in running:
                end_family(one.handle)
    place = {id(job): number for number, job in enumerate(jobs)}
    return sorted(outcomes, key=lambda outcome: place[id(outcome.job)])


def _context(reports: int = _MANY) -> Any:
    """Return how processes are made: from a server with the libraries loaded where there is one, else afresh.

    A single report's two processes are quicker to load what each needs themselves, side by side.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["analysis.runner.warm"] if reports >= _MANY else [])
        return context
    return multiprocessing.get_context("spawn")


def prepare() -> None:
    """Load the libraries once for all the reports that this process will ask for, however few at a time."""
    if _context().get_start_method() == "forkserver":
        _serve()


def _serve() -> None:
    """Start the server that processes are forked from, unless it runs, in the environment of a report."""
    before, wanted, temporary = dict(os.environ), fixed_environment(), tempfile.tempdir
    os.environ.clear()
    os.environ.update(wanted)
    try:
        tempfile.tempdir = lasting_folder()  # for the server's socket, which a killed run leaves behind
        forkserver.ensure_running()
    finally:
        tempfile.tempdir = temporary
        os.environ.clear()
        os.environ.update(before)


def _start(context: Any, job: Job, scratch: Path, limits: Limits) -> _Running:
    """Start the process of one report; where it cannot be started, say so in its place."""
    one = _Running(job, scratch, time.monotonic())
    try:
        scratch.mkdir()
        process = _started(context, job, scratch, limits)
    except (OSError, EOFError) as error:
        one.problem = f"its process could not be started ({error or type(error).__name__}): free memory or room for it"
        return one
    one.process, one.handle, one.started = process, _handle(process.pid), time.monotonic()
    return one


def _started(context: Any, job: Job, scratch: Path, limits: Limits) -> Any:
    """Return the started process of one report.

    A server in the middle of dying answers nobody and still counts as running: that start is tried again, briefly.

    Raises:
        OSError, EOFError: if it cannot be started.
    """
    for pause in (*_START_PAUSES, None):
        process = context.Process(
            target=work, args=(job, scratch, kernel_environment(scratch), limits), name=job.label, daemon=False
        )
        try:
            if context.get_start_method() == "forkserver":
                _serve()
            process.start()
        except (ConnectionError, EOFError):
            if pause is None:
                raise
            time.sleep(pause)
        else:
            return process
    raise AssertionError("the last attempt returns or raises")


def _handle(number: int) -> psutil.Process | None:
    """Return psutil's handle of a process, or None if it is gone already."""
    try:
        return psutil.Process(number)
    except psutil.NoSuchProcess:
        return None


def _ended(one: _Running, limits: Limits) -> bool:
    """Say whether a report has ended or gone beyond a limit; if so, note which."""
    if one.problem or not one.process.is_alive():
        return True
    if limits.timeout is not None and time.monotonic() - one.started > limits.timeout:
        one.problem = f"not finished within the time limit of {limits.timeout:g} seconds (--timeout)"
    elif limits.memory and memory_used(one.handle) > limits.memory:
        one.problem = f"needed more than the memory limit of {limits.memory} MB; raise it with --memory"
    return bool(one.problem)


def _settle(one: _Running, output: Path, order: list[str]) -> Outcome:
    """Publish what an ended process made, or keep what is left of it."""
    found = _result(one)
    outcome = Outcome(one.job, time.monotonic() - one.started, **found)
    outcome.cell = cell_reached(one.scratch) if outcome.error else ""
    settle(outcome, one.scratch, output, order)
    return outcome


def _result(one: _Running) -> dict[str, Any]:
    """Return error, warnings and peak memory of an ended process; one still alive has met a limit and is killed."""
    file, cell = one.scratch / "outcome.json", cell_reached(one.scratch)
    whole = not one.problem and file.is_file()
    end_family(one.handle, None if whole else one.scratch)
    if one.process:
        one.process.join()
    if whole:
        return json.loads(file.read_text(encoding="utf-8"))
    code = one.process.exitcode if one.process else None
    if one.problem:
        problem = one.problem
    elif code == NO_ROOM:
        problem = f"cannot write to the temporary folder {one.scratch.parent.parent}: make room there, or set TMPDIR"
    else:
        problem = f"its process ended without a result (exit code {code})"
    return {"error": f"{cell}: {problem}", "warnings": []}
