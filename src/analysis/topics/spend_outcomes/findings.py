"""What each section found."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.formats import number, tenths
from analysis.topics.spend_outcomes.models import at_the_edge
from analysis.topics.spend_outcomes.phrases import (
    FAILED,
    PER,
    SHARED,
    bare,
    beyond_chance,
    by_time,
    hanging,
    one,
    short,
)
from analysis.topics.spend_outcomes.specifications import (
    DEPRIVED,
    NEEDS,
    NO_CONTROL,
    NOTHING,
    OUTCOMES,
    PUBLISHED,
    TREND,
    YEARS,
    Specification,
)
from analysis.topics.spend_outcomes.study import Study

SHORTLY = {NO_CONTROL: "at first", TREND: "once one trend is taken out", YEARS: "once each year is taken out"}
"""What each control for time does, shortly."""


def controls_finding(study: Study) -> str:
    """Return the estimate under each control for time, in one line."""
    nouns = [f"{study.about.words} {PER}", "", ""]
    parts = [
        f"{bare(study.by_control[control], noun)} {words}"
        for (control, words), noun in zip(SHORTLY.items(), nouns, strict=True)
    ]
    return f"{say.pounds(study.pounds)} more a child goes with {say.listed(parts)}{_of_chance(study)}"


def _of_chance(study: Study) -> str:
    """Return which of the controls leave an estimate beyond chance, where it is none or the first alone."""
    sure = [study.sure(study.controlled(control)) for control in SHORTLY]
    if not any(sure):
        return "; none is beyond chance"
    return "; only the first is beyond chance" if sure == [True, False, False] else ""


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
    left, taken = by_time(study.every.dropna(subset="value"))
    return (
        f"of {say.number(len(left))} models that leave in {SHARED}, {beyond_chance(left)}; of "
        f"{say.number(len(taken))} that take it out, {beyond_chance(taken)}"
    )


def curve_sentences(study: Study) -> list[str]:
    """Return what clustered errors change, and why the leading model leads."""
    rows = study.every.dropna(subset="value")
    alone = int(by_time(rows)[1]["alone"].sum())
    would = f"; taken as independent, {say.word(alone)} of those that take it out would" if alone else ""
    published = study.leading == Specification()
    return [
        f"{hanging(rows)}{would}",
        "the model that leads this page leads because it is the published one, not because it is the best"
        if published
        else "the model that leads this page is the one asked for, not the best",
    ]


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
            f"{_edge_of(study)}"
        )
    return said


def _edge_of(study: Study) -> str:
    """Return that the model with each year taken out lies at the edge, where it does."""
    timed = study.controlled(YEARS)
    if not at_the_edge(study.models.fit(timed)):
        return ""
    return (
        "; the leading model with each year taken out is such a one: with clustered errors it gives "
        f"{short(study.clustered(timed))}"
    )


def outcomes_finding(study: Study) -> str:
    """Return for which outcomes the year's control leaves a clear association."""
    timed = [Specification(outcome, YEARS) for outcome in OUTCOMES]
    sure = {spec.about.words: study.found(spec) for spec in timed if study.sure(spec)}
    taken = "with each year taken out"
    if not sure:
        return f"{taken}, no outcome changes beyond chance"
    said = say.listed([f"{bare(change, words)} {PER}" for words, change in sure.items()])
    verb = "changes" if len(sure) == 1 else "change"
    return f"{taken}, {say.word(len(sure))} of three outcomes {verb} beyond chance: {said}"


def between_finding(study: Study) -> str:
    """Return what comparing authorities says, beside comparing one with itself."""
    found = [study.between(Specification(covariates=held)) for held in (NOTHING, DEPRIVED, NEEDS)]
    chance = ["" if each.clear or each.failed else ", not beyond chance" for each in found]
    return (
        f"places that usually spend {say.pounds(study.pounds)} more a child have "
        f"{bare(found[0], f'children in care {PER}')}{chance[0]}; places alike in deprivation, {bare(found[1], '')}"
        f"{chance[1]}; alike in need too, {bare(found[2], '')}{chance[2]}"
    )


def between_sentence(study: Study) -> str:
    """Return how deprivation goes with both spend and care."""
    means = study.rows.groupby("area")[["deprivation", "spend", "looked_after"]].mean().dropna()
    quarter = pd.qcut(means["deprivation"].rank(method="first"), 4, labels=False)
    most, least = (means[quarter == which].mean() for which in (3, 0))
    return (
        f"in the mean of all years the most deprived quarter of places spent {say.pounds(most['spend'])} a child and "
        f"had {number(most['looked_after'])} children in care {PER}, the least deprived quarter "
        f"{say.pounds(least['spend'])} and {number(least['looked_after'])}: so places have to be alike in deprivation "
        "before they are compared; comparing those alike in need as well holds equal the steps that early help is "
        "meant to change"
    )


def influence_finding(study: Study) -> str:
    """Return how far the leading estimate moves without any one authority."""
    table = study.without
    if table.empty:
        return FAILED
    way = table["value"].min() > 0 or table["value"].max() < 0
    if not way:
        verdict = "the direction hangs on single authorities"
    else:
        verdict = f"no single authority {'makes the link' if study.sure(study.leading) else 'turns the direction'}"
    furthest = table.iloc[0]
    return f"{verdict}; leaving {furthest['name']} out moves it most, to {one(furthest['value'], '', tenths)}"


def published_finding(study: Study) -> str:
    """Return the published estimate beside ours on the panel as it stands."""
    ours = study.models.estimate(PUBLISHED)
    return (
        f"the published study found {_two(-study.published.value)} fewer children in care {PER} for £100 over two "
        f"years, and the same model here gives {_two(-ours.value)}"
    )


def _two(value: float) -> str:
    return number(value, 2)
