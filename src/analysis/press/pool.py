"""Reports side by side, each in a process of its own that is forked from a warm one; its limits, and its end.

A worker of the pool runs no cell itself. It forks the process that does, or starts a stock kernel where processes
cannot be forked, watches it, keeps what it shows, ends whatever it leaves, and makes the page. So nothing of one report
is left for the next.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from concurrent import futures
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing import Pipe, parent_process
from pathlib import Path
from typing import Any

import psutil
from pebble import ProcessExpired, ProcessPool

from analysis.files import PAGE_BYTES, put
from analysis.press import environment, one_line
from analysis.press.environment import can_fork, for_good, own_path
from analysis.press.publish import scratch_folder
from analysis.press.request import Job

PRINTED, SHOWN = PAGE_BYTES, 8_000_000
"""Characters that one cell may print, as much as a whole page may weigh; that all may show, in all formats together."""
TOO_MUCH = f"the notebook has shown more than {SHOWN // 1_000_000} MB by this cell; show less"
EXECUTED = "executed.ipynb"
_PRELOAD = os.environ.get("ANALYSIS_PRELOAD", "analysis.preload")  # handed over by Project
_TICK, _GRACE, _LOG, _STACKS, _STARTS = 0.1, 5.0, 100_000, 128, 4
_MEGABYTE = 1024 * 1024
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_IDLE = ("rfc3987_syntax", "rfc3986_validator", "isoduration", "webcolors", "uri_template", "fqdn", "pyarrow")
"""What jsonschema and papermill load, where it is installed, for texts that no notebook has and disks that none is on.

The grammar of internationalised addresses alone takes a second and a half.
"""
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
    """What became of one report: `error` in one line, "" if it was made; `cell` where it failed, `kept` the log.

    `files` has what was made by the ends of names, ".ipynb" and ".html", or what is left of it, ".log" and, once a cell
    was reached, ".ipynb". `peak_memory` is in megabytes; None where the system does not say. `worker` is the address of
    the worker of a cluster that made it.
    """

    job: Job
    seconds: float = 0.0
    error: str = ""
    kept: str = ""
    warnings: list[str] = field(default_factory=list)
    cell: str = ""
    peak_memory: int | None = None
    worker: str = ""
    files: dict[str, bytes] = field(default_factory=dict, repr=False)


# --- The run's side ------------------------------------------------------------------------------


def make_report(job: Job, limits: Limits) -> Outcome:
    """Make one report on this machine, in a process of its own. Raises OSError without room for a scratch folder."""
    [made] = outcomes([job], limits=limits)
    return made


def outcomes(
    jobs: list[Job], output: Path | None = None, stop: Any = None, limit: int | None = None, limits: Limits = Limits()
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
    with scratch_folder(output) as base:
        yield from _side_by_side(jobs, output, base, lambda: stop and stop.signal, limit or os.cpu_count() or 1, limits)


def _side_by_side(
    jobs: list[Job], output: Path | None, base: Path, stopped: Callable[[], Any], limit: int, limits: Limits
) -> Iterator[Outcome]:
    waiting = deque((number, 1) for number in range(len(jobs)))
    running: dict[futures.Future, tuple[int, int, Path, float]] = {}
    fixed, pool = environment.fixed_environment(), _workers(limit, len(jobs), limits)

    def go_on() -> None:
        while waiting and len(running) < limit and not stopped():
            number, attempt = waiting.popleft()
            scratch = base / (str(number) if attempt == 1 else f"{number}-{attempt}")
            work = jobs[number].carrying(output), scratch, limits, environment.report_environment(fixed, scratch)
            try:
                scratch.mkdir()
                # The worker keeps the time limit itself; this is for one that is stopped or hangs.
                ordered = pool.schedule(_make, work, timeout=limits.timeout and limits.timeout + _GRACE)
            except (OSError, EOFError, RuntimeError) as error:
                ordered = futures.Future()
                # The last is pebble's word for a pool whose idle worker was killed: another pool can be had.
                ordered.set_exception(BrokenProcessPool(str(error)) if isinstance(error, RuntimeError) else error)
            running[ordered] = number, attempt, scratch, time.monotonic()

    try:
        go_on()
        import analysis.press.page  # noqa: F401  # for afterwards: now the others load too

        while running and not stopped():
            ended, _ = futures.wait(running, _TICK, futures.FIRST_COMPLETED)
            if stopped():  # Ctrl-C may have ended the workers too: they did not fail
                return
            over = []
            for one in ended:
                number, attempt, scratch, began = running.pop(one)
                if isinstance(one.exception(), BrokenProcessPool) and attempt < _STARTS:
                    time.sleep(_TICK * attempt)
                    waiting.appendleft((number, attempt + 1))
                    if not pool.active:
                        _end(pool)
                        pool = _workers(limit, len(jobs), limits)
                else:
                    outcome = _outcome(one, jobs[number], scratch, limits)
                    over.append(replace(outcome, job=jobs[number], seconds=time.monotonic() - began))
            go_on()  # the next are begun before these are published
            yield from over
    finally:
        _end(pool)
        if running:  # a server that was ended too says at once that its workers are gone: they may be at it yet
            psutil.wait_procs(_marked(base), timeout=_GRACE)


def _workers(limit: int, reports: int, limits: Limits) -> ProcessPool:
    """Start the workers of a run, which end with it, and all below them."""
    with suppress(ConnectionError, EOFError):  # the pool says what it cannot start
        environment.prepare(reports)
    return ProcessPool(min(limit, reports), 0, _begin, (limits.memory, own_path()), environment.starting())


def _end(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()


def _outcome(ordered: futures.Future, job: Job, scratch: Path, limits: Limits) -> Outcome:
    """Return what became of a report that is over, also where its worker cannot say."""
    try:
        return ordered.result()
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


def _failed(job: Job, scratch: Path, problem: str, detail: str = "", peak: int | None = None) -> Outcome:
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
    return Outcome(job, error=error, cell=cell, peak_memory=peak, files=files)


def _cell_reached(scratch: Path) -> str:
    """Return the code cell that a run had reached, as `code cell 4 (first line)`."""
    try:
        cells = json.loads((scratch / EXECUTED).read_text(encoding="utf-8"))["cells"]
    except (FileNotFoundError, ValueError):  # not begun, or papermill could not finish writing it
        return "before the first cell"
    states = [(cell["metadata"]["papermill"]["status"], cell) for cell in cells if has_code(cell)]
    at = [number for number, (state, _) in enumerate(states, 1) if state in ("running", "failed")]
    number = at[0] if at else sum(state == "completed" for state, _ in states)
    lines = "".join(states[number - 1][1]["source"]).splitlines()
    return f"code cell {number} ({one_line(next(line.strip() for line in lines if line.strip()))})"


def has_code(cell: Any) -> bool:
    """Say whether there is anything in a cell to run."""
    return cell["cell_type"] == "code" and bool("".join(cell["source"]).strip())


# --- The worker's side ---------------------------------------------------------------------------


def _begin(memory: int | None, path: list[str]) -> None:
    """Make this process a worker: it leaves the run's group, adopts orphans, and ends all below it when it is ended."""
    sys.path[:] = path
    if hasattr(os, "setsid"):
        os.setsid()
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGTERM, _leave)
    if not can_fork():
        hold_memory(memory)


def _leave(*_: Any) -> None:
    end_descendants()
    let_go()
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
    log = os.open(scratch / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)
    held = most_held()
    cells = _Cells(scratch, limits.memory) if can_fork() else None  # it loads what it needs while this process does
    with _Guard(limits, scratch) as guard:
        engine = _engine()
        notebook, problem, detail = engine.attempt(scratch, engine.executed, job, scratch, cells, guard.stop)
    peak = cells.end() if cells else most_held(held)
    left = end_descendants()
    let_go()
    if not (problem := guard.problem or problem):
        made, problem, detail = engine.attempt(scratch, engine.files_of, job, notebook)
    if problem:
        if limits.memory and "MemoryError" in problem:
            problem += f" (memory limit of {limits.memory} MB: raise it with --memory)"
        return _failed(job, scratch, problem, detail, peak)
    files, warnings = made
    if left:
        warnings.append(f"processes that the notebook had left running were ended: {left}")
    return Outcome(job, warnings=warnings, peak_memory=peak, files=files)


@cache
def _engine() -> Any:
    """Load what executes a notebook and makes its page."""
    with for_good(), environment.without(*_IDLE):
        from analysis.press import engine

        engine.rehearse()
    return engine


class _Cells:
    """The process that runs a report's cells, forked from this one; `line` leads to it."""

    def __init__(self, scratch: Path, memory: int | None) -> None:
        self.line, theirs = Pipe()
        parent, self._process = os.getpid(), os.fork()
        if self._process:
            theirs.close()
            return
        try:  # nothing above may see this process: its copy of the worker must not go on
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() == parent:
                self.line.close()
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                os.setsid()
                os.chdir(scratch / "work")
                gc.set_threshold(_GARBAGE)
                hold_memory(memory)
                with for_good(), suppress(Exception):  # a cell that needs what cannot be loaded says so
                    importlib.import_module(_PRELOAD).cells()
                environment.serve(theirs, scratch)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)

    def alive(self) -> bool:
        """Say whether it runs; when it has ended, it stays to be waited for."""
        return os.waitid(os.P_PID, self._process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def end(self) -> int:
        """End it; return the most megabytes that it has held."""
        self.line.close()
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        return _in_megabytes(os.wait4(self._process, 0)[2].ru_maxrss)


class _Guard:
    """Watches a report: ends all below this process when a limit is met, and this one with them when the run is gone.

    `problem` is the limit that was met.
    """

    def __init__(self, limits: Limits, scratch: Path) -> None:
        self.problem, self._limits, self._scratch = "", limits, scratch
        self._over, self._thread = threading.Event(), threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Guard:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def stop(self, problem: str) -> None:
        """End the report for a reason."""
        self.problem = self.problem or problem
        end_descendants()

    def _watch(self) -> None:
        began, run, limits = time.monotonic(), parent_process(), self._limits
        while not self._over.wait(_TICK):
            if run and not run.is_alive():
                _leave()
            if limits.timeout is not None and time.monotonic() - began > limits.timeout:
                self.stop(limits.too_long)
            elif limits.memory and memory_used(_below()) > limits.memory:
                self.stop(f"needed more than the memory limit of {limits.memory} MB; raise it with --memory")
            elif sum(log.stat().st_size for log in self._scratch.glob("std*.log")) > SHOWN:
                self.stop(TOO_MUCH)


# --- Processes and their memory ------------------------------------------------------------------


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_descendants() -> int:
    """End every process below this one, again while there is any, as the dying may start more; return how many."""
    ended: set[int] = set()
    for _ in range(20):
        if not (below := _below()):
            break
        ended.update(process.pid for process in below)
        _kill(below)
    return len(ended)


def _below() -> list[psutil.Process]:
    """Return the processes below this one that are alive."""
    with suppress(psutil.Error):
        return [process for process in psutil.Process().children(recursive=True) if _alive(process)]
    return []


def _alive(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _kill(processes: list[psutil.Process]) -> None:
    """Kill processes and wait a little until they run no more."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    deadline = time.monotonic() + 1
    while any(map(_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.005)


def let_go() -> None:
    """Let the system forget the processes below this one that have ended: a dead one stays listed until it is asked.

    One whose threads are still ending can be forgotten only after them, so they are waited for a little.
    """
    deadline = time.monotonic() + 1
    with suppress(ChildProcessError, AttributeError):  # there is none, or the system keeps no such list
        while os.waitpid(-1, os.WNOHANG)[0] or time.monotonic() < deadline:
            time.sleep(0.001)


def _marked(scratch: Path) -> list[psutil.Process]:
    """Return the processes that work in a scratch folder, or whose environment names it: they have lost their worker.

    A process that was forked and not started anew shows the environment of the one that was.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            places = (process.cwd(), process.environ().get("IPYTHONDIR", ""))  # each report has its own of these
            if any(place.startswith(str(scratch) + os.sep) for place in places):
                found.append(process)
    return found


def hold_memory(megabytes: int | None) -> None:
    """Have the system refuse this process, and those it starts, memory well beyond a limit; a cell gets MemoryError.

    What the process has already does not count. It is the limit on data, which counts what was asked for, and not on
    addresses, which libraries reserve by the gigabyte. The stacks of threads are asked for but not filled.
    """
    if megabytes is None or sys.platform != "linux":
        return
    import resource

    with open("/proc/self/status", encoding="ascii") as stream:
        has = next(int(line.split()[1]) * 1024 for line in stream if line.startswith("VmData:"))
    most, hard = has + (megabytes + _STACKS) * _MEGABYTE, resource.getrlimit(resource.RLIMIT_DATA)[1]
    # A limit beyond what the system can be told is beyond any machine.
    if most < sys.maxsize and (hard == resource.RLIM_INFINITY or most <= hard):
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def memory_used(processes: list[psutil.Process]) -> float:
    """Return the megabytes that processes hold for themselves, without what they share with others; 0 if gone."""
    total = 0
    for process in processes:
        with suppress(psutil.Error, OSError):
            total += process.memory_full_info().uss
    return total / _MEGABYTE


def most_held(before: int | None = None) -> int | None:
    """Return the most megabytes that one process below this one has held, of those that have ended.

    None where the system does not say, or as many as `before`, what this returned earlier: of less nothing is known.
    """
    if sys.platform == "win32":
        return None
    import resource

    held = _in_megabytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return None if held == before else held


def _in_megabytes(most: int) -> int:
    """Return whole megabytes of what the system says that a process has held at most, in a unit of its own."""
    return round(most * (1 if sys.platform == "darwin" else 1024) / _MEGABYTE)


if environment.WARM in os.environ:  # this is the process that all are forked from
    with for_good(), suppress(Exception):  # a report that needs what cannot be loaded fails with the reason
        _warm = importlib.import_module(_PRELOAD)
        if os.environ[environment.WARM]:
            _warm.everything()
            _engine()
