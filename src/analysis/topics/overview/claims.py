"""The claims that matter most: those of the highest rank in the register, one line each."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from analysis import claims, verdicts
from analysis import narrative as say
from analysis.claims import CONTRADICTED
from analysis.links import address, link
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.overview.words import PAGES

_NUMBER = re.compile(r"(?P<whole>\d[\d,]*)(?:\.(?P<decimals>\d+))?")
SECTION = "What the documents say, and whether it holds"
TOPICS = {name: name for name in ("early_help_spend",)} | {
    "hidden_harm": "documents",
    "child_poverty": "documents",
    "neet": "documents",
    "send": "documents",
    "board": "documents_board",
}
"""Topics of the register whose claims a notebook of their own shows."""


def page_of(topic: str) -> str:
    """Return the notebook that shows the claims on a topic."""
    return TOPICS.get(topic, "claims")


def chosen(report: Report, number: int) -> tuple[pd.DataFrame, int]:
    """Return the claims that matter most, those contradicted first, and how many the register has.

    The register's rank says how much could rest on a claim; within a rank the contradicted come first; those
    contradicted in the last digit alone are left out. Only claims of a rank that can be among them are worked out.
    """
    every = claims.register(report.figures)
    kept: list[pd.DataFrame] = []
    for _, of_rank in every.groupby("rank"):
        judged = claims.judge(of_rank, report.figures)
        kept.append(judged[[not last_digit(found) for found in judged.itertuples()]])
        if sum(map(len, kept)) >= number:
            break
    most = pd.concat(kept).sort_values(["rank", "verdict"]).head(number)
    return most.sort_values("verdict", key=lambda verdict: verdict != CONTRADICTED, kind="stable"), len(every)


def last_digit(found: Any) -> bool:
    """Whether a rounded number is contradicted, and by no more than one in the last digit that the document prints.

    Counts are not rounded: one child more or less is no matter of digits.
    """
    printed = _NUMBER.search(found.printed)
    if found.verdict != CONTRADICTED or pd.isna(found.recomputed) or not printed:
        return False
    digits = printed["decimals"] or ""
    if not (digits or "%" in found.printed):
        return False
    given = float(printed["whole"].replace(",", "") + (f".{digits}" if digits else ""))
    return abs(round(found.recomputed, len(digits)) - given) < 1.5 * 10 ** -len(digits)


def show(report: Report, number: int) -> None:
    """Show the claims that matter most."""
    most, every = chosen(report, number)
    wrong = sum(most["verdict"] == CONTRADICTED)
    first = "claim we rank first" if len(most) == 1 else f"{say.word(len(most))} claims we rank first"
    report.finding(f"of the {first}, {say.some_or_none(wrong)} {'is' if wrong == 1 else 'are'} contradicted")
    report.table(_table(most))
    report.text(
        f"the ranking is our own, of {say.number(every)} published statements that the page on "
        f"{link('claims', 'claims')} judges, and leaves out contradictions of a last digit alone; what became of the "
        f"{link('plans', 'plans')} is on a page of its own"
    )


def _table(most: pd.DataFrame) -> Table:
    pages = most["topic"].map(page_of)
    frame = pd.DataFrame({
        "What was said": [_said(one) for one in most.itertuples()],
        "What the figures give": most["sentence"],
        "Verdict": most["verdict"].astype(str).str.capitalize(),
        verdicts.BEYOND_CHANCE: most["chance"],
        "Page": pages.map(PAGES),
    })  # fmt: skip
    links = {PAGES[page]: address(page, "" if page in ("claims", "documents") else SECTION) for page in pages.unique()}
    note = "Those contradicted stand first."
    return Table("claims-that-matter", "The claims that matter most", frame, note=note,
                 folded=False, download=False, links=links)  # fmt: skip


def _said(one: Any) -> str:
    """Return a claim's words; of a row of a table, which is mostly numbers, what it is and where it stands."""
    quote = say.quoted(one.quote)
    if sum(character.isalpha() for character in quote) >= len(quote) / 4:
        return quote
    return f"{verdicts.KINDS[one.kind]}: {one.place}"
