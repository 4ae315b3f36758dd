"""What the leading model says of the area, in sentences."""

from __future__ import annotations

import pandas as pd

from analysis import formation
from analysis import narrative as say
from analysis.figures import WILTSHIRE
from analysis.formats import number, tenths
from analysis.topics.spend_outcomes.phrases import PER, fewer, one, short
from analysis.topics.spend_outcomes.specifications import ODD_YEARS, YEARS
from analysis.topics.spend_outcomes.study import Found, Study, few

INDEPENDENT = "with its years taken as independent"
OFFICIAL = {"children looked after": "cla_rate", "child protection plans": "cpp_rate", "children in need": "cin_rate"}
"""The Department for Education's own rate of each outcome, on ages 0 to 17."""


def area_sentence(study: Study) -> str:
    """Return what the models say of the area, in children: the range by the model chosen, and what intervals hold."""
    if study.here is None:
        return absent_sentence(study)
    found = list(study.in_children.values())
    holds, count = sum(not each.clear for each in found), say.word(len(found))
    between = _range([each.value for each in found], study.about.words)
    carried = f"with {say.pounds(study.pounds)} more a child, {between} by the model chosen"
    alone = f"for {study.report.name} alone"
    if holds == len(found):
        return f"{alone} the panel cannot tell fewer from more: {carried}, and every interval holds zero"
    if holds or min(each.value for each in found) < 0 < max(each.value for each in found):
        some = f"{say.some_or_none(holds)} of {count} intervals {'holds' if holds <= 1 else 'hold'} zero"
        return f"{alone} the answer hangs on the model: {carried}, and {some}, {INDEPENDENT}"
    return f"{alone} the panel has, {carried}, and no interval holds zero, {INDEPENDENT}"


def _range(values: list[float], noun: str) -> str:
    """Return the two ends of some changes: "from 50 to 6 fewer children in care", "from 9 fewer to 3 more …"."""
    fmt = number if min(map(abs, values)) >= 3 else tenths
    low, high = sorted(values)[0], sorted(values)[-1]
    if fmt(low) == fmt(high):
        return f"about {one(low, noun, fmt)}"
    if low * high > 0:
        return f"from {fmt(abs(low))} to {fmt(abs(high))} {'fewer' if low < 0 else 'more'} {noun}"
    return f"from {one(low, '', fmt)} to {one(high, noun, fmt)}"


def _in_children(study: Study, found: Found) -> tuple[Found, say.Format]:
    """Return a rate as children of the area, and how to write them: few ones with a decimal."""
    children = found.times(study.children.iloc[-1] / 10_000)
    return children, tenths if few(children) else number


def absent_sentence(study: Study) -> str:
    """Return why the area has no numbers of its own."""
    report, area = study.report, study.report.figures.areas.loc[study.report.area]
    if not study.models.fit(study.leading).converged:
        return f"the leading model could not be fitted, so there is nothing to carry to {report.name}"
    before = [report.figures.area_name(code) for code in formation.predecessors(report)]
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
    """Return how far the model is from the area's rates, beside a plain guess."""
    both = pd.DataFrame({"actual": study.fitted["actual"], "before": study.before}).dropna()
    plain = float(((both["actual"] - both["before"]) ** 2).mean() ** 0.5)
    miss = study.here.miss
    said = f"the model misses {study.report.name}'s rate by {tenths(miss)} {PER} on average (root mean square)"
    if both.empty:
        return said
    verdict = "better than" if round(miss, 1) < round(plain, 1) else "no better than"
    return f"{said}, {verdict} guessing last year's ({tenths(plain)})"


def fit_sentences(study: Study) -> list[str]:
    """Return what the rate is, and what the pounds are beside the area's spend."""
    rows, name = study.own["spend"], study.report.name
    last = int(rows.index.max())
    return [
        rate_sentence(study),
        f"{say.pounds(study.pounds)} is {say.whole(study.pounds / rows[last] * 100)} of the {say.pounds(rows[last])} a "
        f"child that {name} spent in {last}; from {rows.index.min()} to {last} its spend lay between "
        f"{say.pounds(rows.min())} and {say.pounds(rows.max())}",
        *odd_sentences(study),
    ]


def rate_sentence(study: Study) -> str:
    """Return what the rate counts, and the Department's own of the last year where there is one."""
    year = str(study.fitted.index[-1])
    said = f"the rate is of {study.about.words} of any age per 10,000 aged 0 to 16"
    series = study.report.series(OFFICIAL[study.leading.outcome])
    own = next((figure for figure in series if figure.time_period == year and figure.known), None)
    return f"{said}; the Department for Education's own, on ages 0 to 17, was {own} in {year}" if own else said


def odd_sentences(study: Study) -> list[str]:
    """Return the odd returns where they are the area's own, and its spend without them; none for other areas."""
    if study.report.area != WILTSHIRE:
        return []
    start, rows = study.own["sure_start"], study.own["spend"].drop(list(ODD_YEARS))
    first, last = ODD_YEARS
    return [
        f"the two odd returns are {study.report.name}'s own: for Sure Start it has {_exact(start[first])} a child in "
        f"{first} and {_exact(start[last])} in {last}, between {_exact(start[first - 1])} in {first - 1} and "
        f"{_exact(start[last + 1])} in {last + 1}; without these years its spend lay between {say.pounds(rows.min())} "
        f"and {say.pounds(rows.max())}"
    ]


def _exact(pounds: float) -> str:
    """Return pounds a child, with pence where they are few."""
    return f"£{number(pounds, 2)}" if 0 < pounds < 10 else say.pounds(pounds)


def local_sentence(study: Study) -> str:
    """Return the area's own association beside the common one."""
    common = study.found(study.leading)
    if not study.leading.slopes:
        return f"this model has one association for all authorities: {short(common)} {PER}"
    children, fmt = _in_children(study, common)
    own, timed = study.in_children[study.leading.control], study.in_children.get(YEARS)
    years = f", and with each year taken out {short(timed, fmt)}" if timed and study.leading.control != YEARS else ""
    return (
        f"with the association common to all authorities it would be about {fewer(children, study, '', fmt)} among the "
        f"{say.about(study.children.iloc[-1])} children aged 0 to 16 in {study.report.name}; with its own, which the "
        f"model draws from its own years and all others', {short(own, fmt)}{years}: one authority has few years"
    )
