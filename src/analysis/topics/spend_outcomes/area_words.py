"""What the leading model says of the area, in sentences."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.formats import number, tenths
from analysis.topics.spend_outcomes.phrases import PER, fewer, short
from analysis.topics.spend_outcomes.study import Found, Study


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
        parts = "parts of it" if len(before) == 1 else "parts of them"
        return (
            f"{report.name} was formed in April {area['start']} from {say.listed(before)}, or {parts}, and the panel "
            f"ends in {study.rows['year'].max()} and has no rows of it: nothing is carried to it alone"
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


def area_title(study: Study) -> str:
    """Return the last year's rate and the model's."""
    last = study.fitted.iloc[-1]
    return (
        f"{study.report.name} at {tenths(last['actual'])} in {study.fitted.index[-1]}, the model at "
        f"{tenths(last['fitted'])}"
    )
