"""What the leading model says of the area, in sentences."""

from __future__ import annotations

import pandas as pd

from analysis import formation
from analysis import narrative as say
from analysis.figures import WILTSHIRE
from analysis.formats import number, tenths
from analysis.topics.spend_outcomes.phrases import PER, TOGETHER, fewer, frail, short
from analysis.topics.spend_outcomes.specifications import ODD_YEARS, YEARS
from analysis.topics.spend_outcomes.study import Found, Study, few

OFFICIAL = {"children looked after": "cla_rate", "child protection plans": "cpp_rate", "children in need": "cin_rate"}
"""The Department for Education's own rate of each outcome, on ages 0 to 17."""


def area_sentence(study: Study) -> str:
    """Return that what the panel says of one area is no finding, whatever it is, or why it says nothing."""
    if study.here is None:
        return absent_sentence(study)
    if not study.leading.slopes:
        return f"this model has one association for all authorities, and none for {study.report.name} alone"
    looked = number(len(study.models.own(study.leading)))
    return (
        f"what the panel says of {study.report.name} alone is no finding: it is one of {looked} authorities looked at "
        "one by one, each with few years"
    )


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
        *many_sentences(study),
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
    robust = f", or {short(_in_children(study, study.clustered(study.leading))[0], fmt)} {TOGETHER}"
    own, timed = study.in_children[study.leading.control], study.in_children.get(YEARS)
    years = f", and with each year taken out {short(timed, fmt)}" if timed and study.leading.control != YEARS else ""
    return (
        f"with the association common to all authorities it would be about {fewer(children, study, '', fmt)}"
        f"{robust if frail(study, study.leading) else ''}, among the {say.about(study.children.iloc[-1])} children "
        f"aged 0 to 16 in {study.report.name}; with its own, which the model draws from its own years and all others', "
        f"{short(own, fmt)}{years}, {TOGETHER}"
    )


def many_sentences(study: Study) -> list[str]:
    """Return how many authorities' own intervals leave zero out, one by one and held to all at once (Bonferroni)."""
    if not study.leading.slopes:
        return []
    each, chance = study.each(study.leading), 1 - study.confidence
    clear = sum(found.clear for found in each.values())
    wide = study.each(study.leading, 1 - chance / len(each))
    still = [area for area, found in wide.items() if found.clear]
    here = f" that of {study.report.name}" if study.report.area in still else ""
    usual = f"about {number(len(each) * chance)}" if len(each) * chance >= 1 else "fewer than one"
    return [
        f"looked at one by one, {say.number(clear)} of {say.number(len(each))} authorities have an own association "
        f"whose {say.level(study.confidence)} interval leaves zero out, where {usual} would by chance if there were "
        f"none anywhere; of intervals wide enough for all {say.number(len(each))} at once, "
        f"{say.some_or_none(len(still))} {'does' if len(still) <= 1 else 'do'}"
        f"{(f':{here}' if len(still) == 1 else f',{here} among them') if here else ''}"
    ]
