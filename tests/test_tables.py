"""Tables: structure, escaping, missing values and symbols, and the CSV behind each."""

from __future__ import annotations

import csv
import io
import math
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import words as say
from analysis.html import Table
from analysis.words import SYMBOL_KEY

HOSTILE = "<script>alert('1')</script> & \"two\" </table>"


class Markup(HTMLParser):
    """Reads markup: its elements with their attributes and text; checks that tags close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append({"tag": tag, "attrs": dict(attrs), "text": ""})
        self.elements.append(self.open[-1])

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, **attrs):
        return [e for e in self.elements if e["tag"] == tag and attrs.items() <= e["attrs"].items()]

    def texts(self, tag, **attrs):
        return [e["text"] for e in self.all(tag, **attrs)]


def made(frame, **about):
    return Table("t", "Caption", pd.DataFrame(frame), **about)


@pytest.fixture
def table():
    frame = {"Area": ["Wiltshire", "England"], "Rate, percent": [6.34567, -1234567.5], "People": [794, 1028]}
    return made(frame, formats={"Rate, percent": say.percent, "People": say.number}, note="A note.")


def test_structure(table):
    page = Markup(table.html())
    assert page.elements[0]["tag"] == "table"
    assert page.elements[1]["tag"] == "caption"
    assert page.texts("caption") == ["Caption"]
    assert page.texts("th", scope="col") == ["Area", "Rate, percent", "People"]
    assert page.texts("th", scope="row") == ["Wiltshire", "England"]
    assert len(page.all("th")) == 5  # so every header has a scope
    assert page.texts("td", **{"class": "num"}) == ["6.3%", "794", "−1,234,567.5%", "1,028"]
    assert [row["text"] for row in page.all("tr")] == [
        "AreaRate, percentPeople",
        "Wiltshire6.3%794",
        "England−1,234,567.5%1,028",
    ]
    assert page.texts("p", **{"class": "table-note"}) == ["A note."]


def test_hostile_text_is_escaped_everywhere():
    frame = pd.DataFrame({HOSTILE: [HOSTILE, "b"], "v": [HOSTILE, "&amp;"]})
    html = Table("t", HOSTILE, frame, note=HOSTILE).html()
    assert "<script" not in html
    page = Markup(html)
    assert page.texts("caption") == [HOSTILE]
    assert page.texts("th", scope="col") == [HOSTILE, "v"]
    assert page.texts("th", scope="row") == [HOSTILE, "b"]
    assert page.texts("td") == [HOSTILE, "&amp;"]
    assert page.texts("p") == [HOSTILE]


@given(st.text(max_size=30).filter(lambda t: "\x00" not in t))
def test_any_text_survives_the_html(text):
    text = text.replace("\r", " ")
    page = Markup(Table("t", text, pd.DataFrame({"a": [text], "b": [text]}), note="n").html())
    assert page.texts("caption") + page.texts("th", scope="row") + page.texts("td") == [text] * 3


@pytest.mark.parametrize("missing", [None, math.nan, pd.NA])
def test_missing_is_shown_with_its_key(missing):
    table = made({"a": ["r", "s"], "v": pd.Series([1.5, missing], dtype=object)}, formats={"v": say.percent})
    assert table.rows() == [["r", "1.5%"], ["s", "[x]"]]
    assert table.key() == ["[x] not available"]
    assert Markup(table.html()).texts("p") == ["[x] not available"]
    assert table.csv() == "a,v\nr,1.5\ns,x\n"


@pytest.mark.parametrize(("symbol", "meaning"), SYMBOL_KEY.items())
def test_a_symbol_has_its_key_on_the_page_and_is_bare_in_the_csv(symbol, meaning):
    table = made({"a": ["r", "s"], "v": [f"[{symbol}]", "4"]}, note="First.")
    assert table.key() == [f"[{symbol}] {meaning}"]
    assert Markup(table.html()).texts("p") == ["First.", f"[{symbol}] {meaning}"]
    assert table.csv() == f"a,v\nr,{symbol}\ns,4\n"


def test_no_key_without_symbols(table):
    assert table.key() == []
    assert made({"a": ["c", "x"], "v": ["z", "low"]}).key() == []
    assert made({"a": ["[other]"]}).csv() == "a\n[other]\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0, "0"),
        (0.5, "0.5"),
        (30019.25, "30019"),
        (12345678901.0, "12345678900"),
        (1e-7, "0.0000001"),
        (45.8728803, "45.87"),
        (0.123456, "0.1235"),
    ],
)
def test_a_value_without_a_format_is_shown_to_four_digits_or_its_whole_part(value, text):
    assert made({"a": [value]}).rows() == [[text]]


def test_csv_has_raw_numbers(table):
    assert list(csv.DictReader(io.StringIO(table.csv()))) == [
        {"Area": "Wiltshire", "Rate, percent": "6.34567", "People": "794"},
        {"Area": "England", "Rate, percent": "-1234567.5", "People": "1028"},
    ]
    assert made({"v": [1 / 3, 0.1 + 0.2, 2e10]}).csv() == "v\n0.3333333333\n0.3\n20000000000\n"


@given(value=st.floats(-1e12, 1e12))
def test_csv_reads_back_to_ten_significant_digits(value):
    text = made({"v": [value]}).csv().splitlines()[1]
    assert float(text) == pytest.approx(value, rel=5.1e-10)
    assert "e" not in text


def test_an_empty_table_still_has_its_headers():
    table = made(pd.DataFrame({"a": pd.Series(dtype=str), "v": pd.Series(dtype=float)}))
    page = Markup(table.html())
    assert page.texts("th", scope="col") == ["a", "v"]
    assert page.texts("tbody") == [""]
    assert table.csv() == "a,v\n"
    assert table.text() == "(no rows)"


def test_text_shows_every_cell(table):
    lines = table.text().splitlines()
    assert [line.split() for line in lines] == [
        ["Area", "Rate,", "percent", "People"],
        ["Wiltshire", "6.3%", "794"],
        ["England", "−1,234,567.5%", "1,028"],
    ]
    long = made({"a": ["word " * 60 + "end"] * 200})
    assert long.text().count("end") == 200  # nothing cut off, whatever the terminal
