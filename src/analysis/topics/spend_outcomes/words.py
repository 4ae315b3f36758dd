"""The page's sentences, computed from what the models gave."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.formats import number, tenths
from analysis.methods.intervals import Interval
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
        f" {sure} of them beyond chance; of the {say.number(len(timed))} that take out what all authorities shared over "
        f"time, {_of_them(timed)}"
    )


def _of_them(rows: pd.DataFrame) -> str:
    """Return how many models point beyond chance to fewer, and to more."""
    sure = rows[rows["clear"]]
    counts = {"fewer": int((sure["value"] < 0).sum()), "more": int((sure["value"] > 0).sum())}
    said = [f"{say.word(count)} to {way}" for way, count in counts.items() if count]
    if not said:
        return "none points beyond chance to fewer or to more"
    first = counts["fewer"] or counts["more"]
    return f"{' and '.join(said)}".replace(" to ", f" {'points' if first == 1 else 'point'} beyond chance to ", 1)


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
    """Return what the leading model says of the area, in children, number first."""
    if study.here is None:
        return absent_sentence(study)
    local, fmt = _in_children(study, study.local)
    return (
        f"about {fewer(local, study, study.about.words, fmt)} is how the leading model reads "
        f"{say.pounds(study.pounds)} more a child in {study.report.name}: an association carried to one place, not a "
        "forecast"
    )


def _in_children(study: Study, found: Found) -> tuple[Found, say.Format]:
    """Return a rate as children of the area, and how to write them: few ones with a decimal."""
    children = found.times(study.children.iloc[-1] / 10_000)
    return children, number if abs(children.value) >= 3 else tenths


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
        f"it was fitted to these years, and is {verdict} guessing the rate of the year before, which is "
        f"{tenths(plain)} away",
        f"{say.number(inside)} of {say.number(len(table))} yearly rates lie in the range of the model",
        f"{say.pounds(study.pounds)} is {say.whole(study.pounds / rows[last] * 100)} of the {say.pounds(rows[last])} a "
        f"child that {study.report.name} spent in {last}; from {rows.index.min()} to {last} its spend lay between "
        f"{say.pounds(rows.min())} and {say.pounds(rows.max())}",
    ]


def local_sentence(study: Study) -> str:
    """Return the area's own association beside the common one."""
    common = study.found(study.leading)
    children, fmt = _in_children(study, common)
    if not study.leading.slopes:
        return f"this model has one association for all authorities: {short(common)} {PER}"
    return (
        f"with the association common to all authorities it would be about {fewer(children, study, '', fmt)} among the "
        f"{say.about(study.children.iloc[-1])} children aged 0 to 16 in {study.report.name}; its own, which the model "
        f"draws from its own years and all others', is {short(study.local)} {PER}: one authority has few years"
    )


# --- Sections ----------------------------------------------------------------------------------


def controls_finding(study: Study) -> str:
    """Return the estimate under each control for time, in one line."""
    nouns = [f"{study.about.words} {PER}", "", ""]
    parts = [
        f"{_bare(study.by_control[control], noun)} {words}"
        for (control, words), noun in zip(_SHORTLY.items(), nouns, strict=True)
    ]
    return f"{say.pounds(study.pounds)} more a child goes with {say.listed(parts)}"


_SHORTLY = {NO_CONTROL: "with time left in", TREND: "with one trend taken out", YEARS: "with each year taken out"}


def _bare(found: Found, noun: str) -> str:
    return "an unknown number of fewer or more" if found.failed else _one(found.value, noun, tenths)


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
    rows = study.every.dropna(subset="value")
    plain = [spec.control == NO_CONTROL for spec in rows["spec"]]
    parts = rows[plain], rows[[not kept for kept in plain]]
    return (
        f"of {say.number(len(parts[0]))} models that leave time in, {_of_them(parts[0])}; of "
        f"{say.number(len(parts[1]))} that take it out, {_of_them(parts[1])}"
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
    said = [f"{_one(one.value, words, tenths)} {PER}" for words, one in sure.items()]
    return f"{taken}, {say.word(len(sure))} of three outcomes {'changes' if len(sure) == 1 else 'change'} beyond " + (
        f"chance: {say.listed(said)}"
    )


def between_finding(study: Study) -> str:
    """Return what comparing authorities says, beside comparing one with itself."""
    nothing, needs = (study.between(Specification(covariates=held)) for held in (NOTHING, NEEDS))
    pounds = say.pounds(study.pounds)
    return (
        f"places that usually spend {pounds} more a child have {short(nothing)} children in care {PER}; among places "
        f"alike in deprivation and need, {short(needs)}"
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
        f"{verdict}: without any one of them it is {_range(found, tenths)}{way}, and leaving {table['name'].iloc[0]} "
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
