"""The areas reports are made for: how they are asked for, what their table holds, and what needs the releases."""

from __future__ import annotations

import csv
import shutil
from collections import Counter

import pytest
import yaml
from click.testing import CliRunner

from analysis.cli import main
from analysis.data.areas import load_areas, select_areas
from analysis.data.figures import WILTSHIRE, Figures
from analysis.official import cache
from analysis.press.catalogue import Refused
from analysis.press.request import plan_jobs
from analysis.project import project
from notebook_runs import ROOT

FILE = ROOT / "data" / "areas.csv"
LISTED = yaml.safe_load((ROOT / "notebooks" / "catalogue.yml").read_text(encoding="utf-8"))["notebooks"]
CATALOGUE = sorted(LISTED, key=lambda entry: "rests_on" in entry)
"""In the order in which they are run: what reads other reports comes after them."""
EVERYWHERE = [entry["name"] for entry in CATALOGUE if entry["areas"] == "all"]


@pytest.fixture(scope="module")
def areas():
    return load_areas(FILE)


@pytest.fixture(scope="module")
def rows():
    with FILE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def chosen(areas, *wanted):
    return [area.code for area in select_areas(wanted, areas)]


def refused(areas, *wanted):
    with pytest.raises(LookupError) as caught:
        select_areas(wanted, areas)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def split(text):
    return [part for part in text.split("; ") if part]


def names_of(row):
    return [row["area"], row["name"], row["old_la_code"], *split(row["other_names"]), *split(row["former_codes"])]


# --- How an area is asked for ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Wiltshire", "E06000054"), ("WILTSHIRE", "E06000054"), ("  Wiltshire ", "E06000054"),
        ("e06000054", "E06000054"), ("865", "E06000054"), ("E10000027", "E06000066"), ("e10000027", "E06000066"),
        ("E08000020", "E08000037"), ("kingston upon hull", "E06000010"), ("St Helens", "E08000013"),
    ],
)  # fmt: skip
def test_an_area_is_found_by_any_of_its_names_and_codes(areas, text, code):
    assert chosen(areas, text) == [code]


def test_every_name_and_code_of_every_authority_is_its_own(areas, rows):
    today = [row for row in rows if row["level"] == "Local authority" and not row["end"]]
    assert len(today) == 153
    for row in today:
        names = names_of(row)
        assert {code for name in names for code in chosen(areas, name.swapcase())} == {row["area"]}, names


def test_areas_come_once_and_in_the_order_asked(areas):
    assert chosen(areas, "Swindon", "wiltshire", "865", "866", "E06000054") == ["E06000030", WILTSHIRE]
    assert chosen(areas, "E10000027", "Somerset", "E06000066") == ["E06000066"]


def test_all_is_every_authority_of_today(areas, rows):
    every = select_areas((" All ",), areas)
    codes = [area.code for area in every]
    # 33 in London, 36 metropolitan districts, 21 counties, and 63 unitary authorities with the Isles of Scilly.
    assert Counter(code[:3] for code in codes) == {"E09": 33, "E08": 36, "E10": 21, "E06": 63}
    assert len(set(codes)) == len(codes) == len({area.slug for area in every}) == 153
    assert codes == [r["area"] for r in rows if r["level"] == "Local authority" and not r["end"]]


NO_AUTHORITY = "area '{}' is no local authority: reports are made for one authority each"
MEANT = "unknown area '{}'; did you mean '{}'?"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((text, MEANT.format(text, "Wiltshire")) for text in ("Wiltshier", "WLITSHIRE")),
        ("North Northants", MEANT.format("North Northants", "North Northamptonshire")),
        ("England", NO_AUTHORITY.format("England")),
        ("E12000009", NO_AUTHORITY.format("South West")),
        ("London (Inner)", NO_AUTHORITY.format("Inner London")),
        ("K04000001", NO_AUTHORITY.format("England and Wales")),
        ("SN2011", NO_AUTHORITY.format("Statistical neighbours of Wiltshire, 2011/12")),
    ],
)
def test_an_area_that_is_misspelt_or_no_authority_is_refused(areas, text, message):
    assert refused(areas, text) == message


@pytest.mark.parametrize("text", ["", "Atlantis", "\x1b[31m\nx", "a" * 500])
def test_an_area_like_none_is_refused_in_one_line(areas, text):
    message = refused(areas, text)
    assert message.startswith("unknown area '")
    assert message.endswith(": give a name or code from data/areas.csv, or all")
    assert message.isprintable()
    assert len(message) < 200


NEW_BCP = "Bournemouth, Christchurch and Poole"


@pytest.mark.parametrize(
    ("text", "name", "year", "successors"),
    [
        ("Cumbria", "Cumbria", 2023, ["Cumberland", "Westmorland and Furness"]),
        ("909", "Cumbria", 2023, ["Cumberland", "Westmorland and Furness"]),
        ("E10000021", "Northamptonshire", 2021, ["North Northamptonshire", "West Northamptonshire"]),
        ("Bournemouth", "Bournemouth", 2019, [NEW_BCP]),
        ("Dorset (county council)", "Dorset (county council)", 2019, [NEW_BCP, "Dorset"]),
    ],
)
def test_an_abolished_authority_is_refused_with_its_successors(areas, text, name, year, successors):
    start, _, rest = refused(areas, text).partition(": give ")
    assert start == f"area '{name}' was abolished in April {year}"
    assert sorted(rest.split(" or ")) == sorted(successors)
    for successor in successors:
        assert len(chosen(areas, successor)) == 1


def test_one_refused_area_refuses_the_request(areas):
    assert "abolished" in refused(areas, "Wiltshire", "Cumbria")
    assert "unknown area" in refused(areas, "all", "Wiltshier")


# --- The table ---------------------------------------------------------------------------------


def test_no_name_or_code_stands_for_two_areas(rows):
    of_each = [{*names_of(row)} for row in rows]
    names = [name.casefold() for found in of_each for name in found]
    assert [name for name, count in Counter(filter(None, names)).items() if count > 1] == []


def test_every_authority_has_a_region_of_the_table(rows):
    level = {row["area"]: row["level"] for row in rows}
    authorities = [row for row in rows if row["level"] == "Local authority"]
    assert {level.get(row["region"]) for row in authorities} == {"Regional"}
    assert all(row["region"] == "" for row in rows if row["level"] != "Local authority")
    in_region = Counter(row["region"] for row in authorities if not row["end"])
    # Nine regions, and the authorities of three of them counted by hand.
    assert len(in_region) == 9
    assert (in_region["E12000009"], in_region["E12000007"], in_region["E12000001"]) == (15, 33, 12)
    assert all(row["region"] == "E12000007" for row in authorities if row["area"].startswith("E09"))


def test_predecessors_end_when_their_successors_start(rows):
    by_code = {row["area"]: row for row in rows}
    new = [row for row in rows if row["predecessors"]]
    assert len(new) == 6
    for row in new:
        for code in split(row["predecessors"]):
            assert by_code[code]["end"] == row["start"] != "", (row["name"], code)
            assert by_code[code]["region"] == row["region"]
    abolished = {row["area"] for row in rows if row["end"]}
    assert abolished == {code for row in new for code in split(row["predecessors"])}
    assert all(row["start"] for row in new)
    assert [row["name"] for row in rows if row["start"] and not row["predecessors"]] == []


# --- What is planned, and what needs the releases ----------------------------------------------


@pytest.fixture
def root(tmp_path):
    """A copy of the project's data and notebooks, without releases or caches."""
    for name in ("data", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / "p" / name, ignore=shutil.ignore_patterns("official", ".*"))
    return tmp_path / "p"


@pytest.fixture
def stocked(monkeypatch):
    """Releases taken to be there and in order."""
    monkeypatch.setattr(cache, "ready", lambda data: data)


@pytest.fixture(params=["unset", "missing", "spoiled"])
def no_releases(request, tmp_path, monkeypatch):
    """ANALYSIS_OFFICIAL in the ways in which there are no releases, or one is not the registered file."""
    folder = tmp_path / "releases"
    if request.param != "missing":
        folder.mkdir()
    if request.param == "spoiled":
        (folder / "neet").mkdir()
        (folder / "neet" / "neet_la_2025.csv").write_text("spoiled", encoding="utf-8")
    if request.param == "unset":
        monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)
    else:
        monkeypatch.setenv("ANALYSIS_OFFICIAL", str(folder))
    return request.param


def planned(root, notebooks=(), areas=()):
    return [(job.entry.name, job.area.name) for job in plan_jobs(project(root), notebooks, areas, ())[1]]


def plan_refused(*arguments):
    with pytest.raises(Refused) as caught:
        planned(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_notebook_on_documents_is_left_out_for_other_areas(root, stocked):
    assert planned(root, (), ("Swindon",)) == [(name, "Swindon") for name in EVERYWHERE]
    both = planned(root, (), ("Swindon", "Wiltshire"))
    assert [name for name, area in both if area == "Wiltshire"] == [entry["name"] for entry in CATALOGUE]
    assert [name for name, area in both if area == "Swindon"] == EVERYWHERE
    assert "claims" not in EVERYWHERE


def test_a_notebook_on_documents_is_refused_for_other_areas_when_named(root, stocked):
    expected = "notebook 'claims' is about published documents, and data/ has none of Swindon"
    assert plan_refused(root, ("claims",), ("Swindon",)) == expected
    assert plan_refused(root, ("neet", "claims"), ("Wiltshire", "Swindon")) == expected
    assert planned(root, ("claims",), ("Wiltshire",)) == [("claims", "Wiltshire")]


def test_a_job_carries_its_areas_code(root, stocked):
    _, (job,) = plan_jobs(project(root), ("neet",), ("bcp",), ())
    assert job.values["area"] == job.injected["area"] == "E06000058"
    assert job.command == "analysis run neet --area 'Bournemouth, Christchurch and Poole'"


def test_without_releases_another_area_is_refused(root, no_releases, monkeypatch):
    message = plan_refused(root, ("neet",), ("Swindon",))
    assert "analysis fetch" in message
    assert ("neet_la_2025.csv: not the file of the register" in message) is (no_releases == "spoiled")
    assert not (root / "data" / ".cache").exists()
    monkeypatch.setenv("ANALYSIS_ROOT", str(root))
    done = CliRunner().invoke(main, ["run", "--area", "Wiltshire", "--area", "E09000001"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"analysis: {message}\n"
    assert not (root / "reports").exists()


def test_wiltshire_needs_no_release(root, no_releases, monkeypatch):
    def touched(*_):
        raise AssertionError("a release was asked for")

    monkeypatch.setattr(cache, "ready", touched)
    assert planned(root) == [(entry["name"], "Wiltshire") for entry in CATALOGUE]
    figures = Figures(root / "data", area=WILTSHIRE)
    assert figures.documents
    assert len(figures.neighbours) == 10
    assert not (root / "data" / ".cache").exists()


def test_what_a_report_was_made_from_tells_areas_apart(root, stocked, monkeypatch, tmp_path):
    _, (alone,) = plan_jobs(project(root), ("neet",), (), ())
    _, (here, there) = plan_jobs(project(root), ("neet",), ("Wiltshire", "Swindon"), ())
    assert here.fingerprint == alone.fingerprint
    assert there.fingerprint["data"] != here.fingerprint["data"]
    differ = {key for key in here.fingerprint if here.fingerprint[key] != there.fingerprint[key]}
    assert differ == {"around", "data", "parameters"}
    # Another set of releases is another report, but not of Wiltshire.
    (tmp_path / "releases" / "neet").mkdir(parents=True)
    (tmp_path / "releases" / "neet" / "neet_la_2025.csv").touch()
    monkeypatch.setenv("ANALYSIS_OFFICIAL", str(tmp_path / "releases"))
    _, (here_now, there_now) = plan_jobs(project(root), ("neet",), ("Wiltshire", "Swindon"), ())
    assert here_now.fingerprint == here.fingerprint
    assert there_now.fingerprint["data"] != there.fingerprint["data"]
