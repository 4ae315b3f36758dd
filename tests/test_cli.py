"""The `analysis` command: its refusals, its list, its exit codes, and that it starts quickly."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from analysis.cli import main
from small_project import FULL, entry, make_project, write_catalogue, write_notebook


@pytest.fixture
def project(tmp_path, monkeypatch):
    marker = f"open({str(tmp_path / 'ran')!r}, 'w').close()"
    made = make_project(tmp_path / "p", {"small": [marker, *FULL], "other": [marker]})
    write_notebook(made / "notebooks" / "other.ipynb", [marker], "area = ''\nperiod = 1\nyear = 2013")
    extra = {"type": "int", "label": "Period", "help": "Periods."}
    parameters = {name: entry("x")["parameters"][name] for name in ("area", "year")} | {"period": extra}
    write_catalogue(made, [entry("small"), entry("other", parameters=parameters)])
    monkeypatch.setenv("ANALYSIS_ROOT", str(made))
    return made


def call(*words):
    return CliRunner().invoke(main, list(words))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["smal"], "unknown notebook 'smal'; did you mean 'small'? (notebooks: small, other)"),
        (
            ["other", "-p", "perod=1"],
            "'perod' for notebook other; did you mean 'period'? (parameters: area, year, period)",
        ),
        (["-p", "zzz=1"], "unknown parameter 'zzz' for notebooks small, other (parameters: area, year, confidence"),
        (["-p", "year"], "-p 'year' is not of the form NAME=VALUE"),
        (["-p", "year=2011", "-p", "year=2013"], "parameter 'year' is set twice"),
        (["-p", "area=Wiltshire"], "the area is set with --area, not -p: use --area 'Wiltshire'"),
        (["-p", "year=2012"], "parameter 'year' of notebook small: '2012' does not fit: expected one of 2011, 2013"),
        (["-p", "year=2_013"], "'2_013' is not a whole number"),
        (["-p", "year=__import__('os').system('x')"], "is not a whole number"),
        (["-p", "confidence=nan"], "'nan' is not a finite number"),
        (["-p", "confidence=0.5"], "'0.5' does not fit: expected 0.8 to 0.999"),
        (["-p", "comparator=Englnd"], "expected one of England, South West; did you mean 'England'?"),
        (["-p", "note=a\nb"], "expected text with no line breaks"),
        (["--area", "Wiltshier"], "unknown area 'Wiltshier'; did you mean 'Wiltshire'?"),
        (["--area", "Swindon"], "no notebook can be run for Swindon: all are about published documents"),
        (["small", "--area", "866"], "notebook 'small' is about published documents, and data/ has none of Swindon"),
        (["--output", "{root}/uv.lock/reports"], "cannot write to the output folder"),
        (["--timeout", "nan"], "--timeout nan: expected a number of seconds, such as 600"),
    ],
)
def test_a_refusal_is_one_line_and_nothing_runs(project, words, expected):
    words = [word.replace("{root}", str(project)) for word in words]
    result = call("run", *words)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("analysis: ")
    assert expected in result.stderr
    assert not (project.parent / "ran").exists()
    assert not (project / "reports").exists()


def test_missing_data_is_refused(project, monkeypatch):
    (project / "data" / "areas.csv").write_text("area,name\nE1,X\n", encoding="utf-8")
    assert "areas.csv, line 2: column 'level' is missing" in call("run").stderr
    (project / "data" / "areas.csv").unlink()
    result = call("run")
    assert (result.exit_code, "areas.csv is missing" in result.stderr) == (2, True)
    monkeypatch.setenv("ANALYSIS_ROOT", str(project / "notebooks"))
    result = call("list")
    assert (result.exit_code, "no data folder" in result.stderr) == (2, True)


@pytest.mark.skipif(os.name == "nt", reason="the current folder cannot be removed there")
def test_a_current_folder_that_is_gone_is_one_line(project, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    inside = f"import os, runpy, sys; os.rmdir({str(gone)!r}); sys.argv = ['analysis', 'run']; "
    inside += "runpy.run_module('analysis', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", inside], cwd=gone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("analysis: the current folder is gone (")


def test_list_shows_every_parameter_within_100_columns(project):
    result = call("list")
    assert (result.exit_code, max(map(len, result.stdout.splitlines())) <= 100) == (0, True)
    year = next(line for line in result.stdout.splitlines() if line.startswith("  year"))
    assert year.split()[:5] == ["year", "int", "2013", "2011,", "2013"]
    for words in ("small: Small report", "Does it work?", "England, South West", "0.8 to 0.999", "Periods."):
        assert words in result.stdout


@pytest.mark.parametrize("command", [["list"], ["run", "no-such-notebook"]])
def test_quick_commands_import_nothing_heavy(project, command):
    code = (
        "import sys, runpy\n"
        f"sys.argv = ['analysis', *{command!r}]\n"
        "try:\n    runpy.run_module('analysis', run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "print([m for m in ('pandas', 'numpy', 'nbformat', 'papermill', 'jinja2', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
