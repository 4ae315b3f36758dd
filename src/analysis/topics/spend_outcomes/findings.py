"""What each section found."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.formats import number, tenths
from analysis.methods.intervals import Interval
from analysis.topics.spend_outcomes.phrases import FAILED, PER, bare, beyond_chance, span_of
from analysis.topics.spend_outcomes.specifications import (
    NEEDS,
    NO_CONTROL,
    NOTHING,
    OUTCOMES,
    PUBLISHED,
    TREND,
    YEARS,
    Specification,
)
from analysis.topics.spend_outcomes.study import Found, Study

SHORTLY = {NO_CONTROL: "at first", TREND: "once one trend is taken out", YEARS: "once each year is taken out"}
"""What each control for time does, shortly."""


def controls_finding(study: Study) -> str:
    """Return the estimate under each control for time, in one line."""
    nouns = [f"{study.about.words} {PER}", "", ""]
    parts = [
        f"{bare(study.by_control[control], noun)} {words}"
        for (control, words), noun in zip(SHORTLY.items(), nouns, strict=True)
    ]
    return f"{say.pounds(study.pounds)} more a child goes with {say.listed(parts)}"


def national_finding(study: Study) -> str:
    """Return how spend and rate moved across the country."""
    table = study.national
    first, last = table.index[0], table.index[-1]
    spend, rate = changes(study)
    return (
        f"from {first} to {last} early-help spend a child {moved(spend)} and the rate of {study.about.words} "
        f"{moved(rate)}, in the mean of all authorities"
    )


def changes(study: Study) -> list[float]:
    """Return by how many percent spend and rate changed from the first year to the last."""
    table = study.national
    return [(table[name].iloc[-1] / table[name].iloc[0] - 1) * 100 for name in ("spend", "rate")]


def moved(change: float) -> str:
    """Return a change in percent in words: "fell by 49%"."""
    if abs(change) < 0.5:
        return "stayed as it was"
    return f"{'fell' if change < 0 else 'rose'} by {say.whole(abs(change))}"


def curve_finding(study: Study) -> str:
    """Return the curve in one line."""
    rows = study.every.dropna(subset="value")
    plain = [spec.control == NO_CONTROL for spec in rows["spec"]]
    parts = rows[plain], rows[[not kept for kept in plain]]
    return (
        f"of {say.number(len(parts[0]))} models that leave time in, {beyond_chance(parts[0])}; of "
        f"{say.number(len(parts[1]))} that take it out, {beyond_chance(parts[1])}"
    )


def health_sentences(study: Study) -> list[str]:
    """Return how many models could be fitted, and how many lie at the edge."""
    failed, edge = int(study.every["value"].isna().sum()), int(study.every["edge"].sum())
    said = [
        f"of {say.number(len(study.every))} models {say.word(failed)} could not be fitted"
        if failed
        else f"all {say.number(len(study.every))} models could be fitted, and two searches from different places agreed"
    ]
    if edge:
        said.append(
            f"{say.word(edge)} {'lies' if edge == 1 else 'lie'} at the edge of what the data can tell: how the "
            "association differs between authorities is known poorly there, and the interval may be too narrow"
        )
    return said


def outcomes_finding(study: Study, found: dict[tuple[str, str], Found]) -> str:
    """Return for which outcomes the year's control leaves a clear association."""
    sure = {OUTCOMES[outcome].words: found[outcome, YEARS] for outcome in OUTCOMES if found[outcome, YEARS].clear}
    taken = "with each year taken out"
    if not sure:
        return f"{taken}, no outcome changes with spend beyond chance"
    said = say.listed([f"{bare(change, words)} {PER}" for words, change in sure.items()])
    verb = "changes" if len(sure) == 1 else "change"
    return f"{taken}, {say.word(len(sure))} of three outcomes {verb} beyond chance: {said}"


def between_finding(study: Study) -> str:
    """Return what comparing authorities says, beside comparing one with itself."""
    nothing, needs = (study.between(Specification(covariates=held)) for held in (NOTHING, NEEDS))
    pounds = say.pounds(study.pounds)
    return (
        f"places that usually spend {pounds} more a child have {bare(nothing, f'children in care {PER}')}; among "
        f"places alike in deprivation and need, {bare(needs, '')}"
    )


def between_sentence(study: Study) -> str:
    """Return how deprivation goes with both spend and care."""
    means = study.rows.groupby("area")[["deprivation", "spend", "looked_after"]].mean().dropna()
    quarter = pd.qcut(means["deprivation"].rank(method="first"), 4, labels=False)
    most, least = (means[quarter == which].mean() for which in (3, 0))
    return (
        f"in the mean of all years the most deprived quarter of places spent {say.pounds(most['spend'])} a child and "
        f"had {number(most['looked_after'])} children in care {PER}, the least deprived quarter "
        f"{say.pounds(least['spend'])} and {number(least['looked_after'])}: so need has to be held equal before places "
        "are compared"
    )


def influence_finding(study: Study) -> str:
    """Return how far the leading estimate moves without any one authority."""
    table = study.without
    if table.empty:
        return FAILED
    found = Found(0.0, Interval(table["value"].min(), table["value"].max()))
    way = "" if found.limits.contains(0) else " fewer" if found.limits.upper < 0 else " more"
    verdict = "no single authority makes the link" if way else "the direction hangs on single authorities"
    return (
        f"{verdict}: without any one of them it is {span_of(found, tenths)}{way}, and leaving {table['name'].iloc[0]} "
        "out moves it most"
    )


def published_finding(study: Study) -> str:
    """Return the published estimate beside ours on the panel as it stands."""
    ours = study.models.estimate(PUBLISHED)
    return (
        f"the published study found {_two(-study.published.value)} fewer children in care {PER} for £100 over two "
        f"years, and the same model here gives {_two(-ours.value)}"
    )


def _two(value: float) -> str:
    return number(value, 2)
