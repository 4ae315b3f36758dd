"""What no run may be broken by: cells that misbehave, a run that is killed, a full disk, hostile names and values."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from analysis import files
from analysis.press.environment import prepare, scratch_folder
from analysis.press.reuse import VALUES_MIME
from small_project import (
    AREAS,
    FULL,
    LIGHT,
    NOTE,
    VALUES,
    alive,
    call,
    entry,
    files_in,
    make_project,
    markdown,
    noted,
    rewrite,
    run_record,
    show,
    start,
    until,
    write_catalogue,
)  # fmt: skip

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals and asks the system who lives")
PLAIN = [markdown("# Plain\n\nWhy?"), "1 + 1"]
PRINTED = "printed more than 400,000 characters, which no page can hold; print less"
MISBEHAVE = {
    "raises": ("raise ValueError('first\\nlast' + 'x' * 10**6)", "ValueError: lastxxx"),
    # In C code, where no Python thread of the kernel can run to end it.
    "hangs": (
        "import re; re.match('(a+)+$', 'a' * 33 + 'b')",
        "not finished within the time limit of 8 seconds (--time",
    ),
    "quits": ("import sys\nsys.exit('')", "SystemExit"),
    "exits": ("os._exit(0)", "Kernel died"),
    "murders": ("os.kill(os.getppid(), 9)", "its process ended without a result (exit code -9)"),
    "floods": ("while True: print('x' * 50)", PRINTED),
    "pictures": (
        "from IPython.display import display\nwhile True:\n    display({'text/html': 'x' * 10**6}, raw=True)",
        "the notebook has shown more than 8 MB by this cell; show less",
    ),
    "grows": ("held = [bytes([1]) * 10_000_000 for _ in range(1000)]", "memory limit of 500 MB"),
    "farms": (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import time; x = bytes([1]) * 600_000_000; time.sleep(997)'])",
        "needed more than the memory limit of 500 MB; raise it with --memory",
    ),
}
"""A cell, and what its failure is said to be."""
BEHAVE = {
    "bytes": "os.write(1, b'raw \\xff\\n')\nprint('written \\udcff')\nprint('after')",
    "leaves": "import subprocess, threading, time\nthreading.Thread(target=time.sleep, args=(997,)).start()\n"
    "for apart in (False, True):\n"
    "    child = subprocess.Popen(['sleep', '997'], start_new_session=apart)\n"
    "    pathlib.Path({folder!r}, str(child.pid)).touch()\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        pathlib.Path({folder!r}, str(os.getpid())).touch()\n"
    "        time.sleep(997)\n"
    "    os._exit(0)\n"
    "time.sleep(0.3)",
}


@pytest.fixture
def temporary(monkeypatch):
    """A temporary folder of the test's own, so that what is left in it is known."""
    prepare()  # its own folder is elsewhere
    folder = Path(tempfile.mkdtemp(prefix="t-"))  # a short name, as sockets lie in it
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def processes(tmp_path):
    """The folder in which cells note their processes."""
    folder = tmp_path / "processes"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "p", {"full": FULL, "plain": PLAIN})


def became(project):
    """What became of each report of the last run."""
    return [report["outcome"] for report in run_record(project / "reports")["reports"]]


# --- Cells that misbehave ------------------------------------------------------------------------


def spoil(base, *names):
    """Notebooks with these cells, each after one that notes its process in a folder, which is returned too."""
    folder = base / "processes"
    folder.mkdir(exist_ok=True)
    cells = {name: cell for name, (cell, _) in MISBEHAVE.items()}
    cells |= {name: cell.replace("{folder!r}", repr(str(folder))) for name, cell in BEHAVE.items()}
    return {name: [NOTE.format(folder=str(folder)), cells[name], "'the end'"] for name in names}, folder


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """What became of the notebooks that misbehave: two runs, and the folder of processes.

    The one that hangs keeps a processor busy until its time is up: it has a project of its own and little time.
    """
    base = tmp_path_factory.mktemp("spoilt")
    notebooks, folder = spoil(base, *MISBEHAVE, *BEHAVE)
    slow = make_project(base / "slow", {"hangs": notebooks.pop("hangs")})
    project = make_project(base / "p", notebooks)
    hung = slow, call(slow, "--timeout", "8", ANALYSIS_FORK="1")
    rest = project, call(project, "--timeout", "60", "--memory", "500", "--jobs", "4", ANALYSIS_FORK="1")
    return SimpleNamespace(hung=hung, rest=rest, processes=folder)


@pytest.mark.parametrize("name", MISBEHAVE)
def test_a_cell_that_misbehaves_fails_its_report_and_says_which_cell(spoilt, name):
    project, result = spoilt.hung if name == "hangs" else spoilt.rest
    cell, expected = MISBEHAVE[name]
    line = next(line for line in result.stderr.splitlines() if line.startswith(f"{name}, Wiltshire: failed at "))
    if name == "murders":  # what is above the cell is its worker, which is slow to die
        line = line.replace("code cell 4 ('the end')", f"code cell 3 ({cell})")
    assert f"failed at code cell 3 ({cell.splitlines()[0][:20]}" in line
    assert (expected in line, len(line) < 700) == (True, True)
    (record,) = [r for r in run_record(project / "reports")["reports"] if r["notebook"] == name]
    assert (record["outcome"], expected in record["error"]) == ("failed", True)
    log = project / "reports" / record["log"]
    assert expected in log.read_text(encoding="utf-8")
    assert sum(file.stat().st_size for file in log.parent.glob(f"{name}.*")) < 9_000_000
    assert not (project / "reports" / "wiltshire" / f"{name}.html").exists()


def test_others_are_made_all_the_same(spoilt):
    project, result = spoilt.rest
    failed = len(MISBEHAVE) - 1
    assert (result.exit_code, spoilt.hung[1].exit_code) == (1, 1)
    assert result.stderr.endswith(f"analysis: {failed} of {failed + len(BEHAVE)} reports failed\n")
    record = run_record(project / "reports")
    assert record["counts"] == {"done": 2, "failed": failed, "unchanged": 0, "not finished": 0}
    leaves, text = ((project / "reports/wiltshire" / f"{name}.html").read_text("utf-8") for name in ("leaves", "bytes"))
    assert ("the end" in leaves, "raw �" in text, "after" in text) == (True, True, True)


def test_nothing_a_notebook_started_outlives_its_report(spoilt):
    (project, _), folder = spoilt.rest, spoilt.processes
    assert len(noted(folder)) == len(MISBEHAVE | BEHAVE) + 3
    assert [number for number in noted(folder) if alive(number)] == []
    (left,) = [r for r in run_record(project / "reports")["reports"] if r["notebook"] == "leaves"]
    assert left["warnings"] == ["processes that the notebook had left running were ended: 3"]


def test_all_that_holds_where_processes_start_afresh(tmp_path):
    """As where they cannot be forked."""
    notebooks, folder = spoil(tmp_path, "exits", "farms", "leaves")
    project = make_project(tmp_path / "p", notebooks)
    result = call(project, "--memory", "500", ANALYSIS_FORK="0")
    for name in ("exits", "farms"):
        cell, expected = MISBEHAVE[name]
        assert f"{name}, Wiltshire: failed at code cell 3 ({cell.splitlines()[0]}): {expected}" in result.stderr
    assert len(noted(folder)) == 3 + 3
    assert [number for number in noted(folder) if alive(number)] == []
    left = run_record(project / "reports")["reports"][2]
    assert left["warnings"] == ["processes that the notebook had left running were ended: 3"]


# --- A run that is stopped or killed -------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code", "whole"), [(signal.SIGTERM, 143, False), (signal.SIGHUP, 129, False), (signal.SIGINT, 130, True)]
)
def test_a_stopped_run_is_finished_by_the_next(project, processes, temporary, number, code, whole):
    """As a terminal sends it, an interrupt reaches every process of the group."""
    free, done = processes.parent / "free", project / "reports" / "wiltshire" / "full.html"
    waits = f"import time\nwhile not pathlib.Path({str(free)!r}).exists(): time.sleep(.1)"
    rewrite(project, "plain", [NOTE.format(folder=str(processes)), waits])
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, and stays so
    running = start(project, "--jobs", "2", "--timeout", "60")
    until(lambda: done.exists() and any(processes.iterdir()))
    os.killpg(running.pid, number) if whole else running.send_signal(number)
    assert running.communicate(timeout=30)[1] == "analysis: stopped; 1 of 2 reports were finished\n"
    assert running.returncode == run_record(project / "reports")["exit_code"] == code
    assert not any(map(alive, noted(processes)))
    assert list(temporary.iterdir()) == []
    assert became(project) == ["done", "not finished"]
    free.touch()
    assert call(project).exit_code == 0
    assert became(project) == ["unchanged", "done"]


def test_a_killed_run_leaves_no_process_and_the_next_one_clears_up(project, processes, temporary):
    output = project / "reports"
    rewrite(project, "plain", [NOTE.format(folder=str(processes)), "while True: pass"])
    running = start(project, "--jobs", "2")
    until(lambda: (output / "wiltshire" / "values.csv").exists() and any(processes.iterdir()))
    family = [child.pid for child in psutil.Process(running.pid).children(recursive=True)]
    assert len(family) >= 3  # the server, a worker, its kernel
    running.kill()
    running.communicate(timeout=10)
    until(lambda: not any(map(alive, {*family, *noted(processes)})), 10)
    assert any(temporary.glob("analysis-*"))
    (output / "wiltshire" / ".new-half").write_text("half", encoding="utf-8")
    os.utime(output / "wiltshire" / ".new-half", (0, 0))
    rewrite(project, "plain", PLAIN)
    assert call(project).exit_code == 0
    assert became(project) == ["unchanged", "done"]
    assert list(temporary.iterdir()) == []
    assert not list(output.rglob(".new-*"))


def test_a_file_that_another_run_is_writing_is_no_leftover(tmp_path, monkeypatch):
    """A run that begins removes what killed runs left half-written, and nothing of one that writes its last file."""
    output, real, seen = tmp_path / "out", os.fsync, []
    output.mkdir()
    killed = output / ".new-killed"
    killed.touch()
    os.utime(killed, (0, 0))

    def another_begins(handle):
        real(handle)
        (written,) = (file for file in output.iterdir() if file != killed)
        os.utime(written, (0, 0))
        with scratch_folder(output):
            seen.extend(file.name for file in output.iterdir())

    monkeypatch.setattr(files.os, "fsync", another_begins)
    assert files.put(output / "run.json", b"{}")
    assert (output / "run.json").read_bytes() == b"{}"
    assert (len(seen), killed.name in seen) == (1, False)


def test_two_runs_on_one_folder_both_end_well(project):
    words = ["--force", "--area", "Wiltshire", "--area", "999"]
    other = start(project, "plain", *words)
    other.stdout.close()  # nor need anybody listen
    while other.poll() is None:
        assert call(project, "full", *words).exit_code == 0
    assert (other.returncode, other.stderr.read()) == (0, "")
    found = files_in(project / "reports")
    assert call(project, *words).exit_code == 0
    assert files_in(project / "reports") == found


# --- Disks and inputs that go away ---------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project whose two notebooks were run."""
    project = make_project(tmp_path_factory.mktemp("made") / "p", {"full": FULL, "plain": PLAIN})
    assert call(project).exit_code == 0
    return project


@pytest.fixture
def good(made, tmp_path):
    """A copy of that project with its reports."""
    return Path(shutil.copytree(made, tmp_path / "p"))


@pytest.mark.parametrize("name", ["full.html", "values.csv", "run.json"])
def test_a_full_disk_is_said_in_a_line_and_the_last_good_report_stays(good, monkeypatch, name):
    project, output = good, good / "reports"
    before = files_in(output)
    more = [FULL[1], show({"text/plain": "v", VALUES_MIME: VALUES[1:]}, kind="values"), "print('more')"]
    rewrite(project, "full", more)
    real = files._write_beside

    def full(target, *words):
        if target.name == name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(target, *words)

    monkeypatch.setattr(files, "_write_beside", full)
    result = call(project, "full")
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert "No space left on device" in result.stderr
    after = files_in(output)
    if name.startswith("full"):
        assert {path: after[path] for path in before} == before | {"index.html": after["index.html"]}
        assert run_record(output)["reports"][0]["outcome"] == "failed"
    assert not list(output.rglob(".new-*"))
    monkeypatch.undo()
    assert call(project, "full").exit_code == 0
    assert b"more" in files_in(output)["wiltshire/full.html"]


@pytest.mark.skipif(sys.platform != "linux", reason="sets a limit of another process")
def test_a_full_temporary_folder_is_said_in_a_line_and_a_server_that_dies_is_started_again(project):
    import resource
    from multiprocessing import forkserver

    prepare()
    server = psutil.Process(forkserver._forkserver._forkserver_pid)
    server.rlimit(resource.RLIMIT_FSIZE, (6000, 6000))  # of all that are forked from it
    result = call(project, "full")
    assert (result.exit_code, "Traceback" in result.stderr) == (1, False)
    assert "File too large" in result.stderr or "cannot write to the temporary folder" in result.stderr
    server.kill()
    until(lambda: not alive(server.pid))
    assert call(project).exit_code == 0  # two reports, as for one the new server would have no library loaded


def test_an_input_that_goes_away_or_changes_during_the_run_fails_its_report(good):
    notebooks, before = good / "notebooks", files_in(good / "reports")
    paths = [str(notebooks / f"{name}.ipynb") for name in ("full", "late")]
    act = f"import pathlib\ngone, changed = map(pathlib.Path, {paths!r})\ngone.unlink()"
    act += "\nchanged.write_text(changed.read_text().replace('rate', 'rat'))"
    for name, cells in {"full": [*FULL, "'other'"], "late": FULL, "plain": [*PLAIN, act]}.items():
        rewrite(good, name, cells)
    write_catalogue(good, [entry("plain"), entry("full"), entry("late")])
    result = call(good, "--jobs", "1")
    assert result.exit_code == 1
    for path, what in zip(paths, ("cannot be read any more", "has changed"), strict=True):
        assert f", Wiltshire: failed at before the first cell: {path} {what}" in result.stderr
    assert files_in(good / "reports")["wiltshire/full.html"] == before["wiltshire/full.html"]


def test_what_one_report_lacks_fails_that_report_and_not_the_run(project):
    bundle = {"text/plain": "v", VALUES_MIME: ["not a value"]}
    rewrite(project, "values", [f"from IPython.display import display\ndisplay({bundle!r}, raw=True)"])
    rewrite(project, "full", ["from analysis.report import Report\nReport()"])
    write_catalogue(project, [entry(name) for name in ("full", "values", "plain")])
    result = call(project)
    assert (result.exit_code, became(project)) == (1, ["failed", "failed", "done"])
    assert "indicators.csv: no such file in data/" in result.stderr
    assert "the headline values are not as Report.close gives them" in result.stderr


def test_damaged_reports_of_others_do_not_stop_a_run(good):
    file = good / "reports" / "wiltshire" / "full.ipynb"
    content = json.loads(file.read_text(encoding="utf-8"))
    for damage in ({"cells": [3]}, {"metadata": {"analysis": {"notebook": "full"}}}):
        file.write_text(json.dumps({**content, **damage}), encoding="utf-8")
        result = call(good, "plain", "--force")
        assert (result.exit_code, result.stderr) == (0, "")
    assert call(good).exit_code == 0
    assert became(good) == ["done", "unchanged"]


# --- Hostile names and values ----------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("data/areas.csv", "../../x,北京,Local authority,1,true", "the code in column 'area' should be letters and"),
        ("data/areas.csv", "E1,nul\0,Local authority,1,true", "the name should be one line of text"),
        ("data/areas.csv", "E1,\udcff,Local authority,1,true", "cannot be read as CSV in UTF-8"),
        ("notebooks/catalogue.yml", "notebooks: !!python/object/apply:os.system ['touch x']", "could not determine a"),
        ("notebooks/catalogue.yml", "notebooks: [{name: ../../x, title: t, areas: all}]", "'question' is missing"),
        ("notebooks/catalogue.yml", "notebooks: \udcff", "is not YAML: 'utf-8' codec can't decode"),
    ],
)
def test_areas_and_a_catalogue_that_are_none_are_refused_in_a_line(project, file, text, expected):
    content = text if file.endswith("yml") else f"{AREAS}{text}\n"
    (project / file).write_bytes(content.encode(errors="surrogateescape"))
    result = call(project)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert expected in result.stderr


def test_names_with_tricks_stay_in_the_folder_and_are_escaped(project, tmp_path):
    names = ["../../x", "/etc/passwd", "..", "=1+1", "<script>alert(1)</script>", "{{ 7*7 }}"]
    rows = [f'E{n},"{name}",Local authority,{900 + n},true' for n, name in enumerate(names)]
    (project / "data" / "areas.csv").write_text("\n".join([AREAS.splitlines()[0], *rows, ""]), encoding="utf-8")
    before = files_in(tmp_path)
    words = [word for name in names for word in ("--area", name)]
    result = call(project, "full", *words, "-p", "note==1+1</code><script>{{ 7*7 }}../../x")
    assert result.exit_code == 0, result.output
    after = files_in(tmp_path)
    assert {name: after[name] for name in before} == before
    folders = {name.split("/")[2] for name in after if name.startswith("p/reports/")} - {"index.html", "edition.json"}
    assert folders == {"x", "etc-passwd", "e2", "1-1", "script-alert-1-script", "7-7"}
    for text in (content.decode() for name, content in after.items() if name.endswith(".html")):
        assert ("<script>alert" in text, "<script>{{" in text, "{{ 7*7 }}" in text) == (False, False, True)


# --- Where it runs, and who listens --------------------------------------------------------------

MODULE, SCRIPT = f"{sys.executable} -m analysis", Path(sys.executable).with_name("analysis")


@pytest.mark.parametrize(
    ("command", "fork", "streams"),
    [(MODULE, "1", "> /dev/full 2> /dev/full"), (SCRIPT, "0", ">&- 2>&- <&-")],
    ids=["forked", "afresh"],
)
def test_the_current_folder_plays_no_part_and_nobody_needs_to_listen(project, tmp_path, command, fork, streams):
    for name in ("calendar", "random", "socket", "pandas", "ipykernel", *["analysis"] * (command == SCRIPT)):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the current folder')", encoding="utf-8")
    rewrite(project, "plain", [*PLAIN, "import calendar, random, pandas, analysis.charts"])
    environment = {**os.environ, **(LIGHT if fork == "0" else {}), "ANALYSIS_ROOT": str(project), "ANALYSIS_FORK": fork}
    words = ["bash", "-c", f"{command} run plain {streams}"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, became(project)) == (0, "", ["done"])
    assert run_record(project / "reports")["problems"] == []
    assert (project / "reports" / "index.html").is_file()


def test_what_is_not_the_locks_is_named_and_not_recorded_as_the_locks(project, tmp_path, monkeypatch):
    assert call(project).exit_code == 0
    locked = run_record(project / "reports")["versions"]["lock"]
    other = tmp_path / "other" / "matplotlib"
    other.mkdir(parents=True)
    (other / "__init__.py").touch()
    monkeypatch.syspath_prepend(other.parent)
    said = f"analysis: not what the lock names, so no report is recorded as its own: matplotlib from {other.parent}"
    assert call(project, "plain").stderr.splitlines()[0] == said
    assert run_record(project / "reports")["versions"]["lock"] != locked
    pins = "click==0.1\nnot-installed==1 ; sys_platform == 'win32'\n"
    (project / "requirements.txt").write_text(pins, encoding="utf-8")
    assert "click 8" in call(project, "plain").stderr
