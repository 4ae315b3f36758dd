"""Sentences for alternative texts, computed from what is drawn; a missing value is never named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from analysis import words as say
from analysis.words import Format, missing

NOTHING = "no value is available"


def extremes(labels: Iterable[str], values: Iterable[float], fmt: Format, noun: str = "values") -> str:
    """Return the highest and lowest value with whose they are: "Highest: A with 9.1%; lowest: B with 5.0%"."""
    known = [(str(label), value) for label, value in zip(labels, values, strict=True) if not missing(value)]
    if not known:
        return NOTHING
    if len(known) == 1:
        return f"{known[0][0]}: {fmt(known[0][1])}"
    low, high = min(v for _, v in known), max(v for _, v in known)
    if low == high:
        return f"all {say.word(len(known))} have {fmt(low)}"
    most, least = ([label for label, value in known if value == end] for end in (high, low))
    named = (say.some(list(dict.fromkeys(labels)), noun) for labels in (most, least))
    return f"highest: {next(named)} with {fmt(high)}; lowest: {next(named)} with {fmt(low)}"


def last_values(lines: Iterable[tuple[str, str, float]], fmt: Format) -> str:
    """Return the last value of each line, given as name, period and value: "Last values: A 3.0% (2013), …"."""
    known = [f"{name} {fmt(value)} ({x})" for name, x, value in lines if not missing(value)]
    return f"last {'values' if len(known) > 1 else 'value'}: {', '.join(known)}" if known else NOTHING


def unknown(count: int) -> str:
    """Return how many have no value: " 2 have no value" as a sentence of its own; nothing for none."""
    return f"{say.word(count)} {'has' if count == 1 else 'have'} no value" if count else ""


def sentences(parts: Sequence[str]) -> str:
    """Return parts as sentences, blank ones left out."""
    return " ".join(say.sentence(part) for part in parts if part)


def standing(labels: pd.Series, values: pd.Series, focus: str | None, fmt: Format, highest_first: bool = True) -> str:
    """Return the chosen area's value and rank: "Wiltshire: 6.3%, 3rd highest of 11"; blank without one."""
    if focus is None:
        return ""
    own = values[labels == focus].iloc[0]
    if pd.isna(own):
        return f"{focus} has no value"
    before = int((values > own).sum() if highest_first else (values < own).sum())
    joint = "joint " if (values == own).sum() > 1 else ""
    end = "highest" if highest_first else "lowest"
    return f"{focus}: {fmt(own)}, {joint}{_ordinal(before + 1)}{end} of {int(values.notna().sum())}"


def _ordinal(number: int) -> str:
    """Return a rank as text before "highest": "", "2nd ", "3rd ", "11th "."""
    if number == 1:
        return ""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending} "
