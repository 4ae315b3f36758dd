"""One report: its notebook run in a fresh kernel, then the executed notebook and its page in a scratch folder."""

from __future__ import annotations

import hashlib
import json
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.files import PAGE_BYTES
from analysis.runner.catalogue import DOCUMENTS
from analysis.runner.jobs import Job
from analysis.runner.progress import cell_reached
from analysis.runner.publish import data_read, headline_values, report_digest
from analysis.runner.reuse import notebook_fingerprint, stated
from analysis.runner.words import one_line, plain

if TYPE_CHECKING:
    from analysis.runner.kernels import Spare


_LATER = "put here when the rest is known"


class ReportFailed(Exception):
    """A notebook did not run to its end. The text is one line; `detail` is for the log."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


def make(job: Job, scratch: Path, spare: Spare | None = None) -> list[str]:
    """Execute, normalise, render and write one report: `report.ipynb` and `report.html` in the scratch folder.

    Args:
        job: the report to make.
        scratch: the report's scratch folder.
        spare: a process to become the kernel; without one a kernel is started as usual.

    Returns:
        The first lines of its warnings.

    Raises:
        ReportFailed: if its notebook did not run to its end.
        OSError: if its files cannot be written.
    """
    import nbformat

    from analysis.runner.normalise import normalise
    from analysis.runner.render import job_page_info, render_page

    executed = execute(job, scratch, spare)
    job = job.having_read(data_read(executed))
    record = {
        "notebook": job.entry.name,
        "area": job.area.code,
        "area_name": job.area.name,
        "parameters": job.values,
        "fingerprint": stated(job.fingerprint),
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
    write(scratch / "report.ipynb", _sealed(notebook))
    write(scratch / "report.html", page)
    return warnings[:20]


def _sealed(notebook: Any) -> str:
    """Return a notebook as text with its digest in it; it is written out once, as that is slow."""
    from analysis.runner.normalise import to_text

    notebook.metadata["analysis"]["digest"] = _LATER
    text = to_text(notebook)
    before, _, after = text.rpartition(f'"digest": "{_LATER}"')  # in the text of a cell its quotes would be escaped
    return f'{before}"digest": "{report_digest(json.loads(text))}"{after}'


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


def write(file: Path, text: str) -> None:
    """Write a text file as it is on every machine."""
    file.write_text(text, encoding="utf-8", newline="\n")
