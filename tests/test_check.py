"""`analysis check`: quiet and 0 on the project, and all that is wrong by file and line on spoilt copies of it."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.cli import main
from analysis.official import cross_checks
from notebook_runs import copy_data
from official_samples import all_there, read_real

ROOT = Path(__file__).resolve().parent.parent
CLAIM = "ehs-hidden-harm-share"
"""A claim of the register that rests on three figures; the copies have it and one more, to be quick."""


def call():
    return CliRunner().invoke(main, ["check"])


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the project's data/ and notebooks/ with the first few claims of the register."""
    copy_data(tmp_path)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    lines = (tmp_path / "data" / "claims.yml").read_text(encoding="utf-8").split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("- id:")]
    (tmp_path / "data" / "claims.yml").write_text("\n".join(lines[: starts[5]]) + "\n", encoding="utf-8")
    monkeypatch.setenv("ANALYSIS_ROOT", str(tmp_path))
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)  # the copies are checked without the releases, to be quick
    return tmp_path


def refused():
    """The lines on standard error; the exit code is 1, nothing is on standard output, and nothing is a traceback."""
    result = call()
    assert (result.exit_code, result.stdout) == (1, "")
    assert isinstance(result.exception, SystemExit)
    *problems, last = result.stderr.splitlines()
    assert last == f"analysis: {len(problems)} problem{'s' if len(problems) > 1 else ''}"
    return problems


def line_of(path, start):
    """The number of the one line of a file that is this."""
    found = [n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if line == start]
    assert len(found) == 1, (path.name, start, found)
    return found[0]


def replace(path, old, new):
    """Replace a text that stands once in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path.name, old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def set_cell(path, where, column, value):
    """Set one cell of the one row of a table that has these values; return its line."""
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        rows, columns = list(reader), reader.fieldnames
    chosen = [number for number, row in enumerate(rows) if where.items() <= row.items()]
    assert len(chosen) == 1, (path.name, where, chosen)
    rows[chosen[0]][column] = value
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return chosen[0] + 2


SUPPORTED = {"indicator": "hidden_harm_children_supported"}


def test_the_project_is_in_order(monkeypatch):
    """With the releases as they are read once in a test run."""
    monkeypatch.setenv("ANALYSIS_ROOT", str(ROOT))
    if all_there():
        monkeypatch.setattr(cross_checks, "read_everything", lambda data: read_real().read)
    result = call()
    assert (result.exit_code, result.stderr) == (0, "")
    claims = (ROOT / "data" / "claims.yml").read_text(encoding="utf-8").count("\n- id:")
    figures = 0
    for name in ("figures.csv", "figures_official.csv"):
        with (ROOT / "data" / name).open(encoding="utf-8", newline="") as stream:
            figures += len(list(csv.DictReader(stream)))
    notebooks = len(list((ROOT / "notebooks").glob("*.ipynb")))
    held = "releases not at hand, so not held against each other"
    if os.environ.get("ANALYSIS_OFFICIAL"):
        comparisons = (ROOT / "data" / "cross_checks.csv").read_text(encoding="utf-8").count("\n") - 1
        held = f"{comparisons} comparisons of releases"
    expected = f"{figures} figures, {claims} claims, {notebooks} notebooks with their parameters; {held}"
    assert result.stdout == f"analysis: all in order: {expected}\n"


def test_the_copy_is_in_order_and_left_as_it_was(project):
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    result = call()
    assert result.exit_code == 0, result.stderr
    assert ", 5 claims, " in result.stdout
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_changed_figure_is_found_by_the_claims_it_carries(project):
    set_cell(project / "data" / "figures.csv", SUPPORTED, "value", "208")
    line = line_of(project / "data" / "claims.yml", f"- id: {CLAIM}")
    assert refused() == [
        f"claims.yml, line {line}, {CLAIM}: "
        "recorded as 'contradicted', but 'holds within rounding' follows (recomputed 0.69%, stated 0.69%)",
    ]


def test_several_problems_in_several_files_are_listed_at_once(project):
    data = project / "data"
    lines = {
        "figures.csv": set_cell(data / "figures.csv", SUPPORTED, "value", "many"),
        "indicators.csv": set_cell(data / "indicators.csv", SUPPORTED, "polarity", "good"),
        "areas.csv": set_cell(data / "areas.csv", {"name": "Wiltshire"}, "has_published", "perhaps"),
        "sources.csv": set_cell(data / "sources.csv", {"source": "csc_update_2024"}, "date", "last year"),
        "activities.csv": set_cell(data / "activities.csv", {"number": "3"}, "measured", "maybe"),
        "questions.csv": set_cell(data / "questions.csv", {"number": "2"}, "number", "two"),
    }
    replace(project / "notebooks" / "catalogue.yml", "notebooks:", "notebook:")
    (data / "strategies.csv").unlink()
    problems = refused()
    for name, line in lines.items():
        assert [p for p in problems if p.startswith(f"{name}, line {line}, column ")], name
    assert "catalogue.yml: expected a list named 'notebooks'" in problems[-1]
    assert [p for p in problems if p.startswith("strategies.csv: ") and "no such file" in p.lower()]
    assert len(problems) == len(lines) + 2


def test_a_register_that_cannot_be_read_is_named(project):
    """What can be wrong with its YAML: `test_claims`."""
    file = project / "data" / "claims.yml"
    file.write_text("- id: [", encoding="utf-8")
    assert ["claims.yml: cannot be read as UTF-8 YAML" in problem for problem in refused()] == [True]
    file.unlink()
    assert ["claims.yml: " in problem for problem in refused()] == [True]


def test_a_folder_that_is_no_project_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("ANALYSIS_ROOT", str(tmp_path))
    result = call()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("analysis: no data folder in ")
    assert result.stderr.count("\n") == 1
