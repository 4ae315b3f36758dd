"""What is newest in the official series of the overview: each latest figure beside the one before, and revisions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from analysis import charts
from analysis import narrative as say
from analysis.charts import About
from analysis.figure import ENGLAND, Figure
from analysis.formats import month
from analysis.links import address
from analysis.methods import rating
from analysis.methods.intervals import Interval
from analysis.methods.rounding import carried, widest
from analysis.tables import Table
from analysis.topics.overview.five import Five
from analysis.topics.overview.strip import MEASURES, SPEND
from analysis.trends import OF_MODEL, in_doubt, revised_sentences

SERIES = dict(list(MEASURES.items())[:3]) | {
    "ehc_plans": ("Plans in force", "send", "Plans in force"),
    **dict(list(MEASURES.items())[4:]),
}
"""The series whose newest figures are told, as `strip.MEASURES` calls them; of plans the number that moves."""
STEPS = 10
"""Earlier steps of a series, at most, that tell how far it usually swings."""
SHORT = "not known: few periods"
NO_WAY = ("no interval", "cannot be compared")
_NONE = Interval(math.nan, math.nan)


@dataclass(frozen=True)
class Newest:
    """The last two figures of a series: as written, when each is of, when published, and the change in percent.

    `interval` holds chance alone, `wide` also how far the series usually swings; `unjudged` says why no direction can
    be told although there is a change, and `about` what the change is after.
    """

    label: str
    page: str
    section: str
    now: str
    period: str
    published: str
    before: str
    before_period: str
    change: float
    interval: Interval
    wide: Interval = _NONE
    unjudged: str = ""
    about: str = ""

    @property
    def way(self) -> str:
        """Return "rose", "fell" or "no clear change"; one of `NO_WAY` or the reason where that cannot be judged."""
        if math.isnan(self.change):
            return "cannot be compared"
        if self.unjudged == OF_MODEL:
            return OF_MODEL
        if math.isnan(self.interval.lower):
            return "no interval"
        if self.unjudged and not self.interval.contains(0.0):
            return self.unjudged
        return say.compared(self.wide, 0.0, "rose", "fell", "no clear change")


def newest(five: Five) -> list[Newest]:
    """Return the last two figures of every series that has any, in the order of the topics."""
    found = [(words, five.report.series(name)) for name, words in SERIES.items()]
    made = [_of(five, words, series) for words, series in found if series]
    spend = _spend(five)
    return [*made, spend] if spend else made


def _of(five: Five, words: tuple[str, str, str], series: list[Figure]) -> Newest:
    now = series[-1]
    known = [f for f in series[:-1] if f.known]
    before = known[-1] if known else None
    published = month(five.figures.sources.at[now.source, "date"])
    told = (str(now), now.period, published, str(before) if before else "[x]", before.period if before else "[x]")
    if before is None or not (now.known and before.value > 0):
        return Newest(*words, *told, math.nan, _NONE)
    swing, of_model = own_swing(known), now.modelled
    ratios = [None if of_model else _ratio(before, now, wide) for wide in (0.0, swing)]
    limits = [ratio.plus(-1).times(100) if ratio else _NONE for ratio in ratios]
    unjudged = OF_MODEL if of_model else SHORT if math.isnan(swing) else ""
    return Newest(*words, *told, 100 * (now.value / before.value - 1), *limits, unjudged)


def own_swing(earlier: list[Figure]) -> float:
    """Return how far a series swung beyond chance in its steps before the last; NaN where too few are known."""
    pairs = [(a, b) for a, b in pairwise(earlier[-STEPS - 1 :]) if _counted(a) and _counted(b)]
    variances = [1 / _counted(a) + 1 / _counted(b) for a, b in pairs]
    return rating.own_swing([b.value / a.value for a, b in pairs], variances)


def _counted(figure: Figure) -> float:
    """Return the cases behind a figure; 0 where they are not known."""
    cases = figure.value if figure.unit == "children" else figure.cases
    return cases if cases > 0 else 0.0


def _ratio(before: Figure, now: Figure, swing: float) -> Interval | None:
    """Return the interval for the ratio of two figures by chance and a swing; None where their cases are not known."""
    cases = now.cases_range, before.cases_range
    bases = (1.0, 1.0) if now.unit == "children" else (now.base, before.base)
    if not all(number > 0 for number in (*bases, *(ends.lower for ends in cases))):
        return None
    shares = now.unit == "percent" and max(now.value, before.value) <= 100
    by_chance = rating.change_of_shares if shares else rating.change
    sure = now.confidence
    alone = carried(lambda *ends: by_chance(*ends, *bases, confidence=sure), *cases)
    wide = (
        carried(lambda *ends: rating.change(*ends, *bases, swing=swing, confidence=sure), *cases)
        if swing > 0
        else alone
    )
    return widest(alone, wide)


def _spend(five: Five) -> Newest | None:
    """Return early-help spend a child in its last two years, the change after price rises."""
    table = five.spent.table
    if not five.spent.known:
        return None
    each = (table["total"] / table["children"]).tolist()
    source = five.report.series("spend_official_family_support")[-1].source
    published, periods = month(five.figures.sources.at[source, "date"]), table["period"].tolist()
    if len(table) < 2 or not table["real"].iloc[-2] > 0:
        return Newest(*SPEND, say.pounds(each[-1]), periods[-1], published, "[x]", "[x]", math.nan, _NONE)
    change = 100 * (table["real"].iloc[-1] / table["real"].iloc[-2] - 1)
    told = (say.pounds(each[-1]), periods[-1], published, say.pounds(each[-2]), periods[-2])
    return Newest(*SPEND, *told, float(change), _NONE, about=price_rises(five))


def price_rises(five: Five) -> str:
    """Return what the change in spend leaves out: "after price rises (assumed 4.5% a year after 2022)"."""
    levels = five.spent.prices
    assumed = f" (assumed {levels.growth * 100:g}% a year after {levels.last})" if five.spent.base > levels.last else ""
    return f"after price rises{assumed}"


def show(five: Five) -> None:
    """Show how the newest figures differ from those of the period before, and which were revised."""
    report, made = five.report, newest(five)
    able = [one for one in made if not math.isnan(one.change)]
    if not able:
        report.finding(f"no series of {report.name} has two figures to compare")
    else:
        report.finding(_finding(able))
        about = About(
            "newest",
            _title(able),
            f"Change from the period before to the newest, percent, {report.name}",
            _note(five, able),
        )
        rows = [(one.label, one.change, *one.interval) for one in able]
        frame = pd.DataFrame(rows, columns=["label", "value", "lower", "upper"])
        report.chart(charts.ladder(frame, about, _percent, "Change in percent", (0.0, "no change")))
    if made:
        report.table(_table(made, report.name))
    report.text(*modelled(made), *revised(five))


def _note(five: Five, able: list[Newest]) -> str:
    """Return what the chart's whiskers hold, and what has none."""
    said = [
        f"whiskers are {five.report.level} intervals by chance alone; a change is clear if it is also beyond "
        f"how far the series swung from one period to the next before (its last {say.word(STEPS)} steps at most)"
    ]
    said += [f"spend is {one.about}" for one in able if one.about]
    return " ".join(say.sentence(part) for part in said)


def modelled(made: list[Newest]) -> list[str]:
    """Return both values of a modelled series, without a direction; none without one."""
    doubt = in_doubt("the two years differ")
    return [
        f"{one.label}: {one.before} in {one.before_period} and {one.now} in {one.period}; {doubt}"
        for one in made
        if one.unjudged == OF_MODEL and one.before != one.now
    ]


def _title(able: list[Newest]) -> str:
    """Return the largest clear change; where none is clear the largest with an interval, where none has, of all."""
    clear = [one for one in able if one.way in ("rose", "fell")]
    some = clear or [one for one in able if not math.isnan(one.interval.lower)] or able
    far = max(some, key=lambda one: abs(one.change))
    since = f"the {far.before_period}" if far.before_period.startswith("year") else far.before_period
    said = f"{far.label}: {_signed(far.change)} since {since}"
    return said if clear else f"{said}, not known to be a clear change"


def _finding(able: list[Newest]) -> str:
    """Return which series moved beyond chance and their usual swing since the period before."""
    moved = [f"{one.label} {one.way}" for one in able if one.way in ("rose", "fell")]
    parts = [part[0].lower() + part[1:] if not part[:4].isupper() else part for part in moved]
    if not parts:
        return "no newest figure is known to differ from the one before by more than chance and its series' usual swing"
    return f"{say.listed(parts)} since the period before, by more than chance and the usual swing"


def _signed(change: float) -> str:
    text = say.whole(change)
    return f"+{text}" if change > 0 and text != "0%" else text


def _percent(value: float) -> str:
    """Return a change in whole percent; with one decimal where that would be zero and it is not."""
    return say.percent(value) if value and say.whole(value) == "0%" else say.whole(value)


def _table(made: list[Newest], name: str) -> Table:
    heads = ["Series", "Newest", "Period", "Published", "Before", "Its period", "Change", "Clear change"]
    rows = [
        (
            one.label,
            one.now,
            one.period,
            one.published,
            one.before,
            one.before_period,
            "[x]" if math.isnan(one.change) else f"{_signed(one.change)} {one.about}".rstrip(),
            "[x]" if one.way in NO_WAY else one.way,
        )
        for one in made
    ]
    frame = pd.DataFrame(rows, columns=heads)
    links = {one.label: address(one.page, one.section) for one in made}
    caption, right = f"The newest figures of each series, {name}", ["Newest", "Before", "Change"]
    return Table("newest-figures", caption, frame, right=right, links=links)


def revised(five: Five) -> list[str]:
    """Return which figures of the area a later release has revised, as the project keeps them or a mark [r] says."""
    report = five.report
    marked = [f for name in SERIES for f in report.series(name) if f.symbol == "r"]
    said = [f"{f.title}: {f} {f.when} is marked as revised [r]" for f in marked]
    said += revised_sentences(five.figures, report.area)
    # A release that took the place of another before it was read here shows nothing of what it changed.
    none = f"between the releases read here no figure of {report.name} that the reports use was revised"
    return (said or [none]) + revised_sentences(five.figures, ENGLAND, whose="of England's figures, ")
