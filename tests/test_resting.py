"""A report that rests on others: they are made first, it is made again with them, and not without them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analysis.press.catalogue import Refused, load_catalogue
from analysis.press.reuse import STATE
from small_project import call, entry, files_in, make_project, markdown, run_record, write_catalogue, write_notebook

TOP = """import json, os, pathlib
(low,) = pathlib.Path(os.environ["ANALYSIS_REPORTS"]).glob("*/low.ipynb")
for cell in json.loads(low.read_text(encoding="utf-8"))["cells"]:
    for output in cell.get("outputs", []):
        print("it says", "".join(output["text"]))"""
RESTS = {"rests_on": ["low"]}


def outcomes(project):
    return {report["notebook"]: report["outcome"] for report in run_record(project / "reports")["reports"]}


def page(project, name="top"):
    return (project / "reports" / "wiltshire" / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with a notebook that rests on another, listed before it; the upper one was asked for alone."""
    project = make_project(tmp_path_factory.mktemp("resting") / "p", {"top": [TOP], "low": ["print(year)"]})
    write_catalogue(project, [entry("top", **RESTS), entry("low"), entry("apart")])
    write_notebook(project / "notebooks" / "apart.ipynb", [markdown("# Apart")])
    assert call(project, "top").exit_code == 0
    return project


@pytest.fixture
def project(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "p", ignore=shutil.ignore_patterns(".cache")))


def test_what_it_rests_on_is_made_first_and_nothing_else(made):
    assert outcomes(made) == {"low": "done", "top": "done"}
    assert "it says 2013" in page(made)
    assert "Reports that it rests on" in page(made)
    assert "Reports that it rests on" not in page(made, "low")


def test_all_stay_as_they_are_with_and_without_notes(project):
    before = files_in(project / "reports")
    for notes in (True, False):
        if not notes:
            (project / "reports" / STATE).unlink()
        assert "2 of 2 reports are up to date" in call(project, "top").stdout
    assert files_in(project / "reports") == before


def test_it_is_made_again_with_what_it_rests_on_and_not_with_anything_else(project):
    write_notebook(project / "notebooks" / "low.ipynb", ["print(year + 100)"])
    call(project)
    assert outcomes(project) == {"low": "done", "top": "done", "apart": "done"}
    assert "it says 2113" in page(project)
    assert call(project, "top", "--force").exit_code == 0
    assert outcomes(project) == {"low": "unchanged", "top": "done"}


def test_a_report_made_by_itself_makes_the_one_above_old(project):
    assert call(project, "low", "-p", "year=2011").exit_code == 0
    assert "it says 2013" in page(project)
    assert call(project, "top").exit_code == 0  # it says what the page beside it says
    assert outcomes(project) == {"low": "unchanged", "top": "done"}
    assert "it says 2011" in page(project)


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_text("{}", encoding="utf-8")])
def test_a_damaged_report_below_is_made_again(project, damage):
    damage(project / "reports" / "wiltshire" / "low.ipynb")
    assert call(project, "top").exit_code == 0
    assert outcomes(project) == {"low": "done", "top": "done"}
    assert "it says 2013" in page(project)


def test_it_is_not_made_where_one_below_fails_and_the_last_good_one_stays(project):
    before = page(project)
    write_notebook(project / "notebooks" / "low.ipynb", ["1 / 0"])
    result = call(project, "top")
    assert result.exit_code == 1
    assert "top, Wiltshire: failed at before the first cell: it rests on the report low, which failed" in result.stderr
    assert outcomes(project) == {"low": "failed", "top": "failed"}
    assert page(project) == before


@pytest.mark.parametrize("below", [["nothing"], ["top"], ["needy"], [3], []])
def test_a_catalogue_that_rests_on_what_cannot_be_is_refused(project, below):
    entries = [entry("top", rests_on=below), entry("low"), entry("needy", releases=["x"])]
    shutil.copy(project / "notebooks" / "low.ipynb", project / "notebooks" / "needy.ipynb")
    write_catalogue(project, entries)
    with pytest.raises(Refused, match="rests_on"):
        load_catalogue(project / "notebooks")
