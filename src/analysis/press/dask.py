"""Many reports on the workers of a Dask cluster: each is a future, and the bytes of its files are its result.

A worker that has the same project is given reports meant for it alone, so that it is known what is lost with it. There
they are made by processes that start afresh with each run, and end with the worker or when the run lets go of it.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import platform
import threading
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import metadata
from multiprocessing import connection
from pathlib import Path
from typing import Any

from analysis.files import say
from analysis.press import one_line, reuse
from analysis.press import pool as local
from analysis.press.catalogue import Refused
from analysis.press.environment import prepare, scratch_folder, unlocked
from analysis.press.pool import Limits, Outcome
from analysis.press.request import Job, Project, with_releases

CONNECT, PATIENCE, LOSSES = 10, 60, 3
"""Seconds in which scheduler and workers must be heard of; in which one must be usable; workers a report may cost."""
_TICK, _LOOK, _SHOWN = 0.05, 0.5, 4


class ClusterLost(Exception):
    """A cluster went away after reports had been begun. The text is one line."""


def outcomes(
    project: Project, address: str, jobs: list[Job], output: Path, stop: Any, *limits: Any
) -> Iterator[Outcome]:
    """Make reports on the cluster whose scheduler is at `address`; yield what became of each, as for a local run.

    A worker that was refused or lost is said; no limit to reports at a time means one a thread. Raises Refused if the
    cluster cannot be used, and ClusterLost if the scheduler or all workers went away meanwhile.
    """
    with _connected(address) as client, scratch_folder(output):  # which removes what killed runs left half-written
        run = _Run(project.here, client, jobs, output, *limits)
        while (run.waiting or run.sent) and not stop.signal:
            yield from run.step()


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Connect to a scheduler, or refuse; at the end let go of all that was asked of it."""
    try:
        import dask
        import distributed
    except ImportError:
        how = "in the project's folder: pip install --constraint requirements.txt --editable '.[dask]'"
        raise Refused(f"--dask needs the optional extra 'dask', which is not installed; {how}") from None

    async def answers() -> None:
        async with distributed.core.rpc(address, connection_args=secrets) as scheduler:
            if (await scheduler.identity())["type"] != "Scheduler":
                raise ValueError("it is the address of something else")

    try:
        host, port = distributed.comm.get_address_host_port(address)
        if not host or not 0 < port < 65536:
            raise ValueError("it must name a host, and a port from 1 to 65535")
        secrets = distributed.Security().get_connection_args("client")
        if address.startswith("tls:") and not secrets["ssl_context"]:
            raise ValueError("for tls, name the certificates in Dask's configuration (distributed.comm.tls)")
    except (ValueError, OSError) as error:  # OSError: of certificates
        raise Refused(f"--dask {address}: expected an address such as tcp://HOST:8786: {_reason(error)}") from None
    for name in [*logging.root.manager.loggerDict, "tornado.application"]:
        if name.startswith(("distributed", "tornado")):  # each has a level of its own
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters of it is said in a line
    with dask.config.set({"distributed.comm.timeouts.connect": f"{CONNECT}s"}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other versions: they are compared here
        try:  # a client would wait for ever for somebody who takes connections and says nothing
            asyncio.run(asyncio.wait_for(answers(), CONNECT))
            client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
        except Exception as error:  # whatever the library makes of who listens there
            wait = f"within {CONNECT} seconds"
            raise Refused(f"no Dask scheduler answers at {address} {wait}: {_reason(error)}") from None
        try:
            yield client
        finally:
            with suppress(OSError, TimeoutError):  # it is gone already
                client.close(timeout=CONNECT)


@dataclass
class _Worker:
    """A worker: its last sign of life by our clock and by the scheduler's, its state, and whether it can be used."""

    heard: float
    seen: float = 0
    state: str = "running"
    threads: int = 0
    greeting: Any = None  # its answer's future
    ready: bool | None = None  # False: it is refused


@dataclass
class _Run:
    """Which reports are waiting, which are being made where, and which workers can be used."""

    project: Callable[[], Project]
    client: Any
    jobs: list[Job]
    output: Path
    limit: int | None
    limits: Limits

    def __post_init__(self) -> None:
        self.waiting, self._began, self._alone = list(range(len(self.jobs)))[::-1], False, time.monotonic()
        self.sent: dict[Any, tuple[str, int, float]] = {}  # a future → worker, report, since when
        self._lost: dict[int, list[tuple[str, float]]] = defaultdict(list)  # where it was made each time, since when
        self._workers: dict[str, _Worker] = {}
        national = not all(job.area.has_published for job in self.jobs)
        self._asked = (self.project, sorted({job.entry.name for job in self.jobs}), national)
        self._here = station(*self._asked)

    def step(self) -> Iterator[Outcome]:
        """Give out what can be; yield what became of the reports that have ended meanwhile."""
        self._look()
        while self.waiting and len(self.sent) < (self.limit or len(self.jobs)):
            busy = Counter(where for where, *_ in self.sent.values())
            free = {where: worker.threads - busy[where] for where, worker in self._workers.items() if worker.ready}
            where = max(free, key=free.get, default="")
            if free.get(where, 0) < 1:
                break
            number, self._began = self.waiting.pop(), True
            job = self.jobs[number].carrying(self.output)
            future = self._submit(where, make, self._workers[where].greeting.key, self.project, job, self.limits)
            self.sent[future] = where, number, time.monotonic()
        until = time.monotonic() + _LOOK
        while time.monotonic() < until and all(future.status == "pending" for future in self.sent):
            time.sleep(_TICK)
        while future := next((future for future in self.sent if future.status != "pending"), None):
            if self.client.status != "running":  # they were cancelled with the connection, which the next look tells
                return
            where, number, since = self.sent[future]
            try:
                answer = future.result(timeout=PATIENCE)
            except Exception as error:  # of the library or the system: a cell's own is in the answer
                self._lose(where, f"gave no report ({_reason(error)})")
            else:
                del self.sent[future]
                yield replace(answer, job=self.jobs[number], seconds=round(time.monotonic() - since, 2), worker=where)
        yield from self._given_up()

    def _given_up(self) -> Iterator[Outcome]:
        """Take out the reports that are not tried again; yield them as a step does."""
        most, usable = self.limits.timeout, any(worker.ready for worker in self._workers.values())
        for number in [number for number in self.waiting if number in self._lost]:
            where, since = self._lost[number][-1]
            seconds, costly = time.monotonic() - since, len(self._lost[number]) >= LOSSES
            if costly or (most and seconds > most + CONNECT and not usable):
                lost = f"{LOSSES} workers were lost while they were making it"
                self.waiting.remove(number)
                problem = f"worker {where}: {lost if costly else self.limits.too_long}"
                yield Outcome(self.jobs[number], seconds=round(seconds, 2), error=problem, worker=where)

    def _look(self) -> None:
        """Look who has come, gone or answered. Raises as a run does."""
        at, now = f"the Dask scheduler at {self.client.scheduler.address}", time.monotonic()
        fail = (lambda words: ClusterLost(f"{words}: run it again when it is back")) if self._began else Refused
        try:
            if self.client.status != "running":
                raise OSError
            present = self.client.sync(self.client.scheduler.identity, callback_timeout=CONNECT)["workers"]
        except (OSError, TimeoutError, CancelledError):
            raise fail(f"{at} was lost") from None
        for gone in set(self._workers) - set(present):
            self._lose(gone, "was lost")
            del self._workers[gone]
        for where, about in present.items():
            worker = self._workers.setdefault(where, _Worker(now))
            worker.threads = about["nthreads"]
            self._follow(where, worker, about["status"], about["last_seen"])
        if any(worker.ready for worker in self._workers.values()):
            self._alone = now
        elif present and not self._began and all(worker.ready is False for worker in self._workers.values()):
            raise fail(f"no worker of {at} can make these reports")
        elif now - self._alone > PATIENCE:
            raise fail(f"no worker {'is left' if self._began else 'has been ready'} at {at} for {PATIENCE} seconds")

    def _follow(self, where: str, worker: _Worker, state: str, seen: float) -> None:
        """Greet a worker that runs and judge its answer; let go of one that is paused, closing or not heard of."""
        now, before = time.monotonic(), worker.state
        if seen != worker.seen:
            worker.seen, worker.heard = seen, now
        worker.state = state if now - worker.heard < CONNECT else "unresponsive"
        if worker.state not in ("running", before):
            self._lose(where, f"is {worker.state}")
        elif worker.ready is not None or worker.state != "running":
            return
        elif not worker.greeting:
            worker.greeting = self._submit(where, greet, *self._asked)
        elif worker.greeting.status != "pending":
            try:
                _compare(self._here, worker.greeting.result(timeout=CONNECT))
                worker.ready = True
            except Exception as error:  # what keeps it from answering keeps it from making reports
                worker.ready, worker.greeting = False, None
                say(f"analysis: worker {where} cannot make these reports: {_reason(error)}")

    def _lose(self, where: str, what: str) -> None:
        """Let go of a worker and of all it was asked for; its reports wait again."""
        worker, sent = self._workers[where], [future for future, (at, *_) in self.sent.items() if at == where]
        if worker.ready is not False:
            more = "; what it was making is given to another" if sent else " and gets no reports"
            say(f"analysis: worker {where} {what}{more}")
        worker.greeting, worker.ready = None, None  # a future that nobody holds is released
        for future in sent:
            _, number, since = self.sent.pop(future)
            self._lost[number].append((where, since))
            self.waiting.append(number)

    def _submit(self, where: str, function: Callable[..., Any], *words: Any) -> Any:
        return self.client.submit(function, *words, workers=[where], allow_other_workers=False, pure=False)


def greet(*asked: Any) -> dict[str, str]:
    """On a worker: have processes for reports, as long as the run holds this future; return what `station` does there.

    They have just loaded the package, whatever version of it the worker itself has loaded long ago.
    """
    from distributed import WorkerPlugin, get_worker
    from distributed.utils import sync

    worker, context = get_worker(), multiprocessing.get_context("spawn")
    name, (line, other_end) = worker.get_current_task(), context.Pipe(duplex=False)
    multiprocessing.current_process().daemon = False  # below a nanny it is one, which may start no process

    class Station(WorkerPlugin):
        pool = ProcessPoolExecutor(worker.state.nthreads, context, _begin, (line,))

        def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
            if key == name and finish == "forgotten":  # nobody holds its future
                worker.loop.add_callback(worker.plugin_remove, name)

        def teardown(self, worker: Any) -> None:
            other_end.close()  # the processes see that
            self.pool.shutdown(wait=False, cancel_futures=True)

    sync(worker.loop, worker.plugin_add, plugin=Station(), name=name)
    return Station.pool.submit(station, *asked).result()


def make(name: str, *asked: Any) -> Outcome:
    """On a worker: make one report in a process of the greeting `name`."""
    from distributed import get_worker

    return get_worker().plugins[name].pool.submit(_made, *asked).result()


def _made(project: Callable[[], Project], job: Job, limits: Limits) -> Outcome:
    path = project().root / "notebooks" / job.entry.path.name
    [made] = local.outcomes([replace(job, entry=replace(job.entry, path=path))], limits=limits)
    return made


def _begin(line: connection.Connection) -> None:
    """Begin a process for reports: it ends with all below it when the other end of the line is closed."""

    def end() -> None:
        connection.wait([line])
        local.leave()

    if hasattr(os, "setsid"):
        os.setsid()  # a signal to the worker's group is for the worker to act on
    threading.Thread(target=end, daemon=True).start()
    with suppress(OSError, EOFError):  # a report that then cannot be made says so
        prepare()


def station(project: Callable[[], Project], notebooks: list[str], national: bool) -> dict[str, str]:
    """Return what makes the reports of these notebooks come out as they do: digests, versions, what is not the lock's.

    `national` says whether there are any on areas whose data is in the releases. Raises Refused where there is no
    project, or no release.
    """
    here = project()
    found = reuse.common_fingerprint(here.root, here.package)
    found = with_releases(here, found) if national else found
    found["local figures"] = reuse.digest_files(here.root, (here.root / "data" / "local").glob("*.csv"))
    for name in notebooks:
        file = here.root / "notebooks" / f"{name}.ipynb"
        found[f"notebook {name}"] = reuse.notebook_fingerprint(file) if file.is_file() else ""
    found |= {"python": ".".join(platform.python_version_tuple()[:2]), "packages": ", ".join(unlocked(here.root))}
    return found | {name: metadata.version(name) for name in ("dask", "distributed", "cloudpickle")}


def _compare(here: dict[str, str], there: dict[str, str]) -> None:
    """Refuse a machine where something is not the same, and say what."""
    words = [
        name if len(value) == 64 else f"{name} ({there.get(name) or 'none'} for {value or 'the locked'})"
        for name, value in here.items()
        if there.get(name, "") != value
    ]
    if words:
        more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
        raise Refused(f"it differs in {', '.join(words[:_SHOWN])}{more}")


def _reason(error: Exception) -> str:
    return one_line(str(error)) or type(error).__name__
