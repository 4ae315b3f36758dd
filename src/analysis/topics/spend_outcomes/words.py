"""The page's sentences, computed from what the models gave."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.formats import number, tenths
from analysis.topics.spend_outcomes.specifications import (
    CONTROLS,
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

PER = "per 10,000"
TAKEN_OUT = {
    NO_CONTROL: "with nothing taken out for time",
    TREND: "once one straight trend that all share is taken out",
    YEARS: "once what happened everywhere in the same year is taken out",
}
"""What each control for time does, in plain words."""
FAILED = "this model could not be fitted, so it gives no number"


def fewer(found: Found, study: Study, noun: str = "", fmt: say.Format = tenths) -> str:
    """Return a change with its interval: "3.7 fewer children in care per 10,000 (95% interval 2.6 to 4.9)"."""
    level = say.level(study.confidence)
    return f"{_one(found.value, noun, fmt)} ({level} interval {_range(found, fmt)})"


def short(found: Found, fmt: say.Format = tenths) -> str:
    """Return a change with its range alone: "0.8 fewer (2.2 fewer to 0.6 more)"."""
    return "not known" if found.failed else f"{_one(found.value, '', fmt)} ({_range(found, fmt)})"


def _one(value: float, noun: str, fmt: say.Format) -> str:
    text, noun = fmt(abs(value)), f" {noun}" if noun else ""
    if not any(digit in "123456789" for digit in text):
        return f"no more and no fewer{noun}"
    return f"{text} {'fewer' if value < 0 else 'more'}{noun}"


def _range(found: Found, fmt: say.Format) -> str:
    low, high = found.limits
    if low < 0 < high:
        return f"{fmt(-low)} fewer to {fmt(high)} more"
    near, far = sorted((abs(low), abs(high)))
    return f"{fmt(near)} to {fmt(far)}"


def more_spend(study: Study) -> str:
    """Return what the pounds are: "£100 more a child on early help than usual there, two years running"."""
    when = "two years running" if study.leading.lag else "in the same year"
    return f"{say.pounds(study.pounds)} more a child on early help than an authority's own usual, {when}"


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


def controls_sentence(study: Study) -> str:
    """Return what the other controls for time leave of it."""
    others = [control for control in reversed(CONTROLS) if control != study.leading.control]
    parts = [f"it is {short(study.by_control[control])} {TAKEN_OUT[control]}" for control in others]
    return f"{' and '.join(parts)}; {_left(study, others)}"


def _left(study: Study, others: list[str]) -> str:
    """Return what the other controls for time do to the leading estimate."""
    lead, rest = study.by_control[study.leading.control], [study.by_control[control] for control in others]
    open_ = sum(not found.clear for found in rest)
    if lead.clear and open_ == len(rest):
        return "neither rules out none, so the link seen first is mostly a movement that all authorities shared"
    if not lead.clear and open_ == len(rest):
        return "none of the three rules out nothing at all"
    if all(found.clear and (found.value < 0) == (lead.value < 0) for found in rest):
        return "the direction is the same each time"
    return "so the answer hangs on how time is dealt with"


def curve_sentence(study: Study) -> str:
    """Return how the specifications agree."""
    rows = study.every.dropna(subset="value")
    below, clear = rows[rows["value"] < 0], rows[rows["clear"]]
    timed = rows[[spec.control != NO_CONTROL for spec in rows["spec"]]]
    sure = timed[timed["clear"]]
    return (
        f"{say.number(len(below))} of {say.number(len(rows))} models tried, of three outcomes, say fewer children and "
        f"{say.number(int(below['clear'].sum()))} of these rule out none; of the {say.number(len(timed))} that take out "
        f"what all authorities shared over time, {_of_them(sure)}"
        if len(clear)
        else f"none of {say.number(len(rows))} models tried rules out no difference at all"
    )


def _of_them(sure: pd.DataFrame) -> str:
    """Return how many models are sure of a direction."""
    counts = {"fewer": int((sure["value"] < 0).sum()), "more": int((sure["value"] > 0).sum())}
    if not any(counts.values()):
        return "none is sure of either"
    return " and ".join(f"{say.some_or_none(count)} surely say {way}" for way, count in counts.items())


def answer(study: Study) -> list[str]:
    """Return the answer, the most important sentence first."""
    return [
        leading_sentence(study),
        controls_sentence(study),
        curve_sentence(study),
        area_sentence(study),
        cannot_sentence(),
    ]


def cannot_sentence() -> str:
    """Return what the evidence cannot show, and which decision it supports."""
    return (
        "none of this shows that the spend is the reason: it supports a decision to try early help and measure what "
        "becomes of the children, not one to cut it because it does not work or to count on a saving"
    )


# --- The area ----------------------------------------------------------------------------------


def area_sentence(study: Study) -> str:
    """Return what the leading model says of the area, in children."""
    if study.here is None:
        return absent_sentence(study)
    count = study.children.iloc[-1]
    local = study.local.times(count / 10_000)
    fmt = number if abs(local.value) >= 3 else tenths
    return (
        f"carried to {study.report.name} and its {say.about(count)} children aged 0 to 16, the leading model reads this "
        f"as about {fewer(local, study, study.about.words, fmt)}: an association carried over, not a forecast"
    )


def absent_sentence(study: Study) -> str:
    """Return why the area has no numbers of its own."""
    report, area = study.report, study.report.figures.areas.loc[study.report.area]
    if not study.models.fit(study.leading).converged:
        return f"the leading model could not be fitted, so there is nothing to carry to {report.name}"
    before = [report.figures.area_name(code) for code in area["predecessors"].split("; ") if code]
    if before and report.area not in set(study.models.panel["area"]):
        return (
            f"{report.name} was formed in April {area['start']} from {say.listed(before)}, or parts of them, and the "
            f"panel ends in {study.rows['year'].max()} and has no rows of it: nothing is carried to it alone"
        )
    if report.area in set(study.models.panel["area"]):
        return (
            f"the panel has no year of {report.name} with every figure that the model needs: nothing is carried to it"
        )
    return f"{report.name} is not in the models, as the published study leaves it out: nothing is carried to it"


def fit_finding(study: Study) -> str:
    """Return how far the model is from the area's rates, beside other authorities."""
    miss, others = study.here.miss, study.misses.drop(study.report.area)
    closer = int((others > round(miss, 3)).sum())
    return (
        f"the model is {tenths(miss)} {PER} away from {study.report.name}'s rate in a usual year, closer than in "
        f"{say.number(closer)} of {say.number(len(others))} other authorities"
    )


def fit_sentences(study: Study) -> list[str]:
    """Return how the model's misses compare with a plain guess, and what £100 is beside the area's spend."""
    table, rows = study.fitted, study.own["spend"]
    both = pd.DataFrame({"actual": table["actual"], "before": study.before}).dropna()
    plain = float(((both["actual"] - both["before"]) ** 2).mean() ** 0.5)
    inside = int(table["actual"].between(table["lower"], table["upper"]).sum())
    verdict = "better than" if study.here.miss < plain else "no better than"
    last = int(rows.index.max())
    return [
        f"it was fitted to these years, and is {verdict} guessing the rate of the year before, which is {tenths(plain)} "
        "away",
        f"{say.number(inside)} of {say.number(len(table))} yearly rates lie in the range of the model",
        f"{say.pounds(study.pounds)} is {say.whole(study.pounds / rows[last] * 100)} of the {say.pounds(rows[last])} a "
        f"child that {study.report.name} spent in {last}; from {rows.index.min()} to {last} its spend lay between "
        f"{say.pounds(rows.min())} and {say.pounds(rows.max())}",
    ]


def local_sentence(study: Study) -> str:
    """Return the area's own association beside the common one."""
    common, count = study.found(study.leading), study.children.iloc[-1] / 10_000
    fmt = number if abs(common.value * count) >= 3 else tenths
    own = f"of its own years and all others', {short(study.local)} {PER}"
    if not study.leading.slopes:
        return f"this model has one association for all authorities: {short(common)} {PER}"
    return (
        f"the association common to all authorities would be {fewer(common.times(count), study, '', fmt)} in "
        f"{study.report.name}; by what the model makes {own}, a wide range, as one authority has few years"
    )


# --- Sections ----------------------------------------------------------------------------------


def controls_finding(study: Study) -> str:
    """Return the estimate under each control for time, in one line."""
    parts = [f"{_bare(study.by_control[control])} {words}" for control, words in _SHORTLY.items()]
    return f"£{study.pounds:,.0f} more a child goes with {say.listed(parts)}"


_SHORTLY = {NO_CONTROL: "with time left in", TREND: "with one trend taken out", YEARS: "with each year taken out"}


def _bare(found: Found) -> str:
    return "no known number" if found.failed else _one(found.value, "", tenths)


def national_finding(study: Study) -> str:
    """Return how spend and rate moved across the country."""
    table = study.national
    first, last = table.index[0], table.index[-1]
    spend, rate = ((table[name].iloc[-1] / table[name].iloc[0] - 1) * 100 for name in ("spend", "rate"))
    return (
        f"from {first} to {last} early-help spend a child {_moved(spend)} and the rate of {study.about.words} "
        f"{_moved(rate)}, in the mean of all authorities"
    )


def _moved(change: float) -> str:
    if abs(change) < 0.5:
        return "stayed as it was"
    return f"{'fell' if change < 0 else 'rose'} by {say.whole(abs(change))}"


def curve_finding(study: Study) -> str:
    """Return the curve in one line."""
    plain, timed = _share(study, True), _share(study, False)
    return f"models without a control for time mostly say fewer children, the others hardly anything: {plain}, {timed}"


def _share(study: Study, plain: bool) -> str:
    rows = study.every.dropna(subset="value")
    part = rows[[(spec.control == NO_CONTROL) is plain for spec in rows["spec"]]]
    clear = int((part["clear"] & (part["value"] < 0)).sum())
    return f"{say.number(clear)} of {say.number(len(part))} {'without' if plain else 'with one'} rule out none"


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
    sure = [OUTCOMES[outcome].words for outcome in OUTCOMES if found[outcome, YEARS].clear]
    taken = "with what all authorities shared in a year taken out"
    if not sure:
        return f"{taken}, none of the three outcomes surely moves with spend"
    return f"{taken}, only {say.listed(sure)} surely {'moves' if len(sure) == 1 else 'move'} with spend"


def between_finding(study: Study) -> str:
    """Return what comparing authorities says, beside comparing one with itself."""
    nothing, needs = (study.between(Specification(covariates=held)) for held in (NOTHING, NEEDS))
    pounds = say.pounds(study.pounds)
    return (
        f"places that usually spend {pounds} more a child have {short(nothing)} children in care {PER}; among places "
        f"alike in deprivation and need, {short(needs)}"
    )


def between_sentence(study: Study) -> str:
    """Return what comparing one place with itself says beside it."""
    plain, timed = study.found(Specification()), study.found(Specification(control=YEARS))
    return (
        f"deprived places both spend more and have more children in care, which is why the first comparison points the "
        f"other way; within one place, two dearer years go with {short(plain)}, and with {short(timed)} once what "
        "happened everywhere in the same year is taken out"
    )


def influence_finding(study: Study) -> str:
    """Return how far the leading estimate moves without any one authority."""
    table = study.without
    if table.empty:
        return FAILED
    low, high = Found(table["value"].min(), None), Found(table["value"].max(), None)
    same = (low.value < 0) == (high.value < 0)
    first = table["name"].iloc[0]
    verdict = "no single authority makes the link" if same else "one authority can turn the sign"
    return (
        f"{verdict}: without any one of them it lies between {_one(high.value, '', tenths)} and "
        f"{_one(low.value, '', tenths)}, and leaving {first} out moves it most"
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
