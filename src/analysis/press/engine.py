"""papermill's engine for reports: cells run in the process that was forked for them, or by a stock kernel.

What they show is weighed, and the notebook is written down whole as each cell begins, whichever it is.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import logging
import os
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellControlSignal, CellExecutionError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.log import logger
from traitlets import Any as Whatever
from traitlets.config import Config

from analysis.files import PAGE_BYTES
from analysis.press import one_line, plain
from analysis.press.page import PageInfo, files_beside, job_page_info, render_page
from analysis.press.pool import EXECUTED, PRINTED, SHOWN, TOO_MUCH, has_code
from analysis.press.request import Job
from analysis.press.reuse import data_read, headline_values, notebook_fingerprint, report_digest, resting_on, stated

_LATER = "put here when the rest is known"
_RUN_METADATA = ("papermill", "execution", "ExecuteTime", "collapsed", "scrolled", "trusted")
INJECTED = "injected-parameters"
_ERROR = 50_000
_STARTS = 3
_AUTOSAVE = 0.5
# A Unix socket's path may have 104 characters on macOS and 107 on Linux; jupyter_client adds "-ipc-1" and so on.
_SOCKET_ROOM = 96


class _Client(PapermillNotebookClient):
    """Weighs what a kernel sends before it is kept; `stop` is told what is too much."""

    stop = Whatever()
    printed, shown, excess = 0, 0, ""

    def execute_cell(self, cell: NotebookNode, cell_index: int) -> None:
        """Run a cell; the run ends with one that shows too much."""
        self.printed = 0
        self.run_cell(cell, cell_index)
        if self.excess:
            raise RuntimeError(self.excess)

    def run_cell(self, cell: NotebookNode, cell_index: int) -> None:
        """Have the kernel run a cell."""
        super().execute_cell(cell, cell_index)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Weigh a message; keep it, unless it is too much; cut an error that is very long."""
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            self.printed += len(content["text"])
            self.shown += len(content["text"])
        elif kind == "error":
            text = "\n".join(content["traceback"])
            content["evalue"] = content["evalue"][:_ERROR]
            content["traceback"] = content["traceback"] if len(text) <= _ERROR else text[-_ERROR:].splitlines()
        elif "data" in content:
            self.shown += sum(len(v) if isinstance(v, str) else len(repr(v)) for v in content["data"].values())
        if self.printed > PRINTED:
            self.excess = f"printed more than {PRINTED:,} characters, which no page can hold; print less"
        elif self.shown > SHOWN:
            self.excess = TOO_MUCH
        if self.excess and kind != "status":
            self.stop(self.excess)
        else:
            return super().process_message(msg, cell, cell_index)
        return None


class _Forked(_Client):
    """Has cells run by the process at the other end of a line; `alive` says whether it is there."""

    line = Whatever()
    alive = Whatever()

    def execute(self) -> None:
        """Run the cells; raises RuntimeError if their process is gone before they are done."""
        self.reset_execution_trackers()
        self.papermill_execute_cells()

    def run_cell(self, cell: NotebookNode, cell_index: int) -> None:
        """Have that process run a cell."""
        if not has_code(cell):
            return
        self.clear_before_next_output = False
        with contextlib.suppress(OSError):  # it is gone, which the line says too
            self.line.send(cell.source)
        while (message := self._next())["msg_type"] != "status":
            self.process_message(message, cell, cell_index)
        if not message["content"]["well"] and "raises-exception" not in cell.metadata.get("tags", []):
            raise CellExecutionError("", "", "")

    def output(self, outs: list, msg: dict[str, Any], display_id: str | None, cell_index: int) -> None:
        """Keep what a cell shows; it is checked with the whole notebook: one by one that takes ten times as long."""
        content = {name: value for name, value in msg["content"].items() if name != "transient"}
        if self.clear_before_next_output:
            outs.clear()
            self.clear_display_id_mapping(cell_index)
            self.clear_before_next_output = False
        if display_id:
            self._display_id_map.setdefault(display_id, {}).setdefault(cell_index, []).append(len(outs))
        if msg["msg_type"] == "stream" and outs and outs[-1].get("name") == content["name"]:
            outs[-1].text += content["text"]
        else:
            outs.append(nbformat.from_dict({"output_type": msg["msg_type"], **content}))

    def _next(self) -> dict[str, Any]:
        while not self.line.poll(0.1):
            if not self.alive() and not self.line.poll():  # a process that it has left may hold the line
                break
        else:
            with contextlib.suppress(EOFError, OSError):
                return json.loads(self.line.recv_bytes().decode(errors="replace"))
        self.nb_man.save()
        raise RuntimeError("Kernel died")


class _Saved:
    """papermill's `save`: the notebook in a file, put in place whole; each cell is turned into text when it changes."""

    def __init__(self, manager: Any, file: Path) -> None:
        self._manager, self._file = manager, file
        self._texts: dict[int, tuple[str, str]] = {}

    def __call__(self, **_: Any) -> None:
        manager, running = self._manager, False
        for index, cell in enumerate(manager.nb.cells):
            state = cell.metadata.papermill["status"]
            at_it = has_code(cell) and state in (manager.RUNNING, manager.FAILED)
            if at_it or state != self._texts.get(index, ("", ""))[0]:
                self._texts[index] = state, json.dumps(cell)
            running = running or at_it
        if running:  # between cells there is nothing to be told that the next one's beginning does not tell
            about = {"metadata": manager.nb.metadata, "nbformat": 4, "nbformat_minor": manager.nb.nbformat_minor}
            cells = ",\n".join(self._texts[index][1] for index in range(len(manager.nb.cells)))
            new = self._file.with_suffix(".new")
            new.write_text(f'{{"cells": [\n{cells}],\n{json.dumps(about)[1:]}\n', encoding="utf-8")
            self._file.unlink(missing_ok=True)  # what takes another's place is written out to the disk at once
            new.rename(self._file)
            manager.last_save_time = manager.now()


class ReportEngine(Engine):
    """Runs a report's cells in the process that was forked for them or, where there is none, in a stock kernel."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, file: Path, cells: Any, config: Config, stop: Callable, **_: Any
    ) -> None:
        """Run a notebook's cells; called by papermill."""
        nb_man.save = _Saved(nb_man, file)
        options = {"stop": stop, "record_timing": False, "log": logger}
        if cells:
            _Forked(nb_man, line=cells.line, alive=cells.alive, **options).execute()
            return
        options |= {"startup_timeout": 120, "iopub_timeout": 60, "shutdown_kernel": "immediate"}
        _Client(nb_man, kernel_name=kernel_name, config=config, **options).execute()


papermill_engines.register("analysis", ReportEngine)


class ReportFailed(Exception):
    """A notebook that did not give a report; the text says why."""


def attempt(scratch: Path, step: Callable[..., Any], *words: Any) -> tuple[Any, str, str]:
    """Take a step of making a report; return its result, and where it fails what is wrong: a line, and more."""
    try:
        return step(*words), "", ""
    except PapermillExecutionError as error:
        problem, detail = _last(error.ename, error.evalue), plain("\n".join(error.traceback))
    except (ReportFailed, RuntimeError, TimeoutError) as error:  # the last are nbclient's, of a dead or silent kernel
        problem, detail = str(error), "" if isinstance(error, ReportFailed) else traceback.format_exc()
    except OSError as error:
        room = f"cannot write to the temporary folder {scratch.parent.parent} ({error.strerror or error})"
        problem, detail = f"{room}: make room there, or set TMPDIR", traceback.format_exc()
    except Exception as error:
        problem, detail = f"{type(error).__name__}: {error}", traceback.format_exc()
    return None, one_line(problem), detail


def executed(job: Job, scratch: Path, cells: Any, stop: Callable[[str], Any]) -> NotebookNode:
    """Run a job's notebook from top to bottom. Raises ReportFailed, and whatever papermill and nbclient do.

    Args:
        job: the report to make.
        scratch: its scratch folder, with `work`, where the cells run.
        cells: the process that runs them; None for a stock kernel.
        stop: called with one line when the notebook shows too much; it ends the process that runs the cells.
    """
    notebook = _run(_source(job), scratch, cells, stop)
    for cell in filter(has_code, notebook.cells):  # papermill takes `sys.exit("")` for success
        for output in cell.outputs:
            if output.output_type == "error":
                raise ReportFailed(_last(output.ename, output.evalue))
        if cell.execution_count is None:
            raise ReportFailed("the run ended here, before the notebook's end")
    return notebook


def _source(job: Job) -> NotebookNode:
    """Read a job's notebook and give it its parameters; refuse one that is not what it was when the run was planned."""
    path = job.entry.path
    try:
        source = read_source(path)
        problem = "" if notebook_fingerprint(path) == job.fingerprint["notebook"] else "has changed since the run began"
    except FileNotFoundError:
        problem = "is gone since the run began"
    except (OSError, ValueError, KeyError) as error:
        problem = f"cannot be read any more ({one_line(str(error))})"
    if problem:
        raise ReportFailed(f"before the first cell: {path} {problem}; run it again when it is in place")
    return inject(source, job.injected)


def _last(name: str, value: str) -> str:
    """Return an exception as one line: its name and the last line of its text."""
    lines = [line for line in plain(value or "").splitlines() if line.strip()]
    return f"{name}: {lines[-1].strip()}" if lines else name


def _run(source: NotebookNode, scratch: Path, cells: Any, stop: Callable[[str], Any]) -> NotebookNode:
    """Hand a notebook to papermill; a stock kernel that does not start is tried again, a cell never."""
    logger.setLevel(logging.WARNING)
    config, connection = Config(), scratch / "kernel.json"
    config.ConnectionFileMixin.connection_file = str(connection)
    if os.name == "posix" and len(str(connection)) <= _SOCKET_ROOM:
        config.ConnectionFileMixin.transport = "ipc"  # no ports, so no two kernels can want the same one
    for left in range(0 if cells else _STARTS - 1, -1, -1):
        try:
            return papermill.execute_notebook(
                copy.deepcopy(source),
                scratch / EXECUTED,
                engine_name="analysis",
                kernel_name="python3",
                progress_bar=False,
                cwd=scratch / "work",
                file=scratch / EXECUTED,
                cells=cells,
                config=config,
                stop=stop,
                request_save_on_cell_execute=False,  # `_Saved` does it
                autosave_cell_every=_AUTOSAVE,
            )
        except (RuntimeError, CellControlSignal):
            if not left or (scratch / EXECUTED).exists():
                raise
    raise AssertionError("the last attempt returns or raises")


def read_source(path: Path) -> NotebookNode:
    """Read a source notebook; cells saved without an id get one from their position, not a random one."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(content.get("cells", [])):
        cell.setdefault("id", f"cell-{number:03d}")
    if content.get("nbformat") == 4:
        content["nbformat_minor"] = max(5, content.get("nbformat_minor", 5))
    return nbformat.reads(json.dumps(content), as_version=4)


def inject(notebook: NotebookNode, values: dict[str, Any]) -> NotebookNode:
    """Put a cell with the values that differ from a notebook's own after its cell tagged `parameters`; return it.

    They are written as Python literals: they came in as int, float, str or bool. It is papermill's convention (the tag
    is its own) with an id that does not change from run to run and no formatter that a machine may lack.
    """
    kept = [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]
    if values:
        lines = ["# Parameters"] + [f"{name} = {value!r}" for name, value in values.items()]
        cell = nbformat.v4.new_code_cell("\n".join(lines), id=INJECTED, metadata={"tags": [INJECTED]})
        tags = [cell.metadata.get("tags", []) for cell in kept]
        kept.insert(next(n for n, tag in enumerate(tags, 1) if "parameters" in tag), cell)
    notebook.cells = kept
    return notebook


def normalise(notebook: NotebookNode, record: dict[str, Any]) -> list[str]:
    """Strip an executed notebook, in place, of traces of when, where and by what it was executed.

    It keeps `record` as `metadata["analysis"]`. Returns the lines that it wrote to standard error.
    """
    warnings: list[str] = []
    for cell in notebook.cells:
        for key in _RUN_METADATA:
            cell.metadata.pop(key, None)
        kept: list[NotebookNode] = []
        for output in cell.get("outputs", []):
            stream = output.output_type == "stream"
            if stream and output.name == "stderr":
                warnings += output.text.splitlines()
            elif stream and kept and kept[-1].output_type == "stream":
                kept[-1].text += output.text  # how printed text was cut depends on the machine's speed
            else:
                kept.append(output)
        if cell.cell_type == "code":
            cell.outputs = kept
    about = {
        "analysis": record,
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
    }
    notebook.update(metadata=nbformat.from_dict(about), nbformat=4, nbformat_minor=5)
    return [line for line in warnings if line.strip()]


def to_text(notebook: NotebookNode) -> str:
    """Return a notebook as JSON with sorted keys and a newline at the end."""
    # nbformat's own `writes` checks the notebook again, which takes as long as all the rest.
    return nbformat.v4.writes_json(notebook).rstrip("\n") + "\n"


def files_of(job: Job, made: NotebookNode) -> tuple[dict[str, bytes], list[str]]:
    """Normalise an executed notebook and make its page; return the files, and the first lines of its warnings."""
    job = job.having_read(data_read(made))
    job = replace(job, fingerprint=job.fingerprint | resting_on(map(json.loads, job.rests.values())))
    about = {"notebook": job.entry.name, "area": job.area.code, "area_name": job.area.name, "parameters": job.values}
    warnings = normalise(made, about | {"fingerprint": stated(job.fingerprint)})
    try:
        headline_values(made)
    except (TypeError, ValueError, AttributeError) as error:
        raise ReportFailed(f"the headline values are not as Report.close gives them: {error}") from None
    page = render_page(made, job_page_info(job)).encode()
    if len(page) > PAGE_BYTES:
        more = f"more than {PAGE_BYTES // 1000} KB"
        warnings.insert(0, f"the page weighs {len(page) // 1000} KB, which is slow to read: {more}")
    about = made.metadata["analysis"]
    about["page"] = hashlib.sha256(page).hexdigest()
    nbformat.validate(made)
    # Its digest goes into the text: writing it out is slow.
    about["digest"] = _LATER
    text = to_text(made)
    before, _, after = text.rpartition(f'"digest": "{_LATER}"')  # in the text of a cell its quotes would be escaped
    text = f'{before}"digest": "{report_digest(json.loads(text))}"{after}'
    return {".ipynb": text.encode(), ".html": page} | files_beside(made), warnings[:20]


def rehearse() -> None:
    """Use once what makes a page: libraries load or compile the rest of themselves when they are first used."""
    made = [nbformat.v4.new_markdown_cell("# A *title*"), nbformat.v4.new_code_cell("x = 'text'  # a comment")]
    notebook = nbformat.v4.new_notebook(cells=made)
    nbformat.validate(notebook)
    render_page(notebook, PageInfo("Any"))
