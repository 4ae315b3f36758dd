"""Estimated numbers as this topic's pages write them."""

from __future__ import annotations

from analysis import narrative as say


def plans_about(value: float) -> str:
    """Return a number of plans as an estimate: three digits, whole numbers below a hundred."""
    return say.number(value) if abs(value) < 99.5 else say.about(value)


def few(value: float, noun: str) -> str:
    """Return a small expected number with its noun: "about 0.2 more plans", "about 50 more plans"."""
    text = tenth(value).removesuffix(".0") if value < 99.5 else say.about(value)
    if value < 0.005:
        return f"hardly any {noun}s"
    return f"about {text} {noun}{'' if text == '1' else 's'}"


def tenth(value: float) -> str:
    """Return an expected number: whole from ten, with a tenth below, a hundredth below one."""
    return say.number(value, 0 if abs(value) >= 9.95 else 1 if abs(value) >= 0.995 else 2)


def out_of(count: int, total: int) -> str:
    """Return "nine of ten", "all ten" or "none of ten"."""
    if count == total:
        return f"all {say.word(total)}"
    return f"{say.some_or_none(count)} of {say.word(total)}"
