"""The section on money: what plans to come cost, what one more percent of joiners does, what matters most."""

from __future__ import annotations

import pandas as pd

from analysis import charts
from analysis import narrative as say
from analysis.charts import About
from analysis.figure import ENGLAND
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.send.amounts import plans_about, tenth
from analysis.topics.send.outlook import Outlook

_WAYS = (
    ("New plans a year", {"joiners": 0.9}, {"joiners": 1.1}, "10% fewer", "10% more"),
    ("Growth in new plans", {"growth": -0.05}, {"growth": 0.05}, "5 points less", "5 points more"),
    ("Plans that end", {"leaving": 1.5}, {"leaving": 0.5}, "half as many again", "half as many"),
)
"""What moves the cohort model's forecast: label, low and high setting, and their words."""
_SUBJECTS = {
    "New plans a year": "the number of new plans",
    "Growth in new plans": "growth in new plans",
    "Plans that end": "how many plans end",
}


def cost(report: Report, ahead: Outlook) -> None:
    """Show what the forecast and one more percent of joiners cost a year."""
    if not ahead.possible:
        report.finding("without a forecast only the new plans of one year can be priced")
        return
    price, extra = ahead.assumed.unit_cost, ahead.extra()
    years = say.count(ahead.assumed.horizon, "year", fmt=say.word)
    together = say.rough_pounds(float(extra.sum() * price))
    report.finding(f"one percent more joiners would cost about {together} over {years}")
    added, kept = ahead.expected() - ahead.plans, price * (1 - ahead.assumed.mitigation / 100)
    frame = pd.DataFrame(
        {
            "January": [str(y) for y in ahead.ahead],
            "Plans": ahead.expected(),
            f"More than in {ahead.last}": added,
            "Their cost a year": added * kept,
            "Plans from 1% more joiners": extra,
            "Cost of that 1% a year": extra * price,
        }
    )
    forms = (plans_about, plans_about, say.rough_pounds, tenth, say.rough_pounds)
    formats = dict(zip(frame.columns[1:], forms, strict=True))
    caption = f"Plans to be expected and what they cost, {report.name}"
    report.table(Table("costs", caption, frame, formats, folded=False))
    report.text(_added(ahead, kept), *_price(report, ahead))


def _added(ahead: Outlook, price: float) -> str:
    """Return what the plans added to the horizon would cost a year, with the interval of the forecast."""
    limits = ahead.interval(ahead.assumed.horizon)
    spread = limits.plus(-ahead.plans).times(price)
    added = float(ahead.expected()[-1] - ahead.plans) * price
    saved = say.number(ahead.assumed.mitigation, 1).removesuffix(".0")
    after = f", after {saved}% is saved as assumed" if ahead.assumed.mitigation else ""
    return (
        f"at {say.pounds(ahead.assumed.unit_cost)} a plan, the plans of January {ahead.ahead[-1]} would cost "
        f"{say.rough_pounds(added)} a "
        f"year more than those of {ahead.last}{after} ({say.around(spread, say.modelled_pounds)})"
    )


def _price(report: Report, ahead: Outlook) -> list[str]:
    """Return what the cost of a plan is held against: England's high-needs funding per plan."""
    funding = report.series("high_needs_funding", ENGLAND)
    plans = ahead.england.total[0, -1]
    if not funding or not plans > 0:
        return []
    each = say.rough_pounds(funding[-1].value / plans)
    return [
        f"the cost of a plan is assumed: England's high-needs funding of {funding[-1]} in {funding[-1].period} comes "
        "to "
        f"{each} for each plan, though it also pays for support without one"
    ]


def tornado(report: Report, ahead: Outlook) -> None:
    """Show what moves the cohort model's forecast most, one assumption at a time."""
    if not ahead.possible:
        return
    base, year = float(ahead.scenario()[-1]), ahead.ahead[-1]
    rows = [
        (label, float(ahead.scenario(**low)[-1]), float(ahead.scenario(**high)[-1]), *words)
        for label, low, high, *words in _WAYS
    ]
    label, low, high, *_ = max(rows, key=lambda row: abs(row[2] - row[1]))
    swing = tenth(abs(high - low)) if abs(high - low) < 1 else say.modelled(abs(high - low))
    report.finding(f"{_SUBJECTS[label]} moves the forecast most: by about {swing} plans in January {year}")
    about = About(
        "drivers",
        f"{label}: {plans_about(min(low, high))} to {plans_about(max(low, high))} plans",
        f"The cohort model's plans in January {year} if one assumption differs, {report.name}",
        "Each bar changes one assumption and leaves the others: new plans by 10%, their growth by 5 percentage "
        "points a "
        "year, plans that end by half.",
    )
    at = (base, f"As assumed: {plans_about(base)}")
    report.chart(charts.tornado(rows, about, plans_about, "Plans", base=at))
