"""Parts of the page on hidden harm that show several things together."""

from __future__ import annotations

from analysis.report import Report
from analysis.topics.hidden_harm import funnels, words
from analysis.topics.hidden_harm import known as knowing
from analysis.topics.hidden_harm.model import Model
from analysis.trends import missing_sentences, trend_chart


def over_time(report: Report, harm: str) -> None:
    """Show how the share of assessments that record a harm of a parent moved, beside England and the neighbours."""
    indicator = f"factor_{harm}_parent_share"
    series = report.series(indicator)
    report.finding(words.changed(series, harm, report.name))
    if sum(f.known for f in series) > 1:
        report.chart(trend_chart(report.figures, indicator, report.area))
    missing = missing_sentences(series)
    if missing:
        report.text(*missing)


def beside_all(report: Report, harm: str, overdispersed: bool) -> None:
    """Show where the area stands among every authority in recording a harm of a parent."""
    chart = funnels.factor_funnel(report, harm, overdispersed)
    if chart is None:
        report.finding(f"no share of assessments that record {knowing.HARMS[harm]} of a parent can be compared")
        return
    report.finding(funnels.beside_all(report, harm))
    report.chart(chart)


def record(model: Model, found: knowing.Known | None, target: float) -> None:
    """Record the headline values: children estimated, and where counts are published those recorded beside them."""
    if not model.children:
        return
    report, spread = model.report, model.spread(model.lead)
    rests = [model.children, *model.lead.figures]
    label = f"Children aged {model.ages} {model.lead.phrase}"
    report.headline("children_estimated", label, spread.value, spread.interval, unit="children", symbol="e", of=rests)
    if found is None:
        return
    again = [found.again] if found.again else []
    rests = [found.total, *(p.parent for p in found.parts), *(p.other for p in found.parts), *again, *rests]
    ratio, more = knowing.per_hundred(model, found, model.lead), knowing.more(model, found, target)
    known, middle = "Children whom assessments of the year can stand for", sum(found.children) / 2
    report.headline("children_known", known, middle, found.children, unit="children", symbol="e", of=rests, decimals=0)
    label = "Children recorded for every 100 estimated, a ratio of unlike things"
    report.headline("share_known", label, ratio.value, ratio.interval, unit="per 100 estimated", symbol="e", of=rests)
    label = f"More children recorded a year for {target:g} to every 100 estimated"
    report.headline("more_to_know", label, more.value, more.interval, unit="children", symbol="e", of=rests)
