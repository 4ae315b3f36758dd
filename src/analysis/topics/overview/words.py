"""The five answers in words: one or two sentences each, the number first."""

from __future__ import annotations

from analysis import narrative as say
from analysis.fact import fact, fill
from analysis.links import link
from analysis.position import beside, chance, position
from analysis.tables import explained
from analysis.topics.early_help import need, outturn, pays
from analysis.topics.hidden_harm import known as knowing
from analysis.topics.hidden_harm import words as harm_words
from analysis.topics.overview.defaults import HIDDEN_HARM
from analysis.topics.overview.five import Five
from analysis.topics.send import words as send_words
from analysis.trends import NEIGHBOURS

PAGES = {
    "hidden_harm": "Hidden harm",
    "child_poverty": "Child poverty",
    "neet": "NEET",
    "send": "Special needs (SEND)",
    "early_help_spend": "Early-help spend",
    "board_scorecard": "Scorecard",
    "claims": "Claims",
    "plans": "Plans",
    "documents": "Documents",
}
"""The other pages as a link calls them."""
PANEL = (
    "whether more early help goes with fewer children in care is the question of the "
    f"{link('national panel', 'spend_outcomes')}, a page made only where the panel's release is at hand"
)
IN_COST = "the assumed cost of a care-year"
"""What the interval of the care-years to break even holds."""


def answers(five: Five) -> list[str]:
    """Return the five answers, each behind a link to its page."""
    made = (harm(five), poverty(five), neet(five), send(five), early_help(five))
    return [f"{link(PAGES[name], name)}: {said}" for name, said in zip(PAGES, made, strict=False)]


def harm(five: Five) -> str:
    """Return how many children live with hidden harm, how many are recorded, and how far definitions lie apart."""
    model = five.harm
    if not model.children:
        return harm_words.no_children(model)
    most, least = (say.modelled(model.estimate(d).value) for d in (model.ordered[0], model.ordered[-1]))
    apart = f"other published definitions of hidden harm give anything from about {least} to about {most} children"
    return f"{harm_words.estimated(model)}. {say.capital(_known(five))}; {apart}"


def _known(five: Five) -> str:
    model, found = five.harm, five.known
    if found is None:
        return "how many children social care recorded is withheld or not published"
    if found.assessments.upper == 0:
        return f"social care's assessments of the year to March {HIDDEN_HARM.year} recorded none"
    ratio = harm_words.for_every(knowing.per_hundred(model, found, model.lead))
    return (
        f"social care's assessments of the year to March {HIDDEN_HARM.year} recorded "
        f"{harm_words.harms(model.lead.groups)} of {ratio}, which are unlike things: no share known"
    )


def poverty(five: Five) -> str:
    """Return how many children have a low income, beside England, in the words of its own page."""
    count, rate = (fact(five.poverty.loc[name]) for name in five.poverty.index)
    return fill(
        "{count} children under 16 in {area}, {rate}, were in low-income families after housing costs {rate:when}, "
        "{rate:vs England}",
        count=count,
        rate=rate,
        area=five.report.name,
    ).removesuffix(".")


def neet(five: Five) -> str:
    """Return how many young people are NEET or not known, beside England."""
    either, known = (fact(five.winter.loc[name]) for name in five.winter.index)
    return fill(
        "{either:ci} of young people aged 16 and 17 in {area} were not in education, employment or training (NEET) or "
        "not known to services {either:when}, {either:vs England}; {known} were known to be NEET",
        either=either,
        known=known,
        area=five.report.name,
    ).removesuffix(".")


def send(five: Five) -> str:
    """Return how many have a plan, how fast that grows, what is to be expected, and whether plans come in time."""
    series = [f for f in five.report.series(send_words.TOTAL) if f.known]
    late = send_words.on_time(five.report)
    if not series:
        return f"{send_words.support(five.report)}. {say.capital(late)}"
    plans = series[-1]
    people = "child or young person" if plans.value == 1 else "children and young people"
    said = f"{plans} {people} in {five.report.name} had an education, health and care plan {plans.when}"
    if grown := send_words.last_year(five.report):
        said += f"; {grown}"
    if five.plans.possible:
        ahead = five.plans
        limits = say.around(ahead.interval(ahead.assumed.horizon), say.modelled)
        value = say.modelled(float(ahead.expected()[-1]))
        out = f"past forecasts were out by about {say.percent(ahead.error(ahead.method))} on average"
        said += f", and about {value} plans are to be expected in January {ahead.ahead[-1]} "
        said += f"({limits}; {out})"
    return f"{said}. {say.capital(late)}{_neighbours(five)}"


def _neighbours(five: Five) -> str:
    """Return the neighbours' median of plans in time, beside the area's share; blank without either."""
    where = position(five.figures, send_words.RATE, five.report.area)
    if where is None or not where.known or len(where.neighbours) < 2:
        return ""
    return f"; the median of its neighbours is {where.text(where.median)}"


def early_help(five: Five) -> str:
    """Return what is spent a child, how many are in care, and what the spend would have to achieve."""
    here = five.spent
    others = outturn.comparators(five.figures, here, five.report.area)
    if not here.known:
        return f"{outturn.spend_sentence(here, others)}; {_in_care(five)}. {say.capital(PANEL)}"
    year = here.table.index[-1]
    also = {"England": "in England", NEIGHBOURS: "for the median of its neighbours"}
    there = [f"{say.pounds(found[year])} {also[n]}" for n, found in others.items() if n in also and year in found]
    beside = f" ({', '.join(there)})" if there else ""
    said = (
        f"{say.pounds(here.per_child)} was spent on early help for each child under 18 in {here.name} in "
        f"{here.last['period']}{beside}; {_in_care(five)}"
    )
    return f"{said}. {say.capital(needed(five))}; {PANEL}"


def needed(five: Five) -> str:
    """Return what the spend would have to prevent."""
    if five.case is None:
        return pays.NO_CASE.format(name=five.report.name)
    value, limits = five.case.needed
    return (
        f"to pay for itself through care costs alone, that spend would have to prevent about {pays.cases(value)} "
        f"{five.case.unit} (a child in care for a year) every year ({five.report.level} of simulations, over "
        f"{IN_COST}: {say.span(limits, pays.cases)}){five.case.scale}"
    )


def _in_care(five: Five) -> str:
    """Return the rate of children in care with its interval, beside England's."""
    series = five.report.series("cla_rate")
    if not series:
        return "the releases read here have no rate of children in care"
    here = series[-1]
    if not here.known:
        return f"the rate of children in care {here.when} is {explained(here.symbol)}"
    interval, england = chance(here), beside(five.figures, here).england
    parts = [say.around(interval, need.rate)] if interval else []
    parts += [f"England {need.plain(england)}"] if england and england.known else []
    around = f" ({'; '.join(parts)})" if parts else ""
    number = need.plain(here) if here.value else "none"
    return f"{number} of every 10,000 children {'was' if number == '1' else 'were'} in care {here.when}{around}"
