"""A flag of young people at risk of NEET as a test, and what an overlap of it with another group can say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, lines
from analysis.figure import Figure
from analysis.methods import rounding, screening
from analysis.methods.intervals import Interval
from analysis.methods.quantity import Quantity
from analysis.tables import Table

BASE_RATES = np.linspace(0.04, 0.10, 13)
"""Shares of young people who become NEET over which a flag is tried."""


def risk_ratio(flagged: Figure, others: Figure) -> Quantity:
    """Return how many times the risk of those not flagged the flagged have, with what the rounding allows."""
    limits = rounding.quotient(flagged.rounding_interval, others.rounding_interval)
    return Quantity(flagged.value / others.value, *limits)


def flag_chart(flagged: float, ratio: Quantity, base_rate: float) -> Chart:
    """Return what a flag yields over base rates: how many of those flagged become NEET, as studied, best, by chance.

    Args:
        flagged: share of young people flagged, 0 to 1.
        ratio: risk of those flagged relative to the others', from a study.
        base_rate: share of all who become NEET, for the title.
    """
    rows = []
    for base in BASE_RATES:
        rows.append((base * 100, "At best", screening.best(flagged, base).ppv * 100, np.nan, np.nan))
        ends = [screening.of_flag(flagged, end, base).ppv * 100 for end in ratio.interval]
        rows.append((base * 100, "As in the study", screening.of_flag(flagged, ratio.value, base).ppv * 100, *ends))
        rows.append((base * 100, "By chance", base * 100, np.nan, np.nan))
    here = screening.of_flag(flagged, ratio.value, base_rate)
    return lines(
        pd.DataFrame(rows, columns=["x", "series", "value", "lower", "upper"]),
        About(
            "flag",
            f"Of 100 young people flagged, about {say.number(here.ppv * 100)} would become NEET",
            f"Share of those flagged who become NEET, percent, if {say.whole(flagged * 100)} of all are flagged",
            f"As in the study: those flagged have {say.number(ratio.value, 2)} times the risk of others; the band is "
            "what rounding allows. At best: all who become NEET are flagged, or all flagged become NEET.",
        ),
        say.whole,
        "Percent of those flagged",
        "Percent of all who become NEET (the base rate)",
        say.whole,
        roles={"As in the study": "area", "At best": "neighbours", "By chance": "england"},
    )


@dataclass(frozen=True)
class Reading:
    """One way to read an overlap: of whom it is a share, how many that makes, and how it compares with chance."""

    of_whom: str
    both: Interval | None
    times: Interval
    means: str


def readings(overlap: Figure, cafs: Figure, children: Figure, flagged: float) -> list[Reading]:
    """Return what an overlap of flagged young people and common assessments says, by the group it is a share of.

    Args:
        overlap: the printed share, in percent.
        cafs: open common assessments.
        children: children and young people among whom they are.
        flagged: share of young people flagged, 0 to 1.
    """
    share = overlap.rounding_interval.times(1 / 100)
    with_caf = cafs.value / children.value
    of_flagged = Interval(*(screening.times_chance(end, with_caf) for end in share))
    of_cafs = Interval(*(screening.times_chance(end, flagged) for end in share))
    return [
        Reading("Those flagged", None, of_flagged, _than_chance(of_flagged)),
        Reading("Those with an assessment", share.times(cafs.value), of_cafs, _than_chance(of_cafs)),
    ]


def _than_chance(times: Interval) -> str:
    if times.lower > 1:
        return "More than chance"
    return "Less than chance" if times.upper < 1 else "As many as chance"


def readings_table(made: Sequence[Reading], overlap: Figure) -> Table:
    """Return the readings as a table."""
    rows = [
        (
            reading.of_whom,
            say.span(reading.both) if reading.both else "[x]",
            say.span(reading.times, lambda v: say.number(v, 1)),
            reading.means,
        )
        for reading in made
    ]
    heads = ["If it is a share of", "Young people in both groups", "Times what chance gives", "Against chance"]
    frame = pd.DataFrame(rows, columns=heads)
    return Table(
        "roni-readings", f"What an overlap of about {overlap} would mean", frame, folded=False, right=heads[1:3]
    )


def yield_table(flagged: float, ratio: Quantity) -> Table:
    """Return what a flag yields at base rates of 4% to 10%: as in the study, and at best."""
    rows = []
    for base in BASE_RATES[::2]:
        found, best = screening.of_flag(flagged, ratio.value, base), screening.best(flagged, base)
        rows.append((say.whole(base * 100), *(share * 100 for share in (*found, *best))))
    heads = ["All who become NEET", "Flagged who become NEET", "NEET who were flagged"]
    frame = pd.DataFrame(rows, columns=[*heads, "Flagged who become NEET, at best", "NEET who were flagged, at best"])
    caption = f"A flag on {say.whole(flagged * 100)} of young people as a test, percent"
    return Table("flag-yield", caption, frame, dict.fromkeys(frame.columns[1:], say.percent), folded=False)


def finding(made: screening.Yield, flagged: float) -> str:
    """Return what a flag would yield, as a section's finding."""
    return (
        f"a flag like the study's on {say.whole(flagged * 100)} of young people would find about "
        f"{say.number(made.sensitivity * 100)} of 100 who become NEET, and {say.number(100 - made.ppv * 100)} of 100 "
        "it flags would not"
    )


def sentences(flagged: Figure, others: Figure, share: float, made: screening.Yield, base_rate: float) -> list[str]:
    """Return the study's risks, what follows from them, and what the flag could do at best."""
    ratio = risk_ratio(flagged, others)
    best = screening.best(share, base_rate)
    return [
        f"in the study {flagged} of those flagged and {others} of the others were NEET at 16 to 17, so the risk of "
        f"those flagged was {say.number(ratio.value, 2)} times that of the others (rounding allows "
        f"{say.span(ratio.interval, lambda v: say.number(v, 1))})",
        f"if {base_rate * 100:.3g}% of all become NEET and {say.whole(share * 100)} are flagged, "
        f"{say.percent(made.ppv * 100)} of those flagged would become NEET; the best flag of that size would reach "
        f"{say.percent(best.ppv * 100)}, and flagging by lot {base_rate * 100:.3g}%",
        "the share found does not depend on the base rate, the share of flags that are right does: over base rates of "
        f"{say.whole(BASE_RATES[0] * 100)} to {say.whole(BASE_RATES[-1] * 100)} it goes from "
        + " to ".join(
            say.percent(screening.of_flag(share, ratio.value, base).ppv * 100)
            for base in (BASE_RATES[0], BASE_RATES[-1])
        ),
    ]


def overlap_finding(made: Sequence[Reading], overlap: Figure) -> str:
    """Return what an overlap can mean, as a section's finding."""
    said = [reading.means.lower() for reading in made]
    if len(set(said)) == 1:
        return f"an overlap of about {overlap} is {said[0]} would give, however it is read"
    return (
        f"an overlap of about {overlap} is {said[0]} would give if it is a share of those "
        f"flagged, and {said[1]} if of those with an assessment"
    )


def overlap_sentences(cafs: Figure, children: Figure, flagged: float) -> list[str]:
    """Return what the readings rest on, and what no overlap can say."""
    share = cafs.value / children.value * 100
    held = screening.joint(flagged, cafs.value / children.value)
    return [
        f"the {cafs} open assessments are {say.percent(share)} of {children} children and young people of all ages; "
        "by chance that share of those flagged would have one, and "
        f"{say.whole(flagged * 100)} of those with one would be flagged",
        f"whatever the flag is worth, at most {say.percent(held.upper / flagged * 100)} of those flagged could have "
        "an assessment: there are not enough assessments for more",
        "so the overlap alone cannot say that help misses those at risk: that needs the number flagged, the number of "
        "pupils of the same age with an assessment, and how many of those flagged needed one",
    ]
