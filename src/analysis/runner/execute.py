"""One report in one process: a fresh kernel, then the executed notebook and its page in a scratch folder."""

from __future__ import annotations

import copy
import json
import logging
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from analysis.runner.catalogue import DOCUMENTS
from analysis.runner.jobs import Job
from analysis.runner.words import one_line, plain

_UNSET = ("PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "MATPLOTLIBRC", "MPLSTYLE")
_STARTS = 3
# A Unix socket's path may have 104 characters on macOS and 107 on Linux; jupyter_client adds about 60.
_SOCKET_ROOM = 42


class ReportFailed(Exception):
    """A notebook did not run to its end. The text is one line; `detail` is for the log."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


def kernel_environment(scratch: Path) -> dict[str, str]:
    """Return the environment of a kernel: the caller's, with all that could change a report's bytes set.

    Args:
        scratch: the report's scratch folder; IPython's profile and Jupyter's connection files go there.
    """
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
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_RUNTIME_DIR": str(scratch / "run"),
        "IPYTHONDIR": str(scratch / "ipython"),
    }
    return {**kept, **single, **fixed}


def work(job: Job, scratch: Path, environment: dict[str, str]) -> None:
    """Make one report; the main function of a worker process.

    Writes into the scratch folder: `report.ipynb` and `report.html`, or after a failure `failed.log`;
    always `outcome.json` with `error` (empty, or one line) and `warnings` (a list of lines).

    Args:
        job: the report to make.
        scratch: an empty folder.
        environment: the environment of this process and its kernel.
    """
    _apart()
    os.environ.clear()
    os.environ.update(environment)
    _to_file(scratch / "worker.log")
    outcome: dict[str, Any] = {"error": "", "warnings": []}
    try:
        outcome["warnings"] = _make(job, scratch)
    except ReportFailed as failure:
        outcome["error"] = str(failure)
        _write(scratch / "failed.log", f"{failure}\n\n{failure.detail}\n")
    except Exception as error:
        outcome["error"] = one_line(f"{type(error).__name__}: {error}")
        _write(scratch / "failed.log", f"{outcome['error']}\n\n{traceback.format_exc()}\n")
    _write(scratch / "outcome.json", json.dumps(outcome))


def _apart() -> None:
    """Leave the parent's process group: a signal sent to all of it is for the parent to act on."""
    if hasattr(os, "setsid"):
        os.setsid()
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _to_file(log: Path) -> None:
    """Send what this process and its kernel write to standard output and error to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _make(job: Job, scratch: Path) -> list[str]:
    """Execute, normalise, render and write one report; return the first lines of its warnings."""
    from analysis.runner.normalise import normalise, to_text
    from analysis.runner.render import job_page_info, render_page

    record = {
        "notebook": job.entry.name,
        "area": job.area.code,
        "area_name": job.area.name,
        "parameters": job.values,
        "fingerprint": job.fingerprint,
    }
    notebook, warnings = normalise(execute(job, scratch), record)
    _write(scratch / "report.ipynb", to_text(notebook))
    _write(scratch / "report.html", render_page(notebook, job_page_info(job)))
    return warnings[:20]


def execute(job: Job, scratch: Path) -> Any:
    """Run a job's notebook from top to bottom in a fresh kernel.

    Args:
        job: the report to make.
        scratch: the working folder of the kernel; `executed.ipynb` there follows the run cell by cell.

    Returns:
        The executed notebook, a `nbformat.NotebookNode`.

    Raises:
        ReportFailed: if a cell raised, exited, was not reached, or its kernel died.
    """
    from papermill.exceptions import PapermillExecutionError

    from analysis.runner.normalise import inject, read_source

    work_folder = scratch / "work"
    work_folder.mkdir()
    (work_folder / "matplotlibrc").write_text("", encoding="utf-8")  # hides a user's own settings
    source = inject(read_source(job.entry.path), job.injected)
    if not job.area.has_published:
        source.cells = [cell for cell in source.cells if DOCUMENTS not in cell.metadata.get("tags", [])]
    try:
        notebook = _papermill(source, scratch, work_folder)
    except PapermillExecutionError as error:
        detail = "\n".join(error.traceback)
        raise ReportFailed(f"{cell_reached(scratch)}: {_last(error.ename, error.evalue)}", plain(detail)) from None
    except (RuntimeError, TimeoutError) as error:  # nbclient's words for a kernel that is dead or silent
        raise ReportFailed(f"{cell_reached(scratch)}: {one_line(str(error))}", traceback.format_exc()) from None
    _check_complete(notebook, scratch)
    return notebook


def _papermill(source: Any, scratch: Path, work_folder: Path) -> Any:
    """Hand a notebook to papermill; a kernel that does not start is tried again, a cell never."""
    import papermill
    from traitlets.config import Config

    logging.getLogger("papermill").setLevel(logging.WARNING)
    config = Config()
    if os.name == "posix" and len(str(scratch)) <= _SOCKET_ROOM:
        config.ConnectionFileMixin.transport = "ipc"  # no ports, so no two kernels can want the same one
    attempt = 1
    while True:
        try:
            return papermill.execute_notebook(
                copy.deepcopy(source),
                scratch / "executed.ipynb",
                kernel_name="python3",
                progress_bar=False,
                cwd=work_folder,
                config=config,
                start_timeout=120,
                iopub_timeout=60,  # papermill's 4 fail a cell on a busy machine
                on_cell_start=lambda cell, cell_index: _note(scratch, cell),
            )
        except RuntimeError:
            if (scratch / "cell.json").exists() or attempt == _STARTS:
                raise
            attempt += 1


def _note(scratch: Path, cell: Any) -> None:
    """Record which code cell is running, for the message should it be the last."""
    if cell.cell_type == "code" and cell.source.strip():
        file = scratch / "cell.json"
        number = json.loads(file.read_text(encoding="utf-8"))["number"] + 1 if file.exists() else 1
        first = next(line.strip() for line in cell.source.splitlines() if line.strip())
        _write(file, json.dumps({"number": number, "line": first}))


def cell_reached(scratch: Path) -> str:
    """Return the code cell a run had reached, as `code cell 4 (first line)`."""
    try:
        note = json.loads((scratch / "cell.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return "before the first cell"
    return f"code cell {note['number']} ({one_line(note['line'])})"


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
