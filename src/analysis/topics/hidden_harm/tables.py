"""The tables of the page on hidden harm."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.hidden_harm import known as knowing
from analysis.topics.hidden_harm.model import Model


def estimates_table(model: Model) -> Table:
    """Return every definition's share and children, at the national share and simulated."""
    rows = []
    for d in model.ordered:
        made, spread = model.estimate(d), model.spread(d)
        size = say.number(d.n) if d.surveyed else "[x]"
        at_national = f"{say.modelled(made.value)} ({say.span(made.interval, say.modelled)})"
        simulated = f"{say.modelled(spread.value)} ({say.span(spread.interval, say.modelled)})"
        rows.append((d.label, d.figures[0].year, size, say.percent(d.percent), at_national, simulated))
    heads = ["Definition", "Year", "Children in survey", "National share", "At that share", "Simulated"]
    caption = (
        f"Children aged {model.ages} by definition, {model.report.name} (with {say.level(model.confidence)} intervals)"
    )
    note = (
        "Simulated: with the survey's, the population's and the local multiplier's uncertainty. The multiplier is that "
        "of the nearest of the Commissioner's local measures, unless one is given."
    )
    return Table("estimates", caption, pd.DataFrame(rows, columns=heads), note=note, right=heads[2:])


def recorded_table(report: Report, year: int) -> Table | None:
    """Return the counts of assessments by harm, of a parent and of another person; None without any."""
    found = knowing.recorded(report, year)
    if not found:
        return None
    rows = [(say.capital(knowing.HARMS[r.harm]), str(r.parent), str(r.other)) for r in found.values()]
    heads = ["Harm", "Of a parent", "Of another person in the household"]
    return Table(
        "recorded",
        f"Assessments that record each harm, {report.name}, year to March {year}",
        pd.DataFrame(rows, columns=heads),
        note="One assessment can record several harms and several people, so the counts must not be added.",
        folded=False,
        right=heads[1:],
    )
