"""papermill's engines for reports: cells run by IPython in this very process, or by a stock kernel.

Both show the same. What cells print and show is weighed, and the notebook is written down whole as each cell begins.
"""

from __future__ import annotations

import builtins
import codecs
import copy
import getpass
import io
import json
import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import nbformat
import papermill
from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from IPython.core.pylabtools import activate_matplotlib
from jupyter_client.session import Session, json_packer
from matplotlib_inline.backend_inline import configure_inline_support
from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NBClientEngine, papermill_engines
from papermill.log import logger
from traitlets import Any as Whatever
from traitlets.config import Config

from analysis.press.outcome import EXECUTED, PRINTED, SHOWN, has_code, too_much

CELLS, STOCK = "analysis", "analysis-stock"
"""The names by which papermill knows the two engines."""
INJECTED = "injected-parameters"
_ERROR = 50_000
_INLINE = "module://matplotlib_inline.backend_inline"
_FOLDERS = "IPYTHONDIR"
_STARTS = 3
_AUTOSAVE = 0.5
# A Unix socket's path may have 104 characters on macOS and 107 on Linux; jupyter_client adds "-ipc-1" and so on.
_SOCKET_ROOM = 96


class TooMuchShown(RuntimeError):
    """A cell printed or showed more than a page can hold; the text is one line."""


def _refuse(problem: str) -> NoReturn:
    raise TooMuchShown(problem)


class _Scale:
    """Weighs what a notebook shows; `exceed` is told what is too much."""

    def __init__(self, exceed: Callable[[str], Any]) -> None:
        self.exceed, self.excess = exceed, ""
        self._printed = self._shown = 0

    def next_cell(self) -> None:
        self._printed = 0

    def weigh(self, kind: str, content: dict[str, Any]) -> None:
        """Weigh a message; cut an error that is very long."""
        if kind == "stream":
            self._printed += len(content["text"])
            self._shown += len(content["text"])
        elif kind == "error":
            content["evalue"], content["traceback"] = content["evalue"][:_ERROR], _cut(content["traceback"])
        elif "data" in content:
            self._shown += sum(len(v) if isinstance(v, str) else len(repr(v)) for v in content["data"].values())
        if self._printed > PRINTED:
            self._say(f"printed more than {PRINTED:,} characters, which no page can hold; print less")
        elif self._shown > SHOWN:
            self._say(too_much())

    def _say(self, problem: str) -> None:
        if not self.excess:
            self.excess = problem
            self.exceed(problem)


def _cut(lines: list[str]) -> list[str]:
    """Return a traceback, or its end if it is very long."""
    text = "\n".join(lines)
    return lines if len(text) <= _ERROR else text[-_ERROR:].splitlines()


# --- The notebook so far -------------------------------------------------------------------------


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
            new.replace(self._file)
            manager.last_save_time = manager.now()


def _save_into(folder: Path | None, manager: Any) -> None:
    if folder:
        manager.save = _Saved(manager, folder / EXECUTED)


# --- Cells in this process -----------------------------------------------------------------------


class _Outputs(Session):
    """What the cell that runs shows: takes the shell's messages as nbclient takes a kernel's, without sending them."""

    scale = Whatever()

    def begin(self, cell: NotebookNode) -> None:
        """Take what is shown from now on for a cell's."""
        self.outputs = cell.outputs
        self.clear_next = False

    def start(self, folder: Path, scale: _Scale, autosave: Callable[[], Any]) -> None:
        """Take the place of standard output and error, with their descriptors."""
        self.named: dict[str, list[NotebookNode]] = {}
        self.outputs: list[NotebookNode] = []
        self.clear_next, self.scale, self.autosave = False, scale, autosave
        self.turn = threading.RLock()
        sys.stdout.flush()
        sys.stderr.flush()
        self.texts = [_Text(self, name, number, folder) for number, name in ((1, "stdout"), (2, "stderr"))]
        self._before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self.texts

    def stop(self) -> None:
        """Give standard output and error back."""
        sys.stdout, sys.stderr = self._before
        for text in self.texts:
            text.give_back()

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *rest: Any, **options: Any) -> dict[str, Any]:
        """Keep a message, if it is of a kind that a notebook keeps."""
        whole = isinstance(msg_or_type, dict)
        kind, content = (msg_or_type["msg_type"], msg_or_type["content"]) if whole else (msg_or_type, content)
        self.take_written()
        # As a message would go: what JSON has no word for is refused here, in the cell.
        self._keep(kind, json.loads(json_packer(content).decode(errors="replace")))
        return {"content": content}

    def _keep(self, kind: str, content: dict[str, Any]) -> None:
        with self.turn:
            self.scale.weigh(kind, content)
            if kind == "clear_output":
                self.clear_next = content["wait"]
                if not self.clear_next:
                    self.outputs.clear()
                return
            name = content.pop("transient", {}).get("display_id")
            for earlier in self.named.get(name, ()) if name else ():
                earlier.update(data=content["data"], metadata=content["metadata"])
            if kind in ("display_data", "execute_result", "error", "stream"):
                if self.clear_next:
                    self.outputs.clear()
                    self.clear_next = False
                last = self.outputs[-1] if self.outputs else {}
                if kind == last.get("output_type") == "stream" and last["name"] == content["name"]:
                    last["text"] += content["text"]
                    return
                self.outputs.append(NotebookNode(output_type=kind, **content))
                if name:
                    self.named.setdefault(name, []).append(self.outputs[-1])
        self.autosave()

    def text(self, name: str, text: str) -> None:
        """Keep printed text."""
        if text:
            if not text.isascii():
                text = text.encode(errors="surrogateescape").decode(errors="replace")
            self._keep("stream", {"name": name, "text": text})

    def take_written(self) -> None:
        """Keep what was written to the descriptors by now: by libraries, and by processes that a cell has started."""
        with self.turn:
            for text in self.texts:
                text.take_written()


class _Text(io.TextIOBase):
    """Standard output or error: what Python prints, and what others write to its descriptor, which goes to a file.

    The file is the report's log: it keeps what was written when the process is killed.
    """

    encoding = "UTF-8"

    def __init__(self, outputs: _Outputs, name: str, descriptor: int, folder: Path) -> None:
        self.name, self._outputs, self._descriptor, self._owner = name, outputs, descriptor, os.getpid()
        self._before = os.dup(descriptor)
        self._file = os.open(folder / f"{name}.log", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(self._file, descriptor)
        self._taken = os.fstat(self._file).st_size
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def give_back(self) -> None:
        """Restore the descriptor."""
        os.dup2(self._before, self._descriptor)
        os.close(self._before)
        os.close(self._file)

    def fileno(self) -> int:
        """Return the descriptor, for programs that a cell starts."""
        return self._descriptor

    def writable(self) -> bool:
        """Say that text can be written."""
        return True

    def write(self, text: str) -> int:
        """Keep printed text; a process that a cell has forked writes it to the descriptor."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if os.getpid() != self._owner:
            os.write(self._descriptor, text.encode(errors="replace"))
            return len(text)
        self._outputs.take_written()
        self._outputs.text(self.name, text)
        return len(text)

    def flush(self) -> None:
        """Keep everything that was written until now."""
        if os.getpid() == self._owner:
            self._outputs.take_written()

    def take_written(self) -> None:
        """Keep what was written to the descriptor."""
        while os.fstat(self._file).st_size > self._taken:
            data = os.pread(self._file, 65_536, self._taken)
            self._taken += len(data)
            self._outputs.text(self.name, self._decode(data))


@cache
def shell() -> ZMQInteractiveShell:
    """Make the shell, which a process has one of: Jupyter's own, so that a cell finds what it finds there.

    It takes longer than many a cell, so it is made before a report's process is forked. All that it takes from its
    process, folder or environment is set by `_started`.
    """
    main, folders, path = sys.modules["__main__"], os.environ.get(_FOLDERS), [*sys.path]
    with tempfile.TemporaryDirectory() as folder:
        os.environ[_FOLDERS] = folder
        try:
            kernel = SimpleNamespace(eventloop=None)
            config = Config({"HistoryManager": {"enabled": False}})
            made = ZMQInteractiveShell.instance(config=config, kernel=kernel, compiler_class=XCachingCompiler)
            made.displayhook.session = made.display_pub.session = _Outputs()
            made.displayhook.topic = b""
            # As matplotlib's inline backend does it when it is imported: that was before there was a shell.
            activate_matplotlib(_INLINE)
            configure_inline_support(made, _INLINE)
        finally:
            sys.modules["__main__"], sys.path[:] = main, path
            del os.environ[_FOLDERS]
            if folders is not None:
                os.environ[_FOLDERS] = folders
    return made


def _no_input(*_: Any, **__: Any) -> NoReturn:
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _started() -> ZMQInteractiveShell:
    """Return the shell with the folders and modules of this process."""
    ready = shell()
    ready.init_ipython_dir(None)
    ready.init_profile_dir(None)
    ready.init_sys_modules()
    ready.starting_dir = os.getcwd()
    ready.history_manager.dir_hist[:] = [Path.cwd()]
    builtins.input = getpass.getpass = _no_input
    return ready


class CellsEngine(Engine):
    """Runs the cells in this process, which is the notebook's own from then on."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        folder: Path | None = None,
        exceed: Callable[[str], Any] = _refuse,
        ready: Callable[[], Any] = lambda: None,
        **_: Any,
    ) -> None:
        """Run a notebook's cells; called by papermill.

        Args:
            nb_man: papermill's wrapper of the notebook.
            kernel_name: not needed.
            folder: where the notebook so far is saved, and what other processes print is logged.
            exceed: called when the notebook shows too much.
            ready: called before each cell.

        Raises:
            RuntimeError: if a cell has asked to end and there are more.
        """
        _save_into(folder, nb_man)
        if folder:  # a process that a report was made for: when it is asked to end, its notebook is kept as it is
            signal.signal(signal.SIGTERM, lambda *_: (nb_man.save(), os._exit(1)))
        with tempfile.TemporaryDirectory() as own:
            running, outputs = _started(), shell().displayhook.session
            scale = _Scale(exceed)
            outputs.start(folder or Path(own), scale, nb_man.autosave_cell)
            try:
                for index, cell in enumerate(nb_man.nb.cells):
                    ready()
                    nb_man.cell_start(cell, index)
                    if has_code(cell):
                        if running.exit_now:
                            raise RuntimeError("Kernel died")
                        scale.next_cell()
                        outputs.begin(cell)
                        if not _run(running, cell):
                            nb_man.cell_exception(cell, cell_index=index)
                            nb_man.cell_complete(cell, cell_index=index)
                            break
                    nb_man.cell_complete(cell, cell_index=index)
            finally:
                outputs.stop()


def _run(ready: ZMQInteractiveShell, cell: NotebookNode) -> bool:
    """Run a cell; say whether it went well, or may fail."""
    owner = os.getpid()
    cell.execution_count = ready.execution_count
    result = ready.run_cell(cell.source, store_history=True)
    if os.getpid() != owner:  # a cell's copy of this process, which must not go on with the notebook
        os._exit(0)
    ready.displayhook.session.take_written()
    ready.payload_manager.clear_payload()
    well = result.success and not getattr(ready, "_last_traceback_during_displayhook", False)
    return well or "raises-exception" in cell.metadata.get("tags", [])


# --- Stock kernels -------------------------------------------------------------------------------


class _Client(PapermillNotebookClient):
    """Weighs what a kernel sends before it is kept."""

    scale = Whatever()

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Weigh a message, then keep it, unless it is too much."""
        self.scale.weigh(msg["msg_type"], msg["content"])
        if self.scale.excess and msg["msg_type"] != "status":
            return None
        return super().process_message(msg, cell, cell_index)


class StockEngine(NBClientEngine):
    """papermill's own engine with the client above."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, folder: Path | None = None, exceed: Any = _refuse, **options: Any
    ) -> None:
        """Run a notebook's cells; called by papermill, with the words of the engine above."""
        _save_into(folder, nb_man)
        scale = _Scale(exceed)
        kept = {name: options[name] for name in _CLIENTS if name in options}
        start = nb_man.cell_start

        def begin(*words: Any, **more: Any) -> None:
            if scale.excess:  # its kernel has been ended
                raise TooMuchShown(scale.excess)
            scale.next_cell()
            start(*words, **more)

        nb_man.cell_start = begin
        _Client(nb_man, kernel_name=kernel_name, scale=scale, log=logger, **kept).execute()


_CLIENTS = ("config", "iopub_timeout", "shutdown_kernel", "record_timing", "startup_timeout")


papermill_engines.register(CELLS, CellsEngine)
papermill_engines.register(STOCK, StockEngine)


def run_notebook(
    source: NotebookNode, scratch: Path, engine: str, exceed: Callable[[str], Any], ready: Callable[[], Any]
) -> NotebookNode:
    """Hand a notebook to papermill; a stock kernel that does not start is tried again, a cell never.

    Args:
        source: the notebook to run.
        scratch: the report's scratch folder, with `work`, where the cells run.
        engine: `CELLS` or `STOCK`.
        exceed: called with one line when the notebook shows too much; it ends the process that runs the cells.
        ready: called before each cell that is run in this process.

    Raises:
        PapermillExecutionError: if a cell raised.
        RuntimeError: if the kernel died or did not start.
    """
    logger.setLevel(logging.WARNING)
    config, connection = Config(), scratch / "kernel.json"
    config.ConnectionFileMixin.connection_file = str(connection)
    if os.name == "posix" and len(str(connection)) <= _SOCKET_ROOM:
        config.ConnectionFileMixin.transport = "ipc"  # no ports, so no two kernels can want the same one
    for attempt in range(1, _STARTS + 1):
        try:
            return papermill.execute_notebook(
                copy.deepcopy(source),
                scratch / EXECUTED,
                engine_name=engine,
                kernel_name="python3",
                progress_bar=False,
                cwd=scratch / "work",
                folder=scratch,
                exceed=exceed,
                ready=ready,
                config=config,
                request_save_on_cell_execute=False,  # `_Saved` does it
                autosave_cell_every=_AUTOSAVE,
                start_timeout=120,
                startup_timeout=120,
                iopub_timeout=60,  # papermill's 4 fail a cell on a busy machine
                shutdown_kernel="immediate",  # nothing of it is kept
                record_timing=False,
            )
        except (RuntimeError, CellControlSignal):
            if (scratch / EXECUTED).exists() or attempt == _STARTS:
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
