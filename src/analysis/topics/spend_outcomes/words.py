"""The answer in sentences."""

from __future__ import annotations

from analysis import narrative as say
from analysis.formats import tenths
from analysis.topics.spend_outcomes.area_words import area_sentence
from analysis.topics.spend_outcomes.phrases import PER, SHARED, TAKEN_OUT, beside, hanging, one, short, span_of
from analysis.topics.spend_outcomes.specifications import CONTROLS, NO_CONTROL, YEARS
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
    """Return the leading estimate, and what is left of it with changes that all shared taken out, or left in."""
    spec, other = study.leading, _other(study)
    found, left = study.found(spec), study.by_control[other]
    if found.failed:
        return f"the leading model could not be fitted, so it gives no number for {study.about.words}"
    said = _linked(study)
    rest = f"{short(left)}{beside(study, study.controlled(other))}"
    if spec.control != NO_CONTROL:
        start = "" if study.sure(spec) else "no clear link: "
        return f"{start}{TAKEN_OUT[spec.control]}, {said}. With shared changes left in, it is {rest}"
    if not study.sure(spec):
        return f"no clear link: {said}. With shared changes taken out, it is {rest}"
    if left.failed or study.sure(study.controlled(other)):
        return f"{said}. With shared changes taken out, it is {rest}"
    return (
        f"only while changes that all authorities shared are left in: then {said}. With shared changes taken out, no "
        f"clear link is left: {rest}"
    )


def _other(study: Study) -> str:
    """Return the control for time that stands beside the leading one."""
    return YEARS if study.leading.control == NO_CONTROL else NO_CONTROL


def _linked(study: Study) -> str:
    """Return what goes with the pounds by the leading model, with its interval and what it rests on."""
    spec, found, fit = study.leading, study.found(study.leading), study.models.fit(study.leading)
    when = ", two years running," if spec.lag else " in a year"
    return (
        f"{say.pounds(study.pounds)} more a child{when} goes with "
        f"{one(found.value, f'{study.about.words} {PER}', tenths)} ({say.level(study.confidence)} interval "
        f"{span_of(found, tenths)}; {say.number(fit.groups)} authorities, {say.number(fit.observations)} "
        f"authority-years){beside(study, spec)}"
    )


def controls_sentence(study: Study) -> str:
    """Return what the remaining control for time leaves of it, and what all of them say together."""
    other = next(c for c in reversed(CONTROLS) if c not in (study.leading.control, _other(study)))
    rest = f"{short(study.by_control[other])} {TAKEN_OUT[other]} instead{beside(study, study.controlled(other))}"
    return f"{rest}{_left(study, [control for control in CONTROLS if control != study.leading.control])}"


def _left(study: Study, others: list[str]) -> str:
    """Return what the other controls for time do to the leading estimate."""
    lead, rest = study.by_control[study.leading.control], [study.by_control[control] for control in others]
    if any(found.failed for found in (lead, *rest)):
        return ": where a model could not be fitted, nothing is known"
    first, then = study.sure(study.leading), [study.sure(study.controlled(control)) for control in others]
    if not any(then):
        if not first:
            return ": no way of dealing with time leaves a clear link"
        most = "most of " if max(abs(found.value) for found in rest) < abs(lead.value) / 2 else ""
        return f", so {most}the link cannot be told from {SHARED}"
    if first and all(then) and all((found.value < 0) == (lead.value < 0) for found in rest):
        return ": the direction is the same each time"
    return ": the answer hangs on how time is dealt with"


def curve_sentence(study: Study) -> str:
    """Return how the specifications agree."""
    rows = study.every.dropna(subset="value")
    below = rows[rows["value"] < 0]
    return (
        f"{say.number(len(below))} of {say.number(len(rows))} models tried, of three outcomes, point to fewer children;"
        f" the models overlap, so this is no vote. {say.capital(hanging(rows))}"
    )


def cannot_sentence() -> str:
    """Return what the evidence cannot show, and which decision it supports."""
    return (
        "this is no proof that spend is the reason. It supports trying early help and measuring what becomes of the "
        "children. It does not support cutting it as useless, or counting on a saving"
    )
