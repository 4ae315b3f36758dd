"""Reports side by side, each in a process of its own that is forked from a warm one; its limits, and its end.

A worker of the pool runs no cell itself: a process does that for each report, which the worker watches. It ends
whatever that leaves, and makes the page. So nothing of one report is left for the next.
"""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from concurrent import futures
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
from click import unstyle
from pebble import ProcessExpired, ProcessPool

from analysis.files import put
from analysis.press import environment, one_line
from analysis.press.environment import EXECUTED, SHOWN, TOO_MUCH, ReportFailed, for_good, has_code
from analysis.press.request import Job

_PRELOAD = os.environ.get("ANALYSIS_PRELOAD", "analysis.preload")  # handed over by Project
_TICK, _GRACE, _LOG, _STARTS = 0.1, 5.0, 100_000, 4
_GO_ON = SimpleNamespace(signal=0)
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_IDLE = ("rfc3987_syntax", "rfc3986_validator", "isoduration", "webcolors", "uri_template", "fqdn", "pyarrow")
"""What jsonschema and papermill load where it is installed, in seconds, for texts and disks that no notebook has."""
_GARBAGE = 50_000
"""New objects between two looks for garbage, which Python takes at 700: a report's process lives for a second."""


@dataclass(frozen=True)
class Limits:
    """What one report may take: seconds and megabytes; None for no limit."""

    timeout: float | None = None
    memory: int | None = None

    @property
    def too_long(self) -> str:
        """Say that a report took more than its time."""
        return f"not finished within the time limit of {self.timeout:g} seconds (--timeout)"


@dataclass
class Outcome:
    """What became of one report, as `run.json` says it; `files` has what was made, or is left, by the ends of names."""

    job: Job
    state: str = "not finished"  # or done, failed, unchanged, left out
    seconds: float = 0.0
    error: str = ""  # one line; "" if it was made
    kept: str = ""  # where the log is
    warnings: list[str] = field(default_factory=list)
    cell: str = ""  # where it failed
    worker: str = ""  # the address of the worker of a cluster that made it
    files: dict[str, bytes] = field(default_factory=dict, repr=False)


# --- The run's side ------------------------------------------------------------------------------


def outcomes(
    jobs: list[Job], output: Path | None = None, stop: Any = _GO_ON, limit: int | None = None, limits: Limits = Limits()
) -> Iterator[Outcome]:
    """Make reports on this machine, side by side; yield what became of each, as it ends.

    A start that fails is tried again, with other workers: a warm process in the middle of dying answers nobody.

    Args:
        jobs: the reports to make.
        output: the folder that they are published in; None for none.
        stop: its `signal` says when to stop: what is half made then is thrown away.
        limit: how many are made at a time; None for one a core.
        limits: what each may take.
    """
    limit, fixed = limit or os.cpu_count() or 1, environment.fixed_environment()
    waiting = deque((number, 1) for number in range(len(jobs)))
    running: dict[futures.Future, tuple[int, int, Path, float]] = {}

    def go_on() -> None:
        while waiting and len(running) < limit and not stop.signal:
            number, attempt = waiting.popleft()
            scratch, began = base / str(number + (attempt - 1) * len(jobs)), time.monotonic()
            work = jobs[number].carrying(output), scratch, limits, environment.report_environment(fixed, scratch)
            try:
                scratch.mkdir()
                # The worker keeps the time limit itself; this is for one that is stopped or hangs.
                ordered = pool.schedule(_make, work, timeout=limits.timeout and limits.timeout + _GRACE)
            except (OSError, EOFError, RuntimeError) as error:
                ordered = futures.Future()
                # pebble's word for a pool whose idle worker was killed: another pool can be had
                ordered.set_exception(BrokenProcessPool(str(error)) if isinstance(error, RuntimeError) else error)
            running[ordered] = number, attempt, scratch, began

    with environment.scratch_folder(output) as base:
        pool = _workers(limit, len(jobs))
        try:
            go_on()
            import analysis.press.page  # noqa: F401  # for afterwards: now the others load too

            while running and not stop.signal:
                ended, _ = futures.wait(running, _TICK, futures.FIRST_COMPLETED)
                if stop.signal:  # Ctrl-C may have ended the workers too: they did not fail
                    return
                over = []
                for one in ended:
                    number, attempt, scratch, began = running.pop(one)
                    if isinstance(one.exception(), BrokenProcessPool) and attempt < _STARTS:
                        time.sleep(_TICK * attempt)
                        waiting.appendleft((number, attempt + 1))
                        if not pool.active:
                            _end(pool)
                            pool = _workers(limit, len(jobs))
                    else:
                        outcome = _outcome(one, jobs[number], scratch, limits)
                        over.append(replace(outcome, seconds=round(time.monotonic() - began, 2)))
                go_on()  # the next are begun before these are published
                yield from over
        finally:
            _end(pool)
            if running:  # a server that was ended too says at once that its workers are gone: they may be at it yet
                psutil.wait_procs(_marked(base), timeout=_GRACE)


def _workers(limit: int, reports: int) -> ProcessPool:
    """Start the workers of a run, which end with it, and all below them."""
    with suppress(ConnectionError, EOFError):  # the pool says what it cannot start
        environment.prepare(reports)
    return ProcessPool(min(limit, reports), 0, _begin, (environment.own_path(),), environment.starting())


def _end(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()


def _outcome(ordered: futures.Future, job: Job, scratch: Path, limits: Limits) -> Outcome:
    """Return what became of a report that is over, also where its worker cannot say."""
    try:
        return replace(ordered.result(), job=job)
    except futures.TimeoutError:
        problem = limits.too_long
    except ProcessExpired as error:
        problem = f"its process ended without a result (exit code {error.exitcode})"
    except (OSError, EOFError, BrokenProcessPool) as error:
        reason = one_line(str(error) or type(error).__name__)
        problem = f"its process could not be started ({reason}): free memory or room for it"
    except Exception as error:  # such as a library that cannot be loaded
        problem = one_line(f"{type(error).__name__}: {error}")
    _kill(_marked(scratch))
    return _failed(job, scratch, problem)


def _failed(job: Job, scratch: Path, problem: str, detail: str = "") -> Outcome:
    """Return what is left of a report that failed: the cell that was reached is named before the problem."""
    cell = _cell_reached(scratch)
    error = problem if problem.startswith("before the first cell: ") else f"{cell}: {problem}"
    said = [f"{error}\n\n{detail}".strip()]
    for name in ("worker.log", "stdout.log", "stderr.log"):
        with suppress(OSError):
            said.append((scratch / name).read_bytes()[-_LOG:].decode(errors="replace").strip())
    files = {".log": ("\n\n".join(filter(None, said)) + "\n").encode(errors="replace")}
    with suppress(OSError):
        files[".ipynb"] = (scratch / EXECUTED).read_bytes()
    return Outcome(job, error=error, cell=cell, files=files)


def _cell_reached(scratch: Path) -> str:
    """Return the code cell that a run had reached, as `code cell 4 (first line)`."""
    try:
        cells = json.loads((scratch / EXECUTED).read_text(encoding="utf-8"))["cells"]
    except (FileNotFoundError, ValueError):  # not begun, or papermill could not finish writing it
        return "before the first cell"
    cells = [cell for cell in cells if has_code(cell)]
    states = [cell["metadata"]["papermill"]["status"] for cell in cells]
    at = (number for number, state in enumerate(states, 1) if state in ("running", "failed"))
    number = next(at, states.count("completed"))
    return f"code cell {number} ({one_line(''.join(cells[number - 1]['source']).strip().splitlines()[0])})"


# --- The worker's side ---------------------------------------------------------------------------


def _begin(path: list[str]) -> None:
    """Make this process a worker: it leaves the run's group, adopts orphans, and ends all below it when it is ended."""
    sys.path[:] = path
    _lead(_PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGTERM, leave)
    multiprocessing.current_process().daemon = False  # which may start no process


def leave(*_: Any) -> None:
    """End this process, and every one below it."""
    end_descendants()
    os._exit(1)


def _make(job: Job, scratch: Path, limits: Limits, own: dict[str, str]) -> Outcome:
    """Make one report, in its environment, and return what became of it; end whatever its notebook has left running."""
    os.environ.clear()
    os.environ.update(own)
    tempfile.tempdir = None  # that of the report before is gone
    for name in ("work", "tmp"):
        (scratch / name).mkdir()
    for name, content in job.rests.items():
        put(scratch / "reports" / job.area.slug / f"{name}.ipynb", content)
    with (scratch / "worker.log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    context = multiprocessing.get_context("fork" if environment.can_fork() else "spawn")
    line, theirs = context.Pipe(duplex=False)
    cells = context.Process(target=_cells, args=(theirs, os.getpid(), job, scratch))
    cells.start()
    theirs.close()
    engine = _engine(page=True)  # while the other process loads what it needs
    problem, detail = _watched(line, cells, limits, scratch)
    cells.kill()
    cells.join()
    left = end_descendants()
    if not problem:
        made, problem, detail = _attempt(scratch, engine.files_of, job, scratch / EXECUTED)
    if problem:
        return _failed(job, scratch, problem, detail)
    warned = [f"processes that the notebook had left running were ended: {left}"] if left else []
    return Outcome(job, warnings=made[1] + warned, files=made[0])


def _attempt(scratch: Path, step: Callable[..., Any], *words: Any) -> tuple[Any, str, str]:
    """Take a step of making a report; return its result, and where it fails what is wrong: a line, and more."""
    try:
        return step(*words), "", ""
    except Exception as error:
        problem, detail = str(error), traceback.format_exc()
        if hasattr(error, "ename"):  # papermill's, of a cell: its text may have many lines, of which the last tells
            lines = [line for line in unstyle(error.evalue or "").splitlines() if line.strip()]
            problem = f"{error.ename}: {lines[-1].strip()}" if lines else error.ename
            detail = unstyle("\n".join(error.traceback))
        elif isinstance(error, ReportFailed):
            detail = ""
        elif isinstance(error, OSError):
            room = f"cannot write to the temporary folder {scratch.parent.parent} ({error.strerror or error})"
            problem = f"{room}: make room there, or set TMPDIR"
        else:
            problem = f"{type(error).__name__}: {error}"
    return None, one_line(problem), detail


def _watched(line: Connection, cells: Any, limits: Limits, scratch: Path) -> tuple[str, str]:
    """Wait until a report's cells have run or a limit is met; return what is wrong, in a line and more.

    When the run is gone, this process goes too, with all below it.
    """
    began, run = time.monotonic(), multiprocessing.parent_process()
    while not line.poll(_TICK) and cells.is_alive():
        if run and not run.is_alive():
            leave()
        if limits.timeout is not None and time.monotonic() - began > limits.timeout:
            return limits.too_long, ""
        if limits.memory and _memory_used() > limits.memory:
            return f"needed more than the memory limit of {limits.memory} MB; raise it with --memory", ""
        if sum(log.stat().st_size for log in scratch.glob("std*.log")) > SHOWN:
            return TOO_MUCH[0], ""
    with suppress(EOFError, OSError):
        return line.recv()
    return "Kernel died", ""


# --- The cells' side -----------------------------------------------------------------------------


def _cells(line: Connection, worker: int, job: Job, scratch: Path) -> None:
    """Run a report's cells in this process, which is theirs alone, and say how that ended."""
    if hasattr(os, "setsid"):
        _lead(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != worker:
            os._exit(1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.set_threshold(_GARBAGE)

    def end(problem: str, detail: str = "") -> None:
        line.send((problem, detail))
        os._exit(0)  # whatever threads a cell has left

    end(*_attempt(scratch, _execute, job, scratch, end)[1:])


def _execute(job: Job, scratch: Path, stop: Callable[[str], Any]) -> None:
    engine = _engine()
    with for_good(), suppress(Exception):  # a cell that needs what cannot be loaded says so
        importlib.import_module(_PRELOAD).cells()
    engine.execute(job, scratch, stop)


@cache
def _engine(page: bool = False) -> Any:
    """Load what runs a notebook and makes its page; for a page, use that once."""
    with for_good(), environment.without(*_IDLE):
        engine = importlib.import_module("analysis.press.engine")
        if page:
            engine.rehearse()
    return engine


# --- Processes and their memory ------------------------------------------------------------------


def _lead(option: int, value: int) -> None:
    """Begin a session of this process's own; on Linux, set something of it that has a number."""
    if hasattr(os, "setsid"):
        os.setsid()
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_descendants() -> int:
    """End every process below this one, again while there is any, as the dying may start more; return how many.

    The system forgets a dead one when it is asked, and one whose threads are still ending only after them.
    """
    ended: set[int] = set()
    for _ in range(20):
        if not (below := _below()):
            break
        ended.update(process.pid for process in below)
        _kill(below)
    deadline = time.monotonic() + 1
    with suppress(ChildProcessError, AttributeError):  # there is none, or the system keeps no such list
        while os.waitpid(-1, os.WNOHANG)[0] or time.monotonic() < deadline:
            time.sleep(0.001)
    return len(ended)


def _below() -> list[psutil.Process]:
    """Return the processes below this one that are alive."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _kill(processes: list[psutil.Process]) -> None:
    """Kill processes and wait a little until they run no more."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=1)


def _marked(scratch: Path) -> list[psutil.Process]:
    """Return the processes that work in a scratch folder, or whose environment names it: they have lost their worker.

    A process that was forked and not started anew shows the environment of the one that was.
    """
    mark, running = f"{scratch}{os.sep}", psutil.process_iter(["cwd", "environ"])
    places = {one: (one.info["cwd"], (one.info["environ"] or {}).get("IPYTHONDIR")) for one in running}
    return [one for one, known in places.items() if any((place or "").startswith(mark) for place in known)]


def _memory_used() -> float:
    """Return the megabytes that processes below this one hold for themselves, without what they share with others."""
    total = 0
    for process in _below():
        with suppress(psutil.Error, OSError):
            total += process.memory_full_info().uss
    return total / (1 << 20)


if environment.WARM in os.environ:  # this is the process that all are forked from
    with for_good(), suppress(Exception):  # a report that needs what cannot be loaded fails with the reason
        _engine()
        _preload = importlib.import_module(_PRELOAD)
        if os.environ[environment.WARM]:
            _preload.everything()
            _engine(page=True)
