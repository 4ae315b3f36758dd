"""The claims that matter most: those of the highest rank in the register, one line each."""

from __future__ import annotations

import re

import pandas as pd

from analysis import narrative as say
from analysis import register
from analysis.claim_entries import CONTRADICTED
from analysis.claims import Judgement, judge
from analysis.links import address, link
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.overview.words import PAGES

_NUMBER = re.compile(r"(?P<whole>\d[\d,]*)(?:\.(?P<decimals>\d+))?")
SECTION = "What the documents say, and whether it holds"
_OWN = ("hidden_harm", "child_poverty", "send", "early_help_spend")
TOPICS = {name: (name, SECTION) for name in _OWN} | {"neet": ("documents", ""), "board": ("board_scorecard", SECTION)}
"""Topic of the register → the notebook that shows its claims, and the section; all others are on the page of claims."""


def page_of(topic: str) -> tuple[str, str]:
    """Return the notebook that shows the claims on a topic, and its section ("" for the whole page)."""
    return TOPICS.get(topic, ("claims", ""))


def chosen(report: Report, number: int) -> tuple[list[Judgement], int]:
    """Return the claims that matter most, those contradicted first, and how many the register has.

    The register's rank says how much could rest on a claim; within a rank the contradicted come first; those
    contradicted in the last digit alone are left out. Only claims of a rank that can be among them are worked out.
    """
    every = register.listed(report.figures)
    kept: list[Judgement] = []
    for rank in sorted({claim.rank for claim in every}):
        of_rank = [judge(claim, report.figures) for claim in every if claim.rank == rank]
        kept += [found for found in of_rank if not last_digit(found)]
        if len(kept) >= number:
            break
    most = register.foremost(kept, number)
    return sorted(most, key=lambda found: found.verdict != CONTRADICTED), len(every)


def last_digit(found: Judgement) -> bool:
    """Whether a rounded number is contradicted, and by no more than one in the last digit that the document prints.

    Counts are not rounded: one child more or less is no matter of digits.
    """
    stated = _NUMBER.search(found.stated)
    if found.verdict != CONTRADICTED or found.recomputed is None or not stated:
        return False
    digits = stated["decimals"] or ""
    if not (digits or "%" in found.stated):
        return False
    given = float(stated["whole"].replace(",", "") + (f".{digits}" if digits else ""))
    return abs(round(found.recomputed.value, len(digits)) - given) < 1.5 * 10 ** -len(digits)


def show(report: Report, number: int) -> None:
    """Show the claims that matter most."""
    most, every = chosen(report, number)
    wrong = sum(found.verdict == CONTRADICTED for found in most)
    first = "claim we rank first" if len(most) == 1 else f"{say.word(len(most))} claims we rank first"
    report.finding(f"of the {first}, {say.some_or_none(wrong)} {'is' if wrong == 1 else 'are'} contradicted")
    report.table(_table(most))
    report.text(
        f"the ranking is our own, of {say.number(every)} published statements that the page on "
        f"{link('claims', 'claims')} judges, and leaves out contradictions of a last digit alone; what became of the "
        f"{link('plans', 'plans')} is on a page of its own"
    )


def _table(most: list[Judgement]) -> Table:
    heads = ["What was said", "What the figures give", "Verdict", register.BEYOND_CHANCE, "Page"]
    rows = [
        (_said(one), one.sentence, one.verdict.capitalize(), one.chance, PAGES[page_of(one.claim.topic)[0]])
        for one in most
    ]
    pages = {page_of(one.claim.topic) for one in most}
    links = {PAGES[page]: address(page, section) for page, section in pages}
    note = "Those contradicted stand first."
    return Table("claims-that-matter", "The claims that matter most", pd.DataFrame(rows, columns=heads), note=note,
                 folded=False, download=False, links=links)  # fmt: skip


def _said(one: Judgement) -> str:
    """Return a claim's words; of a row of a table, which is mostly numbers, what it is and where it stands."""
    quote = register.plain_quote(one)
    if sum(character.isalpha() for character in quote) >= len(quote) / 4:
        return quote
    return f"{register.KIND_NAMES[one.claim.kind]}: {one.claim.place}"
