"""The overview: its numbers are the topics' own, its links lead somewhere, and it says what changed."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import shutil
import statistics
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from analysis.cli import main
from analysis.figures import ENGLAND, WILTSHIRE, Figures
from analysis.files import anchor
from analysis.links import address, link, without_links
from analysis.methods.intervals import Interval, wilson
from analysis.methods.rating import HIGH, LOW, RED
from analysis.press.catalogue import load_catalogue
from analysis.press.markup import on_page
from analysis.press.page import PageInfo, render_page
from analysis.press.publish import START, publish_index
from analysis.project import project
from analysis.reading import BadTable, read_table
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.overview import claims, defaults, doubt, edition, exceptions, newest, strip, words
from analysis.topics.overview.five import TAKEN, Five
from analysis.topics.scorecard_for_overview import swung
from analysis.trends import OF_MODEL, in_doubt
from drawn_once import unpictured
from notebook_runs import ROOT, copy_data, page_of, parameters_cell, run, run_notebook
from once import made_once

CITY, SCILLY, CUMBERLAND = "E09000001", "E06000053", "E06000063"
RELEASES = pytest.mark.skipif(not os.environ.get("ANALYSIS_OFFICIAL"), reason="ANALYSIS_OFFICIAL names no releases")
AREAS = [WILTSHIRE, pytest.param(CITY, marks=RELEASES), pytest.param(CUMBERLAND, marks=RELEASES)]
ENTRIES = {entry.name: entry for entry in load_catalogue(ROOT / "notebooks")}
LINK = re.compile(r'(?:\]\(|href=")(\w+)\.ipynb(?:#([\w-]+))?[")]')


@pytest.fixture(scope="module")
def figures():
    return Figures()


@pytest.fixture
def five(figures):
    return Five(Report(figures=figures))


@pytest.fixture
def pages(request):
    """A function that returns the overview of an area as its notebook shows it, or the page of a topic.

    Wiltshire's overview is made as where no release is at hand.
    """

    def without_releases():
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("ANALYSIS_OFFICIAL", raising=False)
            return run(ROOT, "overview", WILTSHIRE, documents=True)

    def of(area, name="overview"):
        if (area, name) == (WILTSHIRE, "overview"):
            return made_once("overview without releases", without_releases)
        page = page_of if area == WILTSHIRE else request.getfixturevalue("page")
        return page(area, name, drawn=name == "overview")

    return of


@pytest.fixture
def quiet(monkeypatch):
    """What a report shows, its charts left out."""
    monkeypatch.setattr(Report, "chart", lambda self, chart: None)
    unpictured(monkeypatch)
    shown = SimpleNamespace()
    shown.all = []
    monkeypatch.setattr("analysis.report.display", lambda data, raw, metadata: shown.all.append((data, metadata)))
    return shown


def texts(page, kind):
    return [data["text/plain"] for data in page.all(kind)]


# --- The numbers are the topics' own ---------------------------------------------------------------


@pytest.mark.parametrize("name", defaults.OF)
def test_settings_are_the_defaults_of_the_topics_notebook(name):
    theirs = parameters_cell(name)
    assert len(vars(defaults.OF[name])) >= 2
    for parameter, value in vars(defaults.OF[name]).items():
        assert (parameter, theirs[parameter]) == (parameter, value)


def test_own_parameters_default_to_the_topics():
    own, card = parameters_cell("overview"), parameters_cell("scorecard")
    assert (own["compared_with"], own["years_back"]) == (card["compared_with"], card["years_back"])
    for name in ("hidden_harm", "child_poverty", "neet", "early_help_spend", "scorecard"):
        assert own["confidence"] == parameters_cell(name)["confidence"]


@pytest.mark.parametrize("area", AREAS)
def test_each_number_is_that_of_its_topics_page(pages, area):
    """Value, limits, unit, period, symbol and source, of every headline value of the overview."""
    own = pages(area).values
    keys = {key for keys in TAKEN.values() for key in keys}
    assert set(own) <= keys
    assert len(own) >= (13 if area == WILTSHIRE else 10)
    for notebook, taken in TAKEN.items():
        theirs = pages(area, notebook).values
        assert {key: own[key] for key in taken if key in own} == {key: theirs[key] for key in taken if key in theirs}


def rows(file, **where):
    with (ROOT / "data" / file).open(encoding="utf-8", newline="") as stream:
        return [row for row in csv.DictReader(stream) if where.items() <= row.items()]


def official(indicator, period, area=WILTSHIRE):
    (row,) = rows("figures_official.csv", indicator=indicator, area=area, time_period=period)
    return float(row["value"])


def test_known_answers_of_wiltshire(pages):
    """Each number worked out from the table of figures without the package."""
    harm, poverty, neet, send, spend = texts(pages(WILTSHIRE), "answer")[0].splitlines()
    assert "about 4,000 children" in harm
    assert "(95% interval 2,700 to 5,700)" in harm
    assert "95% interval 12 to 44), which are unlike things" in harm
    assert f"{official('low_income_ahc_under_16', '202425'):,.0f} children" in poverty
    share = official("neet_16_17_or_not_known_rate", "2025")
    where = {"indicator": "neet_16_17_or_not_known_rate", "area": WILTSHIRE, "time_period": "2025"}
    people = float(rows("figures_official.csv", **where)[0]["base"])
    # the release rounds the share to a tenth: the ends are those of what that allows
    low, high = (100 * wilson((share + by) / 100 * people, people, 0.95)[end] for end, by in enumerate((-0.05, 0.05)))
    assert f"{share}% (95% interval {low:.1f}% to {high:.1f}%)" in neet
    assert f"lower than England's {official('neet_16_17_or_not_known_rate', '2025', ENGLAND)}%" in neet
    before, now = official("ehc_plans", "2024"), official("ehc_plans", "2025")
    assert f"{now:,.0f} children and young people" in send
    assert f"rose by {100 * (now / before - 1):.1f}% in a year" in send
    lines = ("spend_official_sure_start", "spend_official_family_support", "spend_official_young_people")
    each = sum(official(line, "202425") for line in lines) / official("population_0_17", "2024")
    assert f"£{each:.0f} was spent" in spend
    assert f"{official('cla_rate', '2025'):.0f} of every 10,000 children were in care" in spend


@pytest.mark.parametrize("area", [*AREAS, pytest.param(SCILLY, marks=RELEASES)])
def test_answers_are_five_of_two_sentences_at_most(pages, area):
    lines = texts(pages(area), "answer")[0].splitlines()
    names = [line.removeprefix("- ").partition(": ")[0] for line in lines]
    assert names == list(words.PAGES.values())[:5]
    for line in lines:
        assert re.fullmatch(r"- .*\.", line)
        assert len(re.findall(r"\.(?= [A-Z\d£]|$)", line)) <= 2
        assert "  " not in line
        assert ".." not in line
    marks = [mark["kind"] for _, mark in pages(area).shown]
    assert 2 <= marks.count("chart") <= 6


@pytest.mark.parametrize("area", [*AREAS, pytest.param(SCILLY, marks=RELEASES)])
def test_poverty_is_told_in_the_words_of_its_own_page(pages, area):
    own = texts(pages(area), "answer")[0].splitlines()[1].removeprefix("- Child poverty: ")
    theirs = texts(pages(area, "child_poverty"), "answer")[0].splitlines()[0].removeprefix("- ")
    assert own == theirs
    assert not re.search(r"\b(rose|fell|no clear change)\b", own)


def test_a_modelled_series_is_told_as_two_values_and_the_doubt(five):
    assert newest.modelled(newest.newest(five)) == [
        "Low income after housing costs: 18.6% in 2023/24 and 19.0% in 2024/25; " + in_doubt("the two years differ")
    ]


# --- Links -----------------------------------------------------------------------------------------


def places(name, documents):
    """The sections of a notebook that a page of it has, as anchors."""
    cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
    shown = [c.source for c in cells if documents or "documents" not in c.metadata.get("tags", [])]
    return {anchor(line[3:]) for source in shown for line in source.splitlines() if line.startswith("## ")}


@pytest.mark.parametrize("area", AREAS)
def test_every_link_leads_to_a_page_that_the_catalogue_offers(pages, area):
    found = {
        pair
        for data, _ in pages(area).shown
        for mime in ("text/markdown", "text/html")
        for pair in LINK.findall(data.get(mime, ""))
    }
    documents = area == WILTSHIRE
    for name, place in found:
        assert documents or ENTRIES[name].areas == "all"
        assert not place or place in places(name, documents), (name, place)
    offered = {name for name in ENTRIES if documents or ENTRIES[name].areas == "all"} - {"overview"}
    assert {name for name, _ in found} == offered


def test_a_link_to_a_page_that_needs_a_release_says_so(pages):
    """With and without the release the page is the same, so that it cannot know whether the other page is there."""
    needy = {name for name, entry in ENTRIES.items() if entry.releases}
    assert needy == {"spend_outcomes"}
    said = [data.get("text/markdown", "") for data, _ in pages(WILTSHIRE).shown]
    for name in ENTRIES:
        cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
        said += [cell.source for cell in cells if cell.cell_type == "markdown"]
    sentences = [part for text in said for part in re.split(r"(?<=\.) |\n", text)]
    linked = [s for s in sentences if any(name in needy for name, _ in LINK.findall(s))]
    assert len(linked) == 2
    assert all("only where the panel's release is at hand" in s for s in linked)


def test_every_section_named_is_in_its_notebook():
    named = [value[1:] for value in (*strip.MEASURES.values(), *newest.SERIES.values(), strip.SPEND)]
    named += [(one.page, one.section) for one in doubt.DOUBTS.values()]
    assert len(named) >= 20
    assert {"neet", "send"} < set(claims.TOPICS)
    for name, section in named:
        assert anchor(section) in places(name, documents=False), (name, section)
    for name in claims.TOPICS.values():
        assert anchor(claims.SECTION) in places(name, documents=True)


def test_a_line_without_links_reads_the_same():
    text = f"see {link('Plans, on time', 'send', 'Plans on time')}, {link('NEET', 'neet')} [c] (three)"
    assert text == "see [Plans, on time](send.ipynb#plans-on-time), [NEET](neet.ipynb) [c] (three)"
    assert without_links(text) == "see Plans, on time, NEET [c] (three)"


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


def test_links_of_text_and_tables_reach_the_page_and_nothing_else_does(quiet, figures):
    report = Report(figures=figures)
    report.answer(f"{link('A & B', 'send', 'Plans on time')}: one", "two [x](javascript:alert(1))", "three")
    frame = pd.DataFrame([("A <b>", "c")], columns=["Name", "Value"])
    links = {"A <b>": address("neet", 'NEET "or" not')}
    report.table(Table("t", "Caption", frame, folded=False, links=links))
    cell = nbformat.v4.new_code_cell("1", id="one")
    for data, metadata in quiet.all:
        output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
        cell.outputs.append(output)
    page = render_page(nbformat.v4.new_notebook(cells=[cell]), PageInfo("t"))
    assert '<a href="send.html#plans-on-time">A &amp; B</a>: one.' in page
    assert '<th scope="row"><a href="neet.html#neet-or-not">A &lt;b&gt;</a></th>' in page
    assert "javascript:alert" not in page
    assert quiet.all[0][0]["text/plain"].startswith("- A & B: one.")


# --- What changed since the last edition -----------------------------------------------------------


def changed_project(folder, file, where, **cells):
    """A copy of data/ with cells of the rows changed that have these values."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    data = copy_data(folder)
    table = pd.read_csv(data / file, dtype=str, keep_default_na=False)
    chosen = (table[list(where)] == pd.Series(where)).all(axis=1)
    assert chosen.any()
    table.loc[chosen, list(cells)] = list(cells.values())
    table.to_csv(data / file, index=False, lineterminator="\n")
    return folder


def test_the_edition_kept_is_in_order():
    table = read_table(ROOT / "data" / edition.TABLE)
    keys = set(zip(table["notebook"], table["key"], strict=True))
    taken = {(name, key) for name, keys in TAKEN.items() for key in keys}
    assert len(taken) >= 13
    assert taken <= keys


def test_nothing_changed_is_said_of_the_same_values(five, quiet, monkeypatch):
    five.record()
    same = [{"notebook": name, **five.value(key)} for name, keys in TAKEN.items() for key in keys if five.value(key)]
    monkeypatch.setattr(edition, "last_edition", lambda report: same)
    edition.show(five)
    assert quiet.all[0][0]["text/plain"] == "None of the 13 values of this page has changed since the last edition."
    assert edition.changes(five) == ([], 13)


@pytest.mark.parametrize(
    ("changed", "kind", "why"),
    [
        ({"value": 25.0}, "changed", edition.UNKNOWN),
        ({"period": "winter 2023/24", "value": 3.0}, "changed", "new period (winter 2023/24 → winter 2024/25)"),
        ({"source": "dfe_lait_2026", "value": 3.3}, "changed", "revision (source: dfe_lait_2026 → dfe_neet_2025)"),
        ({"symbol": "c", "value": None}, "changed", edition.UNKNOWN),
        ({"lower": 0.1, "upper": 9.0}, None, ""),
        (None, "new", edition.UNKNOWN),
    ],
)
def test_a_change_is_told_with_the_reason_it_shows(five, quiet, monkeypatch, changed, kind, why):
    key = "neet_16_17_or_not_known_rate"
    five.record()
    last = [{"notebook": n, **five.value(k)} for n, keys in TAKEN.items() for k in keys if (n, k) != ("neet", key)]
    if changed is not None:
        last.append({"notebook": "neet", **five.value(key), **changed})
    monkeypatch.setattr(edition, "last_edition", lambda report: last)
    found, compared = edition.changes(five)
    assert compared == 13
    expected = [("neet", kind, why)] if kind else []
    assert [(row["notebook"], row["change"], row["reason"]) for row in found] == expected
    edition.show(five)
    assert quiet.all[0][0]["text/plain"].startswith("One of the 13 values" if kind else "None of the 13 values")


def test_a_value_that_is_gone_is_told(five, monkeypatch):
    last = [{"notebook": "send", "key": "plans_forecast", "label": "Plans", "value": 9.0, "unit": "children"}]
    last[0] |= {"period": "2029", "symbol": "e", "source": ""}
    monkeypatch.setattr(edition, "last_edition", lambda report: last)
    (row,), compared = edition.changes(five)  # nothing is recorded yet
    assert (row["notebook"], row["change"], compared) == ("send", "gone", 1)
    assert "Plans" in edition._table([row]).text()


def test_an_area_without_an_edition_gets_one_sentence(quiet, figures):
    area = SimpleNamespace(report=Report("E06000030", figures))
    edition.show(area)
    assert [data["text/plain"] for data, _ in quiet.all] == [
        "No earlier edition of the reports on Swindon is kept here."
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"value": "many"}, "a number"),
        ({"value": "", "symbol": ""}, "a value, or a symbol that says why not"),
        ({"area": "wiltshire"}, "an area code"),
        ({"symbol": "q"}, "one of c, x"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(tmp_path, cells, expected):
    where = {"notebook": "neet", "key": "neet_16_17_rate"}
    folder = changed_project(tmp_path, edition.TABLE, where, **cells)
    with pytest.raises(BadTable, match=expected):
        read_table(folder / "data" / edition.TABLE)


def test_the_edition_is_renewed_by_one_command(tmp_path):
    shutil.copytree(ROOT / "reports" / "wiltshire", tmp_path / "old" / "wiltshire")
    shutil.copy(ROOT / "data" / "columns.csv", tmp_path)
    kept = tmp_path / "last_edition.csv"
    arguments = ["compare", str(tmp_path / "old"), str(tmp_path / "old"), "--edition", str(kept)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    with kept.open(encoding="utf-8", newline="") as stream:
        made = list(csv.DictReader(stream))
    with (ROOT / "reports" / "wiltshire" / "values.csv").open(encoding="utf-8", newline="") as stream:
        assert made == [{"area": WILTSHIRE, "coverage": "", **row} for row in csv.DictReader(stream)]
    read_table(kept)
    result = CliRunner().invoke(main, [*arguments, "--csv", str(kept)])
    assert (result.exit_code, "both name" in result.stderr) == (2, True)


def test_a_changed_figure_changes_each_place(pages, monkeypatch, tmp_path):
    where = {"indicator": "low_income_ahc_rate_under_16", "area": WILTSHIRE, "time_period": "202425"}
    root = changed_project(tmp_path, "figures_official.csv", where, value="25.3", stated="25.3%")
    after = run(root, "overview", WILTSHIRE)
    assert "19.0%" in texts(pages(WILTSHIRE), "answer")[0]
    assert "19.0%" not in texts(after, "answer")[0]
    assert "25.3%" in texts(after, "answer")[0]
    assert after.values["low_income_ahc_rate_under_16"]["value"] == 25.3
    for table in ("stands-figures", "newest-figures"):
        column = "Wiltshire" if table == "stands-figures" else "Newest"
        made = after.table(table)
        (cell,) = made.loc[made.iloc[:, 0] == "Low income after housing costs", column]
        assert cell == "25.3%"
    (row,) = [row for row in after.table("edition").to_dict("records") if row["Last edition"].startswith("19.0%")]
    assert (row["Now"][:5], row["Change"]) == ("25.3%", "+6.3 percentage points")


# --- The scorecard's exceptions ----------------------------------------------------------------------


def test_exceptions_follow_the_rule(five):
    made = exceptions.made_card(five, "neighbours", 3)
    told = {one.standing.measure: one.reasons for one in exceptions.found(made)}
    for s in made.standings:
        worse = s.colour == RED
        wrong = bool(s.change) and (s.good, s.change.way) in ((LOW, "rose"), (HIGH, "fell"))
        wrong = wrong and not (s.swing > 0 and not swung(made, s))
        assert len(told.get(s.measure, ())) == worse + wrong, s.measure
    assert set(told) == {"cla_ceased_per_100"}
    assert told["cla_ceased_per_100"] == ("worse than the median of its statistical neighbours (40.0)",)
    # Up by 16% since 2022, as the scorecard's page has it: beyond chance, but not beyond the neighbours' swings.
    assert made["cpp_starts_rate"].change.way == "rose"
    assert "cpp_starts_rate" not in told


def test_a_target_that_ended_makes_no_exception_today(pages):
    """The board's targets were for 2013/14: whatever a figure of 2025 is, it is not off them."""
    for kind in ("text", "finding"):
        assert not [said for said in texts(pages(WILTSHIRE), kind) if "target" in said]


def test_exceptions_and_the_others_make_all_measures(pages):
    said = " ".join(texts(pages(WILTSHIRE), "text"))
    assert "not those above; the other six are no exceptions." in said
    (heading,) = [text for text in texts(pages(WILTSHIRE), "finding") if "exception" in text]
    assert heading == "One of the scorecard's seven measures is an exception: children who left care."


@RELEASES
def test_an_area_with_few_figures_says_how_many_are_missing(pages):
    said = " ".join(texts(pages(SCILLY), "text"))
    assert "Five official measures have no figure for Isles of Scilly." in said


def stub(**about):
    return SimpleNamespace(**about)


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        (0, 7, "none of the scorecard's seven measures is an exception"),
        (0, 1, "the scorecard's one measure with a figure is no exception"),
        (1, 1, "the scorecard's one measure with a figure is an exception: referrals"),
        (1, 7, "one of the scorecard's seven measures is an exception: referrals"),
        (2, 2, "both of the scorecard's measures with a figure are exceptions: referrals and referrals"),
        (4, 7, "four of the scorecard's seven measures are exceptions"),
        (7, 7, "all of the scorecard's seven measures are exceptions"),
    ],
)
def test_a_heading_counts_the_exceptions(told, known, expected):
    one = exceptions.Found(stub(measure="referrals_rate"), ("up",))
    assert exceptions._finding([one] * told, known, 7) == expected


@pytest.mark.parametrize(
    ("told", "known", "others"),
    [
        (2, 7, "; the other five are no exceptions"),
        (1, 2, "; the other one is no exception"),
        (0, 7, ""),
        (2, 2, ""),
    ],
)
def test_the_line_on_the_rest_is_grammatical(told, known, others):
    rule = stub(years=3)
    made = stub(standings=range(7), report=stub(name="Here", level="95%"), rule=rule)
    said = exceptions._rest(made, [None] * told, known)
    assert said[0] == f"these are the scorecard's measures, not those above{others}"
    assert sum("no figure for" in part for part in said) == (known < 7)


# --- Newest figures, doubts, claims ------------------------------------------------------------------


def test_a_direction_needs_a_change_beyond_chance(five):
    made = {one.label: one for one in newest.newest(five)}
    plans = made["Plans in force"]
    before, now = official("ehc_plans", "2024"), official("ehc_plans", "2025")
    assert plans.change == pytest.approx(100 * (now / before - 1))
    for one in made.values():
        if not math.isnan(one.interval.lower):
            assert one.interval.lower <= one.change <= one.interval.upper
            assert one.wide.lower <= one.interval.lower <= one.interval.upper <= one.wide.upper
            assert (one.way in ("rose", "fell")) is not one.wide.contains(0)
        else:
            assert one.way in (*newest.NO_WAY, OF_MODEL)
    assert made["Low income after housing costs"].way == OF_MODEL
    alcohol = made["Parents' alcohol misuse recorded"]  # one high year, then back
    assert (alcohol.interval.contains(0), alcohol.way) == (False, "no clear change")
    assert plans.way == "rose"


def test_how_far_a_series_swings_is_worked_out_from_its_steps_before_the_last(five):
    steps = [official("factor_alcohol_parent_share", str(year)) for year in range(2018, 2025)]
    cases = [
        float(
            rows("figures_official.csv", indicator="factor_alcohol_parent_share", area=WILTSHIRE, time_period=str(y))[
                0
            ]["base"]
        )
        * share
        / 100
        for y, share in zip(range(2018, 2025), steps, strict=True)
    ]
    logs = [math.log(b / a) for a, b in pairwise(steps)]
    by_chance = statistics.mean(1 / a + 1 / b for a, b in pairwise(cases))
    expected = math.sqrt(statistics.variance(logs) - by_chance)
    series = five.report.series("factor_alcohol_parent_share")
    assert newest.own_swing(series[:-1]) == pytest.approx(expected)
    assert math.isnan(newest.own_swing(series[:2]))


@pytest.mark.parametrize(
    ("about", "way"),
    [
        ({"wide": Interval(1, 9)}, "rose"),
        ({"wide": Interval(-1, 9)}, "no clear change"),
        ({"unjudged": newest.SHORT}, newest.SHORT),
        ({"unjudged": newest.SHORT, "interval": Interval(-2, 12), "wide": Interval(-2, 12)}, "no clear change"),
        ({"unjudged": OF_MODEL}, OF_MODEL),
        ({"change": math.nan}, "cannot be compared"),
    ],
)
def test_a_direction_is_told_only_where_it_can_be(about, way):
    given = {"change": 5.0, "interval": Interval(2, 8), "wide": Interval(2, 8)} | about
    assert newest.Newest("A", "neet", "", "2", "2025", "2025", "1", "2024", **given).way == way


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0%"), (-0.02, "0.0%"), (-0.3, "−0.3%"), (0.44, "0.4%"), (-17.6, "−18%")]
)
def test_a_limit_that_would_round_to_zero_has_one_decimal(value, text):
    assert newest._percent(value) == text


def test_a_count_that_fell_to_none_or_began_there_has_no_interval(five):
    figure = five.report.series("cla_rate")[-1]
    zero = replace(figure, value=0.0, base=1000.0)
    assert newest._ratio(figure, zero, 0.0) is None
    assert newest._ratio(figure, figure, 0.0).contains(1)


def test_stands_says_above_and_below_only_beyond_chance(five):
    for row in strip.rows(five, "neighbours"):
        if row.side:
            assert not row.interval.contains(100)
            assert (row.side == "above") is (row.percent > 100)
    poor = next(row for row in strip.rows(five, "England") if row.label == "Low income after housing costs")
    england = five.report.figure("low_income_ahc_rate_under_16", area=ENGLAND, period="202425")
    assert poor.percent == pytest.approx(100 * official("low_income_ahc_rate_under_16", "202425") / england.value)
    assert not poor.interval.contains(100)  # chance alone would call it below
    assert (poor.side, strip._unclear(poor)) == ("", OF_MODEL)


def test_a_models_measure_is_not_counted_among_those_that_differ(pages):
    (said,) = [text for text in texts(pages(WILTSHIRE), "finding") if "lies below" in text]
    assert said.endswith("; of one more, a model's, that cannot be told.")
    table = pages(WILTSHIRE).table("stands-figures").set_index("Measure")
    assert table.at["Low income after housing costs", "Differs beyond chance"] == OF_MODEL


def test_no_side_without_an_interval():
    nothing = Interval(math.nan, math.nan)
    made = [strip.Row(n, "neet", "", "1", "2", "2025", 50.0, nothing) for n in "ab"]
    assert strip._finding(made, "Here", "England") == (
        "on none of two measures does Here differ from England by more than chance"
    )
    made.append(strip.Row("c", "child_poverty", "", "1", "2", "2025", 50.0, Interval(49.0, 51.0), modelled=True))
    assert strip._finding(made, "Here", "England").endswith("; of one more, a model's, that cannot be told")


def test_every_number_with_an_interval_has_its_doubt(five):
    five.record()
    have = {key for keys in TAKEN.values() for key in keys if five.value(key)["lower"] is not None}
    assert have - set(doubt.DOUBTS) == {"neet_16_17_rate"}  # said as a bound of the share beside it
    assert {one.grade for one in doubt.DOUBTS.values()} == {doubt.COUNTED, doubt.MODELLED, doubt.ASSUMED}
    for key, one in doubt.DOUBTS.items():
        assert (one.holds == "none") is (five.value(key)["lower"] is None), key
        # What is worked out beyond a source's own figures is not counted; spend a child is a sum and a quotient.
        assert (one.grade == doubt.COUNTED) or five.value(key)["symbol"] == "e" or one.grade == doubt.MODELLED


def test_revisions_of_the_area_and_of_england_are_told(five, tmp_path, monkeypatch):
    usual = newest.revised(five)
    assert usual[0] == (
        "revised by a later release: share of children under 16 in low-income families, before housing costs, from "
        "11.6 to 12.4 (2022/23) and from 13.4 to 12.2 (2023/24)"
    )
    kept = rows("revisions.csv", area=ENGLAND)
    assert len(kept) >= 1
    for row in kept:
        assert f"{float(row['old'].replace(',', '')):,.0f} to {float(row['new'].replace(',', '')):,.0f}" in usual[1]
    root = changed_project(tmp_path, "revisions.csv", {"area": ENGLAND, "time_period": "2014"}, area=WILTSHIRE, new="c")
    monkeypatch.setattr(five.figures, "folder", root / "data")
    said = newest.revised(five)
    assert said[0] == "revised by a later release: children in need, from 397,600 to c (2014)"
    told = "of England's figures, revised by a later release: children in need, from 378,600 to 378,030"
    assert said[2].startswith(told)


@RELEASES
def test_where_no_revision_is_known_only_the_releases_read_are_spoken_of():
    said = newest.revised(Five(Report(SCILLY)))
    assert said[0] == "between the releases read here no figure of Isles of Scilly that the reports use was revised"


def test_a_forecast_is_dated_by_its_data(pages):
    table = pages(WILTSHIRE).table("how-sure").set_index("Number")["Data of"]
    assert table["Plans to be expected"] == table["Plans in force"] == "January 2025"


@pytest.mark.parametrize("number", [1, 10, 30])
def test_claims_are_those_of_the_highest_rank_and_the_contradicted_first(figures, number):
    report = Report(figures=figures)
    most, every = claims.chosen(report, number)
    assert (len(most), every) == (number, len(yaml.safe_load((ROOT / "data/claims.yml").read_text(encoding="utf-8"))))
    assert (most["verdict"] == "contradicted").is_monotonic_decreasing
    left = {"ehs-hidden-harm-share"}  # 0.70%, not 0.69%
    register = yaml.safe_load((ROOT / "data/claims.yml").read_text("utf-8"))
    ranks = sorted(entry.get("rank", 10) for entry in register if entry["id"] not in left)
    assert sorted(most["rank"]) == ranks[:number]
    assert (most["verdict"] == most["recorded"]).all()


@pytest.mark.parametrize(
    ("value", "stated", "last"),
    [
        (0.6962, "0.69%", True),
        (14.92, "13% increase", False),
        (63.0, "82%", False),
        (1.0, "0", False),
        (14.1, "13%", True),
    ],
)
def test_a_contradiction_of_the_last_digit_is_told_from_others(value, stated, last):
    found = stub(verdict="contradicted", recomputed=value, printed=stated)
    assert claims.last_digit(found) is last
    assert not claims.last_digit(stub(verdict="holds", recomputed=value, printed=stated))


def test_claims_are_told_by_words_that_can_be_read(figures):
    most, _ = claims.chosen(Report(figures=figures), 30)
    said = {one.Index: claims._said(one) for one in most.itertuples()}
    assert all(sum(map(str.isalpha, text)) > len(text) / 4 for text in said.values())
    assert said["ehs-rag-starts-worse-when-better"].endswith("Improvement Board data set (July 2013), row 11")
    frame = claims._table(most).frame
    (slight,) = frame[frame["What was said"].str.contains("slightly higher")][["Verdict", "Beyond chance?"]].values
    assert slight.tolist() == ["Holds within rounding", "No"]


def test_a_heading_says_so_where_nothing_moved_clearly():
    chance_only = {"change": 57.0, "interval": Interval(30, 80), "wide": Interval(30, 80), "unjudged": newest.SHORT}
    one = newest.Newest("A", "neet", "", "2", "2025", "2025", "1", "2024", **chance_only)
    assert newest._finding([one]).startswith("no newest figure is known to differ from the one before")
    assert newest._title([one]) == "A: +57% since 2024, not known to be a clear change"
    rose = newest.Newest("B", "neet", "", "2", "2025", "2025", "1", "2024", 5.0, Interval(2, 8), Interval(1, 9))
    assert newest._finding([one, rose]) == ("b rose since the period before, by more than chance and the usual swing")
    assert newest._title([one, rose]) == "B: +5% since 2024"


# --- The index ---------------------------------------------------------------------------------------


def report_file(folder, name, label):
    value = {"key": "k", "label": label, "value": 1.0, "lower": None, "upper": None, "unit": "percent"}
    value |= {"period": "2025", "symbol": "", "source": ""}
    output = nbformat.v4.new_output("display_data", data={"application/vnd.analysis.values+json": [value]})
    cell = nbformat.v4.new_code_cell("1", id="one", outputs=[output])
    made = nbformat.v4.new_notebook(cells=[cell])
    made.metadata["analysis"] = {"notebook": name, "area_name": folder.name.title()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ipynb").write_text(json.dumps(made), encoding="utf-8")


def test_the_index_leads_with_the_overview_of_each_area(tmp_path):
    for area, names in {"ashire": ("send", "overview"), "bshire": ("overview",), "cshire": ("send",)}.items():
        for name in names:
            report_file(tmp_path / area, name, f"label of {name}")
    publish_index(tmp_path, list(ENTRIES.values()), project(ROOT).said)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    a, b, c = (page[page.index(f'id="{slug}"') :] for slug in ("ashire", "bshire", "cshire"))
    a, b = a[: a.index('id="bshire"')], b[: b.index('id="cshire"')]
    assert a.index('<a href="ashire/overview.html">Overview') < a.index('<a href="ashire/send.html">')
    assert a.index("Start here") < a.index("<table")
    assert ENTRIES[START].question in a
    assert "label of overview" not in page
    assert ("Start here" in b, "<table" in b, "bshire/values.csv" in b) == (True, False, True)
    assert ("Start here" in c, "<table" in c) == (False, True)


def test_the_overview_is_first_in_the_catalogue():
    assert next(iter(ENTRIES)) == START == "overview"


# --- The page for Wiltshire needs no release, and is the same each time -------------------------------


def test_the_notebook_shows_the_same_twice(pages, monkeypatch):
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)
    again = run_notebook("overview", monkeypatch)
    assert again.outputs == pages(WILTSHIRE).shown
