"""The five answers in words: one or two sentences each, the number first."""

from __future__ import annotations

from analysis import formation
from analysis import narrative as say
from analysis.fact import fact, fill, filled
from analysis.figure import ENGLAND
from analysis.links import link
from analysis.models import hidden_harm
from analysis.models.send import doubtful
from analysis.position import beside, chance
from analysis.standing import standing
from analysis.tables import explained
from analysis.topics.early_help import need, outturn, pays
from analysis.topics.overview.defaults import HIDDEN_HARM
from analysis.topics.overview.five import Five
from analysis.trends import NEIGHBOURS

PAGES = {
    "hidden_harm": "Hidden harm",
    "child_poverty": "Child poverty",
    "neet": "NEET",
    "send": "Special needs (SEND)",
    "early_help_spend": "Early-help spend",
    "scorecard": "Scorecard",
    "claims": "Claims",
    "plans": "Plans",
    "documents": "Documents",
    "documents_board": "The board's table",
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
    if not model.possible:
        nothing = formation.nothing(five.report, hidden_harm.CHILDREN, "its number of children")
        return f"how many children live with hidden harm in {five.report.name} cannot be estimated; {nothing}"
    children = fact(five.harm_values.loc["children_estimated"])
    most, least = (fact(row) for _, row in model.at_national().iloc[[0, -1]].iterrows())
    return (
        f"about {children:child|children} aged {HIDDEN_HARM.age_base} in {five.report.name} may be "
        f"{model.definitions.at[HIDDEN_HARM.definition, 'phrase']} ({say.around(children.interval, say.modelled)}), if "
        f"such children are {_times(five)}. {say.capital(_known(five))}; other published definitions of hidden harm "
        f"give anything from about {least} to about {most} children"
    )


def _times(five: Five) -> str:
    """Return how common such children are taken to be: "0.73 to 1.21 times as common there as nationally"."""
    times, named = five.harm.ratio(HIDDEN_HARM.definition), five.figures.area_name
    before = [named(code) for code in times.own if code != five.report.area]
    whose = f"{times.middle:.2f} by the Children's Commissioner's model" + f" of {say.listed(before)}" * bool(before)
    if not times.own:
        whose = f"the Children's Commissioner's model has no estimate of {five.report.name}"
    limits = say.span(times.limits, lambda value: say.number(value, 2))
    return f"{limits} times as common there as nationally ({whose})"


def _known(five: Five) -> str:
    if five.known is None:
        return "how many children social care recorded is withheld or not published"
    if five.known.assessments.upper == 0:
        return f"social care's assessments of the year to March {HIDDEN_HARM.year} recorded none"
    ratio = fact(five.harm_values.loc["share_known"])
    return (
        f"social care's assessments of the year to March {HIDDEN_HARM.year} recorded alcohol or drug misuse of a "
        f"parent or another person at home of about {ratio:child|children} for every 100 estimated "
        f"({say.around(ratio.interval, say.modelled)}), which are unlike things: no share known"
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
    where, ahead = standing(five.figures, "ehc_plans", "ehc_plans_20_weeks_rate"), five.plans
    plans, late = (fact(row) for _, row in where.iterrows())
    given = {"plans": plans, "late": late, "area": five.report.name, "year": str(ahead.until)} | _growth(five)
    near = where["neighbours"].iloc[1]
    given["near"] = late.text(near) if near == near else None
    given["value"] = say.modelled(float(ahead.expected()[-1])) if ahead.possible else None
    given["limits"] = say.around(ahead.interval(ahead.horizon), say.modelled) if ahead.possible else ""
    given["out"] = say.percent(ahead.error[ahead.method]) if ahead.possible else ""
    count, *more = [text.removesuffix(".") for text in filled(*_SEND, **given)]
    in_time = next(iter(filled(f"{_IN_TIME}; the median of its neighbours is {{near}}", _IN_TIME, **given)))
    return f"{'; '.join([count, *(text[:1].lower() + text[1:] for text in more)])}. {in_time.removesuffix('.')}"


_SEND = (
    "{plans:child or young person|children and young people} in {area} had an education, health and care plan "
    "{plans:when}",
    "the number of plans {own} in a year (England's {country}){doubt}",
    "about {value} plans are to be expected in January {year} ({limits}; past forecasts were out by about {out} on "
    "average)",
)
_IN_TIME = "{late:ci} of new plans were issued within the lawful 20 weeks {late:when}, {late:vs England}"


def _growth(five: Five) -> dict[str, str | None]:
    """Return how plans grew in a year, here and in England, in words, and what to doubt of it."""
    own, country = (
        {f.time_period: f.value for f in five.report.series("ehc_plans", area) if f.known}
        for area in (five.report.area, ENGLAND)
    )
    periods = list(own)[-2:]
    if len(periods) < 2 or not own[periods[0]] > 0 or not country.keys() >= set(periods):
        return {"own": None, "country": "", "doubt": ""}
    before, after = (own[period] for period in periods)
    there = [country[period] for period in periods]
    doubt = ", so large a step that the count itself is to be doubted" if doubtful(before, after) else ""
    moved = [say.moved(100 * (b / a - 1)) for a, b in ((before, after), there)]
    return {"own": moved[0], "country": moved[1], "doubt": doubt}


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
