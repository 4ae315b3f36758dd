"""The cells of a notebook in this process, run by ipykernel's own kernel; what they show goes out as messages."""

from __future__ import annotations

import codecs
import io
import logging
import os
import select
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from IPython.core.pylabtools import activate_matplotlib
from jupyter_client.session import Session
from matplotlib_inline.backend_inline import configure_inline_support
from traitlets import Any as Whatever
from traitlets.config import Config

_SHOWN = ("execute_result", "display_data", "update_display_data", "clear_output", "error", "stream")
_KEPT = ("execute_input", *_SHOWN, "execute_reply")
_FULL = 8_192
_FOLDERS = "IPYTHONDIR"
_INLINE = "module://matplotlib_inline.backend_inline"


@cache
def kernel() -> IPythonKernel:
    """Make ipykernel's kernel, which a process has one of.

    It takes longer than many a cell, so it is made before a report's process is forked. All that it takes from its
    process or environment is set by `Cells`.
    """
    main, folders = sys.modules["__main__"], os.environ.get(_FOLDERS)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[_FOLDERS] = folder
        try:
            session = _Session()
            config = Config({"HistoryManager": {"enabled": False}})
            log = logging.getLogger(__name__)
            # Its queues of messages are never started: cells come one at a time.
            made = IPythonKernel.instance(session=session, iopub_socket=session, config=config, log=log)
            # As matplotlib's inline backend does it when it is imported: that was before there was a shell.
            activate_matplotlib(_INLINE)
            configure_inline_support(made.shell, _INLINE)
        finally:
            sys.modules["__main__"] = main
            del os.environ[_FOLDERS]
            if folders is not None:
                os.environ[_FOLDERS] = folders
    return made


class Cells:
    """A kernel without sockets.

    Args:
        send: takes each message as JSON: its `msg_type` and its `content`, as Jupyter's protocol has them.
    """

    def __init__(self, send: Callable[[bytes], Any]) -> None:
        self._kernel = kernel()
        shell, session = self._kernel.shell, self._kernel.session
        session.out = send
        shell.init_ipython_dir(None)
        shell.init_profile_dir(None)
        shell.init_sys_modules()
        shell.starting_dir = os.getcwd()
        shell.history_manager.dir_hist[:] = [Path.cwd()]
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = _Text(session, "stdout", 1), _Text(session, "stderr", 2)

    @property
    def left(self) -> bool:
        """Whether a cell has asked the kernel to end, as `exit` does."""
        return bool(self._kernel.shell.exit_now)

    def run(self, code: str) -> None:
        """Run a cell. The last message is its reply."""
        header = {"msg_id": "", "session": "", "msg_type": "execute_request"}
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": False}
        request = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._kernel.set_parent([], request)
        running = self._kernel.execute_request(None, [], request)
        try:
            # Outside a loop of events IPython runs a cell as it is, or in a loop of its own if the cell awaits.
            running.send(None)
        except StopIteration:
            return
        raise RuntimeError("ipykernel waits for something; this kernel expects it to run a cell in one go")


class _Session(Session):
    """Jupyter's session, whose messages go into a pipe instead of a socket."""

    out = Whatever()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._turn = threading.Lock()

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *rest: Any, **options: Any) -> dict[str, Any]:
        """Send a message, if it is of a kind that a notebook keeps or the cell's reply."""
        kind, content = _parts(msg_or_type, content)
        if kind in _KEPT:
            message = self.pack({"msg_type": kind, "content": content})
            with self._turn:
                self.out(message)
        return {"content": content}


def _parts(message: Any, content: Any) -> tuple[str, Any]:
    """Return kind and content of a message that comes whole or as the two."""
    return (message["header"]["msg_type"], message["content"]) if isinstance(message, dict) else (message, content)


class _Text(io.TextIOBase):
    """Standard output or error: what Python prints, and what libraries and other programs write to its descriptor."""

    encoding = "UTF-8"

    def __init__(self, session: _Session, name: str, descriptor: int) -> None:
        self.name = name
        self._session, self._descriptor = session, descriptor
        self._printed: list[str] = []
        self._length = 0
        self._reading, writing = os.pipe()
        os.dup2(writing, descriptor)
        os.close(writing)
        os.set_blocking(self._reading, False)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._turn = threading.RLock()
        threading.Thread(target=self._follow, daemon=True).start()

    def fileno(self) -> int:
        """Return the descriptor, for programs that a cell starts."""
        return self._descriptor

    def writable(self) -> bool:
        """Say that text can be written."""
        return True

    def write(self, text: str) -> int:
        """Keep printed text until it is enough to send, or is asked for."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._turn:
            self._printed.append(text)
            self._length += len(text)
            if self._length > _FULL:
                self._send_printed()
        return len(text)

    def flush(self) -> None:
        """Send everything that was written until now."""
        with self._turn:
            self._send_printed()
            self._send_written()

    def _follow(self) -> None:
        """Send what is written to the descriptor as it comes: a pipe that nobody reads would stop its writer."""
        while True:
            select.select([self._reading], [], [])
            with self._turn:
                self._send_written()

    def _send_printed(self) -> None:
        text = "".join(self._printed)
        self._printed, self._length = [], 0
        self._send(text)

    def _send_written(self) -> None:
        try:
            while data := os.read(self._reading, 65_536):
                self._send(self._decode(data))
        except BlockingIOError:
            return

    def _send(self, text: str) -> None:
        if text:
            self._session.send(None, "stream", {"name": self.name, "text": text})
