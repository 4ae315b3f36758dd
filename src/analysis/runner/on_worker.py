"""What runs inside a Dask worker: it hands each report to a process of the project's own, a station.

A run sends this module to the workers as code, so none of them has an old version of it loaded, and what they load of
the project is in the stations, which start anew with each run. Nothing but the standard library and distributed here.

A Dask worker may be a daemon with many threads, from which no process should be forked. So a station is an interpreter
started afresh. It ends, with all that it has started, as soon as its input is closed, however its worker ended.
"""

from __future__ import annotations

import asyncio
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from distributed import WorkerPlugin, get_worker

_TICK = 0.1
_GRACE = 8
_START = "from analysis.runner.station import main; main()"


class Station:
    """A process that makes one report at a time: it is told by a line of JSON, and answers by one."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            start_new_session=True,  # a signal to the worker's group is for the worker to act on
        )
        self._answers: queue.SimpleQueue = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._answers.put(json.loads(line))
        self._answers.put(None)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def retired(self) -> bool:
        """Whether it has ended by itself, as it does when nobody has asked for a while."""
        return self._process.poll() == 0

    def ask(self, message: dict[str, Any], wanted: Callable[[], bool] = lambda: True) -> dict[str, Any] | None:
        """Tell it something and wait for the answer; end it when that is wanted no more.

        Returns:
            The answer; None if it has ended without.
        """
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:  # it has ended
            self._process.wait()
            return None
        while wanted():
            try:
                answer = self._answers.get(timeout=_TICK)
            except queue.Empty:
                continue
            if answer is None:
                self._process.wait()
            return answer
        self.end()
        return None

    def end(self) -> None:
        """End it with all that it has started, and wait until it is gone."""
        with suppress(OSError):  # what it did not read is lost with it
            self._process.stdin.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its reports' processes see that and end themselves
            self._process.wait()

    def why(self) -> str:
        """Return why it has ended, as far as is known: its exit code and the last line of what it said."""
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        return f"exit code {self._process.poll()}: {last}"


class Stations(WorkerPlugin):
    """The stations of one run on one worker.

    Args:
        greeting: what each station is told first; it answers with what keeps it from making the run's reports.
    """

    def __init__(self, greeting: dict[str, Any]) -> None:
        self._greeting = greeting
        self._idle: list[Station] = []
        self._all: list[Station] = []
        self._closed = False
        self._lock = threading.Lock()

    def greet(self) -> str:
        """Have a station ready; return what is wrong, or ""."""
        station, problem = self._take()
        if station:
            self._idle.append(station)
        return problem

    def make(self, message: dict[str, Any], wanted: Callable[[], bool]) -> dict[str, Any]:
        """Have a report made; return the station's answer, or `refused` or `broken` with the reason."""
        while True:
            station, problem = self._take()
            if station is None:
                return {"refused": problem}
            answer = station.ask(message, wanted)
            if answer is not None:
                self._idle.append(station)
                return answer
            if not (station.retired and wanted() and not self._closed):
                return {"broken": f"the process that was making it ended without a result ({station.why()})"}

    def _take(self) -> tuple[Station | None, str]:
        """Return an idle station, or a new one; none and the reason where there can be none."""
        with self._lock:
            while self._idle:
                station = self._idle.pop()
                if station.alive:
                    return station, ""
            if self._closed:
                return None, "was told that the run has ended"
            self._all = [station for station in self._all if station.alive]
            station = Station()
            self._all.append(station)
        answer = station.ask(self._greeting)
        if answer is None:
            return None, f"could not start a process for reports ({station.why()})"
        if answer["problem"]:
            station.end()
            return None, answer["problem"]
        return station, ""

    async def teardown(self, worker: Any) -> None:
        """End all stations; called when the run or the worker ends."""
        with self._lock:
            self._closed = True
        await asyncio.gather(*(asyncio.to_thread(station.end) for station in self._all))


async def install(name: str, greeting: dict[str, Any], dask_worker: Any = None) -> str:
    """Make a worker ready for a run; return what keeps it from making its reports, or ""."""
    stations = Stations(greeting)
    await dask_worker.plugin_add(plugin=stations, name=name)
    problem = await asyncio.to_thread(stations.greet)
    if problem:
        await dask_worker.plugin_remove(name=name)
    return problem


async def remove(name: str, dask_worker: Any = None) -> None:
    """End what a run has left on a worker."""
    if name in dask_worker.plugins:
        await dask_worker.plugin_remove(name=name)


def make(name: str, message: dict[str, Any]) -> dict[str, Any]:
    """Make a report: the task that a worker is given. It is given up when the run lets go of it, or is gone."""
    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state in ("executing", "long-running")

    stations = worker.plugins.get(name)
    return stations.make(message, wanted) if stations else {"refused": "does not know this run any more"}
