"""One report in one process: a fresh kernel, then the executed notebook and its page in a scratch folder."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.files import PAGE_BYTES
from analysis.runner.catalogue import DOCUMENTS
from analysis.runner.family import adopt_orphans, end_descendants, leave_group, watch_runner
from analysis.runner.fingerprint import notebook_fingerprint
from analysis.runner.jobs import Job
from analysis.runner.limits import Limits, hold_memory, peak_memory
from analysis.runner.loading import for_good
from analysis.runner.progress import cell_reached
from analysis.runner.publish import data_read, headline_values, report_digest
from analysis.runner.words import one_line, plain

if TYPE_CHECKING:
    from analysis.runner.kernels import Spare

_UNSET = (
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PYTHONWARNINGS",
    "PYTHONOPTIMIZE",
    "MPLSTYLE",
    "PYTEST_CURRENT_TEST",  # with it ipykernel lets go what libraries print
)


NO_ROOM = 74
"""Exit code of a worker that could not write its files (that of input and output errors in sysexits.h)."""


class ReportFailed(Exception):
    """A notebook did not run to its end. The text is one line; `detail` is for the log."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


def fixed_environment() -> dict[str, str]:
    """Return the caller's environment with all that could change a report's bytes set."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET and not name.startswith("LC_")}
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")}
    fixed = {
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
        "MATPLOTLIBRC": os.devnull,
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # its warning about frozen modules is nobody's concern here
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    return {**kept, **single, **fixed}


def kernel_environment(scratch: Path) -> dict[str, str]:
    """Return the environment of a kernel.

    Args:
        scratch: the report's scratch folder; IPython's profile, Jupyter's files and temporary files go there.
    """
    folders = {"JUPYTER_RUNTIME_DIR": "run", "IPYTHONDIR": "ipython", "TMPDIR": "tmp"}
    own = {name: str(scratch / folder) for name, folder in folders.items()}
    return {**fixed_environment(), **own}


def can_fork() -> bool:
    """Say whether kernels are forked: on Linux, elsewhere only where ANALYSIS_FORK=1 asks for it; never with 0."""
    wanted = os.environ.get("ANALYSIS_FORK", "1" if sys.platform == "linux" else "0")
    return hasattr(os, "fork") and wanted == "1"


def work(job: Job, scratch: Path, environment: dict[str, str], limits: Limits = Limits()) -> None:  # noqa: B008
    """Make one report; the main function of a worker process.

    Writes into the scratch folder: `report.ipynb` and `report.html`, or after a failure `failed.log`;
    always `outcome.json` with `error` (empty, or one line), `warnings` (a list of lines) and `peak_memory`.
    Where the folder cannot be written to, the process ends with `NO_ROOM`.

    Args:
        job: the report to make.
        scratch: an empty folder.
        environment: the environment of this process and its kernel.
        limits: what the report may take.
    """
    leave_group()
    os.environ.clear()
    os.environ.update(environment)
    try:
        _to_file(scratch / "worker.log")
        adopt_orphans()
        hold_memory(limits.memory)
        spare = None
        if can_fork():
            from analysis.runner.kernels import Spare

            spare = Spare()
            with for_good():
                import analysis.runner.warm_worker  # noqa: F401
        watch_runner()
        _write(scratch / "outcome.json", json.dumps(_attempt(job, scratch, limits, spare)))
    except OSError:
        traceback.print_exc()
        end_descendants()
        os._exit(NO_ROOM)


def _attempt(job: Job, scratch: Path, limits: Limits, spare: Spare | None) -> dict[str, Any]:
    """Make one report and return what became of it; end whatever its notebook has left running."""
    outcome: dict[str, Any] = {"error": "", "warnings": []}
    detail = ""
    try:
        outcome["warnings"] = _make(job, scratch, spare)
    except ReportFailed as failure:
        outcome["error"], detail = str(failure), failure.detail
    except Exception as error:
        outcome["error"] = one_line(f"{type(error).__name__}: {error}")
        detail = traceback.format_exc()
    if outcome["error"]:
        if limits.memory and "MemoryError" in outcome["error"]:
            outcome["error"] += f" (memory limit of {limits.memory} MB: raise it with --memory)"
        _write(scratch / "failed.log", f"{outcome['error']}\n\n{detail}\n")
    left = end_descendants()
    if left and not outcome["error"]:
        outcome["warnings"].append(f"processes that the notebook had left running were ended: {left}")
    return {**outcome, "peak_memory": peak_memory()}


def _to_file(log: Path) -> None:
    """Send what this process and its kernel write to standard output and error to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _make(job: Job, scratch: Path, spare: Spare | None) -> list[str]:
    """Execute, normalise, render and write one report; return the first lines of its warnings."""
    import nbformat

    from analysis.runner.normalise import normalise, to_text
    from analysis.runner.render import job_page_info, render_page

    executed = execute(job, scratch, spare)
    job = job.having_read(data_read(executed))
    record = {
        "notebook": job.entry.name,
        "area": job.area.code,
        "area_name": job.area.name,
        "parameters": job.values,
        "fingerprint": job.fingerprint,
    }
    notebook, warnings = normalise(executed, record)
    _check_values(notebook)
    page = render_page(notebook, job_page_info(job))
    weight = len(page.encode())
    if weight > PAGE_BYTES:
        more = f"more than {PAGE_BYTES // 1000} KB"
        warnings.insert(0, f"the page weighs {weight // 1000} KB, which is slow to read: {more}")
    notebook.metadata["analysis"]["page"] = hashlib.sha256(page.encode()).hexdigest()
    nbformat.validate(notebook)
    notebook.metadata["analysis"]["digest"] = report_digest(json.loads(to_text(notebook)))
    _write(scratch / "report.ipynb", to_text(notebook))
    _write(scratch / "report.html", page)
    return warnings[:20]


def _check_values(notebook: Any) -> None:
    """Refuse headline values that no table can hold."""
    try:
        headline_values(notebook)
    except (TypeError, ValueError, AttributeError) as error:
        raise ReportFailed(f"the headline values are not as Report.close gives them: {one_line(str(error))}") from None


def execute(job: Job, scratch: Path, spare: Spare | None = None) -> Any:
    """Run a job's notebook from top to bottom in a fresh kernel.

    Args:
        job: the report to make.
        scratch: the working folder of the kernel; `executed.ipynb` there follows the run cell by cell.
        spare: a process to become the kernel; without one a kernel is started as usual.

    Returns:
        The executed notebook, a `nbformat.NotebookNode`.

    Raises:
        ReportFailed: if a cell raised, exited, was not reached, or its kernel died.
    """
    from papermill.exceptions import PapermillExecutionError

    from analysis.runner.engine import TooMuchShown, run_notebook
    from analysis.runner.normalise import inject

    work_folder = scratch / "work"
    work_folder.mkdir()
    (scratch / "tmp").mkdir()
    source = inject(_source(job), job.injected)
    if not job.area.has_published:
        source.cells = [cell for cell in source.cells if DOCUMENTS not in cell.metadata.get("tags", [])]
    try:
        notebook = run_notebook(source, scratch, work_folder, spare)
    except TooMuchShown as error:
        raise ReportFailed(str(error)) from None
    except PapermillExecutionError as error:
        detail = "\n".join(error.traceback)
        raise ReportFailed(f"{cell_reached(scratch)}: {_last(error.ename, error.evalue)}", plain(detail)) from None
    except (RuntimeError, TimeoutError) as error:  # nbclient's words for a kernel that is dead or silent
        raise ReportFailed(f"{cell_reached(scratch)}: {one_line(str(error))}", traceback.format_exc()) from None
    _check_complete(notebook, scratch)
    return notebook


def _source(job: Job) -> Any:
    """Read a job's notebook; refuse one that is not what it was when the run was planned."""
    from analysis.runner.normalise import read_source

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


def _check_complete(notebook: Any, scratch: Path) -> None:
    """Refuse a notebook that ended early: papermill takes `sys.exit("")` for success."""
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if errors:
            raise ReportFailed(f"{cell_reached(scratch)}: {_last(errors[0].ename, errors[0].evalue)}")
        if cell.execution_count is None:
            raise ReportFailed(f"{cell_reached(scratch)}: the run ended here, before the notebook's end")


def _last(name: str, value: str) -> str:
    """Return an exception as one line: its name and the last line of its text."""
    lines = [line for line in plain(value or "").splitlines() if line.strip()]
    return one_line(f"{name}: {lines[-1].strip()}" if lines else name)


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
