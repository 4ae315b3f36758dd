"""The sections of the NEET page that every authority has: each shows its finding, or says what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import narrative as say
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.neet import charts, facts, leavers, words
from analysis.topics.neet.facts import Comparator, Group, Winter
from analysis.topics.neet.funnel import Funnel, chart
from analysis.topics.neet.lifetime import Cost

_CHANCE = "the interval treats the winter as one draw from the area's underlying risk; the count itself is complete"


def funnel(report: Report, made: Funnel | None) -> None:
    """Show the area among all authorities."""
    if made is None:
        report.finding(f"{report.name} cannot be placed among the authorities: its number of young people is not given")
        return
    report.finding(made.finding(report.name))
    report.chart(chart(made, report.name))
    report.text(made.remark, _CHANCE)


def bounds(report: Report, here: Winter, other: Comparator, share: float) -> None:
    """Show what the share NEET can be, whatever those not known do."""
    if not here.known:
        report.finding(f"what the share NEET could be in {report.name} is not known: no share is given")
        return
    beside, usual = facts.beside_it(report.figures, other, here.neet.time_period)
    limits = say.span(here.limits, say.percent)
    report.finding(_bounds_finding(limits))
    report.chart(charts.bounds_chart(here, beside, share))
    frame = charts.bounds_rows(here, beside, share, usual)
    caption = f"Share NEET by what is taken of those not known, percent, {here.neet.period}"
    note = f"The comparator's share NEET of those whose activity is known: {say.percent(usual * 100)}."
    columns = dict.fromkeys(frame.columns[1:], say.percent)
    report.table(Table("not-known-shares", caption, frame, columns, note, folded=False))
    value = here.rate(share)
    label = f"Young people aged 16 and 17 NEET if {say.whole(share * 100)} of those not known are"
    used = [here.neet, here.either]
    report.headline("neet_with_not_known", label, value, here.limits, unit="percent", symbol="e", of=used)


def over_time(report: Report) -> None:
    """Show what the share NEET can have been in each winter, and whether it has changed."""
    years = [figure.time_period for figure in report.series(facts.NEET)]
    here, there = (charts.bounds_over_time(report.figures, code, years) for code in (report.area, facts.ENGLAND))
    if len(here) < 2:
        report.finding(f"{report.name} has no two winters of which both the share NEET and those not known are given")
        return
    open_ = here[0].limits.meets(here[-1].limits)
    known = charts.went(here[0], here[-1])
    report.finding(
        f"the share known to be NEET {known}" + (", but those not known could make up the difference" if open_ else "")
    )
    report.chart(charts.bounds_over_time_chart(here, there))
    report.text(charts.unsettled(here))


def _bounds_finding(limits: str) -> str:
    if " to " not in limits:
        return f"{limits} are NEET, and next to nobody's activity is not known"
    return f"between {limits.replace(' to ', ' and ')} are NEET, whatever those not known do"


def groups(report: Report, made: Sequence[Group], england: Sequence[Group]) -> None:
    """Show how young people with special educational needs and in vulnerable groups fare."""
    known = [group for group in made if group.rate.known]
    if not known:
        report.finding(f"no share by special needs or vulnerable group is given for {report.name}")
        return
    apart = [group for group in known if group.key in ("sen_plan", "sen_support") and group.interval]
    none = next((group for group in known if group.key == "sen_none" and group.interval), None)
    clear = [group for group in apart if none and group.differs(none)]
    report.finding(_groups_finding(clear, apart, none))
    report.chart(charts.groups_chart(made, england, report.name))
    report.table(charts.groups_table(made, report.name))
    report.text(
        "a group's share is of NEET and not known together: whether its young people are NEET or have been lost sight "
        "of cannot be told apart, so the share NEET has bounds",
        "young people in vulnerable groups are also in one of the other groups, so the four do not add up",
    )


def _groups_finding(clear: Sequence[Group], apart: Sequence[Group], none: Group | None) -> str:
    """Return whether young people with special needs are more often NEET or not known than those without."""
    if not apart or none is None:
        return "whether young people with special needs fare worse cannot be said: a share is not given"
    if not clear:
        return "no clear difference between young people with special needs and others in being NEET or not known"
    words = {"sen_plan": "with a plan", "sen_support": "on special needs support"}
    more = [words[g.key] for g in clear if g.rate.value > none.rate.value]
    fewer = [words[g.key] for g in clear if g.rate.value < none.rate.value]
    said = [f"young people {say.listed(part)} are {how} often NEET or not known"
            for part, how in ((more, "more"), (fewer, "less")) if part]  # fmt: skip
    return f"{say.listed(said)} than those without special needs"


def small_numbers(report: Report, indicator: str) -> None:
    """Show what the small numbers behind an indicator of care leavers mean; nothing where there are none."""
    series = report.series(indicator)
    said = charts.care_leavers_sentences(series)
    if series:
        said += words.lost_leavers(*leavers.unknown_leavers(report.figures, series[-1]), series[-1])
    if said:
        report.text(*said)


def costs(report: Report, here: Winter, made: Sequence[Cost], leading: str, prices: str) -> None:
    """Show what being NEET may cost over a lifetime, with the range of the study and of those not known."""
    if not made:
        report.finding(f"no cost is worked out for {report.name}: its number of young people is not given")
        return
    known = here.count(here.limits.lower)
    first = next(cost for cost in made if cost.kind == leading)
    report.finding(
        f"in {leading} terms those NEET would cost {say.span(first.interval, say.rough_pounds)}, over whole lifetimes"
    )
    report.chart(charts.costs_chart(made, leading, report.name, known, prices, here.neet.period))
    study = [report.figure(name, area="E92000001") for name in ("lifetime_cost_public", "lifetime_cost_resource")]
    report.text(
        f"the study's averages are {study[0]} to public finances and {study[1]} to the economy for a person NEET at 16 "
        "to 18, in 2009 prices, over a lifetime and never a year",
        "they go with the lowest of its estimates of the total; the highest are "
        + say.listed([f"{say.number(ratio, 1)} times that in {kind} terms" for kind, ratio in _ratios(report)]),
        "a person who is NEET for a while in one winter need not cost the average, so the sum says how much may be at "
        "stake, not what would be saved",
    )
    for cost in made:
        report.headline(
            f"lifetime_cost_{cost.kind.split()[0]}",
            f"Lifetime {cost.kind} cost of those NEET, {prices}",
            cost.value,
            cost.interval,
            unit="pounds",
            symbol="e",
            of=[here.neet, here.cohort, study[0 if cost.kind == "public finance" else 1]],
        )


def _ratios(report: Report) -> list[tuple[str, float]]:
    found = []
    for kind in ("public finance", "resource"):
        total = report.figure(f"lifetime_cost_{kind.split()[0]}_total", area="E92000001")
        found.append((kind, total.upper / total.lower))
    return found
