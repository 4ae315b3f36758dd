"""The next release comes in by one command: what it registers and tells, and that a refusal changes nothing."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis import cli
from analysis.checks import figures_and_claims
from analysis.official import adopt, assemble, extract
from analysis.official.releases import due, load_releases, sha256
from official_samples import (
    DATA,
    DWP_HEAD,
    ENGLAND,
    SWINDON,
    WILTSHIRE,
    YEAR,
    dwp,
    ees,
    lait,
    neighbours,
    official_folder,
    workbook,
)
from test_lait import dictionary

CHECKS = (
    "indicator,source,other_source,other_measure,other_per,other_where,lag,tolerance,periods,areas,agreeing,disagreeing,"
    "reason\ncla_number,dfe_made_2024,dfe_tool_2024,LACnum,,,,0,2023 to 2024,1,2,0,\n"
)
NOTHING = {"date": "", "title": "", "address": ""}


def rows(periods=("2023", "2024", "2025"), areas=(ENGLAND, WILTSHIRE, SWINDON), **more):
    """Return a release's rows: a number an area and year, 100 more each year."""
    return [
        {"area": area, "period": period, "children_count": str(100 * int(period[:4]) + number), **more}
        for number, area in enumerate(areas)
        for period in periods
    ]


@pytest.fixture
def made(made, monkeypatch):
    tool = [("LACnum", year, "Wiltshire", 865, f"{100 * int(year) + 1}") for year in ("2023", "2024")]
    add(made, "dfe_made_2024", "ees", ees(rows(("2023", "2024"))), "2024-11", "2023 to 2024", "Made up, 2023 to 2024")
    add(made, "dfe_tool_2024", "lait", lait(tool), "2024-12", "2023 to 2024")
    made.measure("cla_number", "dfe_made_2024", "children_count")
    made.measure("cla_number", "dfe_tool_2024", "LACnum")
    made.save()
    (made.data / "cross_checks.csv").write_text(CHECKS, encoding="utf-8")
    extract.write(made.data, extract.extract(made.data))
    monkeypatch.setenv("ANALYSIS_ROOT", str(made.data.parent))
    return made


def add(made, source, layout, content, date, period, title="Made up"):
    """Register a release with all that its tables need."""
    made.release(source, layout, content, date, period)
    made.sources[source] |= {"kind": "official", "licence": "None", "note": "", "title": title}


def snapshot(data):
    return {p: p.read_bytes() for p in data.rglob("*") if p.is_file() and ".cache" not in p.parts}


def take(data, file, **about):
    """Adopt a file as the command does, but for the claims; return what is told."""
    with adopt.adopted(data, file, NOTHING | about) as (_, said, contents):
        cli.put_all(contents)
    return said


def new_file(tmp_path, content, name="dfe_made_2025"):
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def table(data, name):
    with (data / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# ---- made-up releases ---------------------------------------------------------------------------------------------


def test_a_longer_series_takes_the_place_of_the_one_before(made, tmp_path):
    old, changed = snapshot(made.data), rows()
    changed[0] |= {"children_count": "9"}  # England's of 2023, which the tool does not have
    changed[3] |= {"children_count": "7"}  # Wiltshire's of 2023
    said = take(made.data, new_file(tmp_path, ees(changed)), address="https://example.org/made")
    assert said[:2] == [
        "dfe_made_2025: Made up, 2023 to 2025 (2025), 2023 to 2025, 9 rows",
        "in the place of dfe_made_2024",
    ]
    assert "new periods: 2025" in said
    assert "revised: cla_number, Wiltshire, 2023, 202301 → 7" in said
    assert "2 revisions" in said
    assert "disagrees, see why: cla_number of dfe_made_2025 and dfe_tool_2024" in said
    (row,) = [row for row in table(made.data, "releases") if row["layout"] == "ees"]
    assert row == made.releases["dfe_made_2024"] | {
        "source": "dfe_made_2025", "file": "made/dfe_made_2025", "time_period": "2023 to 2025", "rows": "9",
    }  # fmt: skip
    (source,) = [row for row in table(made.data, "sources") if row["source"] == "dfe_made_2025"]
    assert (source["date"], source["address"]) == ("2025", "https://example.org/made")
    assert source["sha256"] == sha256(made.folder / row["file"])
    (before,) = [row for row in table(made.data, "sources") if row["source"] == "dfe_made_2024"]
    assert (before["sha256"], before["note"]) == ("", "Not read here: dfe_made_2025 took its place")
    assert {row["source"] for row in table(made.data, "measures")} == {"dfe_made_2025", "dfe_tool_2024"}
    (check,) = table(made.data, "cross_checks")
    assert (check["agreeing"], check["disagreeing"]) == ("1", "1")
    assert check["reason"] == "1 since dfe_made_2025, not looked into yet"
    figures = {(row["area"], row["time_period"]): row for row in table(made.data, "figures_official")}
    assert figures[WILTSHIRE, "2025"]["value"] == "202501"
    assert figures[WILTSHIRE, "2023"]["symbol"] == figures[ENGLAND, "2023"]["symbol"] == "r"
    assert all(path.read_bytes() == content for path, content in old.items() if "official" in path.parts)


def test_a_series_that_begins_later_stands_beside_so_that_no_year_is_lost(made, tmp_path):
    said = take(made.data, new_file(tmp_path, ees(rows(("2024", "2025", "2026")))), date="2026-11")
    assert said[0].startswith("dfe_made_2026: ")
    assert said[1:3] == ["beside dfe_made_2024", "new periods: 2025, 2026"]
    assert {row["time_period"] for row in table(made.data, "figures_official")} == {"2023", "2024", "2025", "2026"}
    pairs = [{row["source"], row["other_source"]} for row in table(made.data, "cross_checks")]
    assert {"dfe_made_2024", "dfe_made_2026"} in pairs, "two releases that give the same figures are compared"
    assert {"dfe_tool_2024", "dfe_made_2026"} in pairs


def test_a_dry_run_tells_the_same_and_writes_nothing(made, tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.checks.figures_and_claims", lambda _: (["claims.yml: a claim"], ""))
    file, before = new_file(tmp_path, ees(rows())), snapshot(made.data)
    dry = CliRunner().invoke(cli.main, ["adopt", str(file), "--dry-run"])
    assert (dry.exit_code, snapshot(made.data)) == (1, before)
    assert "to look at: claims.yml: a claim" in dry.stdout
    done = CliRunner().invoke(cli.main, ["adopt", str(file)])
    assert done.stdout.splitlines()[:-1] == dry.stdout.splitlines()[:-1]
    assert snapshot(made.data) != before


def with_cell(column, text):
    changed = rows()
    changed[-1] |= {column: text}
    return ees(changed)


BAD = {
    "a column is missing": (ees(rows()).replace(b"children_count", b"number"), "column 'children_count' is not in"),
    "an unknown area": (with_cell("area", "E06009999"), "area 'E06009999' is not in areas.csv"),
    "older": (ees(rows(("2022", "2023"))), "ends in 2023, and dfe_made_2024 in 2024: it is older"),
    "one year": (ees(rows(("2025",))), "found the periods 2025; expected them as dfe_made_2024 has: 2023 to 2024"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_will_not_do_is_refused_in_one_line_and_nothing_changes(made, tmp_path, what):
    content, words = BAD[what]
    refused(made, new_file(tmp_path, content), words)


def refused(made, file, words, *more):
    before = snapshot(made.data)
    result = CliRunner().invoke(cli.main, ["adopt", str(file), *more])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1), result.output
    assert words in result.stderr
    assert snapshot(made.data) == before


def test_what_is_asked_wrongly_is_refused_and_nothing_changes(made, tmp_path, monkeypatch):
    good = new_file(tmp_path, ees(rows()))
    refused(made, tmp_path / "none.csv", "no such file")
    refused(made, made.folder / "made" / "dfe_made_2024", "is there already, as dfe_made_2024")
    other = new_file(tmp_path, b"a,b\n1,2\n", "dfe_mad_2025")
    refused(made, other, "has not the columns of a release that can be adopted; did you mean 'dfe_made_2024'?")
    refused(made, good, "column date: found 'soon'", "--date", "soon")
    refused(made, good, "its date 2020 is before that of dfe_made_2024, 2024-11", "--date", "2020")
    moved = lait([("LACnum", year, "Wiltshire", 865, "1") for year in ("2024", "2025")])
    refused(made, new_file(tmp_path, moved, "dfe_tool_2025"), "no title follows from 'Made up': give it with --title")

    def full(contents):
        raise OSError(28, "No space left on device", "releases.csv")

    monkeypatch.setattr(cli, "put_all", full)
    monkeypatch.setattr("analysis.checks.figures_and_claims", lambda _: ([], ""))
    refused(made, good, "No space left on device: releases.csv; nothing has changed")
    (made.folder / "made" / "dfe_tool_2024").unlink()
    refused(made, good, "dfe_tool_2024 is missing: run `analysis fetch`")


def test_fetch_tells_of_a_newer_file_that_was_placed(made, tmp_path):
    before = CliRunner().invoke(cli.main, ["fetch"]).stdout
    assert "newer" not in before
    for name, periods in (("dfe_made_2025", ("2023", "2024", "2025")), ("dfe_made_2023", ("2022", "2023"))):
        (made.folder / "made" / name).write_bytes(ees(rows(periods)))
    placed = made.folder / "made" / "dfe_made_2025"
    said = CliRunner().invoke(cli.main, ["fetch"]).stdout
    assert said == f"{before}newer: dfe_made_2025 has 2025, dfe_made_2024 2024 → analysis adopt {placed}\n"
    take(made.data, placed)
    assert "newer" not in CliRunner().invoke(cli.main, ["fetch"]).stdout


def test_when_the_next_is_due_is_what_the_department_has_announced():
    told = {title: when for when, _, title, _ in due(DATA)}
    assert told["Children in need census: children in need, 2013 to 2025"] == "2026-10"
    assert told["Children in low-income families local measure, 2013"] == ""
    assert "NEET and participation by local authority, 2022" not in told, "a newer one is there"
    result = CliRunner().invoke(cli.main, ["fetch", "--due"])
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, len(told) + 1)


def test_a_newer_extract_of_the_tool_takes_the_place_of_the_old_one(made):
    """Although a measure that nothing here is made of begins earlier than those that are read."""

    def tool(*years):
        read = [("LACnum", year, "Wiltshire", 865, f"{100 * int(year) + 1}") for year in years]
        return lait([*read, ("Older", "2022", "Wiltshire", 865, "1")])

    add(made, "dfe_tool_2024", "lait", tool("2023", "2024"), "2024-12", "2022 to 2024", "Tool 2024")
    made.save()
    said = take(made.data, new_file(made.data.parent, tool("2023", "2024", "2025"), "dfe_tool_2025"))
    assert said[0].startswith("dfe_tool_2025: Tool 2025 (2025), 2022 to 2025, 4 rows")
    assert said[1:3] == ["in the place of dfe_tool_2024", "new periods: 2025"]
    assert [r.source for r in load_releases(made.data)] == ["dfe_made_2024", "dfe_tool_2025"]


# ---- every kind of release ------------------------------------------------------------------------------------------


def dwp_of(count, years, ward=()):
    """A table of authorities, or of wards, of two years that follow each other, with a count in the second."""
    last = years[-4:]
    head = [cell.replace("2024", "FIRST").replace("2025", last).replace("FIRST", years[:4]) for cell in DWP_HEAD[-1]]
    row = ["Wiltshire", WILTSHIRE, *ward, "1", str(count), "1%", "2%"]
    return dwp([row], [[*head[:2], *["Ward", "Area Code"][: len(ward)], *head[2:]]])


def cin_of(count, _):
    return f"geog_l,new_la_code,CINAt31\nNational,,9\nLA,{WILTSHIRE},{count}\nLA,{SWINDON},3\n".encode()


def near_of(count, _):
    return neighbours([[865, 866 if count == 1 else 803], [866, 865]])


def words_of(count, _):
    return dictionary(("LACnum", f"Children {count}", "Number", "0", "Annual"))


YEARS = ("2024 to 2025", "2025 to 2026")
KINDS = {
    "dwp_low_income": (dwp_of, ("low_income_ahc_under_16", "Number of children", YEAR), *YEARS, {}),
    "dwp_low_income_wards": (lambda n, years: dwp_of(n, years, ("A ward", "E05013398")), (), *YEARS, {}),
    "neighbours": (near_of, (), "", "", {"date": "2025-05"}),
    "lait_dictionary": (words_of, (), "", "", {"date": "2025-05"}),
}
"""Layout → its content by a count and its periods; its measure; the periods of two releases; what must be told."""


@pytest.mark.parametrize("layout", KINDS)
def test_every_kind_of_release_comes_in(made, tmp_path, layout):
    content, measure, before, after, told = KINDS[layout]
    add(made, "pub_kind_2024", layout, content(1, before), "2024", before, "Kind 2024, 2013")
    if measure:
        made.measure(measure[0], "pub_kind_2024", measure[1], **measure[2])
    made.save()
    extract.write(made.data, extract.extract(made.data))
    file = new_file(tmp_path, content(2, after), "pub_kind_2025")
    if layout in adopt.OF_A_DATE:
        refused(made, file, "no cell says of what date it is: give it with --date, as 2024")
    old = snapshot(made.data)
    said = take(made.data, file, **told)
    assert said[1] == f"{'beside' if after else 'in the place of'} pub_kind_2024"
    listed = {row["source"]: row for row in table(made.data, "releases") if row["layout"] == layout}
    assert list(listed) == ["pub_kind_2024"] * bool(after) + ["pub_kind_2025"]
    assert listed["pub_kind_2025"]["time_period"] == after
    assert listed["pub_kind_2025"]["rows"] == str(made.releases["pub_kind_2024"]["rows"])
    if measure:
        figures = [row for row in table(made.data, "figures_official") if row["source"] == "pub_kind_2025"]
        assert {row["indicator"] for row in figures} == {measure[0]}
    changed = {path.stem for path, text in snapshot(made.data).items() if old.get(path, b"") != text}
    assert ("wards" in changed, "neighbours" in changed) == (layout.endswith("_wards"), layout == "neighbours")


@pytest.mark.parametrize(
    ("layout", "content"), [("panel", b"new_la_code,time_period,x\n"), ("sfr_wide", cin_of(1, ""))]
)
def test_a_release_that_is_read_as_it_is_is_refused_with_how_to_register_a_newer(made, tmp_path, layout, content):
    add(made, "pub_kind_2022", layout, content, "2022", "2010 to 2022")
    made.save()
    words = "pub_kind_2022 is read as it is; by hand: give it a row in releases.csv and, with sha256 and bytes, one"
    refused(made, new_file(tmp_path, content + b"E,2023,1\n", "pub_kind_2023"), words)


# ---- the real releases ----------------------------------------------------------------------------------------------


@pytest.fixture
def real(tmp_path, monkeypatch):
    """A copy of the project's data and releases; models that no file here changes are not fitted again."""
    folder = official_folder()
    data = tmp_path / "project" / "data"
    shutil.copytree(DATA, data, ignore=shutil.ignore_patterns(".cache", "official"))
    for release in load_releases(DATA):
        release.path(data / "official").parent.mkdir(parents=True, exist_ok=True)
        release.path(data / "official").symlink_to(release.path(folder))
    shutil.copytree(DATA.parent / "notebooks", data.parent / "notebooks")
    monkeypatch.delenv("ANALYSIS_OFFICIAL")
    read, known = assemble._figures, {}

    def once(release, folder, wanted, *tables):  # a file that does not change is read once for all adoptions
        key = (release, *wanted)
        if key not in known:
            known[key] = read(release, folder, wanted, *tables)
        return known[key]

    monkeypatch.setattr(assemble, "_figures", once)
    kept = pd.read_csv(DATA / "panel_estimates.csv", dtype=str, keep_default_na=False)
    monkeypatch.setattr(extract.estimates, "read_all", lambda _: kept)
    monkeypatch.setattr(adopt.plan_backtest, "content", lambda _: {})
    return data


def without(data, source):
    """Take a release out of the register, and its file out of the folder; return the file."""
    (release,) = [release for release in load_releases(data) if release.source == source]
    for name in ("sources", "releases", "measures", "cross_checks"):
        kept = [row for row in table(data, name) if source not in (row["source"], row.get("other_source"))]
        pd.DataFrame(kept).to_csv(data / f"{name}.csv", index=False, lineterminator="\n")
    return shutil.move(release.path(data / "official"), data.parent / Path(release.file).name)


def older(data):
    """Put a series without its last year, and three other values, in the place of the whole one; return that file."""
    (release,) = [release for release in load_releases(data) if release.source == "dfe_cin_2025"]
    whole = shutil.move(release.path(data / "official"), data.parent / Path(release.file).name)
    lines = whole.read_text(encoding="utf-8").splitlines()
    column = lines[0].split(",").index("At31_episodes")
    cut = [line.split(",") for line in lines if not line.startswith("2025")]
    for code in ("E09000012", "E09000007", "E06000052"):  # no figures of these are embedded
        row = next(row for row in cut if code in row and row[0] == "2023")
        row[column] = str(int(row[column]) + 7)
    before = data / "official" / "csc" / "b1_children_in_need_2013_to_2024.csv"
    before.write_text("\n".join(map(",".join, cut)) + "\n", encoding="utf-8")
    changed = {
        "dfe_cin_2025": "dfe_cin_2024",
        "b1_children_in_need_2013_to_2025.csv,ees,2013 to 2025,Reporting year,2132": (
            f"b1_children_in_need_2013_to_2024.csv,ees,2013 to 2024,Reporting year,{len(cut) - 1}"
        ),
        "children in need, 2013 to 2025": "children in need, 2013 to 2024",
        f"{release.sha256},{release.bytes}": f"{sha256(before)},{before.stat().st_size}",
    }
    for name in ("sources", "releases", "measures", "cross_checks", "revisions"):
        text = (data / f"{name}.csv").read_text(encoding="utf-8")
        for old, new in changed.items():
            text = text.replace(old, new)
        (data / f"{name}.csv").write_text(text, encoding="utf-8")
    return whole


def test_a_year_and_a_longer_series_give_the_very_figures_of_today(real):
    """The register lacks a release of a year, and has a series without its last year: both come in one by one."""
    year, whole = without(real, "dfe_neet_2025"), older(real)
    said = take(real, year)
    assert "rounding of Cohort_DJFavg: 1; 10 larger" in said
    assert said[-1].endswith(" figures, 0 of them new"), "they were embedded before"
    said = take(real, whole, date="2025")
    assert {"new periods: 2025", "3 revisions"} <= set(said)
    assert len([line for line in said if line.startswith("revised: cin_number, ")]) == 3
    for name in ("measures", "releases"):
        assert (real / f"{name}.csv").read_bytes() == (DATA / f"{name}.csv").read_bytes(), name
    now, then = ([row | {"source": ""} for row in table(folder, "figures_official")] for folder in (real, DATA))
    assert now == then
    checks = [{**row, "reason": ""} for row in table(real, "cross_checks")]
    assert sorted(map(str, checks)) == sorted(str({**row, "reason": ""}) for row in table(DATA, "cross_checks"))
    assert figures_and_claims(real)[0] == []
    with pytest.raises(adopt.ReleaseError, match="is there already, as dfe_cin_2025"):
        take(real, whole)


def test_of_years_on_both_sides_a_file_continues_the_one_before(real):
    release, old = adopt.recognised(real, without(real, "dfe_neet_2023"))
    assert (release.time_period, release.rows, old.source) == ("2023", 160, "dfe_neet_2022")


def respelt(content):
    return content.replace(b"Children in", b"Childern in").replace(b"Wiltshire", b"Wiltshire UA")


def a_year_later(content):
    return content.replace(b"FYE 2025", b"FYE 2026").replace(b"FYE 2024", b"FYE 2025")


REAL = [
    ("dfe_neighbours_2025", None, "2026-05", "0 revisions"),
    ("dfe_lait_dictionary_2026", respelt, "2026-09", "0 revisions"),
    ("dwp_low_income_ahc_2025", a_year_later, "", "new periods: 202526"),
    ("dwp_low_income_ahc_wards_2025", a_year_later, "", "0 revisions"),
]
"""Releases, how a newer issue's content differs, the date that must be told, and a line of what is said."""


@pytest.mark.parametrize(("source", "change", "date", "line"), REAL)
def test_a_newer_issue_of_each_kind_of_real_file_is_recognised(official, tmp_path, source, change, date, line):
    (known,) = [release for release in load_releases(DATA) if release.source == source]
    content = known.path(official).read_bytes()
    if change is None:
        sheets = pd.read_excel(io.BytesIO(content), sheet_name=None, header=None, engine="calamine").items()
        content = workbook({n: s.astype(object).where(s.notna(), None).values.tolist() for n, s in sheets})
    file = new_file(tmp_path, change(content) if change else content, Path(known.file).name)
    release, old = adopt.recognised(DATA, file, date)
    assert (old.source, release.rows) == (source, known.rows)
    assert release.time_period == ("2025 to 2026" if change == a_year_later else "")
    before, after = adopt._content(DATA, official, old), adopt._content(DATA, tmp_path, release)
    assert any(words.startswith(line) for words in adopt._told(DATA, before, after))
