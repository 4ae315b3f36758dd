"""What the published documents say of special educational needs, against the counts: rises, shares and money."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from analysis import charts, claims, verdicts
from analysis import narrative as say
from analysis.charts import About
from analysis.claims import CONTRADICTED
from analysis.figure import Figure
from analysis.methods import intervals, rounding
from analysis.methods.intervals import Interval
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.send.amounts import out_of
from analysis.topics.send.outlook import Outlook

YOUNG = (("under_5", "under 5"), ("5_to_10", "aged 5 to 10"))
REFERRALS, STATED = "eyia_referrals", "eyia_referral_growth"
GROWTHS = {"202122": "csc-eyia-growth-first", "202223": "csc-eyia-growth-second"}
"""The register's claims on the percentages that the update states, by their period."""


class Rise:
    """The growth from one count to a later one, in percent, with the interval for a ratio of two counts."""

    def __init__(self, label: str, before: Figure, after: Figure, dispersion: float) -> None:
        self.label, self.before, self.after = label, before, after
        self.value = (after.value / before.value - 1) * 100
        ratio = intervals.ratio_of_counts(after.value, before.value, after.confidence, dispersion)
        self.interval = ratio.plus(-1).times(100)

    @property
    def clear(self) -> bool:
        """Whether it is more than chance explains, at the report's coverage."""
        return not self.interval.contains(0)

    @property
    def words(self) -> str:
        """The rise or fall with its interval and what chance has to do with it."""
        way = "rose" if self.value > 0 else "fell"
        chance = "more than chance explains" if self.clear else "which chance alone could explain"
        said = f"{way} by {say.whole(abs(self.value))}, from {self.before} to {self.after}"
        return f"{said} ({say.around(self.interval, say.whole)}), {chance}"


def referral_rises(report: Report, dispersion: float) -> list[Rise]:
    """Return the rises in early-years referrals: from year to year, and over all the years."""
    counts = report.series(REFERRALS)
    steps = [Rise(f"Referrals, {a.period} to {b.period}", a, b, dispersion) for a, b in pairwise(counts)]
    return [*steps, Rise(f"Referrals, {counts[0].period} to {counts[-1].period}", counts[0], counts[-1], dispersion)]


def early_rises(report: Report, dispersion: float) -> list[Rise]:
    """Return the rises to 2012 that the strategy calls significant: new statements of the year, and those in force."""
    found = []
    for band, label in YOUNG:
        new = [report.figure(f"ehc_plans_new_{band}", period=year) for year in (2011, 2012)]
        held = [report.figure(f"ehc_plans_{band}", period=year) for year in (2012, 2013)]
        found += [Rise(f"New statements {label}, 2011 to 2012", *new, dispersion)]
        found += [Rise(f"Statements in force {label}, January 2012 to 2013", *held, dispersion)]
    return found


def rises(report: Report, dispersion: float) -> None:
    """Show which of the rises in the documents the counts bear."""
    early, later = early_rises(report, dispersion), referral_rises(report, dispersion)
    whole = later[-1]
    years = say.count(int(whole.after.time_period[:4]) - int(whole.before.time_period[:4]), "year", fmt=say.word)
    verb = "rose" if whole.value > 0 else "fell"
    report.finding(
        f"early-years referrals {verb} by {say.whole(abs(whole.value))} in {years}, "
        f"{'more than chance explains' if whole.clear else 'which chance alone could explain'}"
    )
    every = [*early, *later]
    clear = sum(rise.clear and rise.value > 0 for rise in every)
    about = About(
        "rises",
        f"{say.capital(out_of(clear, len(every)))} changes {'is a rise' if clear == 1 else 'are rises'} beyond chance",
        f"Change of the counts behind the documents' words, percent, {report.name}",
        f"Lines are {report.level} intervals for the ratio of two counts; one that crosses zero could be chance alone. "
        "The update gives no year for the last count of referrals; the year after the one before is taken.",
    )
    report.chart(charts.ladder([(r.label, r.value, r.interval) for r in every], about, say.whole, "Percent"))
    report.headline(
        "referral_growth",
        f"Growth in early-years referrals, {whole.before.period} to {whole.after.period}",
        whole.value,
        whole.interval,
        unit="percent",
        symbol="",
        of=[whole.after, whole.before],
    )
    report.text(*_significant(report, early), *_percentages(report, later))


def _significant(report: Report, early: list[Rise]) -> list[str]:
    """Return the register's verdict on the strategy's "significant rise", and what the department's counts say."""
    young, primary = early[0], early[2]
    verdict = claims.judged(report.figures, topic="send").at["ehs-sen-significant-rise", "verdict"]
    return [
        f"the {say.quoted('significant rise')} that the strategy saw in 2012 in statements for early years and at "
        f"primary level {verdicts.SAID[verdict][0]}: by the department's count new statements for children "
        f"{YOUNG[0][1]} {young.words}",
        f"those for children {YOUNG[1][1]} {primary.words}",
    ]


def _percentages(report: Report, later: list[Rise]) -> list[str]:
    """Return whether the percentages the update states follow from its counts, by the register's verdicts."""
    stated = {figure.time_period: figure for figure in report.series(STATED)}
    judged = claims.judged(report.figures, topic="send")["verdict"]
    said = []
    for rise in later[:-1]:
        figure = stated.get(rise.after.time_period)
        if figure is None:
            continue
        verdict = judged[GROWTHS[figure.time_period]]
        of_later = (rise.after.value - rise.before.value) / rise.after.value * 100
        wrong = f"; {say.percent(of_later)} is the rise as a share of the later year" * (
            verdict == CONTRADICTED and figure.rounding_interval.contains(of_later)
        )
        said.append(
            f"the {figure} stated for {rise.after.period} {verdicts.SAID[verdict][0]}: from {rise.before} to "
            f"{rise.after} referrals is {say.percent(rise.value)}{wrong}"
        )
    return said


def share(report: Report) -> None:
    """Show which population the strategy's share could be of."""
    statements, printed = report.figure("sen_statements"), report.figure("sen_statement_rate")
    counted = report.figure("ehc_plans", period=2013)
    implied = rounding.implied_denominator(statements.rounding_interval, printed.rounding_interval)
    bases = {
        "0 to 15": report.figure("hmrc_children_under_16", period=2011),
        "0 to 16": report.figure("panel_children_0_16", period=2013),
        "0 to 17": report.figure("population_0_17", period=2013),
        "0 to 19": report.figure("population_0_19"),
    }
    fits = [f"ages {ages}" for ages, base in bases.items() if implied.contains(base.value)]
    end = f"which fits {say.listed(fits)}" if fits else "none of the populations read here fits"
    join = ", " if fits else ": "
    report.finding(f"{printed} would mean {say.span(implied, say.about)} children{join}{end}")
    same = counted.value == statements.value
    report.text(
        f"the strategy's {statements} statements {'are' if same else 'differ from'} the department's count for "
        "January 2013" + ("" if same else f" ({counted})")
    )
    frame = pd.DataFrame(
        [(f"Ages {ages}, {f.period}", f.value, statements.value / f.value * 100) for ages, f in bases.items()],
        columns=["Population", "Children", "Percent with a statement"],
    )
    formats = {"Children": say.number, "Percent with a statement": lambda value: say.percent(value, 2)}
    report.table(
        Table(
            "shares",
            f"{statements} statements as a share of each population, {report.name}",
            frame,
            formats,
            folded=False,
        )
    )
    report.published("statements", statements)


def high_needs(report: Report, ahead: Outlook) -> None:
    """Show the Safety Valve agreement as a bridge, and what the forecast of plans would add to the cost."""
    start = report.figure("high_needs_deficit")
    peak = report.figure("high_needs_deficit_at_balance", status="projection")
    grant = report.figure("high_needs_agreed_grant", status="target")
    left = report.figure("high_needs_council_share", status="projection")
    more = peak.value - start.value
    report.finding(f"the council is to meet {left} of a deficit of {peak}: the agreement pays {grant}")
    rows = [
        (f"Deficit, end of {start.period}", start.value, True),
        ("Further deficit until balance", more, False),
        ("Deficit at balance", peak.value, True),
        ("Department's grant", -grant.value, False),
        ("Left to the council", peak.value - grant.value, True),
    ]
    report.chart(
        charts.bridge(
            rows,
            About(
                "high-needs",
                f"From {start} to {peak}, less {grant}",
                f"Deficit of the high-needs block under the Safety Valve agreement, {report.name}, April 2024",
                "The further deficit is the difference of the two published ones. Printed amounts are rounded.",
            ),
            say.pounds,
            "Pounds",
        )
    )
    difference = peak.value - grant.value - left.value
    agrees = rounding.around(peak.value, peak.rounding).meets(
        Interval(*(left.value + grant.value + s * (left.rounding + grant.rounding) / 2 for s in (-1, 1)))
    )
    report.text(
        f"the printed parts {'add up' if agrees else f'miss each other by {say.pounds(abs(difference))}'}: {peak} "
        f"less {grant} "
        f"leaves {say.pounds(peak.value - grant.value)}, and {left} is printed",
        *_against_forecast(ahead, start, more),
    )


def _against_forecast(ahead: Outlook, start: Figure, more: float) -> list[str]:
    """Return what the plans added since the deficit was struck would cost, beside the further deficit foreseen."""
    since = int(start.time_period[:4]) + 1
    if not ahead.possible or since not in ahead.years:
        return []
    base = float(ahead.history.total[0, list(ahead.years).index(since)])
    price = ahead.assumed.unit_cost * (1 - ahead.assumed.mitigation / 100)
    known = [v for y, v in zip(ahead.years, ahead.history.total[0], strict=True) if y > since]
    ends = [ahead.interval(n + 1) for n in range(ahead.assumed.horizon)]
    total, low, high = (
        price * (sum(known) + sum(values) - base * (len(known) + ahead.assumed.horizon))
        for values in (ahead.expected(), [e.lower for e in ends], [e.upper for e in ends])
    )
    said = f"plans above the {say.number(base)} of January {since} would cost "
    said += f"{say.rough_pounds(total)} together over the years to {ahead.ahead[-1]}, at {say.pounds(price)} each and "
    said += f"before any growth in the yearly grant (from {say.rough_pounds(low)} "
    said += f"to {say.rough_pounds(high)} if every year lay at the end of its {say.level(ahead.confidence)} interval)"
    if total > more:
        rest = "what is above it would have to come from a growing grant, cheaper plans or fewer of them"
    else:
        rest = "the added plans alone would not make it"
    return [said, f"the agreement foresees a further deficit of {say.pounds(more)}: {rest}"]
