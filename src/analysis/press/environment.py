"""Where the cells of a report run: the same variables, packages and shell, whoever asks for it, on whatever machine."""

from __future__ import annotations

import builtins
import codecs
import contextlib
import gc
import getpass
import io
import multiprocessing
import os
import platform
import re
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from analysis.files import PAGE_BYTES

# With the last ipykernel lets go what libraries print.
_UNSET = ("PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "MPLSTYLE", "PYTEST_CURRENT_TEST")
_INLINE = "module://matplotlib_inline.backend_inline"


# --- Variables and packages ----------------------------------------------------------------------


def fixed_environment() -> dict[str, str]:
    """Return the caller's environment with all that could change a report's bytes set."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET and not name.startswith("LC_")}
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")}
    fixed = {
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MPLBACKEND": _INLINE,
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "COLUMNS": "80",
        "MATPLOTLIBRC": os.devnull,
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # its warning about frozen modules is nobody's concern here
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONSAFEPATH": "1",  # the current folder plays no part
    }
    if platform.machine() in ("x86_64", "AMD64"):
        # Sums in the order of the oldest such processor on each: no page hangs on it, and none is slower to notice.
        fixed["OPENBLAS_CORETYPE"] = "PRESCOTT"
    return {**kept, **single, **fixed}


def report_environment(fixed: dict[str, str], scratch: Path) -> dict[str, str]:
    """Return a report's environment: what all have, and that Jupyter's and temporary files go to its scratch folder."""
    own = {"JUPYTER_RUNTIME_DIR": "run", "IPYTHONDIR": "ipython", "TMPDIR": "tmp", "ANALYSIS_REPORTS": "reports"}
    return {**fixed, **{name: str(scratch / folder) for name, folder in own.items()}}


def can_fork() -> bool:
    """Say whether cells run in forked processes: on Linux, elsewhere only where ANALYSIS_FORK=1 asks; never with 0."""
    wanted = os.environ.get("ANALYSIS_FORK", "1" if sys.platform == "linux" else "0")
    return hasattr(os, "fork") and wanted == "1"


def own_path() -> list[str]:
    """Return where Python looks for modules, without the current folder: it puts that first for `-m` and `-c`."""
    first = [] if sys.flags.safe_path or sys.path[:1] not in ([""], [os.getcwd()]) else sys.path[:1]
    return [place for place in sys.path[len(first) :] if place]


def unlocked(root: Path) -> list[str]:
    """Return what would be loaded that is not what the lock names, each in a few words; none where all is as locked.

    Looks at names of files alone, so it takes no time: at what comes before the installed packages on Python's path
    and bears the name of one of them or of a part of Python, and at versions that are installed. `root` is the project
    folder, with `requirements.txt`, the versions of the lock.
    """
    home, ours = Path(sysconfig.get_path("purelib")), Path(__file__).resolve().parents[2]
    standard = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    known = (_modules(home) | sys.stdlib_module_names) - {"analysis"}
    found = []
    for place in dict.fromkeys(map(Path, own_path())):
        if place == home:
            break
        if place != ours and not standard & {place, *place.parents}:
            found += [f"{name} from {place}" for name in sorted(_modules(place) & known)]
    installed = [folder.name.removesuffix(".dist-info").rsplit("-", 1) for folder in home.glob("*.dist-info")]
    versions = {_normal(name): version for name, version in installed}
    file = root / "requirements.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    for line in (line.partition(";")[0].strip() for line in lines):
        name, pinned, wanted = line.partition("==")
        has = versions.get(_normal(name), wanted)
        found += [f"{_normal(name)} {has} instead of {wanted}"] * (bool(pinned) and has != wanted)
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _modules(folder: Path) -> set[str]:
    """Return the names of the modules and packages in a folder."""
    try:
        files = [file for file in os.scandir(folder) if file.is_dir() or file.name.endswith((".py", ".so", ".pyd"))]
    except OSError:
        return set()
    names = {file.name.partition(".")[0] for file in files}
    return {name for name in names if name.isidentifier() and not name.startswith("__")}


# --- The warm process ----------------------------------------------------------------------------

WARM = "ANALYSIS_WARM"
"""Set in the process that reports are forked from; with anything in it, all that they need is loaded there, once."""
MANY = 2
"""Reports from which on it pays to load everything once for all."""


def prepare(reports: int = MANY) -> None:
    """Start the warm process that reports are forked from, unless it runs or there can be none.

    For one report alone it loads little: the two processes of a report load what each needs, side by side.
    """
    if starting().get_start_method() != "forkserver":
        return
    from analysis.press.publish import lasting_folder

    with _put_back():
        os.environ.clear()
        os.environ.update({**fixed_environment(), WARM: "everything" if reports >= MANY else ""})
        sys.path[:] = own_path()
        tempfile.tempdir = lasting_folder()  # for the server's socket, which a killed run leaves behind
        forkserver.ensure_running()


@contextlib.contextmanager
def _put_back() -> Iterator[None]:
    """Put back at the end what this process has of environment, path, temporary folder and main module."""
    before, path, temporary, main = dict(os.environ), [*sys.path], tempfile.tempdir, sys.modules["__main__"]
    try:
        yield
    finally:
        sys.path[:], tempfile.tempdir, sys.modules["__main__"] = path, temporary, main
        os.environ.clear()
        os.environ.update(before)


def starting() -> Any:
    """Return how workers are made: by the warm process where there can be one, else afresh."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["analysis.press.pool"])
    return found


# --- What is loaded ------------------------------------------------------------------------------


@contextlib.contextmanager
def without(*modules: str) -> Iterator[None]:
    """Let modules seem missing while others are loaded that can do without them; later they can be had as usual."""
    ours = [module for module in modules if sys.modules.setdefault(module, None) is None]
    try:
        yield
    finally:
        for module in ours:
            del sys.modules[module]


@contextlib.contextmanager
def for_good() -> Iterator[None]:
    """Load what is never freed: looking for garbage in it takes a sixth of the time, and again each time after.

    A process that is forked later would also copy all that its garbage collector walks through.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


# --- The shell -----------------------------------------------------------------------------------


@cache
def shell() -> Any:
    """Make the shell, which a process has one of: Jupyter's own, so that a cell finds what it finds there.

    It takes longer than many a cell, so it is made before a report's process is forked. All that it takes from its
    process, folder or environment is set by `serve`.
    """
    with without("debugpy"):  # no one follows a report step by step
        from ipykernel.compiler import XCachingCompiler
        from ipykernel.zmqshell import ZMQInteractiveShell
    from IPython.core.pylabtools import activate_matplotlib
    from jupyter_client.session import Session
    from matplotlib_inline.backend_inline import configure_inline_support
    from traitlets.config import Config

    with tempfile.TemporaryDirectory() as folder, _put_back():
        os.environ["IPYTHONDIR"] = folder
        made = ZMQInteractiveShell.instance(
            config=Config({"HistoryManager": {"enabled": False}}),
            kernel=SimpleNamespace(eventloop=None),
            compiler_class=XCachingCompiler,
        )
        made.displayhook.session = made.display_pub.session = Session()
        made.displayhook.topic = b""
        # As matplotlib's inline backend does it when it is imported: that was before there was a shell.
        activate_matplotlib(_INLINE)
        configure_inline_support(made, _INLINE)
    return made


def serve(line: Connection, folder: Path) -> None:
    """Run the cells whose text comes over a line, in this process, and send what they show, as a kernel does.

    What is written below Python is logged in a folder.
    """
    ready, owner = shell(), os.getpid()
    ready.init_ipython_dir(None)
    ready.init_profile_dir(None)
    ready.init_sys_modules()
    ready.starting_dir = os.getcwd()
    ready.history_manager.dir_hist[:] = [Path.cwd()]
    builtins.input = getpass.getpass = _no_input
    screen = _Screen(line, folder)
    ready.displayhook.session.send = screen.send
    while not ready.exit_now:
        source = line.recv()
        screen.tell("execute_input", {"execution_count": ready.execution_count})
        result = ready.run_cell(source, store_history=True)
        if os.getpid() != owner:  # a cell's copy of this process, which must not go on with the notebook
            os._exit(0)
        screen.take_written()
        ready.payload_manager.clear_payload()
        well = result.success and not getattr(ready, "_last_traceback_during_displayhook", False)
        screen.tell("status", {"execution_state": "idle", "well": well})


def _no_input(*_: Any, **__: Any) -> NoReturn:
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


class _Screen:
    """What cells show, as messages on a line. Takes the place of standard output and error, with their descriptors."""

    def __init__(self, line: Connection, folder: Path) -> None:
        self._line, self._turn, self.owner = line, threading.RLock(), os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self._texts = sys.stdout, sys.stderr = _Text(self, "stdout", 1, folder), _Text(self, "stderr", 2, folder)

    def send(self, _stream: Any, kind: Any, content: Any = None, *_: Any, **__: Any) -> dict[str, Any]:
        """Send a message of the shell, which takes this for its session's."""
        kind, content = (kind["msg_type"], kind["content"]) if isinstance(kind, dict) else (kind, content)
        self.take_written()
        self.tell(kind, content)
        return {"content": content}

    def tell(self, kind: str, content: dict[str, Any]) -> None:
        """Send a message; what JSON has no word for is refused here, in the cell."""
        from jupyter_client.session import json_packer

        packed = json_packer({"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {}, "content": content})
        if os.getpid() == self.owner:
            with self._turn:
                self._line.send_bytes(packed)

    def take_written(self) -> None:
        """Send what was written to the descriptors by now: by libraries, and by processes that a cell has started."""
        with self._turn:
            for text in self._texts:
                text.take_written()


class _Text(io.TextIOBase):
    """Standard output or error: what Python prints, and what others write to its descriptor, which goes to a file.

    The file is the report's log: it keeps what was written when the process is killed.
    """

    encoding = "UTF-8"

    def __init__(self, screen: _Screen, name: str, descriptor: int, folder: Path) -> None:
        self.name, self._screen, self._descriptor, self._taken = name, screen, descriptor, 0
        self._file = os.open(folder / f"{name}.log", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(self._file, descriptor)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def fileno(self) -> int:
        """Return the descriptor, for programs that a cell starts."""
        return self._descriptor

    def writable(self) -> bool:
        """Say that text can be written."""
        return True

    def write(self, text: str) -> int:
        """Send printed text; a process that a cell has forked writes it to the descriptor."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if os.getpid() != self._screen.owner:
            os.write(self._descriptor, text.encode(errors="replace"))
        else:
            self._screen.take_written()
            self._send(text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace"))
        return len(text)

    def flush(self) -> None:
        """Send everything that was written until now."""
        if os.getpid() == self._screen.owner:
            self._screen.take_written()

    def take_written(self) -> None:
        """Send what was written to the descriptor."""
        while os.fstat(self._file).st_size > self._taken:
            data = os.pread(self._file, 65_536, self._taken)
            self._taken += len(data)
            self._send(self._decode(data))

    def _send(self, text: str) -> None:
        if text:  # more than its beginning no page can hold, and who takes it stops the report for that
            self._screen.tell("stream", {"name": self.name, "text": text[: PAGE_BYTES + 1]})
