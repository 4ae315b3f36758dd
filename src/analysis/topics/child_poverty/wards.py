"""Children in poverty by ward: rates with intervals, where the children are many, and how concentrated they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis import charts, derived, narrative
from analysis.charts import About, Chart
from analysis.figure import period_label
from analysis.formats import percent, whole
from analysis.methods import concentration, intervals
from analysis.methods.concentration import Worst
from analysis.methods.simulation import Middle
from analysis.methods.together import together
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.child_poverty.facts import AFTER
from analysis.trends import in_doubt

ENDS = 10
"""Wards shown from each end of the order; up to twice as many are all shown."""
LEAST = 4
"""With fewer wards that have a rate, nothing is said of concentration."""
_MEASURE = "Children under 16 in low-income families after housing costs"


class Wards:
    """The wards of a report's area in the latest year up to `year`.

    `table` has a row a ward of that year; `rated` those with number and rate, highest first, `base` being the children
    they imply. `worst`, `underlying` and `alike` are None where too few wards have a rate.

    Args:
        report: the report.
        year: the last year used, by the year in which it ends.
        seed: of the simulation.
    """

    def __init__(self, report: Report, year: int, seed: int) -> None:
        self.report, self.year = report, year
        found = derived.wards(report.figures, report.area)
        periods = sorted(p for p in found["time_period"].unique() if int(p[:4]) + 1 <= year)
        self.period = period_label(periods[-1], "Financial year") if periods else ""
        table = found[found["time_period"] == periods[-1]].reset_index(drop=True) if periods else found[:0]
        self.table = table.assign(label=_labels(table))
        rated = self.table[(self.table["rate"] > 0) & (self.table["children"] > 0)]
        rated = rated.assign(base=rated["children"] / rated["rate"] * 100)
        self.rated = rated.sort_values(["rate", "children"], ascending=False, kind="stable", ignore_index=True)
        self.worst: Worst | None = None
        self.underlying: Middle | None = None
        self.alike: float | None = None
        if len(self.rated) >= LEAST:
            self._concentrate(np.random.default_rng(seed))

    def _concentrate(self, rng: np.random.Generator) -> None:
        events, base = self.rated["children"].to_numpy(), self.rated["base"].to_numpy()
        self.worst = concentration.worst(events, base)
        self.underlying = concentration.underlying(events, base, rng, confidence=self.report.confidence)
        self.alike = concentration.if_alike(events, base, rng)

    @property
    def every(self) -> float:
        """The rate of all wards together, in percent."""
        return together(self.rated["children"], self.rated["base"]).ratio * 100

    @property
    def worst_words(self) -> str:
        """The wards with the highest rates, in words, and "hold" or "holds"."""
        total = narrative.word(len(self.rated))
        if self.worst.units == 1:
            return f"one of the {total} wards, the one with the highest rate, holds"
        return f"{narrative.word(self.worst.units)} of the {total} wards, those with the highest rates, hold"

    def sentence(self) -> str:
        """Return where the children in poverty are: the worst tenth of wards, and the ward with most of them."""
        if not self.worst:
            return self.nothing()
        shares = (self.worst.events, 1 - self.worst.events, self.worst.population)
        part, rest, of_all = (whole(share * 100) for share in shares)
        most = self.rated.loc[self.rated["children"].idxmax()]
        return (
            f"{self.worst_words} {part} of the children in poverty after housing costs (allowing for chance, "
            f"{narrative.span(self.underlying.interval.times(100), whole)}) and {of_all} of all children; {rest} live "
            f"elsewhere, and {most['label']} has the most, {narrative.number(most['children'])}"
        )

    def nothing(self) -> str:
        """Return why nothing is said of the wards."""
        if not len(self.table):
            return f"the official releases read here have no figure by ward for {self.report.name} up to {self.year}"
        given, rated = int(self.table["children"].notna().sum()), len(self.rated)
        wards = narrative.count(len(self.table), "ward", fmt=narrative.word)
        return (
            f"of the {wards} of {self.report.name}, {_have(rated)} a published rate and {_have(given)} a number, too "
            "few to say how concentrated poverty is"
        )

    def apart(self) -> str:
        """Return how far the rates of wards lie apart; a model gave them, so that none is said to be higher."""
        low, high = (percent(self.rated["rate"].agg(end)) for end in ("min", "max"))
        return (
            f"the rates of {narrative.count(len(self.rated), 'ward')} run from {low} to {high}, about "
            f"{percent(self.every)} for all of them; {in_doubt('two of them differ')}"
        )

    def rates_chart(self) -> Chart:
        """Return rates with intervals, highest first: all wards where they are few, else the two ends."""
        few = len(self.rated) <= 2 * ENDS
        shown = self.rated if few else pd.concat([self.rated[:ENDS], self.rated[-ENDS:]])
        rows = [(row.label, row.rate, *self._limits(row)) for row in shown.itertuples()]
        top, low = self.rated.iloc[0], self.rated.iloc[-1]
        cut = "" if few else f" The {ENDS} highest and {ENDS} lowest of {len(self.rated)}."
        about = About(
            "wards",
            f"From {percent(low['rate'])} in {low['label']} to {percent(top['rate'])} in {top['label']}",
            f"{_MEASURE}, percent, by ward, {self.period}",
            f"Intervals at {self.report.level} by chance alone.{cut} The line is the rate of all wards.",
        )
        reference = (self.every, f"All wards {percent(self.every)}")
        return charts.ladder(rows, about, percent, "Percent of children under 16", reference)

    def most(self) -> str:
        """Return where the children are many, and whether the highest rate is there, for a heading."""
        most, top = self.rated.loc[self.rated["children"].idxmax()], self.rated.iloc[0]
        has = f"{most['label']} has the most children in poverty, {narrative.number(most['children'])}"
        if most["ward"] == top["ward"]:
            return f"{has}, and the highest rate, {percent(top['rate'])}"
        return (
            f"{has} at a rate of {percent(most['rate'])}; {top['label']} has the highest rate and "
            f"{narrative.number(top['children'])}"
        )

    def most_chart(self) -> Chart:
        """Return the wards with the most children in poverty."""
        first = self.rated.nlargest(ENDS, "children", keep="first")
        half = concentration.fewest(self.rated["children"].to_numpy())
        total = narrative.word(len(self.rated))
        about = About(
            "wards-most",
            f"Half of the children in poverty live in {narrative.word(half)} of {total} wards",
            f"{_MEASURE}, by ward, {self.period}",
            "A small ward can have a high rate and few children: rate and number answer different questions.",
        )
        rows = list(zip(first["label"], first["children"], strict=True))
        return charts.bars(rows, about, narrative.number, "Children in poverty", group="Ward")

    def curve_chart(self) -> Chart:
        """Return the concentration curve: what part of those in poverty live in the worst wards that hold so many."""
        found = concentration.curve(self.rated["children"].to_numpy(), self.rated["base"].to_numpy())
        pairs = zip(found.population * 100, found.events * 100, strict=True)
        rows = [(x, "Children in poverty", y) for x, y in pairs] + [(x, "If spread evenly", x) for x in (0.0, 100.0)]
        about = About(
            "wards-curve",
            f"{narrative.capital(self.worst_words)} {whole(self.worst.events * 100)} of those in poverty",
            f"Children in poverty against all children, wards from the highest rate down, {self.period}",
            "The further the line bends above the even one, the more poverty is concentrated in some wards.",
        )
        return charts.lines(
            rows, about, whole, "Percent of children in poverty", "Percent of all children under 16", whole
        )

    def about(self) -> list[str]:
        """Return how far chance and the ward figures themselves carry the concentration."""
        taken = narrative.with_interval(self.underlying.value * 100, self.underlying.interval.times(100), whole)
        said = [
            "had every ward the same rate, chance alone would make the worst tenth of them seem to hold "
            f"{whole(self.alike * 100)} of the children in poverty",
            "allowing for chance in every ward's rate, in "
            f"{narrative.number(concentration.DRAWS)} draws, it is {taken}",
        ]
        total = narrative.number(self.table["children"].sum())
        own = [f for f in self.report.series(AFTER.count) if f.known and f.year == self.period]
        if own and total != str(own[0]):
            said.append(
                f"the wards add up to {total} children, the area's own figure is {own[0]}: the release disturbs small "
                "numbers a little to protect people"
            )
        return said

    def record(self) -> None:
        """Record the share of the worst tenth of wards as a headline value, allowing for chance."""
        self.report.headline(
            "wards_worst_tenth_share",
            "Children in poverty who live in the tenth of wards with the highest rates, allowing for chance",
            self.underlying.value * 100,
            self.underlying.interval.times(100),
            unit="percent",
            period=self.period,
            symbol="e",
            source=self.table["source"].iloc[0],
        )

    def all_table(self) -> Table:
        """Return all wards as a table, highest rate first; a ward without a rate has its symbol."""
        rows = [(row.label, row.children, row.rate, *self._limits(row), row.base) for row in self.rated.itertuples()]
        for row in self.table[~self.table["ward"].isin(self.rated["ward"])].itertuples():
            number, share = _cell(row.children, row.children_symbol), _cell(row.rate, row.rate_symbol)
            rows.append((row.label, number, share, "[x]", "[x]", "[x]"))
        columns = ["Ward", "Children in poverty", "Percent", "Lower limit", "Upper limit", "Children, implied"]
        formats = dict.fromkeys(columns[2:5], percent)
        formats |= {columns[1]: narrative.number, columns[5]: narrative.about}
        caption = f"All {narrative.count(len(self.table), 'ward')}, {self.period}"
        return Table("wards-all", caption, pd.DataFrame(rows, columns=columns), formats, right=columns[1:])

    def _limits(self, row: object) -> intervals.Interval:
        return intervals.wilson(row.children, row.base, self.report.confidence).times(100)


def _labels(table: pd.DataFrame) -> list[str]:
    """Return each ward's name, in a county with its district's, as names repeat."""
    several = table["authority"].nunique() > 1
    pairs = zip(table["name"], table["authority"], strict=True)
    return [f"{name} ({authority})" if several else name for name, authority in pairs]


def _have(value: int) -> str:
    return f"{narrative.some_or_none(value)} {'has' if value < 2 else 'have'}"


def _cell(value: float, symbol: str) -> float | str:
    return f"[{symbol}]" if pd.isna(value) else value
