"""The workers of a cluster during a run: who is there, who can make its reports, who is lost."""

from __future__ import annotations

import logging
import platform
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from importlib import metadata
from typing import Any

import cloudpickle
import dask
import distributed

from analysis.runner import on_worker
from analysis.runner.catalogue import Refused
from analysis.runner.cluster import ClusterLost
from analysis.runner.words import one_line

CONNECT = 10
"""Seconds in which the scheduler must answer."""
PATIENCE = 60
"""Seconds in which there must be a worker that can be used."""
_LOOK, _FAREWELL = 0.5, 15
_PACKAGES = ("dask", "distributed", "cloudpickle")


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a scheduler, and let what runs inside its workers be sent as code.

    Args:
        address: where it listens.

    Raises:
        Refused: if it does not answer, or has another Python or another Dask.
    """
    for name in [*logging.root.manager.loggerDict, "tornado.application"]:
        if name.startswith(("distributed", "tornado")):  # each has a level of its own
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters of it is said in a line
    with dask.config.set({"distributed.comm.timeouts.connect": f"{CONNECT}s"}):
        try:
            client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
        except (OSError, TimeoutError, ValueError, RuntimeError, ImportError) as error:
            reason = one_line(str(error)) or type(error).__name__
            raise Refused(f"no Dask scheduler answers at {address} within {CONNECT} seconds: {reason}") from None
        cloudpickle.register_pickle_by_value(on_worker)
        try:
            differing = unlike(client.run_on_scheduler)
            if differing:
                raise Refused(f"the Dask scheduler at {address} {differing}")
            yield client
        finally:
            cloudpickle.unregister_pickle_by_value(on_worker)
            with suppress(OSError, TimeoutError):  # it is gone already
                client.close(timeout=_FAREWELL)


def unlike(ask: Callable[..., Any]) -> str:
    """Return what keeps another machine from taking code from here: another Python or another Dask; "" if nothing does.

    Args:
        ask: calls a function of the standard library there, and returns what it returns.
    """
    here, there = platform.python_version(), ask(platform.python_version)
    if there.split(".")[:2] != here.split(".")[:2]:
        return f"has Python {there}, and here is {here}: make its environment from the same lock"
    for name in _PACKAGES:
        here, there = metadata.version(name), ask(metadata.version, name)
        if there != here:
            return f"has {name} {there}, and here is {here}: make its environment from the same lock"
    return ""


class Crew:
    """The workers that can make a run's reports, each tried first.

    Args:
        client: the connection to the scheduler.
        address: the scheduler's address, for messages.
        name: the name of the run.
        greeting: what the stations of a worker must find the same.
        say: called with a line about a worker that is refused or lost.
    """

    def __init__(
        self, client: Any, address: str, name: str, greeting: dict[str, Any], say: Callable[[str], None]
    ) -> None:
        self._client, self._address, self._name, self._greeting, self._say = client, address, name, greeting, say
        self._greeted: dict[str, futures.Future] = {}
        self._refused: set[str] = set()
        self._looked, self._alone = 0.0, time.monotonic()
        self.threads: dict[str, int] = {}
        """How many reports each usable worker can make at a time."""
        self.began = False
        """Whether a report was begun."""

    def look(self) -> set[str]:
        """Look who has come and who is gone, twice a second; return those that were lost since.

        Raises:
            Refused: if there is nobody to begin with.
            ClusterLost: if there is nobody any more.
        """
        if time.monotonic() - self._looked < _LOOK:
            return set()
        present = self._present()
        lost = set(self.threads) - set(present)
        for worker in lost:
            del self.threads[worker]
            self._say(f"analysis: worker {worker} was lost; what it was making is given to another")
        self._refused &= set(present)
        self._greeted = {worker: greeted for worker, greeted in self._greeted.items() if worker in present}
        for worker in set(present) - set(self.threads) - self._refused - set(self._greeted):
            self._greeted[worker] = in_background(self._greet, worker)
        for worker in [worker for worker, greeted in self._greeted.items() if greeted.done()]:
            self._judge(worker, self._greeted.pop(worker), present[worker])
        self._check(len(present))
        self._looked = time.monotonic()
        return lost

    def refuse(self, worker: str, problem: str) -> None:
        """Send nothing more to a worker."""
        self.threads.pop(worker, None)
        self._refused.add(worker)
        self._say(f"analysis: worker {worker} {problem}")

    def end(self) -> None:
        """End what the run has left on its workers, if they can still be reached in a few seconds."""
        if self._client.status == "running":
            farewell = in_background(self._client.run, on_worker.remove, self._name, on_error="ignore")
            with suppress(OSError, TimeoutError, futures.CancelledError):  # they end it themselves without a scheduler
                farewell.result(timeout=_FAREWELL)

    def _present(self) -> dict[str, int]:
        """Return the workers that the scheduler knows, with their threads."""
        if self._client.status == "running":
            with suppress(OSError, TimeoutError, futures.CancelledError):  # said below
                return dict(self._client.nthreads())
        raise self._failure(f"the Dask scheduler at {self._address} was lost")

    def _greet(self, worker: str) -> str:
        """Make a worker ready; return what keeps it from making the reports."""

        def ask(function: Callable[..., Any], *words: Any) -> Any:
            return self._client.run(function, *words, workers=[worker])[worker]

        return unlike(ask) or ask(on_worker.install, self._name, self._greeting)

    def _judge(self, worker: str, greeted: futures.Future, threads: int) -> None:
        error = greeted.exception()
        problem = f"did not answer ({one_line(f'{type(error).__name__}: {error}')})" if error else greeted.result()
        if problem:
            self.refuse(worker, problem)
        else:
            self.threads[worker] = threads

    def _check(self, present: int) -> None:
        """Give up where there is nobody to wait for."""
        if self.threads:
            self._alone = time.monotonic()
        elif present and present == len(self._refused) and not self.began:
            raise self._failure(f"no worker of the Dask scheduler at {self._address} can make these reports")
        elif time.monotonic() - self._alone > PATIENCE:
            what = "no worker is left at" if self.began else "no worker has been ready at"
            raise self._failure(f"{what} the Dask scheduler at {self._address} for {PATIENCE} seconds")

    def _failure(self, problem: str) -> Exception:
        return ClusterLost(f"{problem}: run it again when it is back") if self.began else Refused(problem)


def in_background(function: Callable[..., Any], *words: Any, **options: Any) -> futures.Future:
    """Call a function in a thread that nothing waits for, and return the future of its result."""
    future: futures.Future = futures.Future()

    def call() -> None:
        try:
            future.set_result(function(*words, **options))
        except BaseException as error:  # for whoever asks for the result
            future.set_exception(error)

    threading.Thread(target=call, daemon=True).start()
    return future
