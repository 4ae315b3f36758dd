"""Reports end to end: what is published, what a failure leaves, signals, and the same bytes twice."""

from __future__ import annotations

import csv
import html
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

from analysis.files import put
from analysis.press.reuse import common_fingerprint, notebook_fingerprint
from small_project import (
    FULL,
    SVG,
    call,
    entry,
    files_in,
    make_project,
    markdown,
    rewrite,
    run_record,
    show,
    write_catalogue,
)

PLAIN = [markdown("# Plain\n\nWhy?"), "1 + 1"]
BLAS = Path(__file__).with_name("blas.py").read_text(encoding="utf-8").partition("if __name__")[0]
SAYS = [
    "import os, sys\nopen('left', 'w').close()",
    "print(os.environ['LC_ALL'], os.environ['OMP_NUM_THREADS'], 'surprise' in globals())",
    f"{BLAS}\nprint('the kernel is', core())",
    "print('a', flush=True)\nfor n in range(30):\n    print('careful', n, file=sys.stderr, flush=True)\nprint('b')",
    "from IPython.display import display\n"
    f"for n in range(100):\n    {show({'image/svg+xml': SVG, 'text/plain': 'alt'}, kind='chart', id='c', alt='A')}",
]
"""Looks about, warns, and draws a hundred charts of one id."""
WORDS = ["--area", "WILTSHIRE", "--area", "999", "-p", "year=2011", "-p", 'note=it\'s "so"']


def read_csv(file):
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A project whose notebooks were run for two areas with a parameter changed, and what the run said."""
    base = tmp_path_factory.mktemp("made")
    project = make_project(base / "p", {"full": FULL, "plain": PLAIN, "says": SAYS})
    path = project / "notebooks" / "plain.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        del cell["id"]  # as before nbformat 4.5: each gets the same every time
    path.write_text(json.dumps({**content, "nbformat_minor": 4}), encoding="utf-8")
    entries = [entry(name) for name in ("full", "plain", "says")]
    write_catalogue(project, [entries[0] | {"wait": "models are fitted, which takes long"}, *entries[1:]])
    profile = base / "ipython" / "profile_default" / "startup"
    profile.mkdir(parents=True)
    (profile / "a.py").write_text("surprise = 1", encoding="utf-8")
    before = files_in(project)
    result = call(project, *WORDS, IPYTHONDIR=str(base / "ipython"), OMP_NUM_THREADS="7")
    assert result.exit_code == 0, result.output
    after = files_in(project)
    assert {name: after[name] for name in before} == before
    return project, result


@pytest.fixture(scope="module")
def published(run):
    return run[0] / "reports"


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "p", {"full": FULL, "plain": PLAIN})


def test_a_run_publishes_these_files_and_no_others(published):
    names = [f"{name}.{kind}" for name in ("full", "plain", "says") for kind in ("html", "ipynb")]
    names += ["values.csv", "values.meta.csv"]
    folders = ["b-kings-queens-b", "wiltshire"]
    expected = [f"{f}/{n}" for f in folders for n in names] + ["edition.json", "index.html"]
    assert sorted(files_in(published)) == sorted(expected)
    assert all((published / f / n).stat().st_mode & 0o777 == 0o644 for f in folders for n in names)
    words = [str(published), tempfile.gettempdir() + "/", str(Path.home()), sys.prefix, "papermill", "T00:"]
    for name, content in files_in(published).items():
        assert [word for word in words if word in content.decode()] == [], name


def test_two_runs_give_the_same_bytes(run, published, tmp_path):
    other = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "MPLBACKEND": "agg"}
    words = [*WORDS[4:], "--area", "E06000099", "--area", "865", "--jobs", "1", "--output", str(tmp_path / "again")]
    result = call(run[0], *words, **other)
    assert result.exit_code == 0, result.output
    assert files_in(tmp_path / "again") == files_in(published)
    text = (published / "wiltshire" / "full.html").read_text(encoding="utf-8")
    assert "year 2011 England" in text
    assert "UTC 0" in text


def test_what_takes_long_and_what_warned_are_said_once_and_recorded(run, published):
    project, result = run
    assert result.stderr == "analysis: full: models are fitted, which takes long\n"
    assert result.stdout.count("20 lines of warnings") == 2
    record = run_record(published)
    assert set(record) == {"started", "finished", "exit_code", "counts", "options", "versions", "problems", "reports"}
    assert record["options"]["areas"] == ["WILTSHIRE", "999"]
    assert record["options"]["parameters"] == ["year=2011", 'note=it\'s "so"']
    of = {report["notebook"]: report for report in record["reports"]}
    assert of["says"]["warnings"][:2] == ["careful 0", "careful 1"]
    plain = of["plain"]
    assert set(plain["inputs"]) == {"around", "code", "data", "notebook", "package", "lock", "parameters"}
    assert (plain["parameters"]["year"], plain["error"]) == (2011, "")
    assert not [name for name, content in files_in(published).items() if b"careful 0" in content]
    again = call(project, *WORDS)
    assert (again.stderr, "6 of 6 reports are up to date" in again.stdout) == ("", True)


def test_a_reports_kernel_has_a_scratch_folder_and_a_fixed_environment(run, published):
    text = (published / "wiltshire" / "says.html").read_text(encoding="utf-8")
    assert "C.UTF-8 1 False" in text
    if platform.machine() in ("x86_64", "AMD64"):
        old = {**os.environ, "OPENBLAS_CORETYPE": "PRESCOTT"}
        asked = [sys.executable, "-c", f"{BLAS}\nprint(core())"]
        oldest = subprocess.run(asked, env=old, capture_output=True, text=True, check=True).stdout
        assert f"the kernel is {oldest}" in text, "that of the oldest processor, whatever this one is"
    assert not [*Path.cwd().glob("left"), *run[0].rglob("left")]
    assert text.count('clip-path="url(#c-100-p1)"') == text.count('id="c-100-p1"') == 1


def test_published_notebook_is_minimal_and_says_what_made_it(published):
    text = (published / "wiltshire" / "full.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    assert text == nbformat.writes(notebook) + "\n"
    assert set(notebook.metadata) == {"analysis", "kernelspec", "language_info"}
    about = notebook.metadata.analysis
    assert (about.notebook, about.area, about.area_name) == ("full", "E06000054", "Wiltshire")
    assert (about.parameters["year"], about.parameters["note"]) == (2011, 'it\'s "so"')
    assert set(about.fingerprint) == {"around", "data", "notebook", "code", "parameters"}
    assert all(len(digest) == 64 for digest in about.fingerprint.values())
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    injected = [cell.source for cell in notebook.cells if cell.id == "injected-parameters"]
    assert injected == ["# Parameters\nyear = 2011\nnote = 'it\\'s \"so\"'"]


def test_values_are_gathered_and_everything_is_escaped(published):
    rows = read_csv(published / "wiltshire" / "values.csv")
    assert [(r["notebook"], r["key"], r["value"], r["lower"], r["unit"], r["symbol"]) for r in rows] == [
        ("full", "rate", "6.3", "5.9", "percent", ""),
        ("full", "count", "794", "", "people", "e"),
    ]
    meta = read_csv(published / "wiltshire" / "values.meta.csv")
    assert [row["col_name"] for row in meta] == list(rows[0])
    index, page = (
        (published / name).read_text(encoding="utf-8") for name in ("index.html", "b-kings-queens-b/full.html")
    )
    assert '<a href="wiltshire/full.html">Small report</a>' in index
    assert "<td>Rate &lt;i&gt; is 6.3%.</td>" in index
    for text in (index, page):
        assert "&lt;b&gt;Kings&#39; &amp; Queens&lt;/b&gt;" in text
        assert "<b>Kings" not in text
    command = shlex.split(html.unescape(re.search(r"<code>(analysis run .*?)</code>", page)[1]))
    assert command == ["analysis", "run", "full", "--area", "<b>Kings' & Queens</b>", *WORDS[4:]]


def test_a_failure_leaves_the_last_good_report_and_stands_in_the_index(project):
    output = project / "reports"
    assert call(project).exit_code == 0
    good = files_in(output)
    rewrite(project, "full", [*FULL[:2], "# first line\nraise ValueError('one\\ntwo')", "print('never')"])
    result = call(project)
    assert result.exit_code == 1
    assert "full, Wiltshire: failed at code cell 3 (# first line): ValueError: two\n" in result.stderr
    assert f"  see {output}/.failed/wiltshire/full.log\n" in result.stderr
    after = files_in(output)
    assert {*after} - {*good} == {".failed/wiltshire/full.ipynb", ".failed/wiltshire/full.log"}
    assert {name for name in good if after[name] != good[name]} == {"index.html"}
    log = after[".failed/wiltshire/full.log"].decode()
    assert log.startswith("code cell 3 (# first line): ValueError: two\n")
    assert ("Traceback" in log, "\x1b" in log, b"ValueError: two" in after["index.html"]) == (True, False, True)
    rewrite(project, "full", FULL)
    assert call(project, "full").exit_code == 0
    assert files_in(output) == good


def test_fingerprints_follow_the_inputs_and_nothing_else(project):
    package = project / "package"
    (package / "templates").mkdir(parents=True)
    (package / "a.py").write_text("a = 1\n", encoding="utf-8")
    first = common_fingerprint(project, package)
    for stray in ("data/official/big.csv", "data/local/own.csv", "data/.cache/x", "data/fast.parquet", "package/a.pyc"):
        put(project / stray, b"x")
    (package / "a.py").write_bytes(b"a = 1\r\n")
    assert common_fingerprint(project, package) == first
    changes = {"data": "data/new.csv", "package": "package/templates/p.j2", "lock": "uv.lock"}
    for part, name in changes.items():
        (project / name).write_text("changed", encoding="utf-8")
        now = common_fingerprint(project, package)
        assert [key for key in first if now[key] != first[key]] == [part]
        first = now
    path = project / "notebooks" / "plain.ipynb"
    before, notebook = notebook_fingerprint(path), nbformat.read(path, as_version=4)
    for change, same in (({"execution_count": 3}, True), ({"source": "1 + 2"}, False)):
        notebook.cells[2].update(change)
        nbformat.write(notebook, path)
        assert (notebook_fingerprint(path) == before) is same
