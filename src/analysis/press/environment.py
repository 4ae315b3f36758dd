"""Where the cells of a report run: the same variables and packages, whoever asks for it, on whatever machine."""

from __future__ import annotations

import contextlib
import gc
import itertools
import multiprocessing
import os
import pkgutil
import platform
import re
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from multiprocessing import forkserver
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from analysis.files import PAGE_BYTES, remove_unused, use
from analysis.files import PREFIX as UNFINISHED

EXECUTED = "executed.ipynb"
"""The notebook in a report's scratch folder, as far as it was run."""
PRINTED, SHOWN = PAGE_BYTES, 8_000_000
"""Characters that one cell may print, as much as a whole page may weigh; that all may show, in all formats together."""
TOO_MUCH = (
    f"printed more than {PRINTED:,} characters, which no page can hold; print less",
    f"the notebook has shown more than {SHOWN // 1_000_000} MB by this cell; show less",
)
PREFIX, _TRIES = "analysis-run-", 9
_ROOM, _SHORT = 60, "/tmp"
"""A socket's path may have 104 characters; below a longer temporary folder it would not fit."""
_LAST = -200  # after multiprocessing has removed its own files from it
INLINE = "module://matplotlib_inline.backend_inline"

# With the last ipykernel lets go what libraries print.
_UNSET = ("PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "MPLSTYLE", "PYTEST_CURRENT_TEST")


# --- Variables and packages ----------------------------------------------------------------------


def fixed_environment() -> dict[str, str]:
    """Return the caller's environment with all that could change a report's bytes set."""
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET and not name.startswith("LC_")}
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")}
    fixed = {
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MPLBACKEND": INLINE,
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
    known, found = (_modules(home) | sys.stdlib_module_names) - {"analysis"}, []
    for place in itertools.takewhile(lambda place: place != home, map(Path, dict.fromkeys(own_path()))):
        if place != ours and not standard & {place, *place.parents}:
            found += [f"{name} from {place}" for name in sorted(_modules(place) & known)]
    installed = (folder.name.removesuffix(".dist-info").rsplit("-", 1) for folder in home.glob("*.dist-info"))
    versions, file = {_normal(name): version for name, version in installed}, root / "requirements.txt"
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        name, _, wanted = line.partition(";")[0].strip().partition("==")
        if wanted and (has := versions.get(_normal(name), wanted)) != wanted:
            found.append(f"{_normal(name)} {has} instead of {wanted}")
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _modules(folder: Path) -> set[str]:
    return {module.name for module in pkgutil.iter_modules([str(folder)])}


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
    with put_back():
        os.environ.clear()
        os.environ.update({**fixed_environment(), WARM: "everything" if reports >= MANY else ""})
        sys.path[:] = own_path()
        tempfile.tempdir = lasting_folder()  # for the server's socket, which a killed run leaves behind
        forkserver.ensure_running()


@contextlib.contextmanager
def put_back() -> Iterator[None]:
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


# --- Scratch folders, and what killed runs have left ---------------------------------------------

# A run holds a lock on its scratch folder for as long as it lives, and on a file while it writes it; the system gives
# them up when the run ends, however it ends. So what is free belongs to nobody.


@contextlib.contextmanager
def scratch_folder(output: Path | None = None) -> Iterator[Path]:
    """Make a run's scratch folder; remove it at the end, and first what killed runs have left, in `output` too."""
    began, base = time.time(), _own_folder(tempfile.gettempdir())
    try:
        for place in {base.parent, Path(lasting_folder()).parent}:
            for folder in place.glob(f"{PREFIX}*"):
                remove_unused(folder, certain=True)
        for folder, _, names in os.walk(output) if output else ():
            for file in (Path(folder, name) for name in names if name.startswith(UNFINISHED)):
                with contextlib.suppress(OSError):
                    if file.stat().st_mtime < began:
                        remove_unused(file, certain=True)
        yield base
    finally:
        remove_unused(base)


@cache
def lasting_folder() -> str:
    """Make a folder for what serves all the runs of this process; it is removed with the process, or by a later run."""
    usual = tempfile.gettempdir()
    base = _own_folder(_SHORT if os.name == "posix" and len(usual) > _ROOM else usual)
    Finalize(None, remove_unused, args=(base,), exitpriority=_LAST)
    return str(base)


def _own_folder(place: str) -> Path:
    """Make a folder that others know to be used until this process removes it or ends."""
    for _ in range(_TRIES):
        base = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        if use(base) and base.is_dir():  # else another run has just taken it for one that was left
            break
    return base


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


class ReportFailed(Exception):
    """A notebook that did not give a report; the text says why."""


def has_code(cell: Any) -> bool:
    """Say whether there is anything in a cell to run."""
    return cell["cell_type"] == "code" and bool("".join(cell["source"]).strip())
