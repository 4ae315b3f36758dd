"""Reports made by a Dask cluster: a scheduler and two workers as processes of their own, one of them killed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from analysis.runner.limits import Limits
from click.testing import CliRunner

from analysis.cli import main
from analysis.runner import cluster, leftovers
from analysis.runner.jobs import plan_jobs
from analysis.turns import turn
from small_project import FULL, files_in, make_project, markdown, run_record, write_notebook

pytest.importorskip("distributed", reason="the optional extra 'dask' is not installed")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals and asks the system who lives")

from analysis.runner import crew, on_worker, station  # noqa: E402  # these need distributed

SLOW = (
    "import os, pathlib, time\n"
    "if pathlib.Path({folder!r}).is_dir():\n"
    "    pathlib.Path({folder!r}, str(os.getpid())).touch()\n"
    "while pathlib.Path({folder!r}).is_dir(): time.sleep(.1)"
)
"""A cell that leaves its kernel's number as the name of a file, and waits as long as there is the folder."""


class Cluster:
    """A scheduler and workers on this machine, each a process of its own with one thread."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.folder, self.environment = folder, {**os.environ, "ANALYSIS_ROOT": str(project)}
        self.started = []

    def begin(self):
        """Start the scheduler, and two workers once it has an address."""
        note = self.folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(note))
        until(lambda: note.is_file() and note.read_text(encoding="utf-8").rstrip().endswith("}"))  # written to its end
        self.address = json.loads(note.read_text(encoding="utf-8"))["address"]
        self.workers = [self.work(), self.work()]

    def start(self, kind, *words):
        """Start a process of the cluster; what it says is kept."""
        command = [sys.executable, "-m", "dask", kind, *words, "--no-dashboard"]
        with (self.folder / f"{kind}.log").open("ab") as log:
            made = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, start_new_session=True)
        self.started.append(made)
        return made

    def work(self):
        """Start a worker."""
        words = ["--host", "127.0.0.1", "--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder)]
        return self.start("worker", self.address, *words)

    def end(self):
        """End all processes of the cluster, however far it got."""
        for process in reversed(self.started):
            process.kill()
            process.wait()


def until(condition, seconds=60):
    """Wait for something to be so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def alive(number):
    """Whether a process runs: one that has ended and was not waited for does not."""
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def noted(folder):
    """The numbers of the kernels that left a note in a folder."""
    return [int(file.name) for file in folder.iterdir()]


def below(*processes):
    """The numbers of all processes below some."""
    return {child.pid for process in processes for child in psutil.Process(process.pid).children(recursive=True)}


def call(project, *words):
    """Run the command in this process."""
    return CliRunner(env={"ANALYSIS_ROOT": str(project)}).invoke(main, ["run", *words], catch_exceptions=False)


@contextmanager
def meanwhile(action):
    """Do something in a thread while the command runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(action)
        yield
        done.result()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose notebook `slow` waits as long as there is the folder `processes`."""
    base = tmp_path_factory.mktemp("cluster")
    slow = [markdown("# Slow\n\nWhy?"), SLOW.format(folder=str(base / "processes"))]
    return make_project(base / "p", {"full": FULL, "bad": [markdown("# Bad\n\nWhy?"), "1 / 0"], "slow": slow})


@pytest.fixture(scope="module")
def dask(project, tmp_path_factory):
    """A cluster whose workers have the project."""
    made = Cluster(tmp_path_factory.mktemp("dask"), project)
    try:
        made.begin()
        yield made
    finally:
        made.end()


@pytest.fixture
def processes(project):
    """The folder in which kernels note themselves; `slow` ends when it is gone."""
    folder = project.parent / "processes"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


# --- Without a cluster ---------------------------------------------------------------------------


def test_an_address_where_nobody_answers_is_refused_in_time(project, tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "CONNECT", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense://here", "tcp://127.0.0.1:port"):
        began = time.monotonic()
        result = call(project, "--dask", address, "--output", str(tmp_path / "out"))
        assert time.monotonic() - began < 8
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"analysis: no Dask scheduler answers at {address} within 1 seconds: ")
        assert result.stderr.count("\n") == 1
        assert list((tmp_path / "out").iterdir()) == []


def test_without_the_extra_it_says_how_to_install_it(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = call(project, "--dask", "tcp://127.0.0.1:9")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pip install --constraint requirements.txt --editable '.[dask]'" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_local_run_loads_nothing_of_dask(project):
    code = (
        "import sys\nfrom analysis.cli import main\n"
        "try:\n    main(['run', 'none-such'])\nexcept SystemExit:\n    pass\n"
        "import analysis.runner.session\nprint([m for m in ('dask', 'distributed', 'tornado') if m in sys.modules])"
    )
    environment = {**os.environ, "ANALYSIS_ROOT": str(project)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_folder_that_cannot_be_locked_is_not_waited_for(tmp_path, monkeypatch):
    import fcntl

    def refuse(handle, kind):
        raise OSError(errno.EBADF, "a folder on a network drive")

    monkeypatch.setattr(fcntl, "flock", refuse)
    began = time.monotonic()
    with turn(tmp_path):
        assert time.monotonic() - began < 1


def test_what_killed_runs_left_is_removed_and_what_may_live_is_not(tmp_path):
    def folder(name, host, age):
        made = tmp_path / f".cluster-{name}"
        made.mkdir()
        if host:
            (made / "owner").write_text(host, encoding="utf-8")
        then = time.time() - age
        os.utime(made, (then, then))
        return made

    here = leftovers.platform.node()
    gone = [folder("here", here, 60), folder("old", "elsewhere", 90_000), folder("late", "", 90_000)]
    kept = [folder("elsewhere", "elsewhere", 60), folder("early", "", 60)]
    with leftovers.shared_folder(tmp_path) as living:
        assert not any(path.exists() for path in gone)
        with leftovers.shared_folder(tmp_path):
            assert living.is_dir()
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_what_a_machine_lacks_is_named(project, tmp_path, monkeypatch):
    monkeypatch.setenv("ANALYSIS_ROOT", str(project))
    _, jobs = plan_jobs(project, ("full",), (), ())
    (tmp_path / "token").write_text("t", encoding="utf-8")
    same = station.greeting(jobs, tmp_path, "t")
    assert len(same["packages"]) > 50
    assert station._problem(same) == ""
    for changed, expected in (
        ({"wanted": same["wanted"] | {"lock": "", "package": ""}}, "package, lock differ from the run's own"),
        ({"packages": same["packages"] | {"numpy": "0.1"}}, "has other packages: numpy "),
        ({"packages": same["packages"] | {"none-such": "3"}}, "has other packages: none-such is missing instead of 3"),
        ({"token": "another"}, f"does not see the run's output folder {tmp_path.parent}: it must be the same folder"),
        ({"shared": str(tmp_path / "none")}, f"cannot write to the output folder {tmp_path} (No such file"),
    ):
        assert expected in station._problem(same | changed)
    monkeypatch.setenv("ANALYSIS_ROOT", str(tmp_path))
    assert station._problem(same).startswith(f"cannot make these reports: no data folder in {tmp_path}")


def test_another_python_or_dask_is_named():
    def ask(python, version):
        return lambda function, *words: version if words else python

    here = crew.platform.python_version()
    assert crew.unlike(lambda function, *words: function(*words)) == ""
    assert crew.unlike(ask("3.1.4", "")).startswith(f"has Python 3.1.4, and here is {here}: make its environment")
    assert crew.unlike(ask(here, "0.1")).startswith("has dask 0.1, and here is 2")


def test_a_machine_without_the_package_says_so(monkeypatch):
    monkeypatch.setattr(on_worker, "_START", "import none_such")
    problem = on_worker.Stations({}).greet()
    assert (
        problem
        == "could not start a process for reports (exit code 1: ModuleNotFoundError: No module named 'none_such')"
    )


class _Losing:
    """Stands in for the connection to a scheduler each of whose workers is lost with its first report."""

    status = "running"
    asked = 0

    def nthreads(self):
        self.asked += 1
        return {f"w{self.asked // 3}": 1}

    def run(self, function, *words, workers=None, **options):
        return {worker: "" if function is on_worker.install else function(*words) for worker in workers or ()}

    def get_executor(self, **options):
        return self

    def submit(self, *words, **options):
        return Future()


def test_a_report_that_costs_three_workers_is_taken_for_the_cause(project, tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "_LOOK", 0)
    _, jobs = plan_jobs(project, ("full",), (), ())
    said, ended = [], []
    run = cluster._Run(_Losing(), "tcp://here", jobs, tmp_path, None, Limits(), said.append)
    deadline = time.monotonic() + 20
    while run.unfinished:
        assert time.monotonic() < deadline
        ended += run.step()
    run.end()
    assert [sent.answer for sent in ended] == [{"broken": "3 workers were lost while they were making it"}]
    (tmp_path / "out").mkdir()
    outcome = cluster._settle(ended[0], tmp_path / "out", [])
    assert outcome.error == f"worker {ended[0].worker}: 3 workers were lost while they were making it"
    assert Path(outcome.kept).read_text(encoding="utf-8") == f"{outcome.error}\n"
    assert len([line for line in said if "was lost" in line]) >= 3


# --- With one ------------------------------------------------------------------------------------


def test_a_worker_with_another_project_is_refused(project, dask, tmp_path):
    other = Path(shutil.copytree(project, tmp_path / "other"))
    write_notebook(other / "notebooks" / "full.ipynb", [*FULL, "'more'"])
    (other / "data" / "more.csv").write_text("a\n", encoding="utf-8")
    result = call(other, "full", "bad", "--dask", dask.address)
    assert (result.exit_code, result.stdout) == (2, "")
    refused = f"has another version of the project in {project}: data, notebook full differ from the run's own"
    assert result.stderr.count(refused) == 2
    assert result.stderr.splitlines()[-1] == (
        f"analysis: no worker of the Dask scheduler at {dask.address} can make these reports"
    )
    assert list((other / "reports").iterdir()) == []


def test_a_stopped_run_leaves_nothing_half_done(project, dask, processes, tmp_path):
    family = set()

    def stop():
        until(lambda: any(processes.iterdir()))
        family.update(below(*dask.workers))
        os.kill(os.getpid(), signal.SIGINT)

    with meanwhile(stop):
        result = call(project, "slow", "--dask", dask.address, "--output", str(tmp_path))
    assert (result.exit_code, result.stderr) == (130, "analysis: stopped; 0 of 1 reports were finished\n")
    assert set(noted(processes)) < family
    assert not any(map(alive, noted(processes)))
    until(lambda: not any(map(alive, family)), 20)  # a station's server sees for itself that the station is gone
    assert set(files_in(tmp_path)) == {"index.html"}


def test_a_killed_worker_costs_time_and_nothing_else(project, dask, processes, tmp_path):
    words = ["slow", "full", "--area", "Wiltshire", "--area", "999", "--output"]
    family = set()

    def kill():
        until(lambda: len(noted(processes)) == 2)
        family.update(below(dask.workers[0]))
        assert set(noted(processes)) & family
        assert set(noted(processes)) - family
        dask.workers[0].kill()
        until(lambda: not any(map(alive, family)), 20)
        shutil.rmtree(processes)

    with meanwhile(kill):
        result = call(project, *words, str(tmp_path / "there"), "--dask", dask.address)
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 4)
    (line,) = result.stderr.splitlines()
    assert line.startswith("analysis: worker tcp://127.0.0.1:")
    assert line.endswith(" was lost; what it was making is given to another")
    assert below(dask.workers[1]) == set()
    record = run_record(tmp_path / "there")
    assert record["counts"]["done"] == 4
    assert record["options"]["dask"] == dask.address
    assert {report["worker"] for report in record["reports"]} - {line.split()[2]}
    assert call(project, *words, str(tmp_path / "here")).exit_code == 0
    assert files_in(tmp_path / "there") == files_in(tmp_path / "here")


def test_a_failed_cell_and_then_no_worker_are_said_in_a_line_each(project, dask, processes, tmp_path, monkeypatch):
    words, family = ["--output", str(tmp_path / "out"), "--dask", dask.address], set()

    def kill():
        until(lambda: any(processes.iterdir()))
        family.update(below(dask.workers[1]))
        monkeypatch.setattr(crew, "PATIENCE", 2)
        dask.workers[1].kill()

    with meanwhile(kill):
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
    assert report["worker"] == lost.split()[2]
    assert report["cell"] == "code cell 2 (1 / 0)"
    assert report["log"] == ".failed/wiltshire/bad.log"
    assert report["peak_memory"] > 30
    assert set(files_in(tmp_path / "out")) == {f".failed/wiltshire/bad.{end}" for end in ("ipynb", "log")} | {
        "index.html"
    }
    here = call(project, "bad", *words[:2])
    assert here.stderr.splitlines() == [*failed, "analysis: 1 of 1 reports failed"]
    result = call(project, "slow", *words)
    said = f"analysis: no worker has been ready at the Dask scheduler at {dask.address} for 2 seconds\n"
    assert (result.exit_code, result.stderr) == (2, said)
