"""The headline values on early-help spend that are worked out; those of the official figures stand with their place."""

from __future__ import annotations

from analysis import narrative as say
from analysis.figure import ENGLAND
from analysis.report import Report
from analysis.topics.early_help.outturn import LINES, Spending
from analysis.topics.early_help.pays import Case, Terms


def record(report: Report, here: Spending, case: Case | None, terms: Terms) -> None:
    """Record what is spent, what it would have to achieve, and what comes back of each pound.

    Args:
        report: the report.
        here: the area's spend; nothing is recorded of it where it is not known.
        case: the latest year's spend as a case; None where there is none.
        terms: what is assumed.
    """
    used = [f for name in (*LINES, "population_0_17") if here.known for f in report.series(name)[-1:]]
    if here.known:
        total, a_child = "Early-help spend, three lines of the return", "Early-help spend per child under 18"
        report.headline("spend_total", total, here.last["total"], unit="pounds", symbol="", of=used)
        report.headline("spend_per_child", a_child, here.per_child, unit="pounds", symbol="", of=used)
    if case:
        label = f"{say.capital(case.unit)} to prevent each year to break even"
        report.headline("break_even_years", label, *case.needed, unit=case.unit, symbol="e", of=used)
    study = [report.figure(name, area=ENGLAND) for name in ("care_year_cost", "spend_cla_association")]
    returned = "Comes back of each £1 at the sizes tried"
    report.headline("returned", returned, *terms.returned, unit="percent", symbol="e", of=study)
