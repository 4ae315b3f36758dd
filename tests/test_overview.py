"""The overview: its numbers are those of the other pages, its links lead somewhere, and it says what changed."""

from __future__ import annotations

import csv
import json
import math
import re
import shutil

import nbformat
import pandas as pd
import pytest
from click.testing import CliRunner

from analysis import html
from analysis.cli import main
from analysis.data.figures import WILTSHIRE, Figures
from analysis.data.tables import read_table
from analysis.files import anchor
from analysis.html import without_links
from analysis.press.catalogue import load_catalogue
from analysis.press.markup import on_page
from analysis.press.publish import publish_index
from analysis.published import Published
from notebook_runs import ROOT, handed_over, quick

CITY, SCILLY, CUMBERLAND = "E09000001", "E06000053", "E06000063"
AREAS = [WILTSHIRE, CITY, SCILLY, CUMBERLAND]
ENTRIES = {entry.name: entry for entry in load_catalogue(ROOT / "notebooks")}
LINK = re.compile(r'(?:\]\(|href=")(\w+)\.ipynb(?:#([\w-]+))?[")]')
BRIEF = pd.read_csv(ROOT / "data" / "brief.csv", keep_default_na=False)
GOOD = pd.read_csv(ROOT / "data" / "spine.csv", keep_default_na=False).set_index("indicator")["good"]
GONE = "Same release and period: method, setting or a correction"


def texts(page, kind):
    return [data["text/plain"] for data in page.all(kind)]


# --- The numbers are those of the other pages ------------------------------------------------------


def test_it_takes_what_the_catalogue_says_that_it_rests_on():
    assert set(ENTRIES["overview"].rests_on) == {*BRIEF["notebook"], "scorecard"}
    assert sorted(map(int, filter(None, BRIEF["tile"].astype(str)))) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("area", AREAS)
def test_each_number_is_that_of_its_topics_page(page, area):
    """Value, limits, unit, period, symbol and source, of every headline value of the overview."""
    own = page(area, "overview").values
    for row in BRIEF.itertuples():
        theirs = page(area, row.notebook).values.get(row.key)
        assert own.get(row.key) == theirs
    assert set(own) <= set(BRIEF["key"])
    assert len(own) >= (13 if area == WILTSHIRE else 10)


def rows(file, **where):
    with (ROOT / "data" / file).open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if where.items() <= row.items()]


def official(indicator, period, area=WILTSHIRE):
    (row,) = rows("figures_official.csv", indicator=indicator, area=area, time_period=period)
    return float(row["value"])


@pytest.mark.parametrize("area", AREAS)
def test_each_verdict_follows_from_interval_comparator_and_what_is_good(page, area):
    (shown,) = texts(page(area, "overview"), "html")
    told = dict(line.split(": ", 1) for line in shown.splitlines())
    for row in BRIEF[BRIEF["tile"] != ""].itertuples():
        value = page(area, row.notebook).values.get(row.key)
        other = value["beside"].get("its neighbours' median", math.nan) if value else math.nan
        ends = r"\((.*?)(?: than its neighbours| to its neighbours|; [EILTB])"
        verdict = re.search(ends, told[row.title] + "; E")[1]
        if not value or value["lower"] is None or math.isnan(other) or not value["compared"]:
            own = math.nan if not value or value["value"] is None else value["value"]
            side = "Above" if own > other else "Below" if own < other else ""
            assert verdict.rstrip(")") == (f"{side} its neighbours; not judged" if side else "Not judged"), row.key
            continue
        side = "lower" if value["upper"] < other else "higher" if value["lower"] > other else ""
        good = {"low": "lower", "high": "higher"}.get(GOOD.get(row.indicator, ""))
        expected = {"": "Similar", good: "Better"}.get(side, "Worse" if good else side.capitalize())
        assert verdict == expected, row.key


@pytest.mark.parametrize("area", AREAS)
def test_the_box_has_one_lead_and_three_tiles_against_the_comparator_it_names(page, area):
    """A tile's number stands in the box as in the tile, beside the same comparator as the sentence that leads."""
    lead, *lines = texts(page(area, "overview"), "answer")[0].splitlines()
    assert "its neighbours' median" in lead
    assert 1 <= len(lines) <= 3
    (shown,) = texts(page(area, "overview"), "html")
    told = dict(line.split(": ", 1) for line in shown.splitlines())
    for line in lines:
        title, _, said = line.removeprefix("- ").partition(": ")
        assert said.startswith(told[title].partition(",")[0]), title
        assert "its neighbours' median of " in said, title


@pytest.mark.parametrize("area", AREAS)
def test_topics_are_told_in_the_words_of_their_own_pages(page, area):
    said = "\n".join(texts(page(area, "overview"), "text"))
    for name in ENTRIES["overview"].rests_on:
        theirs = [without_links(line.removeprefix("- ")) for line in texts(page(area, name), "answer")[0].splitlines()]
        assert any(line in said for line in theirs), name


# --- Links -----------------------------------------------------------------------------------------


def places(name):
    """The sections of a notebook that a page of it has, as anchors."""
    cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
    return {anchor(line[3:]) for cell in cells for line in cell.source.splitlines() if line.startswith("## ")}


@pytest.mark.parametrize("area", AREAS)
def test_every_link_leads_to_a_page_that_the_catalogue_offers(page, area):
    found = {
        pair
        for data, _ in page(area, "overview").shown
        for mime in ("text/markdown", "text/html")
        for pair in LINK.findall(data.get(mime, ""))
    }
    assert {name for name, _ in found} == set(ENTRIES["overview"].rests_on)
    for name, place in found:
        assert ENTRIES[name].areas == "all"
        assert not place or place in places(name), (name, place)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="send.ipynb#plans-on-time">a</a>', '<a href="send.html#plans-on-time">a</a>'),
        ('<a href="neet.ipynb">a</a>', '<a href="neet.html">a</a>'),
        ('<a href="https://example.org/a.ipynb">a</a>', '<a href="https://example.org/a.ipynb">a</a>'),
        ('<a href="../neet.ipynb">a</a>', '<a href="../neet.ipynb">a</a>'),
        ("neet.ipynb", "neet.ipynb"),
    ],
)
def test_a_page_links_pages_where_a_notebook_links_notebooks(html, expected):
    assert on_page(html) == expected


# --- What changed since the last edition -----------------------------------------------------------


def overview_after(last, monkeypatch):
    """The overview's findings and its table of changes, with another last edition."""
    read = Figures.read
    frame = pd.DataFrame(last, columns=[*read_table(ROOT / "data" / "last_edition.csv")])
    monkeypatch.setattr(Figures, "read", lambda self, file: frame if file == "last_edition.csv" else read(self, file))
    shown = quick("overview").shown
    findings = [data["text/plain"] for data, mark in shown if mark["kind"] == "finding"]
    tables = [mark["csv"] for _, mark in shown if mark.get("id") == "edition"]
    return findings, tables


@pytest.fixture
def kept(page):
    """The values that the overview compares, as those of a last edition."""
    return [
        {**page(WILTSHIRE, row.notebook).values[row.key], "area": WILTSHIRE, "notebook": row.notebook}
        for row in BRIEF.itertuples()
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"value": 25.0}, GONE),
        ({"period": "winter 2023/24", "value": 3.0}, "new period (winter 2023/24 → winter 2024/25)"),
        ({"source": "dfe_lait_2026", "value": 3.3}, "revision (source: dfe_lait_2026 → dfe_neet_2025)"),
        ({"lower": 0.1, "upper": 9.0}, None),
        (None, "new"),
    ],
)
def test_a_change_is_told_with_the_reason_it_shows(kept, monkeypatch, changed, expected):
    key = "neet_16_17_or_not_known_rate"
    last = [row | (changed or {}) if row["key"] == key else row for row in kept if changed or row["key"] != key]
    findings, tables = overview_after(last, monkeypatch)
    assert f"{int(bool(expected))} of 13 values on this page changed since the last edition." in findings
    assert len(tables) == bool(expected)
    assert not expected or expected in tables[0]


def test_the_edition_is_renewed_by_one_command(tmp_path):
    shutil.copytree(ROOT / "reports" / "wiltshire", tmp_path / "old" / "wiltshire")
    shutil.copy(ROOT / "data" / "columns.csv", tmp_path)
    kept = tmp_path / "last_edition.csv"
    arguments = ["compare", str(tmp_path / "old"), str(tmp_path / "old"), "--edition", str(kept)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    with kept.open(encoding="utf-8", newline="") as stream:
        made = list(csv.DictReader(stream))
    with (ROOT / "reports" / "wiltshire" / "values.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [{"area": WILTSHIRE, "coverage": "", **row} for row in csv.DictReader(stream)]
    assert made == sorted(rows, key=lambda row: row["notebook"])
    read_table(kept)
    result = CliRunner().invoke(main, [*arguments, "--csv", str(kept)])
    assert (result.exit_code, "both name" in result.stderr) == (2, True)


# --- Tiles, and what other reports say -------------------------------------------------------------


def test_tiles_escape_what_they_are_given_and_draw_what_is_known():
    words = dict.fromkeys(("title", "address", "number", "period", "verdict", "rank"), '<b>"x"</b>')
    made = html.tiles(pd.DataFrame([{**words, "beside": ["<i>"], "years": [1, math.nan, 3]}]))
    assert not re.search(r"<b>|<i>", made)
    assert made.count("<polyline") == 1
    assert html.spark([1.0]) == html.spark([math.nan, 2.0]) == ""
    assert 'points="4.0,28.0 156.0,4.0"' in html.spark([1.0, 3.0]).replace("32.0", "28.0").replace("36.0", "32.0")
    flat = re.search(r'points="([^"]*)"', html.spark([2, 2, 2]))[1].split()
    assert len({point.split(",")[1] for point in flat}) == 1


def test_a_report_or_table_that_is_not_there_is_named(monkeypatch, tmp_path):
    figures = Figures()
    monkeypatch.setenv("ANALYSIS_REPORTS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"no report on neet for Wiltshire .* `analysis run neet"):
        Published(figures, "neet")
    with handed_over("overview", WILTSHIRE):
        made = Published(figures, "neet")
    assert made.fact("neet", "nothing").symbol == "x"
    with pytest.raises(KeyError, match=r"neet has no table 'nothing'; it has: .*groups"):
        made.table("neet", "nothing")


# --- The index ---------------------------------------------------------------------------------------


def report_file(folder, name, label):
    value = {"key": "k", "label": label, "value": 1.0, "lower": None, "upper": None, "unit": "percent"}
    value |= {"period": "2025", "symbol": "", "source": ""}
    output = nbformat.v4.new_output("display_data", data={"application/vnd.analysis.values+json": [value]})
    text = {"text/plain": f"- The lead of {name} & {label}.\n- More."}
    answer = nbformat.v4.new_output("display_data", data=text, metadata={"analysis": {"kind": "answer"}})
    cell = nbformat.v4.new_code_cell("1", id="one", outputs=[answer, output])
    made = nbformat.v4.new_notebook(cells=[cell])
    made.metadata["analysis"] = {"notebook": name, "area_name": folder.name.title()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ipynb").write_text(json.dumps(made), encoding="utf-8")


def test_the_index_leads_with_the_overview_of_each_area(tmp_path):
    for area, names in {"ashire": ("send", "overview"), "bshire": ("overview",), "cshire": ("send",)}.items():
        for name in names:
            report_file(tmp_path / area, name, f"label of {name}")
    publish_index(tmp_path, list(ENTRIES.values()), {}, ())
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    a, b, c = (page[page.index(f'id="{slug}"') :] for slug in ("ashire", "bshire", "cshire"))
    a, b = a[: a.index('id="bshire"')], b[: b.index('id="cshire"')]
    assert a.index('<a href="ashire/overview.html">Overview') < a.index('<a href="ashire/send.html">')
    assert a.index("Start here") < a.index("<table")
    assert "</a>.</strong> The lead of overview &amp; label of overview.</p>" in a
    assert page.count("label of overview") == 2
    assert ("Start here" in b, "<table" in b, "bshire/values.csv" in b) == (True, False, True)
    assert ("Start here" in c, "<table" in c) == (False, True)


def test_an_area_of_which_every_report_failed_is_in_the_index(tmp_path):
    report_file(tmp_path / "bshire", "send", "label")
    (tmp_path / ".failed" / "ashire").mkdir(parents=True)
    (tmp_path / ".failed" / "ashire" / "send.log").write_text("code cell 1: ValueError: one\n", encoding="utf-8")
    publish_index(tmp_path, list(ENTRIES.values()), {}, ())
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert ('<a href="#ashire">Ashire</a>' in page, "ValueError: one" in page, "1 report failed" in page) == (True,) * 3
