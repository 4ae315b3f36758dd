"""The published associations beside ours."""

from __future__ import annotations

import pandas as pd

from analysis import narrative as say
from analysis.figure import ENGLAND
from analysis.formats import number
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.spend_outcomes.specifications import HUNDRED, PUBLISHED, YEARS, Specification
from analysis.topics.spend_outcomes.study import Found, Study


def published_table(report: Report, study: Study) -> Table:
    """Return the published coefficients beside ours, each in its own unit."""
    care = study.models.estimate(PUBLISHED)
    need = study.models.estimate(Specification("children in need", YEARS))
    rows_ = study.rows
    elastic = rows_["spend"].mean() / HUNDRED / study.models.usual("children in need")
    later = report.series("spend_cin_association", area=ENGLAND)
    ours = Found(need.value * elastic, need.interval(study.confidence).times(elastic))
    rows = [
        (
            "Webb (2024)",
            "Children in care per 10,000, £100 more a child over two years",
            number(study.published.value, 2),
            _with_range(Found(care.value, care.interval(study.confidence)), 2, study),
        )
    ]
    for figure in later:
        text = f"{figure} ({say.span(figure.printed_interval, figure.text)})"
        rows.append(
            (
                f"Webb (2021), {figure.time_period}",
                "Children in need the next year, percent, 1% more spend",
                text if figure.lower == figure.lower else str(figure),
                _with_range(ours, 3, study),
            )
        )
    frame = pd.DataFrame(rows, columns=["Study", "What goes with what", "Published", "Ours"])
    printed = say.level(later[0].printed_interval.coverage)
    note = (
        f"In brackets: published intervals are at {printed}, ours at {report.level}. Ours on children in need: "
        "with each year taken out, over the same year and the one before, at mean spend and rate; the study of 2021 "
        "lets the association change from year to year, so the two are near, not the same."
    )
    return Table("published", "Published associations and ours", frame, note=note, folded=False)


def _with_range(found: Found, places: int, study: Study) -> str:
    if found.failed:
        return "[x]"
    return f"{number(found.value, places)} ({say.span(found.limits, lambda value: number(value, places))})"
