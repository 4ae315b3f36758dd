"""Embedded official figures are what the releases give; what changed is listed; the cache is whole or not there."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.cli import main
from analysis.data.columns import columns_of
from analysis.data.tables import BadTable, read_table
from analysis.official import assemble, cache, extract
from analysis.official.releases import ReleaseError, cache_folder
from official_samples import (
    DATA,
    ENGLAND,
    EXAMPLES,
    KEY,
    SWINDON,
    WILTSHIRE,
    Made,
    by_key,
    ees,
    example,
    neighbours,
    official_folder,
    table_of,
    undisturbed,
)

NUMBER = ("cla_number", WILTSHIRE, "2025", "Reporting year")


# ---- embedded = extracted -----------------------------------------------------------------------------------------

CACHED = {f"{name}.parquet" for name in ("everywhere", "figures", "neighbours", "wards")}
"""The files of a cache."""


def test_the_embedded_tables_are_what_the_releases_give_to_the_byte(real, data_copy):
    assert list(real.extracted.tables) == list(extract.FILES)
    assert (real.extracted.new, real.extracted.gone, len(real.extracted.revised)) == ([], [], 0)
    assert extract.write(data_copy, real.extracted) == []
    (data_copy / "figures_official.csv").write_text("spoilt\n", encoding="utf-8")
    (data_copy / "neighbours.csv").unlink()
    assert extract.write(data_copy, real.extracted) == ["figures_official.csv", "neighbours.csv"]
    for name in extract.FILES:
        assert (data_copy / name).read_bytes() == (DATA / name).read_bytes()


def test_every_value_marked_revised_is_in_the_log_and_the_reverse():
    log = {tuple(row[name] for name in [*KEY, "source"]): row for row in table_of("revisions.csv")}
    marked = {
        tuple(row[name] for name in [*KEY, "source"]): row
        for row in table_of("figures_official.csv")
        if row["symbol"] == "r"
    }
    assert set(log) == set(marked) != set()
    for key, row in log.items():
        assert row["new"] == marked[key]["stated"]
        assert row["old"] != row["new"]


PLAIN = {row["source"]: row for row in table_of("releases.csv") if row["layout"] in ("ees", "sfr_wide", "panel")}
PLACE = {"National": "country_code", "Regional": "region_code", "Local authority": "new_la_code"}


def raw_cells(release: dict, measure: dict) -> dict[tuple, str]:
    """Return a measure's cells by place and period, read with nothing of the project's."""
    where = dict(part.split("=", 1) for part in measure["where"].split("; ") if part)
    encoding = "cp1252" if release["layout"] == "sfr_wide" else "utf-8-sig"
    found = {}
    with (official_folder() / release["file"]).open(encoding=encoding, newline="") as stream:
        for row in csv.DictReader(stream):
            if any(row[name] not in value.split("|") for name, value in where.items()):
                continue
            place = row[PLACE[row["geographic_level"]]] if release["layout"] == "ees" else row["new_la_code"]
            national = row.get("geog_l") == "National" or measure["measure"] in ("cpih", "sppi")
            place = ENGLAND if national else place
            per = row.get(measure["per"])  # none where it names an indicator of ours
            text = f"{row[measure['measure']]} of {per}" if per is not None else row[measure["measure"]]
            key = place, row.get("time_period") or release["time_period"]
            if "|" in measure["where"] and key in found:  # rows of several values are added up
                text = str(int(found[key]) + int(text)) if found[key].isdigit() and text.isdigit() else "no sum"
            found[key] = text.strip() or "(blank)"
    return found


@pytest.mark.parametrize("source", sorted({row["source"] for row in table_of("measures.csv")} & set(PLAIN)))
def test_embedded_figures_stand_in_the_release_where_their_locator_says(source):
    embedded = [row for row in table_of("figures_official.csv") if row["source"] == source]
    measures = {row["indicator"]: row for row in table_of("measures.csv") if row["source"] == source}
    former = {row["area"]: {row["area"], *row["former_codes"].split("; ")} for row in table_of("areas.csv")}
    assert embedded
    cells = {name: raw_cells(PLAIN[source], measure) for name, measure in measures.items()}
    for row in (row for row in embedded if ", out of " not in row["locator"]):
        column, place, period = row["locator"].rsplit(", ", 2)
        measure = measures[row["indicator"]]
        assert column.startswith(measure["measure"])
        assert place in former[row["area"]]
        if measure["base"] == "cla_number":  # worked out of another figure
            if row["value"]:
                cases, base = float(cells[row["indicator"]][place, period]), float(row["base"])
                assert row["stated"] == f"{cases:.0f} of {base:.0f}"
                assert float(row["value"]) == pytest.approx(100 * cases / base)
            continue
        assert cells[row["indicator"]][place, period] == row["stated"]
        if row["value"] and " of " not in row["stated"]:
            printed = float(row["stated"].replace(",", "").rstrip("%"))
            assert abs(float(row["value"]) - printed) <= float(row["rounding"]) / 2
        elif row["value"]:
            part, whole = (float(text) for text in row["stated"].split(" of "))
            assert float(row["value"]) == pytest.approx(part / whole * 100, rel=1e-11)
            assert float(row["base"]) == whole


def test_a_rate_worked_out_again_is_its_count_over_its_whole_where_its_locator_says():
    rows = {tuple(row[name] for name in KEY[:3]): row for row in table_of("figures_official.csv")}
    whole = {"care_leavers_17_18_eet_rate": "care_leavers_17_18", "care_leavers_19_21_eet_rate": "care_leavers_19_21"}
    again = [row for row in rows.values() if ", out of " in row["locator"]]
    assert len(again) > 400
    for row in again:
        name, area, year = (row[name] for name in KEY[:3])
        before = 0 if name in whole else 1
        count = rows.get((name.removesuffix("_rate") + ("" if name in whole else "_number"), area, year))
        out_of = rows.get((whole.get(name, "population_0_17"), area, str(int(year) - before)))
        part, of = (float(text) for text in row["stated"].split(" of "))
        # The embedded counts and populations are those of some areas, a few rates those of all.
        assert count["stated"] == f"{part:g}" if count else area != "E06000054"
        assert out_of is None or out_of["stated"] == f"{of:.0f}"
        assert float(row["value"]) == pytest.approx(part / of * (100 if name in whole else 10_000), rel=1e-11)
        assert float(row["base"]) == of
        assert bool(row["rounding"]) == area.startswith(("E12", "E92"))  # counts of regions are rounded to 10


# ---- extraction from made-up releases -----------------------------------------------------------------------------


def number(made: Made, rows: list[tuple], source: str = "first", date: str = "2024") -> None:
    """Give a project a release of the number of children looked after; a row is area, period and cell."""
    cells = [{"area": area, "period": period, "n": text} for area, period, text in rows]
    made.release(source, "ees", ees(cells), date=date)
    if not any(measure["source"] == source for measure in made.measures):
        made.measure("cla_number", source, "n")


def extracted(made: Made) -> extract.Extracted:
    """Extract and write, and return what was extracted."""
    found = extract.extract(made.save())
    extract.write(made.data, found)
    return found


def written(made: Made, name: str = "figures_official.csv") -> pd.DataFrame:
    return read_table(made.data / name)


START = [(WILTSHIRE, "2024", "470"), (WILTSHIRE, "2025", "478"), (ENGLAND, "2025", "81770"), (SWINDON, "2025", "300")]


def test_the_first_extraction_is_all_new_and_the_second_writes_nothing(made):
    number(made, START)
    made.release("near", "neighbours", neighbours([[865, 803]]))
    first = extracted(made)
    assert [key[:3] for key in first.new] == [("cla_number", area, year) for area, year, _ in sorted(START[:3])]
    assert first.gone == []
    # Swindon has no documents and is no neighbour: its figures are not embedded.
    assert by_key(written(made)) == {
        ("cla_number", WILTSHIRE, "2024"): (470.0, ""),
        ("cla_number", WILTSHIRE, "2025"): (478.0, ""),
        ("cla_number", ENGLAND, "2025"): (81770.0, ""),
    }
    before = {path.name: path.read_bytes() for path in made.data.glob("*.csv")}
    second = extract.extract(made.data)
    assert (second.new, second.gone, len(second.revised)) == ([], [], 0)
    assert extract.write(made.data, second) == []
    assert {path.name: path.read_bytes() for path in made.data.glob("*.csv")} == before
    assert not list(made.data.glob("*.tmp"))


def test_a_new_period_is_new_one_left_out_is_gone_and_one_withheld_is_listed(made):
    number(made, START)
    extracted(made)
    number(made, [(WILTSHIRE, "2025", "c"), *START[2:], (WILTSHIRE, "2026", "480")])
    found = extracted(made)
    assert found.new == [("cla_number", WILTSHIRE, "2026", "Reporting year")]
    assert found.gone == [("cla_number", WILTSHIRE, "2024", "Reporting year")]
    assert (found.withheld, len(found.revised)) == ([NUMBER], 0)
    assert f"now withheld: {', '.join(NUMBER)}" in extract.said(found)


def test_a_changed_value_is_a_revision_marked_and_logged_once_and_kept(made):
    number(made, START)
    extracted(made)
    number(made, [START[0], (WILTSHIRE, "2025", "481"), *START[2:]])
    found = extracted(made)
    assert found.revised.to_dict("records") == [
        dict(zip(KEY, NUMBER, strict=True)) | {"old": "478", "new": "481", "old_source": "first", "source": "first"}
    ]
    for _ in range(2):
        assert by_key(written(made)) == {
            ("cla_number", WILTSHIRE, "2024"): (470.0, ""),
            ("cla_number", WILTSHIRE, "2025"): (481.0, "r"),
            ("cla_number", ENGLAND, "2025"): (81770.0, ""),
        }
        assert written(made, "revisions.csv")[["old", "new"]].to_numpy().tolist() == [["478", "481"]]
        again = extracted(made)
        assert (again.new, again.gone, len(again.revised)) == ([], [], 0)


@pytest.mark.parametrize(
    ("first", "second", "kept", "revised"),
    [
        ("478", "481", (481.0, "r", "second"), ["478", "481"]),
        ("470", "470", (470.0, "", "first"), None),
        ("12.34", "12.3", (12.34, "", "first"), None),  # printed more coarsely
        ("12.36", "12.3", (12.3, "r", "second"), ["12.36", "12.3"]),
        ("c", "478", (478.0, "", "second"), None),
        *(("478", symbol, (478.0, "", "first"), None) for symbol in ("c", "x", "z", "low", "u")),
        *((symbol, "-", (None, symbol, "first"), None) for symbol in ("c", "z", "low", "u")),
    ],
)
def test_of_two_releases_the_later_counts_and_what_it_changed_is_a_revision(made, first, second, kept, revised):
    """A value replaces a symbol, a symbol no value; the date says which is later, not the order of the register."""
    for source, date, cell in (("second", "2025-06", second), ("first", "2025", first)):
        number(made, [(WILTSHIRE, "2025", cell)], source, date)
        made.measures[-1] |= {"rounding": "0.01" if source == "first" else "0.1"}
    extracted(made)
    (row,) = written(made).to_dict("records")
    assert (None if pd.isna(row["value"]) else row["value"], row["symbol"], row["source"]) == kept
    log = written(made, "revisions.csv")[["old", "new"]].to_numpy().tolist() if revised else []
    assert log == ([revised] if revised else [])


@pytest.mark.parametrize("layout", EXAMPLES)
def test_a_changed_cell_changes_its_own_figure_and_no_other(tmp_path, monkeypatch, layout):
    undisturbed(monkeypatch)
    about = EXAMPLES[layout]
    before, after = (
        example(tmp_path / name, layout, about.make(cell)).table() for name, cell in zip("ab", about.cells, strict=True)
    )
    assert len(before) > 2
    assert (before.pop(about.key), after.pop(about.key)) == ((about.values[0], ""), (about.values[1], ""))
    assert before == after


def test_extraction_gives_the_same_bytes_whatever_the_order_of_the_registers_and_rows(made):
    number(made, START)
    number(made, START[:1], "second", "2025")
    extracted(made)
    first = (made.data / "figures_official.csv").read_bytes()
    for table in (made.sources, made.releases):
        for source in list(reversed(table)):
            table[source] = table.pop(source)
    made.measures.reverse()
    number(made, list(reversed(START)))
    extracted(made)
    assert (made.data / "figures_official.csv").read_bytes() == first


# ---- what damaged or changed releases come to -----------------------------------------------------------------------


def test_extract_refuses_a_changed_release_in_one_line_and_writes_nothing(made, monkeypatch):
    """The exit code is 2, and the tables stay as they are."""
    number(made, START)
    extracted(made)
    number(made, [(WILTSHIRE, "2024", "4 78"), *START[1:]])
    made.save()
    before = {path.name: path.read_bytes() for path in made.data.glob("*") if path.is_file()}
    monkeypatch.setenv("ANALYSIS_ROOT", str(made.data.parent))
    result = CliRunner().invoke(main, ["extract"])
    said = "analysis: made/first, line 2, column n, area E06000054: '4 78' is neither a number nor one of the symbols "
    assert (result.exit_code, result.stderr.count("\n"), result.stderr.startswith(said)) == (2, 1, True)
    assert {path.name: path.read_bytes() for path in made.data.glob("*") if path.is_file()} == before


def test_a_release_whose_rows_or_periods_the_register_does_not_say_is_refused(made):
    number(made, START)
    made.releases["first"]["rows"] = ""
    with pytest.raises(ReleaseError, match=r"^made/first: 4 rows; releases\.csv has no number of them for it"):
        made.read()
    made.releases["first"] |= {"rows": 4, "time_period": ""}
    with pytest.raises(ReleaseError, match=r"^made/first: releases\.csv has no time_period for it; expected its"):
        made.read()


def test_nothing_is_written_if_one_table_is_not_as_described(made):
    number(made, START)
    extracted(made)
    number(made, [START[0], (WILTSHIRE, "2025", "481"), *START[2:]])
    found = extract.extract(made.save())
    before = {path.name: path.read_bytes() for path in made.data.glob("*.csv")}
    with pytest.raises(BadTable, match=r"^plan_backtest\.csv, line 1: columns missing"):
        extract.write(made.data, found, {"plan_backtest.csv": b"method\nany\n"})
    found.tables["revisions.csv"].loc[0, "time_period"] = "2013/14"
    with pytest.raises(BadTable, match=r"^revisions\.csv, line 2, column time_period: found '2013/14'"):
        extract.write(made.data, found)
    assert {path.name: path.read_bytes() for path in made.data.glob("*.csv")} == before


def test_a_data_folder_that_cannot_be_written_is_refused_in_one_line(made):
    number(made, START)
    found = extract.extract(made.save())
    (made.data / "figures_official.csv").mkdir()
    with pytest.raises(ReleaseError, match=r"^cannot write into .*data: Is a directory$"):
        extract.write(made.data, found)
    assert not list(made.data.glob(".new-*"))


# ---- the cache ----------------------------------------------------------------------------------------------------


@pytest.fixture
def small(made, monkeypatch):
    """A project with one release, and the list of the times it was read."""
    number(made, START)
    made.release("near", "neighbours", neighbours([[865, 866], [866, 865]]))
    made.save()
    read, whole = [], assemble.read_everything
    monkeypatch.setattr(assemble, "read_everything", lambda data: read.append(data) or whole(data))
    made.read_times = read
    return made


def folders(made: Made) -> list[str]:
    return sorted(path.name for path in (made.data / ".cache").iterdir())


def test_the_cache_is_made_once_and_reused(small):
    folder = cache.ready(small.data)
    times = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert cache.ready(small.data) == folder
    assert len(small.read_times) == 1
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == times
    assert set(times) == CACHED
    assert folders(small) == [folder.name]
    assert by_key(cache.read(folder, "figures", "area", "in", [WILTSHIRE, ENGLAND])) == {
        ("cla_number", area, year): (float(text), "") for area, year, text in START[:3]
    }
    assert cache.read(folder, "figures", "area", "in", ["E09000001"]).empty
    assert cache.read(folder, "neighbours", "area", "in", [SWINDON])["neighbour"].tolist()[0] == WILTSHIRE
    assert list(cache.read(folder, "figures", "area", "in", [SWINDON]).columns) == columns_of("figures")


CHANGES = {
    "release": (lambda made: number(made, [START[0], (WILTSHIRE, "2025", "479"), *START[2:]]), (479.0, "")),
    "measures": (lambda made: made.measures[0].update(rounding="10"), (480.0, "")),
    "register": (lambda made: number(made, [(WILTSHIRE, "2025", "490")], "second", "2025"), (490.0, "r")),
}


def change(made, what):
    """Change what the cache is made of; return the figure that follows."""
    CHANGES[what][0](made)
    made.save()
    return CHANGES[what][1]


@pytest.mark.parametrize("what", CHANGES)
def test_the_cache_is_made_anew_when_what_it_is_made_of_changes(small, what):
    old = cache.ready(small.data)
    time.sleep(0.01)
    expected = change(small, what)
    new = cache.ready(small.data)
    assert new != old
    assert folders(small) == [new.name]
    assert by_key(cache.read(new, "figures", "area", "in", [WILTSHIRE]))["cla_number", WILTSHIRE, "2025"] == expected
    assert cache.ready(small.data) == new
    assert len(small.read_times) == 2


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be locked there")
def test_a_cache_in_use_stays_when_another_run_makes_a_newer_one(small):
    program = (
        "import sys\nfrom pathlib import Path\nfrom analysis.official import cache\n"
        f"folder = cache.ready(Path({str(small.data)!r}))\nprint(folder, flush=True)\nsys.stdin.read()\n"
        f"print(len(cache.read(folder, 'figures', 'area', 'in', [{WILTSHIRE!r}])))"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], **pipes) as other:
        old = Path(other.stdout.readline().strip())
        change(small, "register")
        new = cache.ready(small.data)
        assert set(folders(small)) == {old.name, new.name}
        rows, _ = other.communicate("")
    assert int(rows) == len(cache.read(old, "figures", "area", "in", [WILTSHIRE])) > 0
    change(small, "measures")
    newest = cache.ready(small.data)
    assert folders(small) == [newest.name], "what nobody uses any more is removed"


def test_a_release_that_changed_behind_the_registers_back_is_refused_though_a_cache_is_there(small):
    cache.ready(small.data)
    path = small.folder / "made" / "first"
    path.write_bytes(path.read_bytes().replace(b"478", b"4788"))
    with pytest.raises(ReleaseError, match=r"^made/first: not the file of the register"):
        cache.ready(small.data)


def test_no_half_cache_is_left_by_a_failure(small, monkeypatch):
    key = cache_folder(small.data).name
    whole = pd.DataFrame.to_parquet

    def fail(table, path, **options):
        if Path(path).name == "neighbours.parquet":
            raise OSError(28, "No space left on device")
        whole(table, path, **options)

    with monkeypatch.context() as patched:
        patched.setattr(pd.DataFrame, "to_parquet", fail)
        with pytest.raises(ReleaseError, match=r"^cannot write the cache .*\.cache: No space left on device$"):
            cache.ready(small.data)
    assert key not in folders(small)
    folder = cache.ready(small.data)
    assert (folder.name, {file.name for file in folder.iterdir()}) == (key, CACHED)


def test_where_the_installation_cannot_be_written_the_cache_is_the_users_own(small, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("os.access", lambda *_: False)
        folder = cache.ready(small.data)
        assert (tmp_path / "user") in folder.parents
        assert cache.ready(small.data) == folder == cache_folder(small.data)
    assert len(small.read_times) == 1
    (small.data / ".cache").write_bytes(b"a file where the folder should be")
    with pytest.raises(ReleaseError, match=r"^cannot write the cache .*\.cache: File exists$"):
        cache.ready(small.data)


def test_the_slower_of_two_builders_takes_the_others_cache(small, monkeypatch):
    whole = assemble.read_everything

    def overtaken(data):
        monkeypatch.setattr(assemble, "read_everything", whole)
        first.append(cache.ready(small.data))  # another is quicker
        return whole(data)

    first = []
    monkeypatch.setattr(assemble, "read_everything", overtaken)
    assert [cache.ready(small.data)] == first
    assert folders(small) == [first[0].name]


def test_what_has_gone_of_many_areas_is_one_line():
    """A newer file takes the place of the latest year in every authority: no reader wants a line for each."""
    many = [("cin_rate", f"E0600000{n}", "2025", "Reporting year") for n in range(6)]
    one = [("cla_number", WILTSHIRE, "2024", "Reporting year")]
    table = {"figures_official.csv": pd.DataFrame()}
    revised = pd.DataFrame(columns=["indicator", "area", "time_period", "time_identifier"])
    found = extract.Extracted(table, [], many + one, one, revised, None)
    assert extract.said(found) == [
        f"now withheld: cla_number, {WILTSHIRE}, 2024, Reporting year",
        "no longer there: cin_rate, 6 areas, 2025, Reporting year",
        f"no longer there: cla_number, {WILTSHIRE}, 2024, Reporting year",
        "0 figures, 0 of them new",
    ]
