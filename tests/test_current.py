"""Which reports are kept: those that would come out the same, whatever has changed elsewhere."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.official import cache
from analysis.press import pool
from analysis.press.request import plan_jobs
from analysis.press.reuse import EDITION, STATE, Code, Made, data_read, edition, meaning, read_report
from analysis.project import project as the_project
from small_project import FULL, call, files_in, make_project, markdown, run_record, write_notebook

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ("neet", "send")
OFFICIAL = os.environ.get("ANALYSIS_OFFICIAL")
OTHER = "E06000022"  # Bath and North East Somerset: its figures are not in data/


def made_again(project, *assignments, areas=(), output=None):
    """The notebooks whose reports are not up to date."""
    here = the_project(project)
    _, planned = plan_jobs(here, (), areas, assignments)
    made = Made(here, output or project / "reports")
    return [job.entry.name for job in planned if not made.is_current(job)]


def copy_of(project, place):
    """A copy of a project with its reports."""
    return Path(shutil.copytree(project, place / "p", ignore=shutil.ignore_patterns(".cache")))


# --- A small project: whole files, and each input alone ------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A project whose two notebooks were run."""
    project = make_project(tmp_path_factory.mktemp("small") / "p", {"full": FULL, "plain": [markdown("# P"), "1 + 1"]})
    assert call(project).exit_code == 0
    return project


@pytest.fixture
def project(small, tmp_path):
    return copy_of(small, tmp_path)


def test_a_second_run_keeps_everything_and_starts_no_process(project, monkeypatch):
    before = files_in(project)

    def refuse(*words):
        raise AssertionError("a process was started")

    monkeypatch.setattr(pool, "ProcessPool", refuse)
    result = call(project)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "analysis: 2 of 2 reports are up to date; --force makes them again\n"
    assert files_in(project) == before
    assert run_record(project / "reports")["counts"] == {"done": 0, "failed": 0, "unchanged": 2, "not finished": 0}


@pytest.mark.parametrize("notes", [None, '{"wiltshire/full": 3, "wiltshire/plain": {}}', "\udcff"])
def test_without_notes_the_reports_themselves_say_what_they_follow_from(project, notes):
    state = project / "reports" / STATE
    state.unlink() if notes is None else state.write_bytes(notes.encode(errors="surrogateescape"))
    assert made_again(project) == []
    result = call(project)
    assert (result.exit_code, result.stdout.count("up to date"), result.stdout.count("done in")) == (0, 1, 0)
    assert set(json.loads(state.read_text(encoding="utf-8"))) == {"wiltshire/full", "wiltshire/plain"}


def in_metadata(path, change):
    """Change what a report says of itself."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content["metadata"]["analysis"])
    path.write_text(json.dumps(content), encoding="utf-8")


def edit_lock(project):
    (project / "uv.lock").write_text("another\n", encoding="utf-8")


def test_each_input_alone_makes_the_reports_on_it_again(project):
    full, lock, data = project / "notebooks" / "full.ipynb", project / "uv.lock", project / "data" / "new.csv"
    before = full.read_bytes(), lock.read_bytes()
    for _ in ("with notes", "without"):
        write_notebook(full, [*FULL, "'more'"])
        assert made_again(project) == ["full"]
        full.write_bytes(before[0])
        edit_lock(project)
        assert made_again(project) == ["full", "plain"]
        lock.write_bytes(before[1])
        data.write_text("a,b\n", encoding="utf-8")  # these notebooks do not say what they read
        assert made_again(project) == ["full", "plain"]
        data.unlink()
        assert made_again(project) == []
        (project / "reports" / STATE).unlink(missing_ok=True)


def test_a_parameter_makes_a_report_again_and_back_again(project):
    assert made_again(project, "year=2013") == []  # the default
    assert made_again(project, "year=2011") == ["full", "plain"]
    before = files_in(project / "reports")
    assert call(project, "plain", "-p", "year=2011").stdout.count("done in") == 1
    assert made_again(project) == ["plain"]
    assert call(project).stdout.count("done in") == 1
    assert files_in(project / "reports") == before


def test_a_report_made_from_other_inputs_or_that_says_too_little_of_itself_is_made_again(project):
    path = project / "reports" / "wiltshire" / "full.ipynb"
    good = path.read_bytes()
    changes = [lambda about, part=part: about["fingerprint"].update({part: "0" * 64}) for part in ("data", "code")]
    parts = ("digest", "page", "fingerprint", "parameters", "area_name")
    for change in [*changes, *[lambda about, part=part: about.pop(part) for part in parts]]:
        in_metadata(path, change)
        assert made_again(project) == ["full"]
        path.write_bytes(good)


EDITIONS = [None, b"\xff", b"cut", b'{"lock": 3}']


@pytest.mark.parametrize("content", EDITIONS)
@pytest.mark.parametrize("noted", [True, False])
def test_an_edition_that_cannot_be_read_is_noted_anew_or_the_reports_are_made_again(project, content, noted):
    file, before = project / "reports" / EDITION, files_in(project / "reports")
    content = file.read_bytes()[:-40] if content == b"cut" else content
    file.unlink() if content is None else file.write_bytes(content)
    if not noted:
        (project / "reports" / STATE).unlink()
    assert made_again(project) == ([] if noted else ["full", "plain"])
    if noted or content is None:  # the rest comes to the same
        result = call(project, *([] if noted else ["plain"]))
        assert (result.exit_code, result.stdout.count("done in")) == (0, 0 if noted else 1)
        if not noted:
            assert edition(project / "reports")["lock"] == ""  # nobody knows
            assert call(project).stdout.count("done in") == 1
        assert files_in(project / "reports") == before


def test_no_report_is_taken_for_one_of_a_lock_that_it_was_not_made_under(project):
    reports, old = project / "reports", edition(project / "reports")["lock"]
    edit_lock(project)
    assert call(project, "plain").stdout.count("done in") == 1
    assert edition(reports)["lock"] == ""  # there are two
    assert made_again(project) == ["full"]
    (reports / STATE).unlink()
    assert made_again(project) == ["full", "plain"]  # nobody knows of either
    assert call(project).stdout.count("done in") == 2
    assert set(edition(reports)) == {"lock", "package"}
    assert edition(reports)["lock"] not in ("", old)
    assert made_again(project) == []


def test_a_run_that_was_killed_leaves_no_report_under_a_wrong_lock(project):
    state, before = project / "reports" / STATE, (project / "uv.lock").read_bytes()
    state.unlink()
    edit_lock(project)
    here = the_project(project)
    _, planned = plan_jobs(here, (), (), ())
    Made(here, project / "reports").begin(planned[:1])  # and no more
    for content in (None, before):
        if content:
            (project / "uv.lock").write_bytes(content)
        assert made_again(project) == ["full", "plain"]


# --- The package: only what a report runs matters ------------------------------------------------


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A project with a copy of the package of its own, run: one notebook imports a module, one does not."""
    root = tmp_path_factory.mktemp("copied")
    shutil.copytree(ROOT / "src" / "analysis", root / "src" / "analysis", ignore=shutil.ignore_patterns("__pycache__"))
    make_project(root / "p", {"plain": ["1 + 1"], "uses": ["from analysis import headline\nheadline.__name__"]})
    assert run_copied(root).count("done in") == 2
    return root


def run_copied(root):
    """Run the copy of the package over its project."""
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "ANALYSIS_ROOT": str(root / "p")}
    command = [sys.executable, "-m", "analysis", "run"]
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout


def in_package(root, name, change):
    """Change a file of the copy of the package; return the notebooks whose code is another now."""
    package, notebooks = root / "src" / "analysis", sorted((root / "p" / "notebooks").glob("*.ipynb"))
    before = [Code(package).digest(notebook) for notebook in notebooks]
    text = (package / name).read_text(encoding="utf-8")
    assert change(text) != text
    (package / name).write_text(change(text), encoding="utf-8")
    now = [Code(package).digest(notebook) for notebook in notebooks]
    return [path.stem for path, old, new in zip(notebooks, before, now, strict=True) if old != new]


def test_a_changed_docstring_changes_one_line_of_one_file_and_a_changed_function_the_reports_on_it(copied, tmp_path):
    root = Path(shutil.copytree(copied, tmp_path / "c"))
    reports, before = root / "p" / "reports", files_in(root / "p" / "reports")
    assert in_package(root, "headline.py", lambda text: text.replace('"""', '"""Other words.\n\n', 1)) == []
    assert "2 of 2 reports are up to date" in run_copied(root)
    now = files_in(reports)
    assert [name for name in now if now[name] != before.get(name)] == [EDITION]
    lines = [content[EDITION].splitlines() for content in (before, now)]
    assert [old.split(b":")[0] for old, new in zip(*lines, strict=True) if old != new] == [b' "package"']
    (reports / STATE).unlink()
    assert in_package(root, "headline.py", a_line_more) == ["uses"]
    text = run_copied(root)
    assert ("1 of 2 reports are up to date" in text, text.count("done in")) == (True, 1)


def a_line_more(text):
    return f"{text}\n\ndef another() -> None:\n    pass\n"


def test_a_change_of_the_package_counts_for_the_reports_that_run_it(copied, tmp_path):
    shutil.copytree(copied / "src", tmp_path / "src")
    shutil.copytree(copied / "p" / "notebooks", tmp_path / "p" / "notebooks")
    for name, change, expected in (
        ("headline.py", a_line_more, ["uses"]),
        ("methods/funnel.py", a_line_more, []),  # neither imports it
        ("press/publish.py", a_line_more, []),
        ("press/page.py", lambda text: f"{text}\n\n# a comment\n\n", []),
        ("press/markup.py", a_line_more, ["plain", "uses"]),  # the page's modules import it
        ("__init__.py", a_line_more, ["plain", "uses"]),
        ("templates/style.css", lambda text: f"{text}p {{ color: red }}\n", ["plain", "uses"]),
    ):
        assert in_package(tmp_path, name, change) == expected, name


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("x = 1\n", "# c\nx = 1  # d\n\n\n", True),
        ("x = 1\n", "x = 2\n", False),
        ("x = '''a\n\n# b'''\n", "x = '''a\n# b'''\n", False),
        ("def f():\n    'a'\n    return 1\n", "def f():\n    'b'\n    return 1\n", True),
        ("x = a + b * c\n", "x = (a + b) * c\n", False),
        ("if x:\n    y = 1\nz = 2\n", "if x:\n    y = 1\n    z = 2\n", False),
    ],
)
def test_what_a_module_does_is_told_from_its_words(old, new, same):
    assert (meaning(old.encode()) == meaning(new.encode())) is same


def test_a_notebook_whose_imports_cannot_be_told_counts_on_the_whole_package(tmp_path):
    code = Code(ROOT / "src" / "analysis")
    write_notebook(tmp_path / "part.ipynb", ["import analysis.charts as charts\nfrom analysis.methods import funnel"])
    part = code.modules(tmp_path / "part.ipynb")
    assert {"analysis.charts", "analysis.methods", "analysis.methods.funnel", "analysis.press.page"} <= part
    for cell in ("import analysis.charts", "from analysis import *", "%time 1", "__import__('x')"):
        write_notebook(tmp_path / "whole.ipynb", [cell])
        assert "analysis.checks" in code.modules(tmp_path / "whole.ipynb") - part, cell


def test_a_damaged_file_is_made_again(project):
    state = project / "reports" / STATE
    for suffix in (".html", ".ipynb"):
        path = project / "reports" / "wiltshire" / f"full{suffix}"
        good = path.read_bytes()
        other = b'{"cells": 3, "metadata": {"analysis": {"notebook": "full", "area_name": ""}}}'
        for damaged in (None, good[: len(good) // 2], good.replace(b"6.3", b"6.4"), other, b"\xff\xfe" + good):
            path.unlink() if damaged is None else path.write_bytes(damaged)
            assert made_again(project) == ["full"]
            notes = state.read_bytes()
            state.unlink()
            assert made_again(project) == ["full"]
            state.write_bytes(notes)
        path.write_bytes(good[:20])
        assert call(project).stdout.count("done in") == 1
        assert path.read_bytes() == good


def test_a_report_that_failed_last_time_is_tried_again(project):
    log = project / "reports" / ".failed" / "wiltshire" / "plain.log"
    log.parent.mkdir(parents=True)
    log.write_text("it failed\n", encoding="utf-8")
    assert made_again(project) == ["plain"]
    assert call(project).stdout.count("done in") == 1
    assert not log.parent.parent.exists()
    assert made_again(project) == []


def test_missing_and_old_tables_and_index_are_rebuilt_for_kept_reports(project):
    before, reports = files_in(project / "reports"), project / "reports"
    (reports / "index.html").unlink()
    (reports / "wiltshire" / "values.csv").write_text("old", encoding="utf-8")
    os.utime(reports / "wiltshire" / "values.csv", (0, 0))  # as a run leaves it that was killed before it came to it
    assert "2 of 2 reports are up to date" in call(project).stdout
    assert files_in(reports) == before


# --- The project's own data: only what a report read matters -------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A project with the real data and two real notebooks, run for Wiltshire."""
    root = tmp_path_factory.mktemp("real") / "p"
    shutil.copytree(ROOT / "data", root / "data", ignore=shutil.ignore_patterns("official", ".*"))
    (root / "notebooks").mkdir()
    catalogue = yaml.safe_load((ROOT / "notebooks" / "catalogue.yml").read_text(encoding="utf-8"))
    listed = [item for item in catalogue["notebooks"] if item["name"] in NOTEBOOKS]
    (root / "notebooks" / "catalogue.yml").write_text(yaml.safe_dump({"notebooks": listed}), encoding="utf-8")
    for name in ("how_we_work.md", *(f"{name}.ipynb" for name in NOTEBOOKS)):
        shutil.copy(ROOT / "notebooks" / name, root / "notebooks")
    (root / "uv.lock").write_text("lock\n", encoding="utf-8")
    result = call(root)
    assert result.exit_code == 0, result.output
    return root


@pytest.fixture
def reads(real):
    """The pairs of indicator and area that each notebook asked for."""
    read = {name: data_read(read_report(real / "reports" / "wiltshire" / f"{name}.ipynb")) for name in NOTEBOOKS}
    return {
        n: {(indicator, area) for indicator, areas in r["figures"].items() for area in areas} for n, r in read.items()
    }


@pytest.fixture
def root(real, tmp_path):
    return copy_of(real, tmp_path)


def edit(path, wanted, column, value):
    """Change one cell in the first row that is wanted; `value` is made from the old one."""
    with path.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    row = next(row for row in rows if wanted(dict(zip(header, row, strict=True))))
    place = header.index(column)
    row[place] = value(row[place])
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return dict(zip(header, row, strict=True))


def one_more(text):
    """A number that is another."""
    return repr(float(text) + 1) if "." in text else str(int(text) + 1)


def change_figure(root, fits):
    """Change the value of the first official figure whose indicator and area fit."""
    file = root / "data" / "figures_official.csv"
    return edit(file, lambda row: row["value"] and fits((row["indicator"], row["area"])), "value", one_more)


def test_a_figure_that_one_report_reads_makes_that_one_again(root, reads):
    assert made_again(root) == []
    own = reads["send"] - reads["neet"]
    change_figure(root, lambda pair: pair in own)
    assert made_again(root) == ["send"]
    assert call(root).stdout.count("done in") == 1
    assert made_again(root) == []


def test_a_figure_that_nobody_reads_makes_none_again_and_kept_reports_are_what_force_makes(root, reads, tmp_path):
    anyone = reads["send"] | reads["neet"]
    change_figure(root, lambda pair: pair not in anyone)
    assert made_again(root) == []
    assert call(root, "--force", "--output", str(tmp_path / "forced")).exit_code == 0
    assert files_in(tmp_path / "forced") == files_in(root / "reports")


def test_a_figure_that_comes_to_stand_where_none_was_counts_as_read(root, reads):
    table = root / "data" / "figures_official.csv"
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    there = {(row["indicator"], row["area"]) for row in rows}
    absent = sorted(reads["send"] - reads["neet"] - there)
    assert absent, "the notebook asks for a figure that is not there"
    new = rows[0] | dict(zip(("indicator", "area"), absent[0], strict=True))
    with table.open("a", encoding="utf-8", newline="") as stream:
        csv.DictWriter(stream, list(rows[0]), lineterminator="\n").writerow(new)
    assert made_again(root) == ["send"]


def test_an_indicators_title_counts_where_it_is_shown_and_what_every_page_rests_on_everywhere(root, reads):
    own = {indicator for indicator, _ in reads["send"]} - {indicator for indicator, _ in reads["neet"]}
    for table, wanted, column, value, expected in (
        ("indicators.csv", lambda row: row["indicator"] in own, "title", lambda title: f"{title} (new)", ["send"]),
        ("sources.csv", lambda row: True, "date", lambda date: "2001-01", list(NOTEBOOKS)),
        ("neighbours.csv", lambda row: True, "rank", lambda rank: "99", list(NOTEBOOKS)),
    ):
        edit(root / "data" / table, wanted, column, value)
        assert made_again(root) == expected
        shutil.copy(ROOT / "data" / table, root / "data")


def test_data_that_cannot_be_read_is_left_to_the_reports_to_say(root):
    (root / "data" / "figures_official.csv").unlink()
    assert made_again(root) == ["neet", "send"]
    result = call(root, "neet")
    assert result.exit_code == 1
    assert "figures_official.csv: no such file in data/" in result.stderr


@pytest.mark.skipif(not OFFICIAL, reason="set ANALYSIS_OFFICIAL to the folder with the official releases")
def test_an_official_figure_of_another_area_counts_as_far_as_its_report_reads_it(root, with_cache, monkeypatch):
    with_cache(root)
    output = root / "reports"
    result = call(root, "send", "--area", OTHER)
    assert result.exit_code == 0, result.output
    (report,) = (file for file in output.glob("*/send.ipynb") if file.parent.name != "wiltshire")
    read = data_read(read_report(report))
    everything = cache.read

    def changed(indicators, inside):
        def tables(*asked):
            table = everything(*asked)
            if asked[1:3] != ("figures", "area"):
                return table
            rows = table.index[(table["indicator"].isin(indicators) == inside) & (table["area"] == OTHER)]
            row = next(row for row in rows if pd.notna(table.at[row, "value"]))
            table.loc[row, "value"] += 1
            return table

        return tables

    # Another release makes another fingerprint of all the data there is; then it matters what was read.
    def again():
        here = the_project(root)
        digests = here.releases()
        here = dataclasses.replace(here, releases=lambda: [*digests, "another"])
        _, planned = plan_jobs(here, ("send",), (OTHER,), ())
        return [job for job in planned if not Made(here, output).is_current(job)]

    assert not again()
    monkeypatch.setattr(cache, "read", changed(list(read["figures"]), False))
    assert not again()
    monkeypatch.setattr(cache, "read", changed(list(read["figures"]), True))
    assert len(again()) == 1
