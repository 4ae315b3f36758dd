"""What a notebook shows: the kinds of output and their marks, headline values, sources, and escaping."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import charts, headline, report
from analysis import words as say
from analysis.data import reads
from analysis.data.fact import Fact
from analysis.data.figures import ENGLAND, Figures
from analysis.html import Table
from analysis.report import Report
from analysis.words import month
from test_tables import HOSTILE, Markup

VALUES, SOURCES = "application/vnd.analysis.values+json", "application/vnd.analysis.sources+json"
READ = "application/vnd.analysis.read+json"


@pytest.fixture(scope="module")
def tables():
    """The project's figures, read once; a test takes a copy that has forgotten what was used."""
    return Figures()


@pytest.fixture
def figures(tables, monkeypatch):
    monkeypatch.setattr(tables, "_used", set())
    return tables


@pytest.fixture
def shown(monkeypatch):
    """Every output displayed, as (data, mark)."""
    outputs = []

    def display(data, *, raw, metadata):
        assert raw is True
        assert list(metadata) == ["analysis"]
        json.dumps([data, metadata], allow_nan=False)
        outputs.append((data, metadata["analysis"]))

    monkeypatch.setattr(report, "display", display)
    return outputs


@pytest.fixture
def page(figures, shown):
    return Report(figures=figures)


# --- The marks ---------------------------------------------------------------------------------


def test_words_and_their_marks(page, shown):
    page.answer("the rate is 6.3%", "why?")
    page.finding("nine arrivals explain it")
    page.finding("{gone} left", gone=Fact(math.nan, symbol="c", title="leavers"))
    page.text("one  child", "Two children.")
    gone = "No figure: leavers, confidential [c]."
    text, found, said = "- The rate is 6.3%.\n- Why?", "Nine arrivals explain it.", "One child. Two children."
    assert shown == [
        ({"text/markdown": text, "text/plain": text}, {"kind": "answer"}),
        ({"text/markdown": f"**{found}**", "text/plain": found}, {"kind": "finding", "sentence": found}),
        ({"text/markdown": gone, "text/plain": gone}, {"kind": "text"}),
        ({"text/markdown": said, "text/plain": said}, {"kind": "text"}),
    ]


def test_chart_is_followed_by_its_table(page, shown):
    frame = pd.DataFrame({"label": ["a", "b"], "value": [1.25, math.nan]})
    about = charts.About("rates", "A is low", "Rates, 2013", "A note.")
    chart = charts.bars(frame, about, say.percent, "Percent")
    page.chart(chart)
    (above, above_mark), (drawing, mark), (below, below_mark), (data, table_mark) = shown
    note = "A note. [x] not available."
    assert above_mark == below_mark == {"kind": "caption"}
    assert above == {"text/markdown": "**A is low**  \nRates, 2013", "text/plain": "A is low\nRates, 2013"}
    assert below == {"text/markdown": note, "text/plain": note}
    assert drawing == {"image/svg+xml": chart.svg, "text/plain": chart.alt}
    words = {
        "id": "rates",
        "title": "A is low",
        "subtitle": "Rates, 2013",
        "alt": chart.alt,
        "note": note,
        "narrow": chart.narrow,
    }
    assert mark == {"kind": "chart", **words}
    folded = {"caption": "Rates, 2013", "folded": True, "csv": "Group,Percent\na,1.25\nb,x\n"}
    assert table_mark == {"kind": "table", "id": "rates-data", **folded}
    outer = Markup(data["text/html"])
    assert (outer.elements[0]["tag"], outer.elements[0]["attrs"]) == ("details", {"class": "data"})
    assert outer.texts("summary") == ["Data table: Rates, 2013"]


def test_the_ends_of_a_map_stand_beside_it(page, shown):
    values = pd.Series({name: number for number, name in enumerate("abcdefghijkl")}, dtype=float)
    page.show(charts.choropleth(pd.Series({"E06000054": 1.0}), "authorities_2024"), "High", beside=charts.tips(values))
    marks = [mark for _, mark in shown]
    beside = next(mark for mark in marks if mark.get("beside"))
    assert marks[marks.index(beside) - 1]["kind"] == "chart"
    assert beside["caption"] == "The five highest and the five lowest"
    rows = charts.tips(values).frame["Authority"]
    assert "".join(rows) == "lkjihedcba"
    assert "".join(charts.tips(values.head(7)).frame["Authority"]) == "gfedcba"


def test_a_table_that_is_not_folded_is_its_markup(page, shown):
    table = Table("t", "A & B", pd.DataFrame({"a": ["r"], "v": [1.5]}), folded=False)
    page.table(table)
    ((data, mark),) = shown
    assert mark == {"kind": "table", "id": "t", "caption": "A & B", "folded": False, "csv": "a,v\nr,1.5\n"}
    assert (data["text/plain"], data["text/html"]) == (table.text(), table.html())


def test_the_marks_reach_a_notebook(page, monkeypatch):
    """Through IPython itself: the bundle arrives raw, with its metadata."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    monkeypatch.setattr(report, "display", display)
    InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    try:
        with capture_output() as captured:
            page.finding("it holds")
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert output.data == {"text/markdown": "**It holds.**", "text/plain": "It holds."}
    assert output.metadata == {"analysis": {"kind": "finding", "sentence": "It holds."}}


# --- Headline values ---------------------------------------------------------------------------


def values(page, shown):
    """Close the report; return its headline values and their table."""
    page.close()
    data = next(data for data, mark in shown if mark["kind"] == "values")
    return data[VALUES], Markup(data["text/html"])


def test_headline_values_in_full(page, shown):
    rate = Fact(np.float64(6.3), "percent", None, 5.9, 6.7, 0.8, "e", period="2013", source="early_help_2013")
    page.headline("rate", rate, "NEET rate")
    page.headline("none", Fact(math.nan, symbol="x", source="early_help_2013; wscb_plan_2013"), "Not known")
    rows, table = values(page, shown)
    numbers = ("key", "value", "lower", "upper", "coverage", "unit", "symbol", "source", "released")
    assert [rows[0][name] for name in numbers] == [
        "rate", 6.3, 5.9, 6.7, 0.8, "percent", "e", "early_help_2013", "2013-09",
    ]  # fmt: skip
    assert [rows[1][name] for name in numbers[:-2]] == ["none", None, None, None, None, "", "x"]
    assert set(rows[0]) == set(rows[1]) >= {*numbers, "label", "period", "decimals", "change"}
    assert type(rows[0]["value"]) is float
    assert table.texts("caption") == ["Headline values, Wiltshire"]
    assert table.texts("td") == ["6.3% [e]", "5.9% to 6.7%", "80%", "2013", "[x]", "", "", ""]
    assert table.texts("p")[-1] == "[x] not available; [e] estimated"
    assert [mark for _, mark in shown] == [{"kind": "values"}, {"kind": "sources"}]
    read = {"figures": {}, "tables": ["edition.csv", "expected.csv"]}  # what is announced next stands with the sources
    assert shown[1][0][READ] == read | {"digest": reads.digest(page.figures, reads.record(page.figures))}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            ["neet_16_17_rate", "cin_suspended_rate", "cla_rate"],
            "November 2026 (cla_rate); July 2026 (neet_16_17_rate), not yet added here",
        ),
        (["neet_16_17_rate", "ehc_plans_new"], "July 2026 (neet_16_17_rate), not yet added here"),
        (["rate"], None),
    ],
)
def test_the_soonest_that_is_announced_is_named_and_the_last_before_the_edition_for_what_it_is(page, shown, keys, said):
    """The edition is of November 2026; of July and June 2026, April 2027 and November 2026 two are behind it."""
    for key in keys:
        page.headline(key, Fact(1), key)
    page.close()
    assert shown[1][1].get("expected") == said


@pytest.mark.parametrize(
    ("value", "published", "text"),
    [
        (0, 0, "0"),
        (-3.756, -3.756, "−3.8"),
        (1 / 3, 0.3333333333, "0.333"),
        (705_432.1234567, 705_432.1235, "705,432"),
        (123456789012, 123456789000, "123,456,789,000"),
    ],
)
def test_values_are_published_to_ten_significant_digits(page, shown, value, published, text):
    page.headline("k", Fact(value, lower=value, upper=value), "L")
    rows, table = values(page, shown)
    assert [rows[0][name] for name in ("value", "lower", "upper")] == [published] * 3
    assert table.texts("td")[:2] == [text, f"{text} to {text}"]


@pytest.mark.parametrize(("symbol", "text"), [("f", "£852,000 [f]"), ("", "£851,705")])
def test_pounds_are_stored_as_they_are_and_rounded_where_they_are_shown(page, shown, symbol, text):
    page.headline("k", Fact(851_705.4456, "pounds", symbol=symbol), "L")
    rows, table = values(page, shown)
    assert (rows[0]["value"], table.texts("td")[0]) == (851_705.4456, text)


@given(value=st.floats(1e-100, 1e100) | st.floats(-1e100, -1e-100))
def test_a_published_value_is_within_ten_digits_and_stays(value):
    published = headline.published(value)
    assert published == pytest.approx(value, rel=5.1e-10)
    assert headline.published(published) == published
    assert float(f"{published:.10g}") == published


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "no_such"}, r"^headline value 'new': unknown source 'no_such'$"),
        ({"value": math.nan}, r"^headline value 'new': a missing value needs a symbol$"),
        ({"value": math.inf}, r"^headline value 'new': expected finite numbers; got inf \(nan to nan\)$"),
    ],
)
def test_headline_refuses(page, shown, arguments, message):
    page.headline("again", Fact(1), "Label")
    with pytest.raises(ValueError, match=message):
        page.headline("new", Fact(**{"value": 1} | arguments), "Label")
    assert [row["key"] for row in values(page, shown)[0]] == ["again"]


@pytest.mark.parametrize(
    ("unit", "symbol", "decimals", "value", "interval"),
    [
        ("per 10,000 children under 18", "", 1, "45.9 per 10,000 children under 18", "41.9 to 50.2"),
        ("children", "e", None, "46 children [e]", "42 to 50"),
        ("percent", "", 1, "45.9%", "41.9% to 50.2%"),
        ("pounds", "", 0, "£46", "£42 to £50"),
    ],
)
def test_a_unit_in_words_is_said_once(unit, symbol, decimals, value, interval):
    record = {"value": 45.8729, "lower": 41.852, "upper": 50.176, "unit": unit, "symbol": symbol, "decimals": decimals}
    assert (headline.shown(record), headline.interval_shown(record)) == (value, interval)
    said = headline.said(record | {"label": "Any", "released": "2025-11-20"})
    assert said == {"label": "Any", "value": value, "interval": interval, "released": "November 2025"} | dict.fromkeys(
        ("period", "change"), ""
    )


def test_a_headline_value_replaces_the_one_of_its_key(page, shown):
    """A cell that is run again in JupyterLab says its value again."""
    for value in (1, 2):
        page.headline("again", Fact(value), "Label")
        page.headline("other", Fact(7), "Label")
    assert [(row["key"], row["value"]) for row in values(page, shown)[0]] == [("again", 2), ("other", 7)]


# --- Sources -----------------------------------------------------------------------------------


def sources(page, shown):
    """Close the report; return its sources and their markup."""
    page.close()
    data = next(data for data, mark in shown if mark["kind"] == "sources")
    return data[SOURCES], Markup(data["text/html"])


def test_sources_are_exactly_the_figures_used(page, shown):
    neet = page.figure("neet_rate")
    children = page.figure("hmrc_children_under_16", area=ENGLAND, period=2011)
    page.figure("neet_rate")  # asked again, listed once
    rows, markup = sources(page, shown)
    assert [(row["figure"], row["area"], row["stated"], row["source"]) for row in rows] == [
        (neet.title, "Wiltshire", neet.stated, "early_help_2013"),
        (children.title, "England", "1 figure", "hmrc_low_income_2011"),
    ]
    assert rows[0]["place"] == neet.locator
    assert rows[1]["place"] == "Summary | Children in Child Benefit families | Under 16, 2011"
    assert set(rows[0]) == {"source", "figure", "area", "stated", "place", "note"}
    assert markup.texts("summary") == ["1 row taken from it, and where it stands"] * 2
    assert [element["attrs"] for element in markup.all("details")] == [{"class": "data"}] * 2
    assert len(markup.all("table")) == 2


def test_every_source_used_is_described(page, shown):
    used = [*page.series("population_0_17"), page.figure("neet_rate")]
    rows, markup = sources(page, shown)
    assert len(rows) == 2 == len(markup.texts("th", scope="row"))
    text = "".join(markup.texts("p"))
    for name in {figure.source for figure in used}:
        about = page.figures.sources.loc[name]
        assert all(about[column] in text for column in ("title", "publisher", "licence"))
        assert month(about["date"]) in text
        assert bool(about["address"]) == any(e["attrs"]["href"] == about["address"] for e in markup.all("a"))


def test_a_column_of_a_release_is_one_row_with_its_areas_and_years(page, shown):
    for area in (None, ENGLAND):
        page.series("cla_rate", area=area)
    rows, _ = sources(page, shown)
    assert [row["source"] for row in rows] == ["dfe_lait_2026", "dfe_cla_2025"]
    assert {(row["area"], row["stated"]) for row in rows} == {("Wiltshire and England", "10 figures")}
    assert rows[0]["place"].endswith("(dfe_lait_2026), out of population_estimate (ons_population_2024), 2016 to 2020")


def test_a_report_without_figures_or_values_closes(page, shown):
    rows, markup = sources(page, shown)
    assert rows == []
    assert markup.texts("p") == ["No published figure is used."]
    assert shown[0][0][VALUES] == []


# --- Hostile data ------------------------------------------------------------------------------


def test_hostile_data_is_escaped_in_every_html(page, shown):
    figures = page.figures
    figure = page.figure("neet_rate")
    figures.indicators, figures.sources = figures.indicators.copy(), figures.sources.copy()
    before, figures.table = figures.table, figures.table.copy()
    try:
        figures.indicators.loc["neet_rate", "title"] = HOSTILE
        figures.sources.loc[figure.source, ["title", "publisher", "date", "licence", "address"]] = HOSTILE
        figures.table.loc[list(figures._used), ["stated", "locator", "note"]] = HOSTILE
        page.headline("k", Fact(1, HOSTILE, period=HOSTILE, symbol=HOSTILE), HOSTILE)
        page.name = HOSTILE
        page.table(Table("t", HOSTILE, pd.DataFrame({HOSTILE: [HOSTILE]}), note=HOSTILE))
        page.close()
    finally:
        figures.table = before
    for data, _ in shown:
        assert "<script" not in data["text/html"].lower()
        markup = Markup(data["text/html"])
        assert HOSTILE in "".join(element["text"] for element in markup.elements)
        assert all(set(e["attrs"]) <= {"class", "scope", "href"} for e in markup.elements)
    assert Markup(shown[2][0]["text/html"]).all("a")[0]["attrs"]["href"] == HOSTILE
