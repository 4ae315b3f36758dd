"""One figure has one value, one interval and one verdict on every page of an area.

Wiltshire's pages are made from `data/`; those of other authorities need the real releases, whose folder the environment
variable ANALYSIS_OFFICIAL names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations

import pytest

from analysis.data.fact import fact
from analysis.data.figure import ENGLAND
from analysis.data.figures import Figures
from analysis.standing import standing
from test_any_area import NOTEBOOKS

AREAS = {"E06000054": "Wiltshire", "E09000012": "Hackney", "E09000001": "City of London"}
PARTS = ("value", "lower", "upper", "coverage", "unit", "symbol", "source", "label")


@pytest.fixture
def pages(page):
    """A function that returns an area's pages by notebook."""

    def of(area):
        return {name: page(area, name) for name in NOTEBOOKS}

    return of


def as_numbers(cell):
    """The limits a cell shows, each with half of its last digit; none for a symbol."""
    if cell in ("x", "z", "c"):
        return []
    ends = cell.replace(",", "").replace("%", "").split(" to ")
    return [(float(end), 0.5 * 10.0 ** -len(end.partition(".")[2])) for end in (ends if len(ends) == 2 else ends * 2)]


def agrees(cell, value):
    """Whether a cell of a table shows the interval of a headline value, rounded."""
    limits = [value["lower"], value["upper"]]
    shown = as_numbers(cell)
    if limits == [None, None]:
        return not shown
    return len(shown) == 2 and all(
        abs(limit - end) <= half * 1.001 for limit, (end, half) in zip(limits, shown, strict=True)
    )


@pytest.mark.parametrize("area", AREAS, ids=AREAS.values())
def test_a_value_of_two_pages_is_one_value(pages, area):
    """By its key, and by its label, as two pages may not call one thing by two names."""
    for by in ("key", "label"):
        found = defaultdict(dict)
        for name, page in pages(area).items():
            for value in page.values.values():
                found[value[by], value["period"]][name] = value
        shared = {place: values for place, values in found.items() if len(values) > 1}
        assert len(shared) >= 5
        for place, values in shared.items():
            for (one, first), (other, second) in combinations(values.items(), 2):
                assert [first[part] for part in PARTS] == [second[part] for part in PARTS], (place, one, other)


@pytest.mark.parametrize("area", AREAS, ids=AREAS.values())
def test_a_table_shows_the_interval_of_the_headline_value(pages, area):
    every = {(v["label"], v["period"]): v for page in pages(area).values() for v in page.values.values()}
    met = 0
    for name, page in pages(area).items():
        table = page.table("rates")
        for row in [] if table is None else table.to_dict("records"):
            met += 1
            assert agrees(row["Interval"], every[row["Measure"], row["Period"]]), (name, row)
    assert met >= 20


@pytest.mark.parametrize("area", AREAS, ids=AREAS.values())
def test_every_page_says_the_same_of_one_comparison(pages, area):
    """The words before "England's 5.6%", for figures of England that only one indicator has."""
    keys = {v["key"] for page in pages(area).values() for v in page.values.values()}
    figures, of = Figures(area=area), defaultdict(list)
    for indicator in keys:
        if indicator in figures.indicators.index:
            where = standing(figures, indicator).iloc[0]
            if where[["value", "England"]].notna().all():
                of[fact(where).text(where["England"]).split()[0]].append(fact(where))
    texts = [text for page in pages(area).values() for text in page.words(sources=False)]
    pattern = re.compile(r"(higher|lower|not clearly different)[a-z ]* England(?:'|&#x27;|’)s ([\d.,]+%?)")
    said = [match for text in texts for match in pattern.findall(text)]
    met = set()
    for word, england in said:
        (where, *more) = of.get(england.rstrip(".,"), [None])
        if where and not more and where.known:
            met.add(england)
            assert f"{where:vs England}".startswith(word), (where.title, word)
    assert len(met) >= 2 or area == "E09000001"


@pytest.mark.parametrize("area", AREAS, ids=AREAS.values())
def test_alternative_text_says_what_the_caption_does_not(pages, area):
    """What is left without title and subtitle says something, with a number or that there is none."""
    met = 0
    for name, page in pages(area).items():
        for _, mark in page.shown:
            if mark["kind"] == "chart":
                met += 1
                left = mark["alt"]
                assert mark["title"].rstrip(".") not in left, (name, mark["id"])
                left = left.replace(mark["subtitle"].rstrip("."), "")
                assert len(left) > 25, (name, mark["id"], mark["alt"])
                assert re.search(r"\d|no value|no area|no change", left), (name, mark["id"], mark["alt"])
                assert re.match("Map|[A-Z][a-z ]*(chart|charts|cells|curve|dots by)", left), (name, mark["alt"])
    assert met >= 20


def test_every_interval_that_a_source_prints_is_one_of_95():
    """`Figures.take` says so of a figure that has a value and limits; the note bears it out."""
    figures = Figures()
    table = figures.table
    both = table[table["value"].notna() & table["lower"].notna() & table["upper"].notna()]
    assert len(both) >= 2
    assert both["note"].str.contains("95% interval").all()
    assert set(both["area"]) == {ENGLAND}
