"""A kernel that starts at once: IPython's own, in a process forked from one with the libraries loaded.

Starting a kernel with its sockets, and speaking to it through them, takes longer than the cells of most notebooks. A
worker forks a spare process first of all, while it has one thread. The spare becomes the kernel of the worker's
notebook, and the two speak through a pipe, in the words of Jupyter's messages.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from analysis.runner.family import die_with_parent
from analysis.runner.limits import in_megabytes
from analysis.runner.loading import for_good
from analysis.runner.progress import LONG

REPLY = "execute_reply"
_GARBAGE = 50_000
"""New objects between two looks for garbage, which Python takes at 700: a kernel lives for a second or two."""


class Spare:
    """A forked process that waits to become a kernel; then the worker's end of the pipe to it."""

    def __init__(self) -> None:
        self._pipe, there = Pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        worker = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            die_with_parent(worker)
            self._pipe.close()
            _become_kernel(there)
        there.close()
        self._ended = False
        self.peak: int | None = None
        """The most megabytes that the kernel has held, as far as it has ended: with what it shares."""

    def start(self, folder: Path, environment: dict[str, str]) -> None:
        """Let the spare become a kernel.

        Args:
            folder: its working folder.
            environment: its environment.
        """
        self._pipe.send_bytes(json.dumps({"folder": str(folder), "environment": environment}).encode())

    def run(self, code: str, silent: Callable[[], Any] = lambda: None) -> Iterator[dict[str, Any]]:
        """Run a cell and yield the kernel's messages as they come; the last one is the reply.

        Args:
            code: the cell's source.
            silent: called when nothing has come for a while.

        Raises:
            RuntimeError: if the kernel ends before it has replied.
        """
        try:
            self._pipe.send_bytes(json.dumps(code).encode())
            kind = ""
            while kind != REPLY:
                while not self._pipe.poll(LONG):
                    silent()
                    if not self._alive() and not self._pipe.poll():
                        raise EOFError
                message = json.loads(self._pipe.recv_bytes().decode(errors="replace"))
                kind = message["msg_type"]
                yield message
        except (EOFError, OSError):
            raise RuntimeError("Kernel died") from None

    def end(self) -> None:
        """End the kernel at once; nothing of it is kept."""
        if self._alive():
            os.kill(self._pid, signal.SIGKILL)
            self._wait(0)
        self._pipe.close()

    def _alive(self) -> bool:
        if not self._ended:
            self._wait(os.WNOHANG)
        return not self._ended

    def _wait(self, how: int) -> None:
        """Note whether the kernel has ended, and what it held."""
        number, _, usage = os.wait4(self._pid, how)
        if number:
            self._ended, self.peak = True, in_megabytes(usage.ru_maxrss)


def _become_kernel(pipe: Connection) -> None:
    """Wait for a message and run the kernel it asks for; never returns."""
    code = 1
    try:
        with for_good():  # meanwhile the worker loads what it needs itself
            import analysis.runner.warm_cells  # noqa: F401

        first = json.loads(pipe.recv_bytes())
        _run_kernel(pipe, first["folder"], first["environment"])
        code = 0
    except EOFError:  # the worker needs no kernel, or no more
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # nothing above may see this process: its copy of the worker must not go on
        traceback.print_exc()
    finally:
        os._exit(code)


def _run_kernel(pipe: Connection, folder: str, environment: dict[str, str]) -> None:
    """Run cells until there are no more, or one has asked to end."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    tempfile.tempdir = None  # the server's own is not this report's
    gc.set_threshold(_GARBAGE)
    from analysis.runner.cells import Cells

    cells = Cells(pipe.send_bytes)
    while True:
        cells.run(json.loads(pipe.recv_bytes()))
        if cells.left:
            return
