"""The claims that matter most: those of the highest rank in the register, one line each."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis import register
from analysis.claim_entries import CONTRADICTED
from analysis.claims import Judgement, judge
from analysis.links import address, link
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.overview.words import PAGES

SECTION = "What the documents say, and whether it holds"
TOPICS = {"hidden_harm", "child_poverty", "neet", "send", "early_help_spend"}
"""Topics of the register that are notebooks as well."""


def page_of(topic: str) -> str:
    """Return the notebook that shows the claims on a topic."""
    return topic if topic in TOPICS else "board_scorecard" if topic == "board" else "claims"


def chosen(report: Report, number: int) -> tuple[list[Judgement], int]:
    """Return the claims that matter most, those contradicted first, and how many the register has.

    The register's rank says how much could rest on a claim; within a rank the contradicted come first. Only claims of
    a rank that can be among them are worked out.
    """
    every = register.listed(report.figures)
    least = sorted(claim.rank for claim in every)[: min(number, len(every))][-1]
    judged = [judge(claim, report.figures) for claim in every if claim.rank <= least]
    most = register.foremost(judged, number)
    return sorted(most, key=lambda found: found.verdict != CONTRADICTED), len(every)


def show(report: Report, number: int) -> None:
    """Show the claims that matter most."""
    most, every = chosen(report, number)
    wrong = sum(found.verdict == CONTRADICTED for found in most)
    first = say.count(len(most), "claim that matters most", "claims that matter most", say.word)
    report.finding(f"of the {first}, {say.some_or_none(wrong)} {'is' if wrong == 1 else 'are'} contradicted")
    report.table(_table(most))
    report.text(
        f"these are {say.word(len(most))} of {say.number(every)} published statements that the page on "
        f"{link('claims', 'claims')} judges; what became of the {link('plans', 'plans')} is on a page of its own"
    )


def _table(most: list[Judgement]) -> Table:
    heads = ["What was said", "What the figures give", "Verdict", "Page"]
    rows = [(_said(one), one.sentence, one.verdict.capitalize(), PAGES[page_of(one.claim.topic)]) for one in most]
    pages = {page_of(one.claim.topic) for one in most}
    links = {PAGES[page]: address(page, "" if page == "claims" else SECTION) for page in pages}
    note = "Chosen by the register's rank, 1 for claims on which most could rest; those contradicted stand first."
    return Table("claims-that-matter", "The claims that matter most", pd.DataFrame(rows, columns=heads), note=note,
                 folded=False, download=False, links=links)  # fmt: skip


def _said(one: Judgement) -> str:
    """Return a claim's words; a row of a table, which is mostly numbers, is called one."""
    quote = register.plain_quote(one)
    letters = sum(character.isalpha() for character in quote)
    return f"A row of a table: {quote}" if letters < len(quote) / 4 else quote
