"""The environment that a report is made in: the same whoever asks for it, and whatever machine it is on."""

from __future__ import annotations

import os
import platform
import re
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

_UNSET = (
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PYTHONWARNINGS",
    "PYTHONOPTIMIZE",
    "MPLSTYLE",
    "PYTEST_CURRENT_TEST",  # with it ipykernel lets go what libraries print
)


def fixed_environment() -> dict[str, str]:
    """Return the caller's environment with all that could change a report's bytes set."""
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
    """Return the environment of a report.

    Args:
        fixed: what it has in common with others, as above.
        scratch: the report's scratch folder; IPython's profile, Jupyter's files and temporary files go there.
    """
    folders = {"JUPYTER_RUNTIME_DIR": "run", "IPYTHONDIR": "ipython", "TMPDIR": "tmp"}
    own = {name: str(scratch / folder) for name, folder in folders.items()}
    return {**fixed, **own}


def can_fork() -> bool:
    """Say whether kernels are forked: on Linux, elsewhere only where ANALYSIS_FORK=1 asks for it; never with 0."""
    wanted = os.environ.get("ANALYSIS_FORK", "1" if sys.platform == "linux" else "0")
    return hasattr(os, "fork") and wanted == "1"


def needed_packages(package: str = "analysis") -> dict[str, str]:
    """Return the installed version of every package that this one needs, and of those that they need.

    Returns:
        Versions by normalised name; "" for one that is missing. Empty where the package itself is not installed.
    """
    from packaging.requirements import Requirement  # comes with distributed, and is only wanted with it
    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    waiting = [package]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            found[name] = metadata.version(name)
            wanted = [Requirement(text) for text in metadata.requires(name) or ()]
        except metadata.PackageNotFoundError:
            found[name], wanted = "", []
        met = (r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""}))
        waiting += [canonicalize_name(r.name) for r in met]
    del found[package]
    return found


def own_path() -> list[str]:
    """Return where Python looks for modules, without the current folder: it puts that first for `-m` and `-c`."""
    first = [] if sys.flags.safe_path or sys.path[:1] not in ([""], [os.getcwd()]) else sys.path[:1]
    return [place for place in sys.path[len(first) :] if place]


def unlocked(root: Path) -> list[str]:
    """Return what would be loaded that is not what the lock names, each in a few words; none where all is as locked.

    Looks at names of files alone, so it takes no time: at what comes before the installed packages on Python's path
    and bears the name of one of them or of a part of Python, and at versions that are installed.

    Args:
        root: the project folder, with `requirements.txt`, the versions of the lock.
    """
    home = Path(sysconfig.get_path("purelib"))
    standard = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    ours = Path(__file__).resolve().parents[2]
    installed = _names(home)
    found = []
    for place in dict.fromkeys(map(Path, own_path())):
        if place == home:
            break
        if place in standard or standard & set(place.parents) or place == ours:
            continue
        known = installed | sys.stdlib_module_names
        found += [f"{name} from {place}" for name in sorted(_names(place) & known - {"analysis"})]
    versions = dict(_version(folder.name) for folder in home.glob("*.dist-info"))
    for name, wanted in _pinned(root).items():
        if versions.get(name, wanted) != wanted:
            found.append(f"{name} {versions[name]} instead of {wanted}")
    return found


def _names(folder: Path) -> set[str]:
    """Return the names of the modules and packages in a folder."""
    try:
        files = list(os.scandir(folder))
    except OSError:
        return set()
    names = {
        file.name.partition(".")[0] for file in files if file.is_dir() or file.name.endswith((".py", ".so", ".pyd"))
    }
    return {name for name in names if name.isidentifier() and not name.startswith("__")}


def _version(folder: str) -> tuple[str, str]:
    name, version = folder.removesuffix(".dist-info").rsplit("-", 1)
    return re.sub(r"[-_.]+", "-", name).lower(), version


def _pinned(root: Path) -> dict[str, str]:
    """Return the versions of the lock by normalised name; none where the project has no such file."""
    file = root / "requirements.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    words = [line.partition(";")[0].strip().split("==") for line in lines if "==" in line]
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in words}
