"""Judged claims (see `analysis.claims`) as a page says them: how many have each verdict, and a table to be read."""

from __future__ import annotations

import pandas as pd

from analysis import words as say
from analysis.claims import CONTRADICTED, HOLDS, ROUNDING, UNCHECKED

BEYOND_CHANCE = "Beyond chance?"
SAID = {
    HOLDS: ("holds", "hold"),
    ROUNDING: ("holds within rounding", "hold within rounding"),
    CONTRADICTED: ("is contradicted", "are contradicted"),
    UNCHECKED: ("cannot be checked", "cannot be checked"),
}
"""How a sentence says each verdict, of one claim and of several."""
KINDS = {
    "sum": "Sum of a table",
    "share": "Part of a whole",
    "growth": "Rise or fall",
    "comparison": "Two figures compared",
    "repeat": "Figure stated twice",
    "unit": "Unit",
    "range": "Range",
    "projection": "Projection",
    "percent_set": "Shares that should make 100%",
    "stock_flow": "Count at a date and over a year",
    "count_of_list": "Items counted in a list",
    "date": "Date or deadline",
    "rating": "Colour or arrow",
}
"""What a page calls each kind of claim."""


def in_words(judged: pd.DataFrame) -> str:
    """Return how many claims have each verdict: "4 hold, 1 is contradicted and 2 cannot be checked"."""
    number = judged["verdict"].value_counts()
    found = [(number[verdict], said) for verdict, said in SAID.items() if number[verdict]]
    return say.listed([f"{say.number(n)} {one if n == 1 else several}" for n, (one, several) in found])


def readable(judged: pd.DataFrame) -> pd.DataFrame:
    """Return judged claims with the columns that people read: what is said, the verdict, what gave it, and where.

    Whether it is beyond chance, why, and official figures are columns only where they say something.
    """
    needed = ("Needed: " + judged["needs"]).where(judged["needs"] != "", "")
    frame = pd.DataFrame({
        "What is said": judged["quote"].map(say.quoted),
        "Verdict": judged["verdict"].astype(str).str.capitalize(),
        BEYOND_CHANCE: judged["chance"],
        "What the figures give": judged["sentence"],
        "Why": (judged["note"] + " " + needed).str.strip(),
        "Official figures": judged["later"],
        "Place": judged["place"],
    })  # fmt: skip
    optional = (BEYOND_CHANCE, "Why", "Official figures")
    kept = [head for head in frame if head not in optional or (frame[head] != "").any()]
    return frame[kept].reset_index(drop=True)
