"""Lists that the documents contain, each against its document; and that no number of a document is left out.

The checks against the documents need their texts (see `document_text` in conftest.py).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest
import yaml

from passages import (
    BULLET,
    DATA,
    LEADS,
    PASSAGES,
    activities,
    activity,
    blocks,
    entries,
    lead_rows,
    one_line,
    passage,
    priorities,
    rows,
    section,
    strategy_part,
    under,
    whole,
)

FIGURES = rows("figures.csv")
INDICATORS = {row["indicator"] for row in rows("indicators.csv")}
NOT_EVIDENCE = rows("not_evidence.csv")
CLAIMS = yaml.load((DATA / "claims.yml").read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def stems(text):
    """Numbers, and the beginnings of the longer words: what is the same in "readiness" and "ready"."""
    return {word[:4] for word in re.findall(r"[a-z]{4,}|\d+", text.lower())} - {"thei"}


# --- Lists -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count"),
    {
        "activities": 27,
        "strategies": 27,
        "priorities": 44,
        "key_indicators": 28,
        "services": 24,
        "questions": 12,
    }.items(),
)
def test_lists_are_numbered_in_order(name, count):
    assert [int(row["number"]) for row in rows(f"{name}.csv")] == list(range(1, count + 1))


def test_activities_are_found_by_their_locators_with_director_and_link_as_printed(document_text):
    text, listed = document_text("csc_update_2024"), rows("activities.csv")
    assert [activity(text, row["locator"]) for row in listed] == activities(text)
    heads = [re.search(r" Director (.*?) Main BP Link (.*?) Updates ", one_line(part)) for part in activities(text)]
    assert [(row["director"], row["link"]) for row in listed] == [head.groups() for head in heads]


def test_activities_with_a_figure_are_those_called_measured():
    of_places = Counter(
        re.match(r"Planned activity on .*?\)", row["locator"])[0]
        for row in FIGURES
        if row["locator"].startswith("Planned activity on ")
    )
    places = {row["locator"]: row["measured"] for row in rows("activities.csv")}
    assert set(of_places) <= set(places)
    without = [place for place, measured in places.items() if measured == "yes" and not of_places[place]]
    assert without == []
    # A length of time that a system can look back on is a figure, but measures nothing that was done.
    assert {place for place, measured in places.items() if measured == "no" and of_places[place]} == {
        "Planned activity on quality assurance and practice learning (Tim Sandle)"
    }


def test_strategies_have_title_and_date_as_printed(document_text):
    printed = []
    for title, published, _ in entries(document_text("strategies_list")):
        month, year = published.split()[-2:]
        printed.append((title.strip(), f"{year}-{MONTHS.index(month) + 1:02}"))
    assert [(row["title"], row["published"]) for row in rows("strategies.csv")] == printed
    assert [row["locator"] for row in rows("strategies.csv")] == [f"Entry {n} of the list" for n in range(1, 28)]
    assert document_text("strategies_list").count("\nPublished: ") == 27


def test_periods_of_strategies_are_in_title_or_description(document_text):
    for row, (title, _, rest) in zip(rows("strategies.csv"), entries(document_text("strategies_list")), strict=True):
        spans = re.findall(r"\b(20\d\d)(?: ?- ?(20\d\d|\d\d))?\b", f"{title} {rest}")
        periods = {(start, end[-2:] or start[-2:]) for start, end in spans}
        has = (row["period_start"], row["period_end"][-2:])
        assert has == ("", "") or has in periods, title
        assert not re.search(r"20\d\d ?- ?(20)?\d\d|\D20\d\d$", title) or has != ("", ""), title


def best(words, texts):
    """The positions of the texts that share most words with a subject."""
    shared = [len(stems(words) & stems(text)) for text in texts]
    return [n for n, count in enumerate(shared) if count and count == max(shared)]


def test_priorities_are_in_the_order_printed(document_text):
    """Each has its leads' rows in order, and the beginning of no other priority fits its subject better."""
    parts = priorities(document_text("wscb_plan_2013"))
    listed = rows("priorities.csv")
    for row, part in zip(listed, parts, strict=True):
        assert row["locator"] == f"Action plan, priority {row['number']}"
        assert list(lead_rows(part, LEADS[row["number"]])) == row["leads"].split("; ")
    headings = [one_line(part)[:250] for part in parts]
    wrong = [row for n, row in enumerate(listed) if n not in best(row["subject"], headings)]
    assert wrong == []


@pytest.mark.parametrize(
    ("place", "name", "column"), [("6", "key_indicators.csv", "indicator_in_words"), ("5", "services.csv", "service")]
)
def test_indicators_and_services_are_the_bullets_of_their_section(document_text, place, name, column):
    _, body = section(document_text("early_help_2013"), place)
    bullets = [re.split(r"\n\s*\n", bullet)[0] for bullet in BULLET.split(body)[1:] if bullet.strip("> ")]
    listed = rows(name)
    assert len(bullets) == len(listed)
    assert [row for n, row in enumerate(listed) if n not in best(row[column], bullets)] == []
    named = [indicator for row in listed for indicator in row["figures_here"].split("; ") if indicator]
    assert named
    assert set(named) <= INDICATORS


def test_questions_are_asked_where_the_locator_says(document_text):
    text, questions = document_text("early_help_2013"), rows("questions.csv")
    assert len(questions) == len(re.findall(r"Consultation question \d+:", text)) >= 5
    for row in questions:
        place, *below = row["locator"].split(", ")
        _, body = strategy_part(text, place)
        for subheading in below:
            body = under(body, subheading)
        asked = [block for block in blocks(body) if block.startswith(f"Consultation question {row['number']}:")]
        assert len(asked) == 1, row
        assert stems(row["subject"]) & stems(asked[0].partition(":")[2]), row


# --- No number left out ------------------------------------------------------------------------

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
AGAIN = re.compile(r"[Pp]rinted again in priority (\d+)")
REASONS = {
    "section or item number", "page number", "date", "age range", "law, guidance or reference",
    "name of a level, stage or form", "address or link", "unit of a rate", "rule in words",
}  # fmt: skip


def standing(text, fragment):
    """Where a number of no weight stands in a text, not as a part of a longer number."""
    return list(re.finditer(r"(?<!\d)" + re.escape(fragment) + r"(?!\d)", text))


def spans_of_figures(source, text):
    """Where the document's figures stand, by figure: one place each, in the passage the locator names."""
    line, used, spans = one_line(text), defaultdict(int), []
    for row in [row for row in FIGURES if row["source"] == source]:
        places = [one_line(passage(row, text))]
        if again := AGAIN.search(row["note"]):
            places.append(one_line(priorities(text)[int(again[1]) - 1]))
        for place in places:
            assert line.count(place) == 1, f"{row['locator']}: {line.count(place)} such passages"
            found = list(whole(row["stated"]).finditer(place))
            turn = used[place, row["stated"]]  # a table's row may print one number in two columns
            assert turn < len(found), f"{row['stated']!r} stands {len(found)} times at {row['locator']!r}"
            used[place, row["stated"]] += 1
            spans.append((row, line.index(place) + found[turn].start()))
    return spans


def positions(spans):
    return {position for start, end in spans for position in range(start, end)}


def not_evidence(source, line):
    texts = [row["text"] for row in NOT_EVIDENCE if row["document"] == source]
    return positions(match.span() for text in texts for match in standing(line, text))


def left_out(source, text):
    """The numbers of a document that neither a figure nor a claim nor `not_evidence.csv` accounts for."""
    line = one_line(text)
    covered = positions((at, at + len(row["stated"])) for row, at in spans_of_figures(source, text))
    quotes = [one_line(claim["quote"]) for claim in CLAIMS if claim["document"] == source]
    covered |= positions(match.span() for quote in quotes for match in whole(quote).finditer(line))
    covered |= not_evidence(source, line)
    return [
        line[max(0, match.start() - 40) : match.end() + 40]
        for match in NUMBER.finditer(line)
        if not covered >= set(range(*match.span()))
    ]


@pytest.mark.parametrize("source", PASSAGES)
def test_every_number_of_a_document_is_accounted_for(document_text, source):
    text = document_text(source)
    assert left_out(source, text) == []
    assert len(left_out(source, f"4711 {text}")) == 1, "a number added is noticed"


@pytest.mark.parametrize("source", PASSAGES)
def test_no_figure_is_called_not_evidence(document_text, source):
    """The number of a figure stands in nothing that is said to be none; a date beside it may."""
    text = document_text(source)
    none = not_evidence(source, one_line(text))
    hidden = []
    for row, at in spans_of_figures(source, text):
        number = NUMBER.search(row["stated"])
        if number and none & set(range(at + number.start(), at + number.end())):
            hidden.append(f"{row['indicator']}: {row['stated']!r} at {row['locator']!r}")
    assert hidden == []


@pytest.mark.parametrize("source", PASSAGES)
def test_what_is_not_evidence_stands_in_its_document(document_text, source):
    line = one_line(document_text(source))
    listed = [row for row in NOT_EVIDENCE if row["document"] == source]
    assert listed
    wrong = [
        f"{row['text']!r}: {row['count']} said, {len(standing(line, row['text']))} found"
        for row in listed
        if len(standing(line, row["text"])) != int(row["count"])
    ]
    assert wrong == []


def test_what_is_not_evidence_looks_like_its_reason():
    """No share and no money."""
    assert {row["reason"] for row in NOT_EVIDENCE} == REASONS
    assert {row["document"] for row in NOT_EVIDENCE} == set(PASSAGES)
    for row in NOT_EVIDENCE:
        assert not re.search(r"\d ?%|£|\(n=", row["text"]), row
        assert re.search(r"\d", row["text"]), row
