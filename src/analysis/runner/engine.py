"""A notebook in a kernel, by papermill: followed cell by cell, and stopped when it shows too much."""

from __future__ import annotations

import copy
import logging
import os
from pathlib import Path
from typing import Any

import papermill
from nbclient.exceptions import CellControlSignal, CellExecutionError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger
from traitlets import Instance
from traitlets.config import Config

from analysis.runner.family import end_descendants
from analysis.runner.kernels import REPLY, Spare
from analysis.runner.limits import PRINTED, SHOWN
from analysis.runner.progress import Progress

NAME = "analysis"
_PARTS = {
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
}
"""What the notebook format keeps of each kind of output."""
_STARTS = 3
_ERROR = 50_000
# A Unix socket's path may have 104 characters on macOS and 107 on Linux; jupyter_client adds "-ipc-1" and so on.
_SOCKET_ROOM = 96


class TooMuchShown(RuntimeError):
    """A cell printed or showed more than a page can hold; the text is one line that names the cell."""


class _Client(PapermillNotebookClient):
    """Weighs what a kernel sends before it is kept."""

    progress = Instance(Progress)

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self._printed, self._shown = {}, 0

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Weigh a message, then keep it; end the kernel when it has sent too much."""
        content, kind = msg["content"], msg["msg_type"]
        if kind == "stream":
            self._printed[cell_index] = self._printed.get(cell_index, 0) + len(content["text"])
            self._shown += len(content["text"])
        elif kind == "error":
            content["evalue"], content["traceback"] = content["evalue"][:_ERROR], _cut(content["traceback"])
        elif "data" in content:
            self._shown += sum(map(_weight, content["data"].values()))
        if self._printed.get(cell_index, 0) > PRINTED:
            self._refuse(f"printed more than {PRINTED:,} characters, which no page can hold; print less")
        elif self._shown > SHOWN:
            self._refuse(f"the notebook has shown more than {SHOWN // 1_000_000} MB by this cell; show less")
        if self.progress.excess and kind != "status":
            return None
        return super().process_message(msg, cell, cell_index)

    def _refuse(self, problem: str) -> None:
        """End the kernel: an exception here would wait for a cell that may never end."""
        if not self.progress.excess:
            self.progress.exceed(problem)
            end_descendants()


def _cut(lines: list[str]) -> list[str]:
    """Return a traceback, or its end if it is very long."""
    text = "\n".join(lines)
    return lines if len(text) <= _ERROR else text[-_ERROR:].splitlines()


def _weight(value: Any) -> int:
    """Return about how many characters a value of a bundle has."""
    return len(value) if isinstance(value, str) else len(repr(value))


class _SpareClient(_Client):
    """Runs the cells in a spare process, without sockets, loops of events and their waiting."""

    spare = Instance(Spare)

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode:
        """Keep an output as nbclient does, its form unchecked: that of the finished notebook is checked."""
        kind, content = msg["msg_type"], msg["content"]
        if self.clear_before_next_output:
            outs.clear()
            self.clear_display_id_mapping(cell_index)
            self.clear_before_next_output = False
        if display_id:
            self._display_id_map.setdefault(display_id, {}).setdefault(cell_index, []).append(len(outs))
        outs.append(NotebookNode(output_type=kind))
        outs[-1].update({part: content[part] for part in _PARTS[kind]})
        return outs[-1]

    def execute(self, **_: Any) -> NotebookNode:
        """Run the notebook's cells, as papermill's client does it with a kernel."""
        self.reset_execution_trackers()
        self.spare.start(Path.cwd(), dict(os.environ))  # papermill has changed to it
        try:
            self.papermill_execute_cells()
        finally:
            self.spare.end()
        return self.nb

    def execute_cell(self, cell: NotebookNode, cell_index: int, **_: Any) -> NotebookNode:
        """Run one cell and keep what it shows.

        Raises:
            CellExecutionError: if it raised, unless it is tagged `raises-exception`.
            RuntimeError: if the kernel ended.
        """
        if not self.progress.cell(cell):
            return cell
        cell.outputs = []
        self.clear_before_next_output = False
        content: dict[str, Any] = {}
        for message in self.spare.run(cell.source, self.progress.save):
            content = message["content"]
            if message["msg_type"] != REPLY:
                header = {"msg_type": message["msg_type"]}
                self.process_message({**message, "header": header, "parent_header": {}}, cell, cell_index)
        if content["status"] == "error" and "raises-exception" not in cell.metadata.get("tags", []):
            raise CellExecutionError.from_cell_and_msg(cell, content)
        return cell


class _Engine(NBClientEngine):
    """papermill's own engine with the clients above."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, spare: Spare | None = None, **options: Any
    ) -> None:
        """Run a notebook's cells; called by papermill."""
        kept = {name: value for name, value in options.items() if name not in _PAPERMILLS}
        if spare:
            _SpareClient(nb_man, spare=spare, log=logger, **kept).execute()
            return
        client = _Client(nb_man, kernel_name=kernel_name, startup_timeout=options["start_timeout"], log=logger, **kept)
        client.execute()


_PAPERMILLS = ("input_path", "log_output", "stdout_file", "stderr_file", "start_timeout", "execution_timeout")


def run_notebook(source: NotebookNode, scratch: Path, folder: Path, spare: Spare | None = None) -> NotebookNode:
    """Hand a notebook to papermill; a kernel that does not start is tried again, a cell never.

    Args:
        source: the notebook to run.
        scratch: the report's scratch folder.
        folder: the kernel's working folder.
        spare: a process to become the kernel; without one a kernel is started as usual.

    Raises:
        TooMuchShown: if a cell printed or showed too much.
        PapermillExecutionError: if a cell raised.
        RuntimeError: if the kernel died or did not start.
    """
    logger.setLevel(logging.WARNING)
    papermill_engines.register(NAME, _Engine)
    attempt = 1
    while True:
        notebook = copy.deepcopy(source)
        progress = Progress(scratch, notebook)
        try:
            executed = _execute(notebook, scratch, folder, progress, spare)
        except (RuntimeError, CellControlSignal):
            if progress.excess or progress.begun or attempt == _STARTS:
                progress.save()
                if progress.excess:
                    raise TooMuchShown(progress.excess) from None
                raise
            attempt, spare = attempt + 1, None
            continue
        if progress.excess:
            raise TooMuchShown(progress.excess)
        return executed


def _execute(
    notebook: NotebookNode, scratch: Path, folder: Path, progress: Progress, spare: Spare | None
) -> NotebookNode:
    """Call papermill."""
    config = Config()
    connection = scratch / "kernel.json"
    config.ConnectionFileMixin.connection_file = str(connection)
    if os.name == "posix" and len(str(connection)) <= _SOCKET_ROOM:
        config.ConnectionFileMixin.transport = "ipc"  # no ports, so no two kernels can want the same one
    return papermill.execute_notebook(
        notebook,
        scratch / "executed.ipynb",
        engine_name=NAME,
        kernel_name="python3",
        progress_bar=False,
        cwd=folder,
        progress=progress,
        spare=spare,
        config=config,
        request_save_on_cell_execute=False,  # `progress` does it
        start_timeout=120,
        iopub_timeout=60,  # papermill's 4 fail a cell on a busy machine
        shutdown_kernel="immediate",  # nothing of it is kept
        record_timing=False,
        on_cell_start=progress.follow,
    )
