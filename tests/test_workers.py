"""A worker makes one report after another, and nothing of one is left for the next."""

from __future__ import annotations

import ast
import os
import sys
import time
from concurrent import futures
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from pebble import ProcessPool

from analysis.press import pool
from small_project import call, make_project, markdown, run_record

HEAD = markdown("# A report\n\nIs it alone?")
ABOUT = """import os, sys, tempfile, threading
from pathlib import Path
import pandas, psutil
shell = get_ipython()
parent = psutil.Process().parent()
print(repr({
    "worker": parent.pid,
    "kernel": os.getpid(),
    "dead": [child.pid for child in parent.children() if child.status() == psutil.STATUS_ZOMBIE],
    "threads": parent.num_threads(),
    "main": sys.modules["__main__"] is shell.user_module,
    "left": [name for name in ("mine", "numpy_is_odd") if name in globals() or hasattr(pandas, name)],
    "folders": [str(folder) for folder in (
        *shell.user_ns["_dh"], shell.starting_dir, shell.ipython_dir, shell.profile_dir.location,
        Path.cwd(), tempfile.gettempdir(),
    )],
    "environment": os.environ.get("LEFT_BEHIND"),
    "path": "/left/behind" in sys.path,
    "stored": sorted(shell.db.keys()) if shell.db else [],
    "number": shell.execution_count,
}))"""
UPSETS = """mine = 1
pandas.numpy_is_odd = True
os.environ["LEFT_BEHIND"] = "1"
sys.path.insert(0, "/left/behind")
shell.db["left"] = 1
threading.Thread(target=input, daemon=True)
child = os.fork()
if child == 0:
    os._exit(0)
os.chdir("/")"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two reports made one after the other: the first upsets all it can. What each said of itself, and the record."""
    project = make_project(tmp_path_factory.mktemp("w") / "p", {"a": [HEAD, ABOUT, UPSETS], "b": [HEAD, ABOUT]})
    result = call(project, "--jobs", "1", ANALYSIS_FORK="1")
    assert result.exit_code == 0, result.output
    said = []
    for name in ("a", "b"):
        cells = nbformat.read(project / "reports" / "wiltshire" / f"{name}.ipynb", 4).cells
        said.append(SimpleNamespace(**ast.literal_eval(next(c for c in cells if c.source == ABOUT).outputs[0].text)))
    return SimpleNamespace(first=said[0], second=said[1], reports=run_record(project / "reports")["reports"])


def test_one_worker_makes_both_reports_and_nothing_of_the_first_is_left_for_the_second(pair):
    assert pair.first.worker == pair.second.worker
    assert pair.first.kernel != pair.second.kernel
    assert not psutil.pid_exists(pair.first.worker)
    for said in (pair.first, pair.second):
        assert said.main
        assert (said.left, said.environment, said.path, said.stored, said.dead) == ([], None, False, [], [])
    assert pair.first.number == pair.second.number
    assert pair.first.threads == pair.second.threads
    scratch = [os.path.commonpath(said.folders) for said in (pair.first, pair.second)]
    assert [os.path.basename(folder) for folder in scratch] == ["0", "1"]
    assert [folder.removeprefix(scratch[0]) for folder in pair.first.folders] == [
        folder.removeprefix(scratch[1]) for folder in pair.second.folders
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the workers below the process they are forked from")
@pytest.mark.parametrize("seconds", [0, 0.5], ids=["at once", "noticed first"])
def test_a_worker_that_is_killed_between_two_reports_is_replaced(tmp_path, monkeypatch, seconds):
    project = make_project(tmp_path / "p", {name: [HEAD, "import os\nprint(os.getppid())"] for name in "abc"})
    schedule, killed = ProcessPool.schedule, []

    def after_a_kill(self, *words, **more):
        workers = psutil.Process(forkserver._forkserver._forkserver_pid).children()
        for worker in (one for one in workers if one.status() != psutil.STATUS_ZOMBIE):  # idle: one report at a time
            killed.append(worker.pid)
            worker.kill()
            psutil.wait_procs([worker], timeout=10)
            time.sleep(seconds)  # the pool looks for its workers ten times a second
        return schedule(self, *words, **more)

    monkeypatch.setattr(ProcessPool, "schedule", after_a_kill)
    result = call(project, "--jobs", "1")
    assert (result.exit_code, result.stderr) == (0, "")
    made = []
    for name in "abc":
        cells = nbformat.read(project / "reports" / "wiltshire" / f"{name}.ipynb", 4).cells
        made += [int(cell.outputs[0].text) for cell in cells if "getppid" in cell.source]
    assert made[:2] == killed
    assert len(set(made)) == 3


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("no such thing"), "RuntimeError: no such thing"),
        (BrokenProcessPool("gone"), "its process could not be started (gone): free memory or room for it"),
    ],
)
def test_only_workers_that_are_gone_are_called_so(tmp_path, error, said):
    """An error that making a page raised is told as it is, and not tried again as if nothing could be started."""
    ordered = futures.Future()
    ordered.set_exception(error)
    made = pool._outcome(ordered, SimpleNamespace(), tmp_path, pool.Limits())
    assert made.error == f"before the first cell: {said}"
