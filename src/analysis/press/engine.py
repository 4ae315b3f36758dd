"""papermill's engine for reports: cells run in a shell in the report's own process; a report's files.

What they show is weighed, and the notebook is written down whole as each cell begins.
"""

from __future__ import annotations

import builtins
import codecs
import getpass
import hashlib
import io
import json
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import nbformat
import papermill
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.log import logger
from traitlets import Any as Whatever
from traitlets.config import Config

from analysis.files import PAGE_BYTES
from analysis.press import environment, one_line, reuse
from analysis.press.environment import EXECUTED, INLINE, PRINTED, SHOWN, TOO_MUCH, ReportFailed, has_code
from analysis.press.page import files_beside, render_page
from analysis.press.request import Job

INJECTED = "injected-parameters"
_RUN_METADATA = ("papermill", "execution", "ExecuteTime", "collapsed", "scrolled", "trusted")
_ERROR, _AUTOSAVE = 50_000, 0.5


# --- A notebook's run ----------------------------------------------------------------------------


def execute(job: Job, scratch: Path, stop: Callable[[str], Any]) -> None:
    """Run a job's notebook in this process, from top to bottom, and leave it in its `scratch` folder.

    `stop` is called with one line when the notebook shows too much; it ends this process. Raises ReportFailed if the
    notebook is not what it was, or did not run to its end; and as papermill does.
    """
    logger.setLevel(logging.WARNING)
    notebook = papermill.execute_notebook(
        _source(job),
        scratch / EXECUTED,
        engine_name="analysis",
        kernel_name="python3",
        progress_bar=False,
        cwd=scratch / "work",
        scratch=scratch,
        stop=stop,
        request_save_on_cell_execute=False,  # `_save` does it
        autosave_cell_every=_AUTOSAVE,
    )
    for cell in filter(has_code, notebook.cells):  # papermill takes `sys.exit("")` for success
        if any(output.output_type == "error" for output in cell.outputs):
            raise ReportFailed("SystemExit")
        if cell.execution_count is None:
            raise ReportFailed("the run ended here, before the notebook's end")


def _source(job: Job) -> NotebookNode:
    """Read a job's notebook and give it its parameters; refuse one that is not what it was when the run was planned."""
    path = job.entry.path
    try:
        if reuse.notebook_fingerprint(path) == job.fingerprint["notebook"]:
            return inject(read_source(path), job.injected)
        problem = "has changed since the run began"
    except (OSError, ValueError, KeyError) as error:
        problem = f"cannot be read any more ({one_line(str(error))})"
    raise ReportFailed(f"before the first cell: {path} {problem}; run it again when it is in place")


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

    They are Python literals: they came in as int, float, str or bool. It is papermill's convention, with an id that
    does not change from run to run and no formatter that a machine may lack.
    """
    kept = [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]
    if values:
        lines = ["# Parameters"] + [f"{name} = {value!r}" for name, value in values.items()]
        cell = nbformat.v4.new_code_cell("\n".join(lines), id=INJECTED, metadata={"tags": [INJECTED]})
        tags = [cell.metadata.get("tags", []) for cell in kept]
        kept.insert(next(n for n, tag in enumerate(tags, 1) if "parameters" in tag), cell)
    notebook.cells = kept
    return notebook


# --- Its files -----------------------------------------------------------------------------------


def files_of(job: Job, executed: Path) -> tuple[dict[str, bytes], list[str]]:
    """Normalise an executed notebook and make its page; return the files, and the first lines of its warnings."""
    made = nbformat.v4.reads_json(executed.read_text(encoding="utf-8"))
    read = reuse.data_read(made)  # its digest takes the place of that of all the data
    inputs = ({"data": read["digest"]} if read else {}) | reuse.resting_on(map(json.loads, job.rests.values()))
    job = replace(job, fingerprint=job.fingerprint | inputs)
    about = {"notebook": job.entry.name, "area": job.area.code, "area_name": job.area.name, "parameters": job.values}
    warnings = normalise(made, about | {"fingerprint": reuse.stated(job.fingerprint)})
    try:
        reuse.headline_values(made)
    except (TypeError, ValueError, AttributeError) as error:
        raise ReportFailed(f"the headline values are not as Report.close gives them: {error}") from None
    page = render_page(made, job).encode()
    if len(page) > PAGE_BYTES:
        more = f"more than {PAGE_BYTES // 1000} KB"
        warnings.insert(0, f"the page weighs {len(page) // 1000} KB, which is slow to read: {more}")
    about = made.metadata["analysis"]
    about["page"] = hashlib.sha256(page).hexdigest()
    nbformat.validate(made)
    about["digest"] = reuse.UNSAID
    content = to_text(made).encode()
    before, _, after = content.rpartition(reuse.UNSAID.encode())
    notebook = before + reuse.report_digest(content).encode() + after
    return {".ipynb": notebook, ".html": page} | files_beside(made), warnings[:20]


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
            if output.get("name") == "stderr":
                warnings += output.text.splitlines()
            elif output.output_type == "stream" and kept and kept[-1].output_type == "stream":
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
    notebook.update(metadata=NotebookNode(about), nbformat=4, nbformat_minor=5)
    return [line for line in warnings if line.strip()]


def to_text(notebook: NotebookNode) -> str:
    """Return a notebook as JSON with sorted keys and a newline at the end."""
    # nbformat's own `writes` checks the notebook again, which takes as long as all the rest.
    return nbformat.v4.writes_json(notebook).rstrip("\n") + "\n"


def rehearse() -> None:
    """Use once what makes a page: libraries load or compile the rest of themselves when they are first used."""
    made = [nbformat.v4.new_markdown_cell("# A *title*"), nbformat.v4.new_code_cell("x = 'text'  # a comment")]
    notebook = nbformat.v4.new_notebook(cells=made)
    nbformat.validate(notebook)
    render_page(notebook)


class ReportEngine(Engine):
    """Runs a report's cells in this process, which is theirs alone."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, scratch: Path, stop: Callable, **_: Any) -> None:
        """Run a notebook's cells; called by papermill."""
        nb_man.save = partial(_save, nb_man, scratch / EXECUTED)
        _Client(nb_man, scratch=scratch, stop=stop, record_timing=False, log=logger).execute()


papermill_engines.register("analysis", ReportEngine)


def _save(manager: Any, file: Path, **_: Any) -> None:
    """papermill's `save`: put the notebook in place whole; the next cell's beginning tells what the end of one does."""
    states = [cell.metadata.papermill["status"] for cell in manager.nb.cells if has_code(cell)]
    if {manager.RUNNING, manager.FAILED} & {*states}:
        new = file.with_suffix(".new")
        new.write_text(json.dumps(manager.nb), encoding="utf-8")
        file.unlink(missing_ok=True)  # what takes another's place is written out to the disk at once
        new.rename(file)
        manager.last_save_time = manager.now()


class _Client(PapermillNotebookClient):
    """Has cells run by the shell of this process, and keeps what they show as if a kernel had sent it.

    It is weighed before: `stop` is told what is too much, and ends this process. Standard output and error go to files,
    whoever writes to them: they are the report's log, and read as a cell shows something or ends.
    """

    scratch, stop = Whatever(), Whatever()
    printed, shown = 0, 0

    def execute(self) -> None:
        """Run the cells."""
        self._owner, self._turn, self._shell = os.getpid(), threading.RLock(), shell()
        self._logs = [_log(self.scratch, name, number) for number, name in enumerate(("stdout", "stderr"), 1)]
        builtins.input = getpass.getpass = _no_input
        self._shell.init_ipython_dir(None)
        self._shell.init_profile_dir(None)
        self._shell.init_sys_modules()
        self._shell.starting_dir = os.getcwd()
        self._shell.history_manager.dir_hist[:] = [Path.cwd()]
        self._shell.displayhook.session.send = self._send
        self.reset_execution_trackers()
        self.papermill_execute_cells()

    def execute_cell(self, cell: NotebookNode, cell_index: int) -> None:
        """Run a cell in the shell."""
        if not has_code(cell):
            return
        self.printed, self.clear_before_next_output = 0, False
        self._keep = partial(self.process_message, cell=cell, cell_index=cell_index)
        self._tell("execute_input", {"execution_count": self._shell.execution_count})
        result = self._shell.run_cell(cell.source, store_history=True)
        if os.getpid() != self._owner:  # a cell's copy of this process, which must not go on with the notebook
            os._exit(0)
        self._take_written()
        self._shell.payload_manager.clear_payload()
        if self._shell.exit_now:
            raise ReportFailed("Kernel died")
        well = result.success and not getattr(self._shell, "_last_traceback_during_displayhook", False)
        if not well and "raises-exception" not in cell.metadata.get("tags", []):
            raise CellExecutionError("", "", "")

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
        if self.printed > PRINTED or self.shown > SHOWN:
            self.nb_man.save()
            self.stop(TOO_MUCH[self.printed <= PRINTED])
        return super().process_message(msg, cell, cell_index)

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

    def _send(self, _stream: Any, kind: Any, content: Any = None, *_: Any, **__: Any) -> dict[str, Any]:
        """Take a message of the shell, which has this for its session's way to send one."""
        kind, content = (kind["msg_type"], kind["content"]) if isinstance(kind, dict) else (kind, content)
        self._take_written()
        self._tell(kind, content)
        return {"content": content}

    def _tell(self, kind: str, content: dict[str, Any]) -> None:
        """Keep a message; what JSON has no word for is refused here, in the cell."""
        from jupyter_client.session import json_packer

        packed = json_packer({"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {}, "content": content})
        if os.getpid() == self._owner:
            with self._turn:
                self._keep(json.loads(packed.decode(errors="replace")))

    def _take_written(self) -> None:
        """Keep what was written by now: by cells, by libraries, and by processes that a cell has started."""
        with self._turn:
            for name, log, decode in self._logs:
                while os.getpid() == self._owner and (data := log.read(65_536)):
                    if text := decode(data):
                        self._tell("stream", {"name": name, "text": text})


@cache
def shell() -> Any:
    """Make the shell, which a process has one of: Jupyter's own, so that a cell finds what it finds there.

    It takes longer than many a cell, so it is made before a report's process is forked. All that it takes from its
    process, folder or environment is set by `_Client`.
    """
    with environment.without("debugpy"):  # no one follows a report step by step
        from ipykernel.compiler import XCachingCompiler
        from ipykernel.zmqshell import ZMQInteractiveShell
    from IPython.core.pylabtools import activate_matplotlib
    from jupyter_client.session import Session
    from matplotlib_inline.backend_inline import configure_inline_support

    with tempfile.TemporaryDirectory() as folder, environment.put_back():
        os.environ["IPYTHONDIR"] = folder
        made = ZMQInteractiveShell.instance(
            config=Config({"HistoryManager": {"enabled": False}}),
            kernel=SimpleNamespace(eventloop=None),
            compiler_class=XCachingCompiler,
        )
        made.displayhook.session = made.display_pub.session = Session()
        made.displayhook.topic = b""
        # As matplotlib's inline backend does it when it is imported: that was before there was a shell.
        activate_matplotlib(INLINE)
        configure_inline_support(made, INLINE)
    return made


def _log(folder: Path, name: str, number: int) -> tuple[str, Any, Callable[[bytes], str]]:
    """Have what is written to a stream of this process go to a file; return its name, the file to read, a decoder."""
    getattr(sys, name).flush()
    handle = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, number)
    os.close(handle)
    raw = io.FileIO(number, "w", closefd=False)  # nothing is held back, which a forked process would write once more
    setattr(sys, name, io.TextIOWrapper(raw, encoding="UTF-8", errors="surrogateescape", write_through=True))
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    return name, (folder / f"{name}.log").open("rb", buffering=0), decode


def _no_input(*_: Any, **__: Any) -> NoReturn:
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")
