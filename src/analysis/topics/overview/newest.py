"""What is newest in the official series of the overview: each latest figure beside the one before, and revisions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from analysis import charts, schemas
from analysis import narrative as say
from analysis.charts import About
from analysis.figure import ENGLAND, Figure, period_label
from analysis.formats import month
from analysis.links import address
from analysis.methods import intervals, rating
from analysis.methods.intervals import Interval
from analysis.reading import read_table
from analysis.tables import Table
from analysis.topics.overview.five import Five
from analysis.topics.overview.strip import MEASURES, SPEND

SERIES = dict(list(MEASURES.items())[:3]) | {
    "ehc_plans": ("Plans in force", "send", "Plans in force"),
    **dict(list(MEASURES.items())[4:]),
}
"""The series whose newest figures are told, as `strip.MEASURES` calls them; of plans the number that moves."""
REVISIONS = "revisions.csv"
_NONE = Interval(math.nan, math.nan)


@dataclass(frozen=True)
class Newest:
    """The last two figures of a series: as written, when each is of, when published, and the change in percent."""

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

    @property
    def way(self) -> str:
        """Return "rose", "fell" or "no clear change"; "no interval" where chance cannot be judged."""
        if math.isnan(self.change):
            return "cannot be compared"
        if math.isnan(self.interval.lower):
            return "no interval"
        return say.compared(self.interval, 0.0, "rose", "fell", "no clear change")


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
    ratio = _ratio(before, now, five.confidence)
    limits = Interval(*(100 * (end - 1) for end in ratio)) if ratio else _NONE
    return Newest(*words, *told, 100 * (now.value / before.value - 1), limits)


def _ratio(before: Figure, now: Figure, confidence: float) -> Interval | None:
    """Return the interval for the ratio of two figures by chance alone; None where their cases are not known."""
    if now.unit == "children":
        return intervals.ratio_of_counts(now.value, before.value, confidence) if now.value > 0 else None
    if not (now.base > 0 and before.base > 0 and now.cases > 0):
        return None
    shares = now.unit == "percent" and max(now.value, before.value) <= 100
    return (rating.change_of_shares if shares else rating.change)(
        now.cases, before.cases, now.base, before.base, confidence=confidence
    )


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
    now, before = say.pounds(each[-1]), say.pounds(each[-2])
    return Newest(*SPEND, now, periods[-1], published, before, periods[-2], float(change), _NONE)


def show(five: Five) -> None:
    """Show how the newest figures differ from those of the period before, and which were revised."""
    report, made = five.report, newest(five)
    able = [one for one in made if not math.isnan(one.change)]
    if not able:
        report.finding(f"no series of {report.name} has two figures to compare")
    else:
        report.finding(_finding(able))
        far = max(_clearest(able), key=lambda one: abs(one.change))
        since = f"the {far.before_period}" if far.before_period.startswith("year") else far.before_period
        about = About(
            "newest",
            f"{far.label}: {_signed(far.change)} since {since}",
            f"Change from the period before to the newest, percent, {report.name}",
            f"Whiskers are {say.level(five.confidence)} intervals by chance alone. Spend is after price rises and has "
            "no interval; low incomes are modelled, and the model's own error is not published.",
        )
        rows = [(one.label, one.change, *one.interval) for one in able]
        frame = pd.DataFrame(rows, columns=["label", "value", "lower", "upper"])
        report.chart(charts.ladder(frame, about, say.whole, "Change in percent", (0.0, "no change")))
    if made:
        report.table(_table(made, report.name))
    report.text(*revised(five))


def _clearest(able: list[Newest]) -> list[Newest]:
    """Return the series that moved beyond chance; where none did those with an interval, where none has, all."""
    clear = [one for one in able if one.way in ("rose", "fell")]
    return clear or [one for one in able if not math.isnan(one.interval.lower)] or able


def _finding(able: list[Newest]) -> str:
    """Return which series moved beyond chance since the period before."""
    moved = [f"{one.label} {one.way}" for one in able if one.way in ("rose", "fell")]
    parts = [part[0].lower() + part[1:] if not part[:4].isupper() else part for part in moved]
    if not parts:
        return "no newest figure differs from the one before by more than chance"
    return f"{say.listed(parts)} since the period before, by more than chance"


def _signed(change: float) -> str:
    text = say.whole(change)
    return f"+{text}" if change > 0 and text != "0%" else text


def _table(made: list[Newest], name: str) -> Table:
    heads = ["Series", "Newest", "Period", "Published", "Before", "Its period", "Change", "Beyond chance"]
    rows = [
        (
            one.label,
            one.now,
            one.period,
            one.published,
            one.before,
            one.before_period,
            "[x]" if math.isnan(one.change) else _signed(one.change),
            "[x]" if one.way in ("no interval", "cannot be compared") else one.way,
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
    if not report.figures.documents:
        return said or [f"no figure of {report.name} in these series is marked as revised"]
    said += _kept(five, report.area, "")
    england = _kept(five, ENGLAND, "of England's figures ")
    return (said or [f"no figure of {report.name} that the reports use was revised by a later release"]) + england


def _kept(five: Five, area: str, whose: str) -> list[str]:
    """Return an area's revised figures from the table of revisions, a sentence an indicator."""
    five.figures.asked.tables.add(REVISIONS)
    table = read_table(five.figures.folder / REVISIONS, schemas.REVISIONS)
    own, said = table[table["area"] == area].sort_values("time_period"), []
    for indicator, rows in own.groupby("indicator"):
        title, parts = five.figures.indicators.at[indicator, "title"], []
        for row in rows.itertuples(index=False):
            old, new = (_plain(text) for text in (row.old, row.new))
            parts.append(f"from {old} to {new} ({period_label(row.time_period, row.time_identifier)})")
        said.append(f"{whose}a later release revised {title[0].lower()}{title[1:]} {say.listed(parts)}")
    return said


def _plain(stated: str) -> str:
    """Return a number as a release states it with thousands commas; any other text as it is."""
    digits = stated.replace(",", "")
    return say.number(int(digits)) if digits.isdecimal() else stated
