"""A process on a worker's machine that makes reports for a run elsewhere, each as a local run would.

It reads lines of JSON and answers each by one. The first tells what the run's project looks like; with another one
here, it makes no reports. A report is made in this machine's temporary folder; only the finished files, or those of a
failure, go to the folder that the machines share, and the run publishes them from there.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import queue
import shutil
import signal
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.paths import project_root
from analysis.runner.catalogue import Refused
from analysis.runner.environment import needed_packages
from analysis.runner.jobs import Job, with_releases
from analysis.runner.leftovers import lasting_folder
from analysis.runner.outcome import FAILED_LOG, FAILED_NOTEBOOK, Limits, Outcome
from analysis.runner.pool import prepare, run_jobs
from analysis.runner.publish import FAILED, remove_folder
from analysis.runner.reuse import common_fingerprint, notebook_fingerprint
from analysis.runner.stop import Stop

TOKEN = "token"
_IDLE = 60.0
_SHOWN = 3


class _Ordered(Stop):
    """Asked to stop when nobody is there any more to give orders."""

    def __init__(self) -> None:
        self.ended = False
        self._parent = os.getppid()

    @property
    def signal(self) -> int:  # type: ignore[override]
        """The signal that stops a run, or 0; a killed worker's copy of our input may live on in its children."""
        return signal.SIGTERM if self.ended or os.getppid() != self._parent else 0


def main() -> None:
    """Follow orders from standard input until there are none for a minute, or it is closed."""
    stream, answers = _private()
    stop, orders = _Ordered(), queue.SimpleQueue()
    threading.Thread(target=_listen, args=(stream, stop, orders), daemon=True).start()
    prepare()
    while not stop.signal:
        try:
            order = orders.get(timeout=_IDLE)
        except queue.Empty:
            break
        if order is None:
            break
        answer = _make(order, stop) if "job" in order else {"problem": _problem(order)}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _private() -> tuple[Any, Any]:
    """Return standard input and output under other numbers: what else reads or writes there is not meant for them."""
    stream, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return stream, answers


def _listen(stream: Any, stop: _Ordered, orders: queue.SimpleQueue) -> None:
    for line in stream:
        orders.put(json.loads(line))
    stop.ended = True
    orders.put(None)


# --- Is this the same project? -------------------------------------------------------------------


def greeting(jobs: list[Job], shared: Path, token: str) -> dict[str, Any]:
    """Return what stations must find the same where they are.

    Args:
        jobs: the reports of the run.
        shared: the folder in which reports are handed over.
        token: the text of the file `token` in it.
    """
    wanted: dict[str, str] = {}
    for job in jobs:
        data = "data" if job.area.has_published else "data with releases"
        wanted[data] = job.fingerprint["data"]
        wanted |= {name: job.fingerprint[name] for name in ("package", "lock")}
        wanted[f"notebook {job.entry.name}"] = job.fingerprint["notebook"]
    return {"wanted": wanted, "packages": needed_packages(), "shared": str(shared), "token": token}


def _problem(order: dict[str, Any]) -> str:
    """Return why this machine cannot make the run's reports; "" if it can."""
    try:
        root = project_root()
        differing = _differing(order["wanted"], root)
    except (Refused, OSError, ValueError) as error:
        return f"cannot make these reports: {error}"
    if differing:
        return f"has another version of the project in {root}: {', '.join(differing)} differ from the run's own"
    packages = needed_packages()
    other = [
        f"{name} {packages.get(name) or 'is missing'} instead of {version}"
        for name, version in sorted(order["packages"].items())
        if packages.get(name) != version
    ]
    if other:
        more = f" and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
        return f"has other packages: {', '.join(other[:_SHOWN])}{more}"
    return _unshared(Path(order["shared"]), order["token"])


def _differing(wanted: dict[str, str], root: Path) -> list[str]:
    """Return the names of the inputs that are not the same here."""
    found = common_fingerprint(root, Path(__file__).resolve().parents[1])
    if "data with releases" in wanted:
        found["data with releases"] = with_releases(root, found)["data"]
    for name in wanted:
        kind, _, notebook = name.partition(" ")
        path = root / "notebooks" / f"{notebook}.ipynb"
        if kind == "notebook" and path.is_file():
            found[name] = notebook_fingerprint(path)
    return [name for name, digest in wanted.items() if found.get(name) != digest]


def _unshared(shared: Path, token: str) -> str:
    """Return why reports cannot be handed over in a folder; "" if they can."""
    reason = "it must be the same folder, under the same path, on every machine"
    try:
        seen = (shared / TOKEN).read_text(encoding="utf-8")
        with tempfile.TemporaryFile(dir=shared):
            return "" if seen == token else f"does not see the run's output folder {shared.parent}: {reason}"
    except OSError as error:
        return f"cannot write to the output folder {shared.parent} ({error.strerror or error}): {reason}"


# --- One report ----------------------------------------------------------------------------------


def order(job: Job, folder: Path, limits: Limits) -> dict[str, Any]:
    """Return the order to make a report.

    Args:
        job: the report to make.
        folder: where it is handed over; it must be there.
        limits: what the report may take.
    """
    packed = base64.b64encode(pickle.dumps(job)).decode()
    return {"job": packed, "folder": str(folder), "timeout": limits.timeout, "memory": limits.memory}


def _make(order: dict[str, Any], stop: Stop) -> dict[str, Any]:
    """Make a report and hand it over; return what became of it, or nothing if it was stopped."""
    job: Job = pickle.loads(base64.b64decode(order["job"]))
    here = project_root() / "notebooks" / job.entry.path.name
    job = replace(job, entry=replace(job.entry, path=here))
    made = Path(lasting_folder()) / "made"
    try:
        made.mkdir(exist_ok=True)
        outcomes = run_jobs([job], made, [], stop, 1, Limits(order["timeout"], order["memory"]))
        for outcome in outcomes:
            _hand_over(outcome, made, Path(order["folder"]))
    except OSError as error:
        problem = f"handing over: {error.filename or made}: {error.strerror or error}: make room or give the right"
        return {"outcome": {"error": f"{problem} to write, then run it again", "seconds": 0.0}}
    finally:
        remove_folder(made)
    kept = ("error", "seconds", "warnings", "cell", "peak_memory")
    return {"outcome": {name: getattr(outcome, name) for outcome in outcomes for name in kept}}


def _hand_over(outcome: Outcome, made: Path, folder: Path) -> None:
    """Put the files of a report where the run looks for them, under the names of a scratch folder."""
    name, area = outcome.job.entry.name, outcome.job.area.slug
    if outcome.error:
        files = {FAILED_LOG: made / FAILED / area / f"{name}.log"}
        files[FAILED_NOTEBOOK] = made / FAILED / area / f"{name}.ipynb"
    else:
        files = {f"report{end}": made / area / f"{name}{end}" for end in (".ipynb", ".html")}
    for target, file in files.items():
        if file.is_file() or not outcome.error:  # a failure may have left no notebook
            shutil.copyfile(file, folder / target)
