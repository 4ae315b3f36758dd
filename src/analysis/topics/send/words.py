"""The sentences of the SEND page's answer: each is computed, and whole for an area that lacks what others have."""

from __future__ import annotations

from analysis import narrative as say
from analysis.figure import ENGLAND, Figure
from analysis.position import FEW, Position, position
from analysis.report import Report
from analysis.tables import explained
from analysis.topics.send.amounts import few
from analysis.topics.send.outlook import COHORT, RULES, SHORT, Outlook

TOTAL, RATE, SUPPORT, NEW = "ehc_plans", "ehc_plans_20_weeks_rate", "pupils_on_support_rate", "ehc_plans_new"

STEP = 0.4
"""Share by which plans moved in one year in hardly any authority since the reform."""


def answer(report: Report, ahead: Outlook) -> list[str]:
    """Return the answer to the page's question in up to five sentences."""
    parts = [support(report), growth(report), outlook(ahead), on_time(report), cost(report, ahead)]
    return [part for part in parts if part]


def support(report: Report) -> str:
    """Return how many have a plan, and what share of pupils has support without one."""
    plans, on_support = _last(report, TOTAL), _last(report, SUPPORT)
    if plans is None:
        return f"the releases have no number of education, health and care plans for {report.name}"
    one = plans.value == 1
    people = "child or young person" if one else "children and young people"
    said = f"{plans} {people} in {report.name} {'has' if one else 'have'} an education, health and care plan"
    if on_support is None:
        return f"{said} ({plans.period})"
    share = f"{on_support} of pupils in its schools have support without one"
    if on_support.period == plans.period:
        return f"{said}, and {share} ({plans.period})"
    return f"{said} ({plans.period}), and {share} ({on_support.period})"


def growth(report: Report) -> str:
    """Return how fast the number of plans grew in the last year, and since the first count, beside England."""
    own, country, said = _known(report, TOTAL), _known(report, TOTAL, ENGLAND), last_year(report)
    if len(own) < 3 or doubtful(own[-2].value, own[-1].value):
        return said
    return f"{said}; since {own[0].period} it {_moved(own[0], own[-1])}{_beside(country, own[0], own[-1])}"


def last_year(report: Report) -> str:
    """Return how the number of plans moved in the last year, beside England's; blank without two counts."""
    own, country = _known(report, TOTAL), _known(report, TOTAL, ENGLAND)
    if len(own) < 2:
        return ""
    before, last = own[-2:]
    said = f"the number of plans {_moved(before, last)} in a year{_beside(country, before, last)}"
    if doubtful(before.value, last.value):
        return f"{said}, so large a step that the count itself is to be doubted"
    return said


def doubtful(before: float, after: float) -> bool:
    """Whether a count moved so far in one year that a fault in it is likelier than a change of need."""
    return before >= 200 and abs(after / before - 1) > STEP


def outlook(ahead: Outlook) -> str:
    """Return the forecast with its interval and the method that gave it, or why there is none."""
    if not ahead.possible:
        return ahead.reason
    limits = say.around(ahead.interval(ahead.assumed.horizon), say.modelled)
    value = say.modelled(float(ahead.expected()[-1]))
    return f"about {value} plans are to be expected in January {ahead.ahead[-1]} ({limits}): {won(ahead)}"


def won(ahead: Outlook) -> str:
    """Return which method is published and how far out it was, beside the cohort model or the best naive method."""
    best, error = ahead.method, f"out by {say.percent(ahead.error(ahead.method))} on average"
    if best != COHORT:
        lost = f"our own model of who joins and leaves lost, out by {say.percent(ahead.error(COHORT))}"
        return f"the simple rule that {RULES[best]} came closest in past years, {error}; {lost}"
    naive = min((m for m in ahead.past if m != COHORT), key=ahead.error)
    second = f"the best simple rule, that {RULES[naive]}, was out by {say.percent(ahead.error(naive))}"
    return f"our model of who joins and leaves came closest in past years, {error}; {second}"


def on_time(report: Report) -> str:
    """Return the share of new plans issued in time, with its interval, beside England's."""
    where = position(report.figures, RATE, report.area)
    if where is None:
        return f"the releases do not say how many plans {report.name} issued within 20 weeks"
    here = where.here
    if not where.known:
        said = f"no share of plans issued within 20 weeks is given for {here.period}"
        said += f": {explained(here.symbol)}"
        return said + (f"; the last one is {where.before} {where.before.when}" if where.before else "")
    return f"{here} of new plans were issued within the lawful 20 weeks {here.when}{_beside_england(where)}"


def _beside_england(where: Position) -> str:
    """Return a share's interval and how it stands to England's; its cases where they are few."""
    here, limits = where.here, where.interval
    england = f"England's {where.england}" if where.england and where.england.known else ""
    if not limits or here.base < FEW:
        cases = f"{say.number(here.cases)} of {say.count(here.base, 'plan')}" if limits else ""
        aside = "; ".join(part for part in (cases, england.replace("'s", "")) if part)
        return f" ({aside})" if aside else ""
    said = f" ({say.around(limits, here.text)})"
    return f"{said}, {say.compared(limits, where.england.value)} {england}" if england else said


def cost(report: Report, ahead: Outlook) -> str:
    """Return what one more percent of joiners comes to: over the horizon, or in one year where there is no forecast."""
    price = ahead.assumed.unit_cost
    if ahead.possible:
        extra, year = float(ahead.extra()[-1]), ahead.ahead[-1]
        more = f"one percent more children joining each year would make {few(extra, 'more plan')} by January {year}"
        return f"{more}, and at {say.pounds(price)} a plan cost about {say.rough_pounds(extra * price)} a year by then"
    new = _last(report, NEW)
    if new is None:
        return ""
    plans = new.value / 100
    more = f"one percent more new plans than in {new.period} would be {few(plans, 'more plan')}"
    return f"{more}, at {say.pounds(price)} a plan about {say.rough_pounds(plans * price)} a year"


def record(report: Report, ahead: Outlook) -> None:
    """Record the headline values that are worked out: growth, forecast, error and cost."""
    own = _known(report, TOTAL)
    if len(own) > 1 and own[-2].value > 0:
        change = 100 * (own[-1].value / own[-2].value - 1)
        label = "Growth in plans in the last year"
        report.headline("plans_growth", label, change, unit="percent", symbol="", of=own[-1:-3:-1])
    if not ahead.possible:
        return
    used = [f for name in (TOTAL, NEW, "population_0_17") for f in _known(report, name)[-1:]]
    about = {"period": f"January {ahead.ahead[-1]}", "symbol": "f", "of": used}
    value, limits = float(ahead.expected()[-1]), ahead.interval(ahead.assumed.horizon)
    label = f"Plans to be expected, by {SHORT[ahead.method]}"
    report.headline("plans_forecast", label, value, limits, unit="children", **about)
    plans = float(ahead.extra()[-1])
    report.headline("extra_joiners", "Plans added by one percent more joiners", plans, unit="children", **about)
    pounds = plans * ahead.assumed.unit_cost
    report.headline("extra_joiners_cost", "Cost a year of one percent more joiners", pounds, unit="pounds", **about)
    origins = ahead.past[COHORT].origins
    label, error = f"Mean error of past forecasts by {SHORT[ahead.method]}", ahead.error(ahead.method)
    when = f"January {origins[0]} to January {origins[-1]}"
    report.headline("forecast_error", label, error, unit="percent", period=when, symbol="", of=used)


def _moved(before: Figure, after: Figure) -> str:
    """Return a change of a count: "rose by 15.3%", "grew 3.4-fold" for a doubling or more, "hardly changed"."""
    if before.value <= 0:
        return f"went from {before} to {after}"
    change = after.value / before.value - 1
    if change >= 1:
        return f"grew {say.number(after.value / before.value, 1)}-fold"
    if say.percent(100 * abs(change)) == "0.0%":
        return "hardly changed"
    return f"{'rose' if change > 0 else 'fell'} by {say.percent(100 * abs(change))}"


def _beside(country: list[Figure], before: Figure, after: Figure) -> str:
    """Return England's change over the same periods in brackets; blank where it has no figure of either."""
    found = {f.time_period: f for f in country}
    if before.time_period not in found or after.time_period not in found:
        return ""
    return f" (England's {_moved(found[before.time_period], found[after.time_period])})"


def _known(report: Report, indicator: str, area: str | None = None) -> list[Figure]:
    return [f for f in report.series(indicator, area) if f.known]


def _last(report: Report, indicator: str) -> Figure | None:
    known = _known(report, indicator)
    return known[-1] if known else None
