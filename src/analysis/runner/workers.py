"""The runner's side of a worker: a process that is given one report after another."""

from __future__ import annotations

import json
import time
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import psutil

from analysis.runner.environment import kernel_environment
from analysis.runner.family import end_family
from analysis.runner.jobs import Job
from analysis.runner.limits import Limits
from analysis.runner.server import context, prepare
from analysis.runner.work import work

_START_PAUSES = (0.1, 0.4, 1.5)
"""Seconds to wait before a start is tried again."""


class Worker:
    """A worker's process.

    Args:
        reports: how many reports the run has to make; decides what is loaded beforehand.
        limits: what each report may take.

    Raises:
        OSError, EOFError: if it cannot be started.
    """

    def __init__(self, reports: int, limits: Limits) -> None:
        self._pipe, theirs = Pipe()
        try:
            self._process = _started(reports, (theirs, limits))
        finally:
            theirs.close()
        self.handle = _handle(self._process.pid)

    def give(self, job: Job, scratch: Path) -> None:
        """Order a report.

        Args:
            job: the report to make.
            scratch: its scratch folder, empty.

        Raises:
            OSError: if the process has ended.
        """
        self._pipe.send((job, scratch, kernel_environment(scratch)))

    @property
    def signs(self) -> list[Any]:
        """What `multiprocessing.connection.wait` can wait for: an answer, or the end of the process."""
        return [self._pipe, self._process.sentinel]

    @property
    def busy(self) -> bool:
        """Whether it is alive and has not answered yet."""
        return not self._pipe.poll() and self._process.is_alive()

    def answer(self) -> dict[str, Any] | None:
        """Return what became of the report; None if the process has ended without saying so, or said something else."""
        try:
            return json.loads(self._pipe.recv_bytes()) if self._pipe.poll() else None
        except (EOFError, OSError, ValueError):
            return None

    def end(self, scratch: Path | None = None) -> int | None:
        """End it with everything below it, and return its exit code.

        Args:
            scratch: the scratch folder of its report, to look for processes that have lost their worker.
        """
        end_family(self.handle, scratch)
        self._process.join()
        self._pipe.close()
        return self._process.exitcode


def _started(reports: int, words: tuple[Any, ...]) -> Any:
    """Return the started process of a worker.

    A server in the middle of dying answers nobody and still counts as running: that start is tried again, briefly.

    Raises:
        OSError, EOFError: if it cannot be started.
    """
    for pause in (*_START_PAUSES, None):
        process = context(reports).Process(target=work, args=words, name="analysis worker", daemon=False)
        try:
            prepare(reports)
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
