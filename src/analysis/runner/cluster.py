"""Many reports on the workers of a Dask cluster: the same tasks as on this machine, through its Executor interface.

A worker makes a report in a process of its own and hands its files over in a folder that both see; this machine alone
publishes, in its turn, as it does for a local run. Each task is meant for one worker: only so is it known which one is
lost with it. Then it is given to another, and only then: a cell that fails is not tried again.
"""

from __future__ import annotations

import importlib.util
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.runner.catalogue import Refused
from analysis.runner.jobs import Job
from analysis.runner.leftovers import shared_folder
from analysis.runner.outcome import Limits, Outcome, settle
from analysis.runner.publish import remove_folder
from analysis.runner.stop import Stop
from analysis.runner.words import one_line

if TYPE_CHECKING:
    from analysis.runner.crew import Crew

LOSSES = 3
"""Workers that one report may cost before it is taken for the cause."""
_TICK = 0.1


class ClusterLost(Exception):
    """A cluster went away after reports had been begun. The text is one line."""


def check_installed() -> None:
    """Refuse a run on a cluster where the optional extra is not installed."""
    if importlib.util.find_spec("distributed") is None:
        raise Refused(
            "--dask needs the optional extra 'dask', which is not installed; in the project's folder: "
            "pip install --constraint requirements.txt --editable '.[dask]'"
        )


def run_jobs(
    address: str,
    say: Callable[[str], None],
    jobs: list[Job],
    output: Path,
    order: list[str],
    stop: Stop,
    limit: int | None = None,
    limits: Limits = Limits(),  # noqa: B008
    told: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Make reports on a cluster and publish each as it is finished.

    Args:
        address: where the scheduler listens, as `tcp://host:8786`.
        say: called with a line about a worker that was refused or lost.
        jobs: the reports to make.
        output: the folder of reports; the workers must see it under the same path.
        order: names of the notebooks in the order of the catalogue.
        stop: says when to stop; what is half made then is thrown away.
        limit: how many at a time; None for one a thread of the workers.
        limits: what one report may take.
        told: called with each outcome as it is known.

    Returns:
        The outcomes in the order of the jobs; only those of reports that ended.

    Raises:
        Refused: if the cluster cannot be used; nothing has run then.
        ClusterLost: if the scheduler or all workers went away meanwhile.
    """
    from analysis.runner import crew  # loads Dask

    outcomes = []
    with shared_folder(output) as base, crew.connected(address) as client:
        run = _Run(client, address, jobs, base, limit, limits, say)
        try:
            while run.unfinished and not stop.signal:
                for ended in run.step():
                    outcomes.append(_settle(ended, output, order))
                    told(outcomes[-1])
        finally:
            run.end()
    place = {id(job): number for number, job in enumerate(jobs)}
    return sorted(outcomes, key=lambda outcome: place[id(outcome.job)])


@dataclass
class _Sent:
    """A report that a worker was told to make. `folder` is where it is handed over, `answer` what came back."""

    number: int
    job: Job
    worker: str
    folder: Path
    answer: dict[str, Any] | None = None


class _Run:
    """Which reports are waiting, and which are being made where."""

    def __init__(
        self,
        client: Any,
        address: str,
        jobs: list[Job],
        base: Path,
        limit: int | None,
        limits: Limits,
        say: Callable[[str], None],
    ) -> None:
        from analysis.runner import station
        from analysis.runner.crew import Crew

        self._jobs, self._base, self._limit, self._limits = jobs, base, limit or len(jobs), limits
        self._name = f"analysis-{secrets.token_hex(8)}"
        (base / station.TOKEN).write_text(self._name, encoding="utf-8")
        greeting = station.greeting(jobs, base, self._name)
        self._crew: Crew = Crew(client, address, self._name, greeting, say)
        self._executor = client.get_executor(pure=False)
        self._waiting = deque(enumerate(jobs))
        self._sent: dict[futures.Future, _Sent] = {}
        self._losses: Counter[int] = Counter()

    @property
    def unfinished(self) -> bool:
        """Whether reports are still to be made."""
        return bool(self._waiting or self._sent)

    def step(self) -> list[_Sent]:
        """Give out what can be given out, wait a moment, and return the reports that have ended."""
        lost = self._crew.look()
        ended = [sent for future in self._of(lost) if (sent := self._lose(future))]
        while self._waiting and len(self._sent) < self._limit and (worker := self._free()):
            self._send(*self._waiting.popleft(), worker)
        if not self._sent:
            time.sleep(_TICK)
            return ended
        done, _ = futures.wait(self._sent, timeout=_TICK, return_when=futures.FIRST_COMPLETED)
        return ended + [sent for future in done if (sent := self._take(future))]

    def end(self) -> None:
        """Take back what is being made, and see to it that the workers end it."""
        for future in self._sent:
            future.cancel()
        self._crew.end()

    def _of(self, workers: set[str]) -> list[futures.Future]:
        return [future for future, sent in self._sent.items() if sent.worker in workers]

    def _free(self) -> str | None:
        """Return the worker with the most idle threads, or None if all are busy."""
        busy = Counter(sent.worker for sent in self._sent.values())
        free = {worker: threads - busy[worker] for worker, threads in self._crew.threads.items()}
        worker = max(free, key=lambda one: free[one], default=None)
        return worker if worker and free[worker] > 0 else None

    def _send(self, number: int, job: Job, worker: str) -> None:
        from analysis.runner import on_worker, station

        def task(name: str, message: dict[str, Any]) -> dict[str, Any]:  # nested, so that it goes as code
            return on_worker.make(name, message)

        folder = self._base / f"{number}-{self._losses[number]}-{secrets.token_hex(4)}"
        folder.mkdir()
        message = station.order(job, folder, self._limits)
        future = self._executor.submit(task, self._name, message, workers=[worker], allow_other_workers=False)
        self._sent[future] = _Sent(number, job, worker, folder)
        self._crew.began = True

    def _take(self, future: futures.Future) -> _Sent | None:
        """Return a report that has come back; None if it has to be made again elsewhere."""
        from distributed import KilledWorker

        if future.cancelled() or isinstance(future.exception(), KilledWorker):
            return self._lose(future)
        sent, error = self._sent[future], future.exception()
        sent.answer = {"broken": one_line(f"{type(error).__name__}: {error}")} if error else future.result()
        if "refused" in sent.answer:
            self._crew.refuse(sent.worker, sent.answer["refused"])
            self._again(future)
            return None
        del self._sent[future]
        return sent

    def _lose(self, future: futures.Future) -> _Sent | None:
        """Give a report to another worker; return it if it has cost too many."""
        sent = self._again(future)
        self._losses[sent.number] += 1
        if self._losses[sent.number] < LOSSES:
            return None
        self._waiting.remove((sent.number, sent.job))
        sent.answer = {"broken": f"{LOSSES} workers were lost while they were making it"}
        return sent

    def _again(self, future: futures.Future) -> _Sent:
        sent = self._sent.pop(future)
        future.cancel()
        self._waiting.appendleft((sent.number, sent.job))
        return sent


def _settle(sent: _Sent, output: Path, order: list[str]) -> Outcome:
    """Publish what a worker has handed over, or keep what is left of it."""
    answer = sent.answer or {}
    broken = {"error": f"worker {sent.worker}: {answer.get('broken', 'no answer')}", "seconds": 0.0}
    outcome = Outcome(sent.job, **(answer.get("outcome") or broken), worker=sent.worker)
    files = {file.name: file.read_bytes() for file in sent.folder.iterdir() if file.is_file()}
    settle(outcome, files, output, order)
    remove_folder(sent.folder)
    return outcome
