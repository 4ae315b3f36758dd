"""Parts of the page on hidden harm that show several things together."""

from __future__ import annotations

from analysis.methods.simulation import middle
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
    """Record the headline values: children estimated, and where counts are published the share known and the gap."""
    report, spread = model.report, model.spread(model.lead)
    rests = [model.children, *model.lead.figures]
    label = f"Children aged {model.ages} {model.lead.phrase}"
    report.headline("children_estimated", label, spread.value, spread.interval, unit="children", of=rests)
    if found is None:
        return
    again = [found.again] if found.again else []
    rests = [found.total, *(p.parent for p in found.parts), *(p.other for p in found.parts), *again, *rests]
    share, more = knowing.share(model, found, model.lead), knowing.more(model, found, target)
    there = middle(knowing.draws(model, found, model.lead)[0], model.confidence)
    known = "Children whom assessments of the year can stand for"
    report.headline("children_known", known, there.value, found.children, unit="children", of=rests)
    label = "Share of the children estimated who may be known to social care"
    report.headline("share_known", label, share.value, share.interval, unit="percent", of=rests)
    label = f"More children to assess a year to know {target:g}%"
    report.headline("more_to_know", label, more.value, more.interval, unit="children", of=rests)
