"""A notebook that needs a release: left out of a run where that is missing, refused by name, made where it is there."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from analysis import checks
from analysis.press.catalogue import Refused, load_catalogue
from notebook_runs import ROOT
from small_project import FULL, call, entry, files_in, make_project, markdown, run_record, write_catalogue

FILE, CONTENT = "panel/panel.csv", b"area,year\nE06000054,2013\n"
MISSING = f"{FILE} is missing: run `analysis fetch`, or set ANALYSIS_OFFICIAL to its folder"


def write_register(project, content=CONTENT):
    """Put a release in the register, as the file that has this content."""
    digest, size = hashlib.sha256(content).hexdigest(), len(content)
    (project / "data" / "releases.csv").write_text(f"source,file,layout,time_period\npanel,{FILE},panel,\n")
    head = "source,publisher,title,date,licence,address,sha256,bytes"
    (project / "data" / "sources.csv").write_text(f"{head}\npanel,P,T,2024,L,,{digest},{size}\n")


@pytest.fixture
def releases(tmp_path, monkeypatch):
    """The folder of releases, with the one that is needed."""
    folder = tmp_path / "official"
    (folder / "panel").mkdir(parents=True)
    (folder / FILE).write_bytes(CONTENT)
    monkeypatch.setenv("ANALYSIS_OFFICIAL", str(folder))
    return folder


@pytest.fixture
def project(tmp_path, releases):
    """Two notebooks, the second of which needs the release."""
    project = make_project(tmp_path / "p", {"plain": [markdown("# P"), "1 + 1"], "needy": FULL})
    write_catalogue(project, [entry("plain"), entry("needy", releases=["panel"])])
    write_register(project)
    return project


def published(project):
    """Every file of the folder of reports but the run's notes."""
    return files_in(project / "reports")


def test_without_it_the_others_are_made_and_one_line_says_so(project, releases):
    (releases / FILE).unlink()
    result = call(project)
    assert result.exit_code == 0
    assert f"analysis: needy is left out, and a page that is there stays as it is: {MISSING}\n" in result.stderr
    assert {"wiltshire/plain.html", "wiltshire/needy.html"} & {*published(project)} == {"wiltshire/plain.html"}
    (needy,) = (report for report in run_record(project / "reports")["reports"] if report["notebook"] == "needy")
    assert (needy["outcome"], needy["reason"]) == ("left out", MISSING)


def test_a_page_that_is_there_stays_with_its_values_and_its_place_in_the_index(project, releases):
    assert call(project).exit_code == 0
    before = published(project)
    (releases / FILE).unlink()
    assert call(project, "--force").exit_code == 0
    assert published(project) == before
    assert b"needy.html" in before["index.html"]
    assert b"needy,rate" in before["wiltshire/values.csv"]
    (releases / FILE).write_bytes(CONTENT + b"more")
    assert "not the file of the register (" in call(project).stderr


def test_asked_for_by_name_it_is_refused_before_anything_runs(project, releases):
    (releases / FILE).unlink()
    result = call(project, "plain", "needy")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"analysis: notebook 'needy' needs a release: {MISSING}\n"
    assert not (project / "reports").exists()
    write_catalogue(project, [entry("needy", releases=["panel"])])
    result = call(project)
    assert (result.exit_code, "every notebook needs a release that is missing" in result.stderr) == (2, True)
    write_catalogue(project, [entry("plain"), entry("needy", releases=["panle"])])
    assert call(project).stderr == "analysis: releases.csv: no release with the source 'panle'\n"


@pytest.mark.parametrize("releases", ["panel", [1], None])
def test_the_catalogue_refuses_releases_that_are_no_list_of_ids(tmp_path, releases):
    project = make_project(tmp_path / "p", {"plain": FULL})
    written = entry("plain") | {"releases": releases}
    write_catalogue(project, [written])
    with pytest.raises(Refused, match="'releases' should be a list of"):
        load_catalogue(project / "notebooks")


def test_check_names_a_release_that_is_not_in_the_register(tmp_path, monkeypatch):
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)  # figures, claims and releases are checked elsewhere
    monkeypatch.setattr(checks, "figures_and_claims", lambda data: ([], ""))
    for name in ("data", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("official", ".*"))
    catalogue = Path(tmp_path / "notebooks" / "catalogue.yml")
    catalogue.write_text(catalogue.read_text("utf-8").replace("[webb_panel_2022]", "[web_panel_2022]"), "utf-8")
    problems, _ = checks.check_project(tmp_path)
    assert problems == [
        "catalogue.yml, notebook spend_outcomes: release 'web_panel_2022' is not in releases.csv; did you mean "
        "'webb_panel_2022'?"
    ]
