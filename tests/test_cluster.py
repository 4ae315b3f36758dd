"""Reports made by a Dask cluster: a scheduler and two workers as processes of their own, one of them killed."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from analysis.files import turn
from analysis.press import dask as cluster
from analysis.press.catalogue import Refused
from analysis.project import project as project_of
from small_project import (
    FULL,
    LIGHT,
    alive,
    call,
    entry,
    files_in,
    make_project,
    markdown,
    noted,
    run_record,
    until,
    write_catalogue,
    write_notebook,
)  # fmt: skip

pytest.importorskip("distributed", reason="the optional extra 'dask' is not installed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals and asks the system who lives")

SLOW = (
    "import os, pathlib, time\n"
    "if pathlib.Path({folder!r}).is_dir():\n"
    "    pathlib.Path({folder!r}, str(os.getpid())).touch()\n"
    "while pathlib.Path({folder!r}).is_dir(): time.sleep(.1)"
)
"""A cell that leaves its kernel's number as the name of a file, and waits as long as there is the folder."""


ABOVE = (
    "import os, pathlib\n"
    "(full,) = pathlib.Path(os.environ['ANALYSIS_REPORTS']).glob('*/full.ipynb')\n"
    "print(len(full.read_bytes()))"
)
"""A cell that reads the report it rests on."""
DEADLY = (
    "import psutil, time\n"
    "above = psutil.Process().parents()\n"
    "nanny = next(n for n, process in enumerate(above) if 'worker' in process.cmdline())\n"
    "above[nanny - 1].kill()\n"
    "time.sleep(60)"
)
"""A cell that ends the Dask worker it is run by, whose nanny starts another."""


@contextmanager
def begun(folder, project, workers):
    """A cluster that has begun; in the end all its processes are ended, however far it got."""
    made = Cluster(folder, project)
    try:
        made.begin(workers)
        yield made
    finally:
        for process in reversed(made.started):
            for one in [process.pid, *below(process)] if process.poll() is None else ():
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
            process.wait()


class Cluster:
    """A scheduler and workers on this machine, each a process of its own with one thread."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.folder, self.environment = folder, {**os.environ, **LIGHT, "ANALYSIS_ROOT": str(project)}
        self.started = []

    def begin(self, workers):
        """Start the scheduler, and workers once it has an address."""
        note = self.folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(note))
        until(lambda: note.is_file() and note.read_text(encoding="utf-8").rstrip().endswith("}"))  # written to its end
        self.address = json.loads(note.read_text(encoding="utf-8"))["address"]
        self.workers = [self.work() for _ in range(workers)]

    def start(self, kind, *words, **environment):
        """Start a process of the cluster; what it says is kept."""
        command = [sys.executable, "-m", "dask", kind, *words, "--no-dashboard"]
        with (self.folder / f"{kind}.log").open("ab") as log:
            streams = {"stdout": log, "stderr": log, "start_new_session": True}
            made = subprocess.Popen(command, env={**self.environment, **environment}, **streams)
        self.started.append(made)
        return made

    def work(self, nanny="--no-nanny", **environment):
        """Start a worker."""
        words = ["--host", "127.0.0.1", nanny, "--nthreads", "1", "--local-directory", str(self.folder)]
        return self.start("worker", self.address, *words, **environment)


def below(*processes):
    """The numbers of all processes below some, but for the one of the standard library that looks after semaphores."""
    found = set()
    for child in (child for process in processes for child in psutil.Process(process.pid).children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # which a zombie is too: it may end between two looks
            found |= {child.pid} if alive(child.pid) and "resource_tracker" not in " ".join(child.cmdline()) else set()
    return found


@contextmanager
def meanwhile(processes, action, cells=1):
    """Do something in a thread while the command runs in this one, once so many cells run."""

    def act():
        until(lambda: len(noted(processes)) == cells)
        action()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(act)
        yield
        done.result()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose notebook `slow` waits as long as there is the folder `processes`."""
    base = tmp_path_factory.mktemp("cluster")
    slow = [markdown("# Slow\n\nWhy?"), SLOW.format(folder=str(base / "processes"))]
    notebooks = {"full": FULL, "bad": [markdown("# Bad\n\nWhy?"), "1 / 0"], "slow": slow}
    notebooks |= {"deadly": [markdown("# Deadly\n\nWhy?"), DEADLY], "above": [markdown("# Above\n\nWhy?"), ABOVE]}
    made = make_project(base / "p", notebooks)
    write_catalogue(made, [entry(name, rests_on=["full"] if name == "above" else None) for name in notebooks])
    return made


@pytest.fixture(scope="module")
def dask(project, tmp_path_factory):
    """A cluster whose workers have the project."""
    with begun(tmp_path_factory.mktemp("dask"), project, workers=2) as made:
        yield made


@pytest.fixture
def other(project, tmp_path):
    """A scheduler of a test's own, without workers."""
    with begun(tmp_path, project, workers=0) as made:
        yield made


@pytest.fixture
def processes(project):
    """The folder in which kernels note themselves; `slow` ends when it is gone."""
    folder = project.parent / "processes"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


# --- Without a cluster ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", "--dask : expected an address such as tcp://HOST:8786: "),
        ("inproc://here", "expected an address such as tcp://HOST:8786: "),
        ("tls://127.0.0.1:9", "name the certificates"),
        ("tcp://a:99999", "expected an address such as tcp://HOST:8786: "),
        ("tcp://127.0.0.1:9", "no Dask scheduler answers at tcp://127.0.0.1:9 within 1 seconds: "),
        ("tcp://127.0.0.1:{silent}", "no Dask scheduler answers at tcp://127.0.0.1:"),
    ],
)
def test_an_address_that_is_none_or_where_nobody_answers_is_refused_in_time(
    project, tmp_path, monkeypatch, address, expected
):
    monkeypatch.setattr(cluster, "CONNECT", 1)
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and says nothing
        words = "--dask", address.format(silent=silent.getsockname()[1]), "--output", str(tmp_path / "out")
        result = call(project, *words)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert (expected in result.stderr, time.monotonic() - began < 6) == (True, True)
    assert [*(tmp_path / "out").iterdir()] == []


def test_without_the_extra_it_says_how_to_install_it(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = call(project, "--dask", "tcp://127.0.0.1:9")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "pip install --constraint requirements.txt --editable '.[dask]'" in result.stderr


def test_a_folder_that_cannot_be_locked_is_not_waited_for(tmp_path, monkeypatch):
    import fcntl

    def refuse(handle, kind):
        raise OSError(errno.EBADF, "a folder on a network drive")

    monkeypatch.setattr(fcntl, "flock", refuse)
    began = time.monotonic()
    with turn(tmp_path):
        assert time.monotonic() - began < 1


def test_what_differs_on_another_machine_is_named(project, tmp_path, monkeypatch):
    monkeypatch.setenv("ANALYSIS_ROOT", str(project))
    here = cluster.station(project_of, ["full"], False)
    assert {"python", "dask", "distributed", "packages"} < set(here)
    cluster._compare(here, {**here, "more": "1"})
    for changed, expected in (
        ({"lock": "", "package": "0" * 64}, "it differs in package, lock"),
        ({"dask": "", "python": "3.1"}, f"it differs in python (3.1 for {here['python']}), dask (none for "),
        ({"packages": "numpy 0.1 instead of 2.3"}, "it differs in packages (numpy 0.1 instead of 2.3 for the locked)"),
        (dict.fromkeys(here, ""), f"it differs in data, package, lock, local figures and {len(here) - 5} more"),
    ):
        with pytest.raises(Refused, match=re.escape(expected)):
            cluster._compare(here, here | changed)
    monkeypatch.setenv("ANALYSIS_ROOT", str(tmp_path))
    with pytest.raises(Refused, match="no data folder in"):
        cluster.station(project_of, ["full"], False)


# --- With one ------------------------------------------------------------------------------------


def test_a_worker_with_another_project_is_refused(project, dask, tmp_path):
    other = Path(shutil.copytree(project, tmp_path / "other"))
    write_notebook(other / "notebooks" / "full.ipynb", [*FULL, "'more'"])
    (other / "data" / "more.csv").write_text("a\n", encoding="utf-8")
    result = call(other, "full", "bad", "--dask", dask.address)
    assert (result.exit_code, result.stdout) == (2, "")
    refused = " cannot make these reports: it differs in data, notebook full\n"
    assert result.stderr.count(refused) == 2
    assert result.stderr.splitlines()[-1] == (
        f"analysis: no worker of the Dask scheduler at {dask.address} can make these reports"
    )


def test_a_stopped_run_leaves_nothing_half_done(project, dask, processes, tmp_path):
    family = set()

    def stop():
        family.update(below(*dask.workers))
        os.kill(os.getpid(), signal.SIGINT)

    with meanwhile(processes, stop):
        result = call(project, "slow", "--dask", dask.address, "--output", str(tmp_path))
    assert (result.exit_code, result.stderr) == (130, "analysis: stopped; 0 of 1 reports were finished\n")
    assert set(noted(processes)) < family
    until(lambda: not any(map(alive, family)), 20)
    assert set(files_in(tmp_path)) == {"index.html"}


def test_a_killed_worker_costs_time_and_nothing_else(project, dask, processes, tmp_path):
    """What rests on another report is handed it, wherever that was made."""
    words = ["slow", "above", "--area", "Wiltshire", "--area", "999", "--output"]
    family = set()

    def kill():
        family.update(below(dask.workers[0]))
        assert set(noted(processes)) & family
        assert set(noted(processes)) - family
        dask.workers[0].kill()
        until(lambda: not any(map(alive, family)), 20)
        shutil.rmtree(processes)

    with meanwhile(processes, kill, cells=2):
        result = call(project, *words, str(tmp_path / "there"), "--dask", dask.address)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 6)
    (line,) = result.stderr.splitlines()
    assert line.endswith(" was lost; what it was making is given to another")
    until(lambda: below(dask.workers[1]) == set(), 20)
    assert {report["worker"] for report in run_record(tmp_path / "there")["reports"]} - {line.split()[2]}
    assert call(project, *words, str(tmp_path / "here")).exit_code == 0
    assert files_in(tmp_path / "there") == files_in(tmp_path / "here")


def test_a_failed_cell_and_then_no_worker_are_said_in_a_line_each(project, dask, processes, tmp_path, monkeypatch):
    words, family = ["--output", str(tmp_path / "out"), "--dask", dask.address], set()

    def kill():
        family.update(below(dask.workers[1]))
        monkeypatch.setattr(cluster, "PATIENCE", 2)
        dask.workers[1].kill()

    with meanwhile(processes, kill):
        result = call(project, "bad", "slow", *words)
    assert result.exit_code == 1
    assert set(noted(processes)) < family
    until(lambda: not any(map(alive, family)), 20)
    *failed, lost, end, count = result.stderr.splitlines()
    problem = f"no worker is left at the Dask scheduler at {dask.address} for 2 seconds: run it again when it is back"
    assert lost.endswith(" was lost; what it was making is given to another")
    assert (end, count) == (f"analysis: {problem}", "analysis: 1 of 2 reports failed")
    record = run_record(tmp_path / "out")
    assert (record["problems"], record["counts"]["not finished"]) == ([problem], 1)
    (report,) = [report for report in record["reports"] if report["outcome"] == "failed"]
    assert (report["worker"], report["cell"]) == (lost.split()[2], "code cell 2 (1 / 0)")
    kept = {f".failed/wiltshire/bad.{end}" for end in ("ipynb", "log")}
    assert set(files_in(tmp_path / "out")) == kept | {"index.html"}
    here = call(project, "bad", *words[:2])
    assert here.stderr.splitlines() == [*failed, "analysis: 1 of 1 reports failed"]
    result = call(project, "slow", *words)
    said = f"analysis: no worker has been ready at the Dask scheduler at {dask.address} for 2 seconds\n"
    assert (result.exit_code, result.stderr) == (2, said)


def test_a_worker_that_is_stopped_is_waited_for_no_longer_than_the_limit(
    project, other, processes, tmp_path, monkeypatch
):
    monkeypatch.setattr(cluster, "CONNECT", 3)
    workers, family = [other.work(), other.work()], set()
    words = ["slow", "--timeout", "12", "--dask", other.address, "--output"]

    def stop():
        (first,) = [worker for worker in workers if below(worker) & set(noted(processes))]
        first.send_signal(signal.SIGSTOP)
        family.update(below(first))
        until(lambda: len(noted(processes)) == 2)
        shutil.rmtree(processes)

    with meanwhile(processes, stop):
        result = call(project, *words, str(tmp_path / "out"))
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)
    (line,) = result.stderr.splitlines()
    assert line.endswith(" is unresponsive; what it was making is given to another")
    for worker in workers:
        worker.send_signal(signal.SIGCONT)
    until(lambda: not any(map(alive, family)) and below(*workers) == set(), 20)
    assert [file.name for file in (tmp_path / "out").glob(".*")] == [".made.json"]


def test_where_the_only_worker_is_stopped_the_limit_counts(project, other, processes, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 3)
    worker = other.work()
    with meanwhile(processes, lambda: worker.send_signal(signal.SIGSTOP)):
        result = call(project, "slow", "--timeout", "5", "--dask", other.address, "--output", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "not finished within the time limit of 5 seconds (--timeout)\n" in result.stderr
    worker.send_signal(signal.SIGCONT)
    until(lambda: below(worker) == set(), 20)
    assert not any(map(alive, noted(processes)))


@pytest.mark.parametrize("state", ["paused", "unresponsive"])
def test_a_worker_that_is_not_ready_is_not_counted_as_usable(project, other, tmp_path, monkeypatch, state):
    import distributed

    monkeypatch.setattr(cluster, "PATIENCE", 3)
    monkeypatch.setattr(cluster, "CONNECT", 2)
    worker = other.work(**({"DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE": "0.0001"} if state == "paused" else {}))
    with distributed.Client(other.address, set_as_default=False) as client:
        client.wait_for_workers(1)
        (name,) = client.nthreads()
        until(lambda: state == "unresponsive" or client.scheduler_info()["workers"][name]["status"] == state)
    if state == "unresponsive":
        worker.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    result = call(project, "full", "--dask", other.address, "--output", str(tmp_path / "out"))
    assert time.monotonic() - began < 15
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"analysis: worker {name} is {state} and gets no reports",
        f"analysis: no worker has been ready at the Dask scheduler at {other.address} for 3 seconds",
    ]


def test_a_report_that_costs_too_many_workers_is_taken_for_the_cause(project, other, tmp_path, monkeypatch):
    assert cluster.LOSSES == 3
    monkeypatch.setattr(cluster, "LOSSES", 2)
    other.work("--nanny")
    result = call(project, "deadly", "full", "--dask", other.address, "--output", str(tmp_path / "out"))
    assert (result.exit_code, len(result.stdout.splitlines())) == (1, 1)
    lines = result.stderr.splitlines()
    assert len([line for line in lines if line.endswith(" was lost; what it was making is given to another")]) == 2
    assert any(line.endswith(": 2 workers were lost while they were making it") for line in lines)
    assert (tmp_path / "out" / ".failed" / "wiltshire" / "deadly.log").is_file()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP])
def test_a_scheduler_that_goes_or_falls_silent_ends_the_run(project, other, processes, tmp_path, monkeypatch, sent):
    monkeypatch.setattr(cluster, "CONNECT", 3)
    worker = other.work()
    with meanwhile(processes, lambda: other.scheduler.send_signal(sent)):
        result = call(project, "slow", "--dask", other.address, "--output", str(tmp_path / "out"))
    problem = f"the Dask scheduler at {other.address} was lost: run it again when it is back"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"analysis: {problem}\n")
    assert run_record(tmp_path / "out")["problems"] == [problem]
    other.scheduler.send_signal(signal.SIGCONT)
    until(lambda: not any(map(alive, noted(processes))), 20)
    until(lambda: worker.poll() is not None or below(worker) == set(), 20)
