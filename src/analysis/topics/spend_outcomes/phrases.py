"""Changes, intervals and counts of models in words."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.formats import tenths
from analysis.topics.spend_outcomes.models import at_the_edge
from analysis.topics.spend_outcomes.specifications import NO_CONTROL, TREND, YEARS, Specification
from analysis.topics.spend_outcomes.study import Found, Study

PER = "per 10,000"
TAKEN_OUT = {
    NO_CONTROL: "with nothing taken out for time",
    TREND: "once one straight trend that all share is taken out",
    YEARS: "once what happened everywhere in the same year is taken out",
}
"""What each control for time does, in plain words."""
TOGETHER = "with years of one authority allowed to hang together"
"""What clustered errors are, in plain words."""
SHARED = "what all authorities shared over time"
FAILED = "this model could not be fitted, so it gives no number"


def fewer(found: Found, study: Study, noun: str = "", fmt: say.Format = tenths) -> str:
    """Return a change with its interval: "3.7 fewer children in care per 10,000 (95% interval 2.6 to 4.9)"."""
    level = say.level(study.confidence)
    return f"{one(found.value, noun, fmt)} ({level} interval {span_of(found, fmt)})"


def short(found: Found, fmt: say.Format = tenths) -> str:
    """Return a change with its range alone: "0.8 fewer (2.2 fewer to 0.6 more)"."""
    return "not known" if found.failed else f"{one(found.value, '', fmt)} ({span_of(found, fmt)})"


def frail(study: Study, spec: Specification) -> bool:
    """Say whether an estimate needs that of clustered errors beside it: it lies at the edge, or they do not bear it."""
    return at_the_edge(study.models.fit(spec)) or (study.found(spec).clear and not study.sure(spec))


def beside(study: Study, spec: Specification) -> str:
    """Return the estimate of clustered errors where it is needed: ", or 1.3 fewer (3.1 fewer to 0.4 more) with …"."""
    return f", or {short(study.clustered(spec))} {TOGETHER}" if frail(study, spec) else ""


def one(value: float, noun: str, fmt: say.Format) -> str:
    """Return a change without its interval: "3.7 fewer children in care"."""
    text, noun = fmt(abs(value)), f" {noun}" if noun else ""
    if not any(digit in "123456789" for digit in text):
        return f"no more and no fewer{noun}"
    return f"{text} {'fewer' if value < 0 else 'more'}{noun}"


def span_of(found: Found, fmt: say.Format) -> str:
    """Return the limits of a change: "2.6 to 4.9", "2.2 fewer to 0.6 more"."""
    low, high = found.limits
    if low < 0 < high:
        return f"{fmt(-low)} fewer to {fmt(high)} more"
    near, far = sorted((abs(low), abs(high)))
    return f"{fmt(near)} to {fmt(far)}"


def bare(found: Found, noun: str) -> str:
    """Return a change without its interval, also where the model failed."""
    return "an unknown number of fewer or more" if found.failed else one(found.value, noun, tenths)


def by_time(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the models that leave in what all authorities shared over time, and those that take it out."""
    plain = [spec.control == NO_CONTROL for spec in rows["spec"]]
    return rows[plain], rows[[not kept for kept in plain]]


def hanging(rows: pd.DataFrame) -> str:
    """Return how many models differ from zero with clustered errors."""
    left, taken = by_time(rows)
    kept, gone = (int(part["robust_clear"].sum()) for part in (left, taken))
    return (
        f"{TOGETHER}, {say.some_or_none(gone)} of the {say.number(len(taken))} models that take out {SHARED} "
        f"{'differs' if gone <= 1 else 'differ'} from zero; of the {say.number(len(left))} that leave it in, "
        f"{say.some_or_none(kept)} {'does' if kept <= 1 else 'do'}"
    )


def beyond_chance(rows: pd.DataFrame) -> str:
    """Return how many models point beyond chance to fewer, and to more."""
    sure = rows[rows["clear"]]
    counts = {"fewer": int((sure["value"] < 0).sum()), "more": int((sure["value"] > 0).sum())}
    said = [f"{say.word(count)} to {way}" for way, count in counts.items() if count]
    if not said:
        return "none points beyond chance to fewer or to more"
    first = counts["fewer"] or counts["more"]
    return f"{' and '.join(said)}".replace(" to ", f" {'points' if first == 1 else 'point'} beyond chance to ", 1)
