"""What a first reader is told is true: commands are run, links lead somewhere, numbers and names are the project's."""

from __future__ import annotations

import csv
import html
import os
import re
import shutil

import pytest
from click.testing import CliRunner

from analysis import claims
from analysis import words as say
from analysis.cli import main
from analysis.press.catalogue import load_catalogue
from notebook_runs import ROOT

GUIDES = ("README.md", "notebooks/README.md", "data/README.md")
README, NOTEBOOKS, DATA = (ROOT.joinpath(name).read_text(encoding="utf-8") for name in GUIDES)
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROGRAMS = r"(?:\.venv/bin/)?(?:analysis|conda|dask|jupyter|make|nbconvert|papermill|pip|pytest|python)\b"
NOT_RUN = {
    "make test": "is this very suite",
    "pytest": "is this very suite",
    "make lab": "goes on until it is stopped: tests/test_lab.py",
    "conda env create -f environment.yml": "needs conda; pip's part as conda does it: tests/test_environment.py",
    "conda activate analysis": "likewise",
    "pip install --constraint requirements.txt --editable '.[dask]'": "would change this environment",
    ".venv/bin/analysis run --area all": "takes a quarter of an hour; tests/test_any_area.py runs some of all",
    ".venv/bin/analysis run --area all --dask tcp://first.example:8786": "tests/test_cluster.py, on this machine",
    ".venv/bin/dask scheduler --host first.example --port 8786": "likewise",
    ".venv/bin/dask worker tcp://first.example:8786 --nworkers 4 --nthreads 1": "likewise",
    "jupyter execute": "is a name: tests/test_frames.py",
    "nbconvert --execute": "is a name, and does what `jupyter execute` does",
    "analysis check": "tests/test_check.py",
    "analysis extract": "reads every release: tests/test_official_extract.py",
    "pytest tests/test_data.py tests/test_evidence.py": "are tests of this suite",
    "pytest tests/test_claims.py tests/test_evidence.py": "are tests of this suite",
}
"""Commands of the guides that no test runs as they stand, and why; a usage line with … or in capitals is none."""


def read(file):
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def commands(text):
    """Return the commands of a guide in their order: lines of its blocks for the shell, and code spans."""
    found = re.findall(r"^```sh\n(.*?)^```|(?<!`)`([^`]+)`(?!`)", text, re.M | re.S)
    lines = [line.partition("  #")[0] for block, span in found for line in (block.splitlines() or [span])]
    told = [" ".join(line.split()) for line in lines if re.match(rf"{PROGRAMS}.* |pytest$", line)]
    usage = re.compile(r"[…\[]|\b(NAME|OLD|NEW|FILE)\b")
    return list(dict.fromkeys(line for line in told if line in NOT_RUN or not usage.search(line)))


def contents(folder):
    """Return the files of an edition; what git leaves out is there or not, as the copy was made."""
    left_out = {"run.json", ".made.json", "wiltshire.xlsx"}
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file() and file.name not in left_out}


@pytest.mark.parametrize("guide", GUIDES)
def test_its_commands_do_what_they_say(guide, checkout):
    """In the order of the guide, in one copy of the project, each ends with exit code 0."""
    releases, before, untried = os.environ.get("ANALYSIS_OFFICIAL"), contents(checkout.folder / "reports"), []
    told = [line for line in commands((ROOT / guide).read_text(encoding="utf-8")) if line not in NOT_RUN]
    assert told
    for line in told:
        if (not releases and re.search(r"--area|\bfetch$", line)) or ("make" in line and not shutil.which("make")):
            untried.append(line)
            continue
        if line.removeprefix(".venv/bin/") in checkout.tried:  # by another guide
            continue
        checkout.tried.add(line.removeprefix(".venv/bin/"))
        done = checkout(line)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        if line in ("make reports", "analysis run"):
            assert "are up to date" in done.stdout
            assert contents(checkout.folder / "reports") == before, "in a new copy there is nothing to make"
    if untried:
        pytest.skip(f"without releases or make {untried} cannot be tried; the others were")


def test_why_a_command_is_not_run_is_still_so():
    told = {line for text in (README, NOTEBOOKS, DATA) for line in commands(text)}
    assert NOT_RUN.keys() <= told, "a command that no guide names any more"
    named = re.findall(r"tests/\w+\.py", " ".join([*NOT_RUN, *NOT_RUN.values()]))
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("guide", [*GUIDES, "CHANGELOG.md", "tests/benchmarks/README.md"])
def test_links_lead_somewhere(guide):
    file = ROOT / guide
    links = re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8"))
    here = [link for link in links if not link.startswith("https://")]
    assert [link for link in here if not (file.parent / link).exists()] == []


def test_the_newest_entry_of_the_changelog_is_this_edition():
    """Its name and its numbers are those of the pages."""
    newest = re.search(r"^## (.*?) - (\d{4}-\d\d-\d\d)$(.*?)(?=^## |\Z)", CHANGELOG, re.M | re.S)
    edition = {row["fact"]: row["words"] for row in read(ROOT / "data" / "edition.csv")}
    assert newest[1] == edition["Edition"]
    dates = re.findall(r"^## .* - (\S+)$", CHANGELOG, re.M)
    assert dates == sorted(dates, reverse=True)
    values = {row["key"]: float(row["value"]) for row in read(ROOT / "reports" / "wiltshire" / "values.csv")}
    told = " ".join(newest[3].split())
    holds, contradicted, unchecked = (values[key] for key in ("holds", "contradicted", "not_checkable"))
    number = len(claims.read(ROOT / "data" / "claims.yml"))
    assert f"{holds:.0f} statements hold (109 before), {contradicted:.0f} are contradicted (18) and " in told
    assert f" {unchecked:.0f} cannot be checked (197), of {number}." in told
    assert f"estimated at {values['children_estimated']:,.0f} (3,784 before)" in told
    assert f"{values['cla_rate']:.1f} children in care per 10,000, not 46" in told


def test_options_are_those_of_the_command():
    (line,) = re.findall(r"`(analysis run \[NOTEBOOK[^`]*)`", README)
    told = set(re.findall(r"(?<![\w-])--?[a-z]+", line))
    shown = CliRunner().invoke(main, ["run", "--help"]).output
    assert told == set(re.findall(r"^\s+(--?[a-z]+)", shown, re.M)) - {"--help", "-h"}


def test_guides_and_help_tell_of_the_same_commands():
    told = {name for text in (README, NOTEBOOKS, DATA) for name in re.findall(r"analysis ([a-z]+)\b", text)}
    assert told & {*re.findall(r"^  (\w+)  ", CliRunner().invoke(main, ["--help"]).output, re.M)} == set(main.commands)
    shown = " ".join(main.help.split())
    codes = re.findall(r"^\| (\d) \| (.*) \|$", README, re.M)
    assert [f"{number} " for number, _ in codes] == re.findall(r"\b\d ", shown.partition("Exit codes:")[2])


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
    needy = [entry.name for entry in catalogue if entry.releases]
    assert needy == ["spend_outcomes", "measure", "profile"], (
        "README names the national panel, any measure, the profile"
    )
    sources, releases = (read(ROOT / "data" / f"{name}.csv") for name in ("sources", "releases"))
    listed = [row for row in sources if row["source"] in {release["source"] for release in releases}]
    assert len(listed) == len(releases)
    assert f"about {sum(int(row['bytes']) for row in listed) / 1e6:.0f} MB" in README
    unplaced = sum(not row["address"] for row in listed)
    assert f"{say.capital(say.word(unplaced))} releases have no lasting address" in " ".join(README.split())


def test_every_publisher_under_the_open_government_licence_is_named():
    licence = " ".join(README.partition("## Licence")[2].split())
    rows = read(ROOT / "data" / "sources.csv")
    named = {row["publisher"] for row in rows if row["licence"] == "Open Government Licence v3.0"}
    assert "Department for Education" in named
    listed = re.search(r"Licence v3\.0 \((.*?)\)", licence)[1].split("; ")
    assert listed == sorted(named)
