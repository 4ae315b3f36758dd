"""Reports side by side, each in a process of its own that is forked from a warm one; its limits, and its end.

A worker of the pool runs nothing of a notebook itself. It forks the process that does, watches it, ends whatever it
leaves, and makes the page; so nothing of one report is left for the next. Where processes cannot be forked, it starts
a stock kernel instead.
"""

from __future__ import annotations

import gc
import hashlib
import json
import multiprocessing
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
from dataclasses import dataclass, field
from multiprocessing import Pipe, connection, forkserver, parent_process
from pathlib import Path
from typing import Any

import psutil
from pebble import ProcessExpired, ProcessPool

from analysis.files import PAGE_BYTES
from analysis.press import preload
from analysis.press.catalogue import DOCUMENTS
from analysis.press.environment import can_fork, fixed_environment, own_path, report_environment
from analysis.press.outcome import (
    EXECUTED,
    FAILED_LOG,
    FAILED_NOTEBOOK,
    SHOWN,
    Limits,
    Outcome,
    cell_reached,
    has_code,
    settle,
    too_much,
)
from analysis.press.publish import lasting_folder, scratch_folder
from analysis.press.request import Job
from analysis.press.reuse import data_read, headline_values, notebook_fingerprint, report_digest, stated
from analysis.press.stop import Stop
from analysis.press.words import one_line, plain

MANY = 2
"""Reports from which on it pays to load the libraries once for all."""
MARK = "IPYTHONDIR"
"""The variable that tells one report's processes from another's."""
_TICK, _LAST_WORD, _GRACE = 0.1, 0.5, 5.0
_LOG = 100_000
_LATER = "put here when the rest is known"
_STACKS, _STARTS = 128, 4
_MEGABYTE = 1024 * 1024
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_GARBAGE = 50_000
"""New objects between two looks for garbage, which Python takes at 700: a report's process lives for a second."""


@dataclass(frozen=True)
class Answer:
    """What became of a report: `report.ipynb` and `report.html`, or an error in one line and what is left of it.

    After a failure `files` has "failed.log" and, once a cell was reached, "failed.ipynb"; `cell` is that cell.
    `peak_memory` is in megabytes; None where the system does not say.
    """

    files: dict[str, bytes]
    error: str = ""
    warnings: list[str] = field(default_factory=list)
    peak_memory: int | None = None
    cell: str = ""


class ReportFailed(Exception):
    """A notebook that did not give a report. The text is one line."""


# --- The run's side ------------------------------------------------------------------------------


def make_report(job: Job, limits: Limits, environment: dict[str, str] | None = None) -> Answer:
    """Make one report on this machine, in a process of its own.

    Args:
        job: the report to make.
        limits: what it may take.
        environment: that of the report, without its folders; None for this process's own, with what matters set.

    Returns:
        Its files, or what went wrong.

    Raises:
        OSError: if there is no room for a scratch folder.
    """
    with scratch_folder() as base:
        ((_, answer, _),) = _answers([job], base, Stop(), 1, limits, environment)
    return answer


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
    outcomes = {}
    with scratch_folder(output) as base:
        for number, answer, seconds in _answers(jobs, base, stop, limit or os.cpu_count() or 1, limits):
            found = {name: getattr(answer, name) for name in ("error", "warnings", "cell", "peak_memory")}
            outcomes[number] = Outcome(jobs[number], seconds, **found)
            settle(outcomes[number], answer.files, output, order)
            told(outcomes[number])
    return [outcomes[number] for number in sorted(outcomes)]


def _answers(
    jobs: list[Job], base: Path, stop: Stop, limit: int, limits: Limits, environment: dict[str, str] | None = None
) -> Iterator[tuple[int, Answer, float]]:
    """Have reports made side by side; yield each one's place, what became of it, and its seconds, as it ends.

    A start that fails is tried again: a server in the middle of dying answers nobody.
    """
    waiting = deque((number, 1) for number in range(len(jobs)))
    running: dict[futures.Future, tuple[int, int, Path, float]] = {}
    environment = environment or fixed_environment()
    with _Workers(min(limit, len(jobs)), len(jobs), limits) as workers:

        def go_on() -> None:
            while waiting and len(running) < limit and not stop.signal:
                number, attempt = waiting.popleft()
                scratch = base / (str(number) if attempt == 1 else f"{number}-{attempt}")
                running[workers.order(jobs[number], scratch, environment)] = number, attempt, scratch, time.monotonic()

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
                    workers.renew()
                    waiting.appendleft((number, attempt + 1))
                else:
                    over.append((number, _answer(one, scratch, limits), time.monotonic() - began))
            go_on()  # the next are begun before these are published
            yield from over


def prepare(reports: int = MANY) -> None:
    """Start the warm process that all are forked from, unless it runs or there can be none.

    Args:
        reports: how many there are to be: for one, its two processes load what each needs, side by side.
    """
    if _context().get_start_method() != "forkserver":
        return
    before, path, temporary = dict(os.environ), [*sys.path], tempfile.tempdir
    wanted = {**fixed_environment(), preload.WANTED: "1" if reports >= MANY else ""}
    try:
        os.environ.clear()
        os.environ.update(wanted)
        sys.path[:] = own_path()
        tempfile.tempdir = lasting_folder()  # for the server's socket, which a killed run leaves behind
        forkserver.ensure_running()
    finally:
        tempfile.tempdir, sys.path[:] = temporary, path
        os.environ.clear()
        os.environ.update(before)


def _context() -> Any:
    """Return how workers are made: by a warm server where there can be one, else afresh."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["analysis.press.preload"])
    return found


class _Workers:
    """pebble's pool of workers for a run; they end with it, and all below them."""

    def __init__(self, side_by_side: int, reports: int, limits: Limits) -> None:
        self._side_by_side, self._reports, self._limits = side_by_side, reports, limits

    def __enter__(self) -> _Workers:
        with suppress(ConnectionError, EOFError):  # the pool says what it cannot start
            prepare(self._reports)
        self._pool = ProcessPool(self._side_by_side, 0, _begin, (self._limits.memory, own_path()), _context())
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()
        self._pool.join()

    def renew(self) -> None:
        """Make a new pool in place of one that is broken."""
        if not self._pool.active:
            self.__exit__()
            self.__enter__()

    def order(self, job: Job, scratch: Path, environment: dict[str, str]) -> futures.Future:
        """Have a report made; where no worker can be started, the future says so."""
        # The worker keeps the time limit itself; this is for one that is stopped or hangs.
        most = self._limits.timeout and self._limits.timeout + _GRACE
        own = report_environment(environment, scratch)
        try:
            scratch.mkdir()
            return self._pool.schedule(_make, (job, scratch, self._limits, own), timeout=most)
        except (OSError, EOFError, RuntimeError) as error:
            failed: futures.Future = futures.Future()
            failed.set_exception(error)
            return failed


def _answer(ordered: futures.Future, scratch: Path, limits: Limits) -> Answer:
    """Wait for a report, and return what became of it, also where its worker cannot say."""
    try:
        return ordered.result()
    except futures.TimeoutError:
        problem = _too_long(limits)
    except ProcessExpired as error:
        problem = f"its process ended without a result (exit code {error.exitcode})"
    except (OSError, EOFError, BrokenProcessPool) as error:
        reason = one_line(str(error) or type(error).__name__)
        problem = f"its process could not be started ({reason}): free memory or room for it"
    except Exception as error:  # such as a library that cannot be loaded
        problem = one_line(f"{type(error).__name__}: {error}")
    _end(_marked(scratch))
    return _left(scratch, problem)


def _left(scratch: Path, problem: str, detail: str = "", peak: int | None = None) -> Answer:
    """Return what is left of a report that failed: the cell that was reached is named before the problem."""
    cell = cell_reached(scratch)
    error = problem if problem.startswith("before the first cell: ") else f"{cell}: {problem}"
    said = [f"{error}\n\n{detail}".strip()]
    for name in ("worker.log", "stdout.log", "stderr.log"):
        with suppress(OSError):
            said.append((scratch / name).read_bytes()[-_LOG:].decode(errors="replace").strip())
    files = {FAILED_LOG: ("\n\n".join(filter(None, said)) + "\n").encode(errors="replace")}
    with suppress(OSError):
        files[FAILED_NOTEBOOK] = (scratch / EXECUTED).read_bytes()
    return Answer(files, error, [], peak, cell)


def _too_long(limits: Limits) -> str:
    return f"not finished within the time limit of {limits.timeout:g} seconds (--timeout)"


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


def _make(job: Job, scratch: Path, limits: Limits, environment: dict[str, str]) -> Answer:
    """Make one report, in its environment, and return what became of it; end whatever its notebook has left running."""
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # that of the report before is gone
    for name in ("work", "tmp"):
        (scratch / name).mkdir()
    log = os.open(scratch / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)
    problem, detail, peak = (_forked if can_fork() else _with_kernel)(job, scratch, limits)
    left = end_descendants()
    let_go()
    if problem:
        if limits.memory and "MemoryError" in problem:
            problem += f" (memory limit of {limits.memory} MB: raise it with --memory)"
        return _left(scratch, problem, detail, peak)
    try:
        files, warnings = _finished(job, scratch)
    except ReportFailed as error:
        return _left(scratch, str(error), "", peak)
    except Exception as error:
        return _left(scratch, one_line(f"{type(error).__name__}: {error}"), traceback.format_exc(), peak)
    if left:
        warnings.append(f"processes that the notebook had left running were ended: {left}")
    return Answer(files, "", warnings, peak)


def _forked(job: Job, scratch: Path, limits: Limits) -> tuple[str, str, int | None]:
    """Run a report's notebook in a process forked from this one; return what went wrong, details, and peak memory."""
    reader, writer = Pipe()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        reader.close()
        _run_and_tell(job, scratch, limits, writer)
    writer.close()
    if "analysis.press.page" not in sys.modules:  # meanwhile the cells begin
        with preload.for_good():
            preload.pages()
    problem, told = _guard(limits, scratch, reader, lambda: _ended(child))
    if problem:
        _stop(child)
        told = problem, ""
    reader.close()
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    return *(told or ("Kernel died", "")), _in_megabytes(os.wait4(child, 0)[2].ru_maxrss)


def _ended(child: int) -> bool:
    """Say whether a child has ended; it stays to be waited for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _stop(child: int) -> None:
    """Have the report's process save its notebook and end; it may be deaf."""
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)
    deadline = time.monotonic() + _LAST_WORD
    while not _ended(child) and time.monotonic() < deadline:
        time.sleep(0.01)


def _run_and_tell(job: Job, scratch: Path, limits: Limits, writer: connection.Connection) -> None:
    """Run the notebook in this process and tell the worker how it went; never returns."""
    try:
        os.setsid()
        os.chdir(scratch / "work")
        gc.set_threshold(_GARBAGE)
        hold_memory(limits.memory)
        with preload.for_good():
            preload.cells()
        from analysis.press.engine import CELLS

        def exceed(problem: str) -> None:
            writer.send((problem, ""))
            os._exit(1)

        def ready() -> None:  # a cell may have killed the worker, which takes a moment: then no other begins
            writer.send(None)
            writer.recv()

        writer.send(_executed(job, scratch, CELLS, exceed, ready))
    except BaseException:  # nothing above may see this process: its copy of the worker must not go on
        traceback.print_exc()
    finally:
        os._exit(0)


def _with_kernel(job: Job, scratch: Path, limits: Limits) -> tuple[str, str, int | None]:
    """Run a report's notebook in a stock kernel; return what went wrong, details, and peak memory."""
    preload.cells()
    from analysis.press.engine import STOCK

    problems: list[str] = []

    def cut_off(problem: str) -> None:
        problems.append(problem)
        end_descendants()

    def watch() -> None:
        problem, _ = _guard(limits, scratch, over, lambda: False)
        if problem:
            cut_off(problem)

    held, (over, end) = most_held(), Pipe(duplex=False)
    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        problem, detail = _executed(job, scratch, STOCK, cut_off)
    finally:
        end.close()
        watching.join()
        over.close()
    return (problems[0] if problems else problem), detail, most_held(held)


def _guard(limits: Limits, scratch: Path, over: connection.Connection, ended: Callable[[], bool]) -> tuple[str, Any]:
    """Watch a report until it is over; return the limit that it met, if any, and what it told.

    Its process asks before each cell, and is answered at once.

    When the run is gone, this process ends with all below it.
    """
    began, run = time.monotonic(), parent_process()
    while not ended():
        ready = connection.wait([over, run.sentinel] if run else [over], _TICK)
        if run and run.sentinel in ready:
            _leave()
        if ready and (told := _heard(over)) is not None:
            return "", told or None
        if limits.timeout is not None and time.monotonic() - began > limits.timeout:
            return _too_long(limits), None
        if limits.memory and memory_used(_below()) > limits.memory:
            return f"needed more than the memory limit of {limits.memory} MB; raise it with --memory", None
        if sum(log.stat().st_size for log in scratch.glob("std*.log")) > SHOWN:
            return too_much(), None
    while over.poll():  # it may have ended just after it told
        if (told := _heard(over)) is not None:
            return "", told or None
    return "", None


def _heard(over: connection.Connection) -> Any:
    """Return what a report's process tells, () if it is gone; None after a question, which is answered."""
    try:
        told = over.recv()
        if told is None:
            over.send(None)
        return told
    except (EOFError, OSError):
        return ()


# --- One report ----------------------------------------------------------------------------------


def _executed(
    job: Job, scratch: Path, engine: str, exceed: Callable[[str], Any], ready: Callable[[], Any] = lambda: None
) -> tuple[str, str]:
    """Run a job's notebook from top to bottom; return what went wrong and details, both "" if it ended well."""
    from papermill.exceptions import PapermillExecutionError

    from analysis.press.engine import inject, run_notebook

    try:
        source = inject(_source(job), job.injected)
    except ReportFailed as error:
        return str(error), ""
    if not job.area.has_published:
        source.cells = [cell for cell in source.cells if DOCUMENTS not in cell.metadata.get("tags", [])]
    try:
        notebook = run_notebook(source, scratch, engine, exceed, ready)
    except PapermillExecutionError as error:
        return _last(error.ename, error.evalue), plain("\n".join(error.traceback))
    except OSError as error:
        room = f"cannot write to the temporary folder {scratch.parent.parent} ({error.strerror or error})"
        return f"{room}: make room there, or set TMPDIR", traceback.format_exc()
    except (RuntimeError, TimeoutError) as error:  # nbclient's words for a kernel that is dead or silent
        return one_line(str(error)), traceback.format_exc()
    except Exception as error:  # such as an output that no notebook can hold
        return one_line(f"{type(error).__name__}: {error}"), traceback.format_exc()
    return _early_end(notebook), ""


def _source(job: Job) -> Any:
    """Read a job's notebook; refuse one that is not what it was when the run was planned."""
    from analysis.press.engine import read_source

    path = job.entry.path
    try:
        if notebook_fingerprint(path) == job.fingerprint["notebook"]:
            return read_source(path)
        problem = "has changed since the run began"
    except FileNotFoundError:
        problem = "is gone since the run began"
    except (OSError, ValueError, KeyError) as error:
        problem = f"cannot be read any more ({one_line(str(error))})"
    raise ReportFailed(f"before the first cell: {path} {problem}; run it again when it is in place")


def _early_end(notebook: Any) -> str:
    """Say why a notebook is not whole, "" if it is: papermill takes `sys.exit("")` for success."""
    for cell in filter(has_code, notebook.cells):
        for output in cell.outputs:
            if output.output_type == "error":
                return _last(output.ename, output.evalue)
        if cell.execution_count is None:
            return "the run ended here, before the notebook's end"
    return ""


def _last(name: str, value: str) -> str:
    """Return an exception as one line: its name and the last line of its text."""
    lines = [line for line in plain(value or "").splitlines() if line.strip()]
    return one_line(f"{name}: {lines[-1].strip()}" if lines else name)


def _finished(job: Job, scratch: Path) -> tuple[dict[str, bytes], list[str]]:
    """Normalise an executed notebook and make its page; return the two files, and the first lines of its warnings."""
    import nbformat

    from analysis.press.page import job_page_info, normalise, render_page, to_text

    executed = nbformat.v4.reads_json((scratch / EXECUTED).read_text(encoding="utf-8"))
    job = job.having_read(data_read(executed))
    record = {"notebook": job.entry.name, "area": job.area.code, "area_name": job.area.name}
    warnings = normalise(executed, {**record, "parameters": job.values, "fingerprint": stated(job.fingerprint)})
    try:
        headline_values(executed)
    except (TypeError, ValueError, AttributeError) as error:
        reason = one_line(str(error))
        raise ReportFailed(f"the headline values are not as Report.close gives them: {reason}") from None
    page = render_page(executed, job_page_info(job)).encode()
    if len(page) > PAGE_BYTES:
        more = f"more than {PAGE_BYTES // 1000} KB"
        warnings.insert(0, f"the page weighs {len(page) // 1000} KB, which is slow to read: {more}")
    about = executed.metadata["analysis"]
    about["page"] = hashlib.sha256(page).hexdigest()
    nbformat.validate(executed)
    # Its digest goes into the text: writing it out is slow.
    about["digest"] = _LATER
    text = to_text(executed)
    before, _, after = text.rpartition(f'"digest": "{_LATER}"')  # in the text of a cell its quotes would be escaped
    text = f'{before}"digest": "{report_digest(json.loads(text))}"{after}'
    return {"report.ipynb": text.encode(), "report.html": page}, warnings[:20]


# --- Processes and their memory ------------------------------------------------------------------


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end_descendants() -> int:
    """End every process below this one: again while there is any, as the dying may have started more.

    Returns:
        How many there were.
    """
    ended: set[int] = set()
    for _ in range(20):
        below = _below()
        if not below:
            break
        ended.update(process.pid for process in below)
        _end(below)
    return len(ended)


def _below() -> list[psutil.Process]:
    """Return the processes below this one that are alive."""
    try:
        return [process for process in psutil.Process().children(recursive=True) if _alive(process)]
    except psutil.Error:
        return []


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _end(processes: list[psutil.Process]) -> None:
    """Kill processes and wait a little until they run no more."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    deadline = time.monotonic() + 1
    while any(map(_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.005)


def let_go() -> None:
    """Let the system forget the processes below this one that have ended: a dead one stays listed until it is asked."""
    with suppress(ChildProcessError, AttributeError):  # there is none, or the system keeps no such list
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _marked(scratch: Path) -> list[psutil.Process]:
    """Return the processes that work in a scratch folder, or whose environment names it: they have lost their worker.

    A process that was forked and not started anew shows the environment of the one that was.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            places = (process.cwd(), process.environ().get(MARK, ""))
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
    most = has + (megabytes + _STACKS) * _MEGABYTE
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
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

    Args:
        before: what this returned earlier: of less than that nothing is known.

    Returns:
        Whole megabytes; None where the system does not say, or as many as before.
    """
    if sys.platform == "win32":
        return None
    import resource

    held = _in_megabytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    return None if held == before else held


def _in_megabytes(most: int) -> int:
    """Return whole megabytes of what the system says that a process has held at most, in a unit of its own."""
    return round(most * (1 if sys.platform == "darwin" else 1024) / _MEGABYTE)
