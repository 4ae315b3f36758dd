"""The claims register as a page shows it: counts, sentences and tables of judged claims."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from analysis import narrative
from analysis.claim_entries import CONTRADICTED, HOLDS, ROUNDING, UNCHECKED, VERDICTS, Claim, load_claims
from analysis.claims import Judgement, judge
from analysis.figures import Figures
from analysis.tables import Table

_UNDERLINE = re.compile(r"</?u>")  # the extracted text marks underlined words so; the register quotes it exactly
ABBREVIATIONS = {"neet": "NEET", "send": "SEND"}
WORDS = {
    HOLDS: "hold",
    ROUNDING: "hold within rounding",
    CONTRADICTED: "are contradicted",
    UNCHECKED: "cannot be checked",
}


BEYOND_CHANCE = "Beyond chance?"
CHECKABLE = (
    "Checkable: a figure of the documents, or of an official release read here, states or gives what is said, of the "
    "same measure, area and period. Significant: beyond chance too. A plan or a hope states no fact."
)
"""What makes a claim checkable, for every page; data/README.md says it at length."""


def judged(figures: Figures, topic: str = "", document: str = "") -> list[Judgement]:
    """Return the register's claims with their judgements, in its order.

    Args:
        figures: the figures to judge by.
        topic: only claims of this topic; all if blank.
        document: only claims of this source; all if blank.

    Raises:
        BadClaim: if an entry cannot be read or judged.
    """
    wanted = [c for c in listed(figures) if topic in ("", c.topic) and document in ("", c.document)]
    return [judge(claim, figures) for claim in wanted]


def listed(figures: Figures) -> list[Claim]:
    """Return every claim of the register, not judged; raises as `judged`."""
    figures.asked.tables.add("claims.yml")
    return load_claims(figures.folder / "claims.yml")


def named(figures: Figures, claim: str) -> Judgement:
    """Return one claim's judgement by its id: a page that speaks of a claim takes the verdict from here.

    Raises:
        BadClaim: if an entry cannot be read or judged.
        KeyError: if there is no such claim.
    """
    return judge({one.id: one for one in listed(figures)}[claim], figures)


KIND_NAMES = {
    "comparison": "Two figures compared",
    "share": "Part of a whole",
    "date": "Date or deadline",
    "repeat": "Figure stated twice",
    "count_of_list": "Items counted in a list",
    "rating": "Colour or arrow",
    "growth": "Rise or fall",
    "projection": "Projection",
    "range": "Range",
    "unit": "Unit",
    "stock_flow": "Count at a date and over a year",
    "sum": "Sum of a table",
    "percent_set": "Shares that should make 100%",
}
"""Kinds of claim as a page calls them."""


def name_of(identifier: str) -> str:
    """Return a topic or kind as people write it: "stock_flow" → "Stock flow", "neet" → "NEET"."""
    return ABBREVIATIONS.get(identifier, narrative.capital(identifier.replace("_", " ")))


def verb(verdict: str) -> str:
    """Return a verdict as a sentence says it of one claim: "holds", "is contradicted"."""
    return WORDS[verdict].replace("hold", "holds").replace("are", "is")


def in_words(judgements: Sequence[Judgement]) -> str:
    """Return how many claims have each verdict: "4 hold, 1 is contradicted and 2 cannot be checked"."""
    parts = []
    for verdict in VERDICTS:
        number = sum(found.verdict == verdict for found in judgements)
        if number:
            parts.append(f"{narrative.number(number)} {verb(verdict) if number == 1 else WORDS[verdict]}")
    return narrative.listed(parts)


def counts(judgements: Sequence[Judgement], groups: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """Return the number of claims by group (rows, in order of first appearance) and verdict (columns).

    Args:
        judgements: the claims.
        groups: each claim's group.
        names: the rows to show, in order; groups without a claim are rows of zeros.
    """
    table = pd.crosstab(pd.Series(list(groups), dtype=str), pd.Series([j.verdict for j in judgements], dtype=str))
    return table.reindex(index=list(names), columns=list(VERDICTS), fill_value=0).rename_axis(index=None, columns=None)


def foremost(judgements: Sequence[Judgement], most: int) -> list[Judgement]:
    """Return the claims that matter most: by rank, within it the contradicted first, then in the register's order."""
    order = [CONTRADICTED, UNCHECKED, ROUNDING, HOLDS]
    return sorted(judgements, key=lambda found: (found.claim.rank, order.index(found.verdict)))[:most]


def plain_quote(found: Judgement) -> str:
    """Return a claim's words in quotation marks, without the marks of the extracted text."""
    return narrative.quoted(_UNDERLINE.sub("", found.claim.quote))


def table(judgements: Sequence[Judgement], name: str, caption: str, folded: bool = False) -> Table:
    """Return claims as a table: what is said, where, what its figures give, the verdict and why.

    Args:
        judgements: the claims, in the order to be shown.
        name: the table's id on the page.
        caption: the table's caption.
        folded: whether the page shows it closed.
    """
    rows = [
        (
            plain_quote(found),
            found.verdict.capitalize(),
            found.chance,
            found.sentence,
            " ".join(part for part in (found.note, found.claim.needs and f"Needed: {found.claim.needs}") if part),
            found.later,
            found.claim.place,
        )
        for found in judgements
    ]
    heads = ["What is said", "Verdict", BEYOND_CHANCE, "What the figures give", "Why", "Official figures", "Place"]
    frame = pd.DataFrame(rows, columns=heads)
    optional = (BEYOND_CHANCE, "Why", "Official figures")
    kept = [head for head in heads if head not in optional or frame[head].str.len().sum()]
    return Table(name, caption, frame[kept], note="" if folded else CHECKABLE, folded=folded, download=False)
