"""Titles of the charts: what each shows, in ten words or so."""

from __future__ import annotations

from analysis import narrative as say
from analysis.formats import number
from analysis.topics.spend_outcomes.findings import changes, moved
from analysis.topics.spend_outcomes.phrases import bare
from analysis.topics.spend_outcomes.specifications import NO_CONTROL, NOTHING, YEARS, Specification
from analysis.topics.spend_outcomes.study import Found, Study


def controls_title(study: Study) -> str:
    """Return the estimate before and after each year is taken out."""
    plain, timed = study.by_control[NO_CONTROL], study.by_control[YEARS]
    return f"{bare(plain, '')} at first, {bare(timed, '')} once each year is taken out"


def national_title(study: Study) -> str:
    """Return how spend and rate moved, shortly."""
    spend, rate = changes(study)
    return f"spend {moved(spend)}, {study.about.words} {moved(rate)}"


def curve_title(study: Study) -> str:
    """Return how many models point to fewer children."""
    rows = study.every.dropna(subset="value")
    below = rows[rows["value"] < 0]
    return (
        f"{say.number(len(below))} of {say.number(len(rows))} models point to fewer children, "
        f"{say.some_or_none(int(below['clear'].sum()))} beyond chance"
    )


def outcomes_title(found: dict[tuple[str, str], Found]) -> str:
    """Return how many associations lie beyond chance."""
    clear = sum(one.clear for one in found.values())
    verb = "lies" if clear == 1 else "lie"
    return f"{say.some_or_none(clear)} of {say.word(len(found))} associations {verb} beyond chance"


def between_title(study: Study) -> str:
    """Return what the two comparisons say, shortly."""
    between, within = study.between(Specification(covariates=NOTHING)), study.found(Specification())
    return f"{bare(between, '')} between places, {bare(within, '')} within one"


def influence_title(study: Study) -> str:
    """Return the two ends of the estimate without one authority."""
    low, high = (study.without.loc[study.without["value"].agg(end)] for end in ("idxmin", "idxmax"))
    return f"without {low['name']} {number(low['value'], 2)}, without {high['name']} {number(high['value'], 2)}"
