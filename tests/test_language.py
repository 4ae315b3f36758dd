"""Pages are short and plain: the rules of language, counted on every page of several authorities."""

from __future__ import annotations

import re

import pytest

from notebook_runs import ROOT, WILTSHIRE
from test_any_area import NOTEBOOKS
from test_frozen import AREAS as OTHERS

AREAS = {"E06000054": "Wiltshire", **OTHERS, "E08000025": "Birmingham"}
"""The others are no metropolitan district."""
MINE = sorted({path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} - {*NOTEBOOKS, "spend_outcomes"})
BOX, HEADING, NUMBERS = 25, 12, 3
NUMBER = re.compile(r"(?<![\w/.,-])[£−]?\d[\d,.]*%?")
TIME = re.compile(
    r"\b(19|20)\d\d(/\d\d)?\b|\b\d+ (January|March|September)\b|aged? [\d ]+(to|and) \d+|under \d+|\[\w+\]"
)
SAID_SO = re.compile(r"^No figure: |^No |: no figure")  # the one generic sentence on a number that is not there
BANNED = re.compile(
    r"\bwhat came\b|hang together|stand here|\bis taken\b(?! out)|those not known|the usual swing\b"
    r"|\btoday\b|\bnow\b",
    re.I,
)
WRONG = re.compile(
    r"(?<![\d.,])1 (children|authorities|measures|numbers|plans|wards|years|points|claims|cases)\b"
    r"|\bnan\b|\binf\b|  +|\ba (8|11|18)\d*(\.\d+)?%|\b[Aa] [aeiou]\w+ (child|authority|area)\b|£-|\.\.(?!\.)|\( | \)"
)


def shown_of(page, kind):
    return [line.removeprefix("- ") for data in page.all(kind) for line in data["text/plain"].splitlines()]


def headings(page):
    marks = [mark["sentence"] for _, mark in page.shown if mark["kind"] == "finding"]
    return marks + re.findall(r"^## (.*)$", "\n".join(page.markdown), re.M)


def numbers(text):
    return len(NUMBER.findall(TIME.sub("", text)))


@pytest.fixture
def pages(page):
    def of(area):
        return {name: page(area, name) for name in [*NOTEBOOKS, *(MINE if area == WILTSHIRE else [])]}

    return of


@pytest.mark.parametrize("area", AREAS, ids=AREAS.values())
def test_the_box_is_short(pages, area):
    for name, page in pages(area).items():
        lines = [re.sub(r"^(?!No figure)[^.:]{2,30}: (?=[A-Z0-9£])", "", line) for line in shown_of(page, "answer")]
        assert 1 <= len(lines) <= 5, name
        for line in (line for line in lines if not SAID_SO.search(line)):
            assert len(line.split()) <= BOX, (name, len(line.split()), line)
            assert numbers(line) <= NUMBERS, (name, numbers(line), line)


@pytest.mark.parametrize("area", AREAS, ids=AREAS.values())
def test_headings_are_short_and_hold_no_interval(pages, area):
    told = [(name, heading) for name, page in pages(area).items() for heading in headings(page)]
    told = [(name, heading) for name, heading in told if not SAID_SO.search(heading)]
    assert [(name, heading) for name, heading in told if len(heading.split()) > HEADING] == []
    assert [(name, heading) for name, heading in told if "interval" in heading or BANNED.search(heading)] == []


@pytest.mark.parametrize("area", AREAS, ids=AREAS.values())
def test_sentences_are_whole(pages, area):
    for name, page in pages(area).items():
        for kind in ("answer", "finding", "text"):
            for line in shown_of(page, kind):
                assert not (found := WRONG.search(line)), (name, found[0], line)


def test_no_two_sections_of_a_page_have_one_heading(pages):
    for name, page in pages(WILTSHIRE).items():
        found = headings(page)
        assert len(found) == len(set(found)), name
