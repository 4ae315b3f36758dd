"""Many reports side by side: a kernel each, limits each, and a stop that leaves nothing half done."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any

from analysis.runner.jobs import Job
from analysis.runner.leftovers import scratch_folder
from analysis.runner.limits import Limits, memory_used
from analysis.runner.outcome import Outcome, settle
from analysis.runner.progress import cell_reached
from analysis.runner.stop import Stop
from analysis.runner.work import NO_ROOM
from analysis.runner.workers import Worker

_TICK = 0.2
_WATCH = 0.1
"""Seconds between looks at the processes; shorter where their memory is watched, as it fills quickly."""


@dataclass(eq=False)
class _Running:
    """A report in the making. `problem` says why it was cut off, if it was."""

    job: Job
    scratch: Path
    started: float
    worker: Worker | None = None
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
    side_by_side = min(limit or os.cpu_count() or 1, len(jobs))
    outcomes = []
    with scratch_folder(output) as base:
        batch = _Batch(jobs, base, side_by_side, limits)
        try:
            batch.go_on(stop)
            import analysis.runner.index  # noqa: F401  # for afterwards: now the others load too

            while batch.running and not stop.signal:
                connection.wait(batch.signs, _WATCH if limits.memory else _TICK)
                # Ctrl-C may have ended the workers too: they did not fail.
                ended = [] if stop.signal else batch.ended()
                batch.go_on(stop)  # the next are begun before these are published
                for one, found in ended:
                    outcomes.append(_settle(one, found, output, order))
                    told(outcomes[-1])
        finally:
            batch.end()
    place = {id(job): number for number, job in enumerate(jobs)}
    return sorted(outcomes, key=lambda outcome: place[id(outcome.job)])


class _Batch:
    """The reports that wait to be made, those in the making, and the workers that are free."""

    def __init__(self, jobs: list[Job], base: Path, side_by_side: int, limits: Limits) -> None:
        self._waiting = list(reversed(list(enumerate(jobs))))
        self._base, self._side_by_side, self._limits, self._reports = base, side_by_side, limits, len(jobs)
        self._free: list[Worker] = []
        self.running: list[_Running] = []

    @property
    def signs(self) -> list[Any]:
        """What to wait for: a report's end is among it."""
        return [sign for one in self.running if one.worker for sign in one.worker.signs]

    def go_on(self, stop: Stop) -> None:
        """Begin as many reports as there may be at a time."""
        while self._waiting and len(self.running) < self._side_by_side and not stop.signal:
            number, job = self._waiting.pop()
            self.running.append(self._begun(job, self._base / str(number)))

    def ended(self) -> list[tuple[_Running, dict[str, Any]]]:
        """Take out the reports that have ended or gone beyond a limit; return them with what became of them."""
        over = [one for one in self.running if _is_over(one, self._limits)]
        self.running = [one for one in self.running if one not in over]
        return [(one, self._result(one)) for one in over]

    def end(self) -> None:
        """End all workers, whatever they do."""
        for worker in [*self._free, *(one.worker for one in self.running if one.worker)]:
            worker.end()

    def _begun(self, job: Job, scratch: Path) -> _Running:
        """Give a report to a worker; where none can be started, say so in its place."""
        one = _Running(job, scratch, time.monotonic())
        try:
            scratch.mkdir()
            one.worker = self._given(job, scratch)
        except (OSError, EOFError) as error:
            reason = error or type(error).__name__
            one.problem = f"its process could not be started ({reason}): free memory or room for it"
        one.started = time.monotonic()
        return one

    def _given(self, job: Job, scratch: Path) -> Worker:
        """Give a report to a free worker, or to a new one; return it.

        Raises:
            OSError, EOFError: if none can be started.
        """
        while self._free:
            worker = self._free.pop()
            try:
                worker.give(job, scratch)
            except OSError:  # it has ended since
                worker.end()
            else:
                return worker
        worker = Worker(self._reports, self._limits)
        try:
            worker.give(job, scratch)
        except OSError:
            worker.end()
            raise
        return worker

    def _result(self, one: _Running) -> dict[str, Any]:
        """Return error, warnings and peak memory of a report that is over, and free its worker.

        A worker that met a limit, or has ended without an answer, is ended with all that it started.
        """
        answer = one.worker.answer() if one.worker and not one.problem else None
        if answer:
            self._free.append(one.worker)
            return answer
        cell = cell_reached(one.scratch)
        code = one.worker.end(one.scratch) if one.worker else None
        if one.problem:
            problem = one.problem
        elif code == NO_ROOM:
            problem = (
                f"cannot write to the temporary folder {one.scratch.parent.parent}: make room there, or set TMPDIR"
            )
        else:
            problem = f"its process ended without a result (exit code {code})"
        return {"error": f"{cell}: {problem}", "warnings": []}


def _is_over(one: _Running, limits: Limits) -> bool:
    """Say whether a report has ended or gone beyond a limit; if so, note which."""
    if one.problem or not one.worker.busy:
        return True
    if limits.timeout is not None and time.monotonic() - one.started > limits.timeout:
        one.problem = f"not finished within the time limit of {limits.timeout:g} seconds (--timeout)"
    elif limits.memory and memory_used(one.worker.handle) > limits.memory:
        one.problem = f"needed more than the memory limit of {limits.memory} MB; raise it with --memory"
    return bool(one.problem)


def _settle(one: _Running, found: dict[str, Any], output: Path, order: list[str]) -> Outcome:
    """Publish what a report's worker made, or keep what is left of it."""
    outcome = Outcome(one.job, time.monotonic() - one.started, **found)
    outcome.cell = cell_reached(one.scratch) if outcome.error else ""
    settle(outcome, one.scratch, output, order)
    return outcome
