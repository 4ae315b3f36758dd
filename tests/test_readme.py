"""README says only what is true: its commands, links, options and its one finding."""

from __future__ import annotations

import csv
import html
import re

import pytest
from click.testing import CliRunner

from analysis import claims
from analysis import words as say
from analysis.cli import main
from analysis.press.catalogue import load_catalogue
from notebook_runs import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def read(file):
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"make ([a-z]+)", README))
    assert named >= {"reports", "test", "lab"}
    assert [target for target in sorted(named) if not re.search(rf"^{target}:", makefile, re.M)] == []


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_links_lead_somewhere(link):
    assert (ROOT / link).exists()


def test_options_are_those_of_the_command():
    (line,) = re.findall(r"`(analysis run \[NOTEBOOK[^`]*)`", README)
    told = set(re.findall(r"(?<![\w-])--?[a-z]+", line))
    shown = CliRunner().invoke(main, ["run", "--help"]).output
    assert told == set(re.findall(r"^\s+(--?[a-z]+)", shown, re.M)) - {"--help", "-h"}


def test_the_example_runs_are_accepted(tmp_path, monkeypatch):
    """Each example's parameters pass the check that comes before a kernel."""
    from analysis.press.request import plan_jobs
    from analysis.project import project

    found = re.findall(r"^\.venv/bin/analysis run (\w+) -p (\S+)", README, re.M)
    assert len(found) == README.count(" -p ") >= 1, "each example was read"
    for command in found:
        _, jobs = plan_jobs(project(ROOT), (command[0],), (), (command[1],))
        assert len(jobs) == 1


def test_the_finding_is_on_the_page():
    finding = re.search(r"\*\*One finding\.\*\*(.*?)\n\n", README, re.S)[1]
    folder = ROOT / "reports" / "wiltshire"
    pages = {name: (folder / f"{name}.html").read_text(encoding="utf-8") for name in ("documents", "hidden_harm")}
    words = {name: html.unescape(re.sub(r"<[^>]*>", " ", page)) for name, page in pages.items()}
    numbers = [n for n in re.findall(r"\d[\d,]*\d", finding) if n not in ("2013", "17")]
    assert numbers == ["30,019", "630", "31,000", "33"]
    assert all(number in words["documents"] for number in ("30,019", "33"))
    assert all(number in words["hidden_harm"] for number in ("630", "31,000"))


def test_the_edition_that_readme_lists_is_whole():
    """A notebook of one's own need not be in README; a report of the edition must."""
    stems = {path.stem for path in (ROOT / "reports" / "wiltshire").glob("*.ipynb")}
    number = len(claims.read(ROOT / "data" / "claims.yml"))
    assert f"Which of {number} published statements hold" in README
    assert set(re.findall(r"\]\(reports/wiltshire/(\w+)\.ipynb\)", README)) == stems


def test_numbers_of_reports_and_of_releases_are_those_of_the_project():
    catalogue = load_catalogue(ROOT / "notebooks")
    assert [entry.title for entry in catalogue if entry.releases] == [
        "Does more early-help spend go with fewer children in care?"
    ], "README names it as the one on the national panel"
    sources, releases = (read(ROOT / "data" / f"{name}.csv") for name in ("sources", "releases"))
    listed = [row for row in sources if row["source"] in {release["source"] for release in releases}]
    assert len(listed) == len(releases)
    assert f"about {sum(int(row['bytes']) for row in listed) / 1e6:.0f} MB" in README
    unplaced = sum(not row["address"] for row in listed)
    assert f"{say.capital(say.word(unplaced))} releases have no lasting address" in README


def test_every_publisher_under_the_open_government_licence_is_named():
    licence = " ".join(README.partition("## Licence")[2].split())
    rows = read(ROOT / "data" / "sources.csv")
    named = {row["publisher"] for row in rows if row["licence"] == "Open Government Licence v3.0"}
    assert "Department for Education" in named
    listed = re.search(r"Licence v3\.0 \((.*?)\)", licence)[1].split("; ")
    assert listed == sorted(named)
