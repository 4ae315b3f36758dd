"""The answer in sentences."""

from __future__ import annotations

from analysis import narrative as say
from analysis.topics.spend_outcomes.area_words import area_sentence
from analysis.topics.spend_outcomes.phrases import PER, TAKEN_OUT, beyond_chance, fewer, short
from analysis.topics.spend_outcomes.specifications import CONTROLS, NO_CONTROL
from analysis.topics.spend_outcomes.study import Study


def answer(study: Study) -> list[str]:
    """Return the answer, the most important sentence first."""
    return [
        leading_sentence(study),
        controls_sentence(study),
        curve_sentence(study),
        area_sentence(study),
        cannot_sentence(),
    ]


def leading_sentence(study: Study) -> str:
    """Return the leading estimate, number first."""
    found, years = study.found(study.leading), study.rows["year"]
    if found.failed:
        return f"the leading model could not be fitted, so it gives no number for {study.about.words}"
    groups = study.models.fit(study.leading).groups
    taken = "" if study.leading.control == NO_CONTROL else f", {TAKEN_OUT[study.leading.control]}"
    return (
        f"{fewer(found, study, f'{study.about.words} {PER} children')}: that is what went with {more_spend(study)}, "
        f"across {say.number(groups)} authorities from {years.min()} to {years.max()}{taken}"
    )


def more_spend(study: Study) -> str:
    """Return what the pounds are: "£100 more a child on early help than usual there, two years running"."""
    when = "two years running" if study.leading.lag else "in the same year"
    return f"{say.pounds(study.pounds)} more a child on early help than an authority's own usual, {when}"


def controls_sentence(study: Study) -> str:
    """Return what the other controls for time leave of it."""
    others = [control for control in reversed(CONTROLS) if control != study.leading.control]
    parts = [f"{short(study.by_control[control])} {TAKEN_OUT[control]}" for control in others]
    return f"{' and '.join(parts)}: {_left(study, others)}"


def _left(study: Study, others: list[str]) -> str:
    """Return what the other controls for time do to the leading estimate."""
    lead, rest = study.by_control[study.leading.control], [study.by_control[control] for control in others]
    if any(found.failed for found in (lead, *rest)):
        return "where a model could not be fitted, nothing is known"
    if not any(found.clear for found in rest):
        small = max(abs(found.value) for found in rest) < abs(lead.value) / 2
        if lead.clear and small and study.leading.control == NO_CONTROL:
            return "neither rules out no difference, so the link is mostly a movement that all authorities shared"
        return "neither rules out no difference" + ("" if lead.clear else ", and nor does the first")
    if all(found.clear and (found.value < 0) == (lead.value < 0) for found in (lead, *rest)):
        return "the direction is the same each time"
    return "the answer hangs on how time is dealt with"


def curve_sentence(study: Study) -> str:
    """Return how the specifications agree."""
    rows = study.every.dropna(subset="value")
    below = rows[rows["value"] < 0]
    sure = say.some_or_none(int(below["clear"].sum()))
    timed = rows[[spec.control != NO_CONTROL for spec in rows["spec"]]]
    return (
        f"{say.number(len(below))} of {say.number(len(rows))} models tried, of three outcomes, point to fewer children,"
        f" {sure} of them beyond chance; of the {say.number(len(timed))} that take out what all authorities shared "
        f"over time, {beyond_chance(timed)}"
    )


def cannot_sentence() -> str:
    """Return what the evidence cannot show, and which decision it supports."""
    return (
        "nothing here shows that the spend is the reason: it supports a decision to try early help and measure what "
        "becomes of the children, not one to cut it because it does not work or to count on a saving"
    )
