"""Reports end to end: what is published, what a failure leaves, time limits, signals, and the same bytes twice."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from click.testing import CliRunner

from analysis.cli import main
from analysis.data.areas import load_areas, select_areas
from analysis.files import put
from analysis.press import publish
from analysis.press.catalogue import load_catalogue
from analysis.press.publish import publish_index
from analysis.press.reuse import common_fingerprint, data_files, notebook_fingerprint, read_report
from analysis.project import project as the_project
from small_project import (
    FULL,
    PARAMETERS_CELL,
    SVG,
    entry,
    files_in,
    make_project,
    markdown,
    run_record,
    show,
    write_catalogue,
    write_notebook,
)

PLAIN = [markdown("# Plain\n\nWhy?"), "1 + 1"]


def call(project, *words):
    """Run the command in this process; its reports still have processes of their own."""
    environment = {"ANALYSIS_ROOT": str(project)}
    return CliRunner(env=environment).invoke(main, ["run", *words], catch_exceptions=False)


def start(project, *words, **environment):
    """Start the command as a process of its own."""
    environment = {**os.environ, "ANALYSIS_ROOT": str(project), **environment}
    command = [sys.executable, "-m", "analysis", "run", *words]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def rewrite(project, name, cells):
    write_notebook(project / "notebooks" / f"{name}.ipynb", cells)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A project whose two notebooks were run for two areas, with a parameter changed."""
    project = make_project(tmp_path_factory.mktemp("made") / "p", {"full": FULL, "plain": PLAIN})
    before = files_in(project)
    result = call(project, "--area", "WILTSHIRE", "--area", "999", "-p", "year=2011", "-p", 'note=it\'s "so"')
    assert result.exit_code == 0, result.output
    after = files_in(project)
    assert {name: after[name] for name in before} == before
    return project


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "p", {"full": FULL, "plain": PLAIN})


def test_a_run_publishes_these_files_and_no_others(published):
    names = ["full.html", "full.ipynb", "plain.html", "plain.ipynb", "values.csv", "values.meta.csv"]
    folders = ["b-kings-queens-b", "wiltshire"]
    assert sorted(files_in(published / "reports")) == sorted(
        [f"{f}/{n}" for f in folders for n in names] + ["edition.json", "index.html"]
    )
    assert all((published / "reports" / f / n).stat().st_mode & 0o777 == 0o644 for f in folders for n in names)


def test_what_takes_long_is_said_once_and_only_when_it_is_made(project):
    write_catalogue(project, [entry("full", wait="models are fitted, which takes long"), entry("plain")])
    made = call(project, "--area", "wiltshire", "--area", "999")
    assert made.stderr == "analysis: full: models are fitted, which takes long\n"
    assert call(project, "--area", "wiltshire", "--area", "999").stderr == ""


def test_two_runs_give_the_same_bytes(published, tmp_path):
    words = ["-p", 'note=it\'s "so"', "-p", "year=2011", "--area", "E06000099", "--area", "865"]
    environment = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "MPLBACKEND": "agg"}
    result = CliRunner(env={**environment, "ANALYSIS_ROOT": str(published)}).invoke(
        main, ["run", *words, "--jobs", "1", "--output", str(tmp_path / "again")]
    )
    assert result.exit_code == 0, result.output
    assert files_in(tmp_path / "again") == files_in(published / "reports")
    text = files_in(tmp_path / "again")["wiltshire/full.html"].decode()
    assert "year 2011 England" in text
    assert "UTC 0" in text


def test_no_path_time_or_machine_reaches_a_published_file(published):
    words = [str(published), tempfile.gettempdir() + "/", str(Path.home()), sys.prefix, "papermill", "T00:"]
    files = files_in(published / "reports")
    assert {name.rpartition(".")[2] for name in files} == {"html", "ipynb", "csv", "json"}
    for name, content in files.items():
        found = [word for word in words if word in content.decode()]
        assert not found, name


def test_published_notebook_is_minimal_and_says_what_made_it(published):
    text = (published / "reports" / "wiltshire" / "full.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    assert text.endswith("}\n")
    assert text == nbformat.writes(notebook) + "\n"
    assert set(notebook.metadata) == {"analysis", "kernelspec", "language_info"}
    assert set(notebook.metadata.language_info) == {"name", "file_extension", "pygments_lexer"}
    assert notebook.metadata.kernelspec.name == "python3"
    about = notebook.metadata.analysis
    assert (about.notebook, about.area, about.area_name) == ("full", "E06000054", "Wiltshire")
    assert about.parameters == {
        "area": "E06000054",
        "year": 2011,
        "confidence": 0.95,
        "comparator": "England",
        "note": 'it\'s "so"',
        "strict": True,
    }
    assert set(about.fingerprint) == {"data", "notebook", "code", "parameters"}
    assert all(len(digest) == 64 for digest in about.fingerprint.values())
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    injected = [cell for cell in notebook.cells if cell.id == "injected-parameters"]
    assert [cell.source for cell in injected] == ["# Parameters\nyear = 2011\nnote = 'it\\'s \"so\"'"]
    other = json.loads((published / "reports" / "b-kings-queens-b" / "full.ipynb").read_text(encoding="utf-8"))
    assert "area = 'E06000099'\n" in other["cells"][1]["source"]


def test_published_notebook_runs_again_under_nbval(published, tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    copy = tmp_path / "full.ipynb"
    copy.write_bytes((published / "reports" / "wiltshire" / "full.ipynb").read_bytes())
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        "full.ipynb",
    ]
    # nbval's kernel must see what a report's kernel sees.
    environment = {**os.environ, "TZ": "UTC", "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "11 passed" in done.stdout
    copy.write_text(
        copy.read_text(encoding="utf-8").replace("year 2011 England", "year 2010 England"), encoding="utf-8"
    )
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "1 failed, 10 passed" in done.stdout


def test_values_are_gathered_over_an_areas_notebooks(published):
    folder = published / "reports" / "wiltshire"
    rows = list(csv.DictReader(io.StringIO((folder / "values.csv").read_text(encoding="utf-8"))))
    assert [(r["notebook"], r["key"], r["value"], r["lower"], r["unit"], r["symbol"]) for r in rows] == [
        ("full", "rate", "6.3", "5.9", "percent", ""),
        ("full", "count", "794", "", "people", "e"),
    ]
    meta = list(csv.DictReader(io.StringIO((folder / "values.meta.csv").read_text(encoding="utf-8"))))
    assert [row["col_name"] for row in meta] == list(rows[0])
    assert {row["col_type"] for row in meta} == {"Filter", "Indicator"}


def test_page_and_index_escape_the_areas_name_and_the_values(published):
    index = (published / "reports" / "index.html").read_text(encoding="utf-8")
    assert '<a href="wiltshire/full.html">Small report</a>' in index
    assert "6.3%<br><small>5.9% to 6.7%</small>" in index
    assert "Rate &lt;i&gt;" in index
    for name in ("index.html", "b-kings-queens-b/full.html"):
        text = (published / "reports" / name).read_text(encoding="utf-8")
        assert "&lt;b&gt;Kings&#39; &amp; Queens&lt;/b&gt;" in text
        assert "<b>Kings" not in text


def test_the_index_reads_again_only_reports_that_have_changed(project, monkeypatch):
    assert call(project).exit_code == 0
    reports, catalogue = project / "reports", load_catalogue(project / "notebooks")
    before = (reports / "index.html").read_bytes()
    (reports / "index.html").unlink()
    monkeypatch.setattr(publish, "read_report", lambda path: read.append(path.name) or found(path))
    read, found = [], read_report
    publish_index(reports, catalogue, the_project(project).said)
    assert (read, (reports / "index.html").read_bytes()) == ([], before)
    changed = reports / "wiltshire" / "full.ipynb"
    changed.write_text(changed.read_text(encoding="utf-8").replace("6.3", "64.7"), encoding="utf-8")
    publish_index(reports, catalogue, the_project(project).said)
    assert read == ["full.ipynb"]
    assert "64.7%" in (reports / "index.html").read_text(encoding="utf-8")


def test_the_pages_command_makes_the_same_page(published):
    import html
    import re
    import shlex

    text = (published / "reports" / "b-kings-queens-b" / "plain.html").read_text(encoding="utf-8")
    command = shlex.split(html.unescape(re.search(r"<code>(analysis run .*?)</code>", text)[1]))
    assert command == [
        "analysis",
        "run",
        "plain",
        "--area",
        "<b>Kings' & Queens</b>",
        "-p",
        "year=2011",
        "-p",
        'note=it\'s "so"',
    ]


def test_a_failure_is_named_and_leaves_the_last_good_report(project):
    output = project / "reports"
    assert call(project).exit_code == 0
    good = files_in(output)
    rewrite(project, "full", [*FULL[:2], "# first line\nraise ValueError('one\\ntwo')", "print('never')"])
    result = call(project)
    assert result.exit_code == 1
    assert "full, Wiltshire: failed at code cell 3 (# first line): ValueError: two\n" in result.stderr
    assert f"{output}/.failed/wiltshire/full.ipynb" in result.stderr
    assert "1 of 2 reports are up to date" in result.stdout
    after = files_in(output)
    for name in ("wiltshire/full.html", "wiltshire/full.ipynb", "wiltshire/values.csv"):
        assert after[name] == good[name]
    failed = {name for name in after if name.startswith(".failed")}
    assert failed == {".failed/wiltshire/full.ipynb", ".failed/wiltshire/full.log"}
    log = after[".failed/wiltshire/full.log"].decode()
    assert log.startswith("code cell 3 (# first line): ValueError: two\n")
    assert "Traceback" in log
    assert "\x1b" not in log
    assert b"ValueError: two" in after["index.html"]
    assert [r["outcome"] for r in run_record(output)["reports"]] == ["failed", "unchanged"]
    rewrite(project, "full", FULL)
    assert call(project, "full").exit_code == 0
    assert files_in(output) == good


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("import sys\nsys.exit('')", "code cell 2 (import sys): SystemExit"),
        ("import os\nos._exit(3)", "code cell 2 (import os): "),
        ("raise_(", "code cell 2 (raise_(): SyntaxError"),
    ],
)
def test_a_run_that_does_not_reach_the_end_is_a_failure(project, cell, expected):
    rewrite(project, "full", [cell, "print('not reached')"])
    result = call(project, "full")
    assert result.exit_code == 1
    assert expected in result.stderr
    assert not (project / "reports" / "wiltshire").exists()


def test_an_expected_exception_never_reaches_a_page(project):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(PARAMETERS_CELL, metadata={"tags": ["parameters"]})]
    )
    notebook.cells.append(nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}))
    nbformat.write(notebook, project / "notebooks" / "full.ipynb")
    result = call(project, "full")
    assert result.exit_code == 1
    assert "code cell 2 (1 / 0): ZeroDivisionError: division by zero" in result.stderr


def test_time_limit_ends_the_report_and_its_kernel(project, tmp_path):
    note = f"import os, re\nopen({str(tmp_path / 'kernel')!r}, 'w').write(str(os.getpid()))"
    # Hangs in C code for a minute or so, where no Python thread of the kernel can run to end it.
    rewrite(project, "full", [note, "re.match('(a+)+$', 'a' * 31 + 'b')"])
    began = time.monotonic()
    result = call(project, "full", "--timeout", "5")
    assert result.exit_code == 1
    assert (
        "code cell 3 (re.match('(a+)+$', 'a' * 31 + 'b')): not finished within the time limit of 5 seconds"
        in result.stderr
    )
    assert time.monotonic() - began < 25
    assert not psutil.pid_exists(int((tmp_path / "kernel").read_text(encoding="utf-8")))
    assert sorted(files_in(project / "reports")) == [
        ".failed/wiltshire/full.ipynb",
        ".failed/wiltshire/full.log",
        "index.html",
    ]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_kernels_and_publishes_nothing_half(project, tmp_path, number, code):
    kernel = tmp_path / "kernel"
    note = f"import os, time\nopen({str(kernel)!r}, 'w').write(str(os.getpid()))"
    rewrite(project, "full", [note, "time.sleep(100)"])
    temporary = tmp_path / "tmp"  # its own: other runs have folders in the usual one
    temporary.mkdir()
    running = start(project, "full", TMPDIR=str(temporary))
    deadline = time.monotonic() + 60
    while not (kernel.exists() and kernel.read_text(encoding="utf-8")) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(running.pid, number)  # as a terminal does: the signal reaches every process of the group
    out, err = running.communicate(timeout=30)
    assert running.returncode == code, err
    assert out == ""
    assert err == "analysis: stopped; 0 of 1 reports were finished\n"
    assert not psutil.pid_exists(int(kernel.read_text(encoding="utf-8")))
    assert list(files_in(project / "reports")) == ["index.html"]
    assert run_record(project / "reports")["reports"][0]["outcome"] == "not finished"
    assert list(temporary.iterdir()) == []


def test_warnings_go_to_the_record_and_not_to_the_page(project):
    rewrite(
        project,
        "full",
        [
            "import sys",
            "print('a', flush=True)\nfor n in range(30):\n    print('careful', n, file=sys.stderr, flush=True)\n"
            "print('b')",
        ],
    )
    result = call(project, "full")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "20 lines of warnings" in result.stdout
    for name, content in files_in(project / "reports").items():
        assert b"careful 0" not in content, name
    assert run_record(project / "reports")["reports"][0]["warnings"][:2] == ["careful 0", "careful 1"]
    notebook = json.loads((project / "reports" / "wiltshire" / "full.ipynb").read_text(encoding="utf-8"))
    assert [output["text"] for output in notebook["cells"][2]["outputs"]] == [["a\n", "b\n"]]


def test_a_reports_kernel_has_a_scratch_folder_and_a_fixed_environment(project, tmp_path):
    blas = Path(__file__).with_name("blas.py").read_text(encoding="utf-8").partition("if __name__")[0]
    rewrite(
        project,
        "full",
        [
            "import os\nopen('left', 'w').close()",
            "print(os.environ['LC_ALL'], os.environ['OMP_NUM_THREADS'], 'surprise' in globals())",
            f"{blas}\nprint('the kernel is', core())",
        ],
    )
    profile = tmp_path / "ipython" / "profile_default" / "startup"
    profile.mkdir(parents=True)
    (profile / "a.py").write_text("surprise = 1", encoding="utf-8")
    environment = {"ANALYSIS_ROOT": str(project), "IPYTHONDIR": str(tmp_path / "ipython"), "OMP_NUM_THREADS": "7"}
    assert CliRunner(env=environment).invoke(main, ["run", "full"]).exit_code == 0
    text = (project / "reports" / "wiltshire" / "full.html").read_text(encoding="utf-8")
    assert "C.UTF-8 1 False" in text
    if platform.machine() in ("x86_64", "AMD64"):
        old = {**os.environ, "OPENBLAS_CORETYPE": "PRESCOTT"}
        asked = [sys.executable, "-c", f"{blas}\nprint(core())"]
        oldest = subprocess.run(asked, env=old, capture_output=True, text=True, check=True).stdout
        assert f"the kernel is {oldest}" in text, "that of the oldest processor, whatever this one is"
    assert not list(Path.cwd().glob("left"))
    assert not list(project.rglob("left"))


def test_exit_code_of_the_command_itself(project):
    rewrite(project, "full", ["1 / 0"])
    running = start(project)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert out.startswith("plain, Wiltshire: done in ")
    assert len(out.splitlines()) == 1
    assert "ZeroDivisionError: division by zero" in err
    assert err.endswith("analysis: 1 of 2 reports failed\n")


def test_cells_without_ids_get_the_same_ids_every_time(project, tmp_path):
    path = project / "notebooks" / "plain.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        del cell["id"]
    path.write_text(json.dumps({**content, "nbformat_minor": 4}), encoding="utf-8")
    assert call(project, "plain").exit_code == 0
    assert call(project, "plain", "--output", str(tmp_path / "again")).exit_code == 0
    assert files_in(tmp_path / "again") == files_in(project / "reports")


def test_areas_are_found_by_name_and_by_either_code(project):
    areas = load_areas(project / "data" / "areas.csv")
    for word in ("wiltshire", "e06000054", "865", " Wiltshire "):
        assert [area.code for area in select_areas((word,), areas)] == ["E06000054"]
    assert [area.name for area in select_areas((), areas)] == ["Wiltshire"]
    assert len(select_areas(("865", "Wiltshire"), areas)) == 1


def test_fingerprints_follow_the_inputs_and_nothing_else(project):
    package = project / "package"
    (package / "templates").mkdir(parents=True)
    (package / "a.py").write_text("a = 1\n", encoding="utf-8")
    first = common_fingerprint(project, package)
    for stray in ("data/official/big.csv", "data/.cache/x", "data/fast.parquet", "package/a.pyc"):
        (project / stray).parent.mkdir(exist_ok=True)
        (project / stray).write_text("x", encoding="utf-8")
    assert common_fingerprint(project, package) == first
    assert [file.name for file in data_files(project)] == ["areas.csv"]
    (package / "a.py").write_bytes(b"a = 1\r\n")
    assert common_fingerprint(project, package) == first
    changes = {"data": "data/new.csv", "package": "package/templates/p.j2", "lock": "uv.lock"}
    for part, name in changes.items():
        (project / name).write_text("changed", encoding="utf-8")
        now = common_fingerprint(project, package)
        assert [key for key in first if now[key] != first[key]] == [part]
        first = now
    path = project / "notebooks" / "plain.ipynb"
    before = notebook_fingerprint(path)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].execution_count = 3
    nbformat.write(notebook, path)
    assert notebook_fingerprint(path) == before
    notebook.cells[2].source = "1 + 2"
    nbformat.write(notebook, path)
    assert notebook_fingerprint(path) != before


def test_a_page_with_a_hundred_charts_of_one_id_is_still_valid(project):
    bundle = {"image/svg+xml": SVG, "text/plain": "alt"}
    cell = f"for n in range(100):\n    {show(bundle, kind='chart', id='c', title='T', alt='A')}"
    rewrite(project, "full", ["from IPython.display import display", cell])
    assert call(project, "full").exit_code == 0
    text = (project / "reports" / "wiltshire" / "full.html").read_text(encoding="utf-8")
    assert text.count('clip-path="url(#c-100-p1)"') == text.count('id="c-100-p1"') == 1


def test_put_leaves_the_old_file_and_no_other_when_it_cannot_finish(tmp_path, monkeypatch):
    put(tmp_path / "a.html", b"old")

    def refuse(source, target):
        raise OSError("disk full")

    monkeypatch.setattr("analysis.files.os.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        put(tmp_path / "a.html", b"new")
    assert files_in(tmp_path) == {"a.html": b"old"}
