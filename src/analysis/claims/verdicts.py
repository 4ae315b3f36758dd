"""Judged claims (see `analysis.claims`) as a page says them: how many have each verdict, and as cards."""

from __future__ import annotations

import pandas as pd

from analysis import words as say
from analysis.claims import CONTRADICTED, HOLDS, ROUNDING, UNCHECKED
from analysis.data.figures import Figures

SAID = {
    HOLDS: ("holds", "hold"),
    ROUNDING: ("holds within rounding", "hold within rounding"),
    CONTRADICTED: ("is contradicted", "are contradicted"),
    UNCHECKED: ("cannot be checked", "cannot be checked"),
}
"""How a sentence says each verdict, of one claim and of several."""


def in_words(judged: pd.DataFrame) -> str:
    """Return how many claims have each verdict: "4 hold, 1 is contradicted and 2 cannot be checked"."""
    number = judged["verdict"].value_counts()
    found = [(number[verdict], said) for verdict, said in SAID.items() if number.get(verdict)]
    return say.listed([f"{say.number(n)} {one if n == 1 else several}" for n, (one, several) in found])


def foremost(judged: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the claims that a page shows first, and what they are: every contradicted one, else the three foremost."""
    ordered = judged.sort_values(["rank", "verdict"], kind="stable")
    wrong = ordered[ordered["verdict"] == CONTRADICTED]
    return (wrong, CONTRADICTED) if len(wrong) else (ordered.head(3), "the foremost")


def readable(judged: pd.DataFrame, figures: Figures) -> pd.DataFrame:
    """Return judged claims as `html.cards` takes them: what is said, the verdict, what gave it, why, and where."""
    needed = ("Needed: " + judged["needs"]).where(judged["needs"] != "", "")
    chance = ("Beyond chance: " + judged["chance"].str.lower() + ".").where(judged["chance"] != "", "")
    why = judged[["note"]].assign(needed=needed, chance=chance, later=judged["later"])
    topics = judged["topic"].str.replace("_", " ").str.capitalize().replace({"Neet": "NEET", "Send": "SEND"})
    return pd.DataFrame({
        "Quote": judged["quote"].map(say.quoted),
        "Verdict": judged["verdict"].astype(str).str.capitalize(),
        "Finding": judged["sentence"],
        "Why": why.agg(lambda parts: " ".join(filter(None, parts)), axis="columns") if len(why) else "",
        "Place": judged["place"].str.replace(r"(Planned activity on [^(;]*) \([^)]*\)", r"\1", regex=True),  # no names
        "Document": judged["document"].map(figures.sources["title"].str.partition(",")[0]),
        "Topic": topics,
    })  # fmt: skip
