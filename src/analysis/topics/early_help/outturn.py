"""What an authority spends on early help, beside others and over the years.

Early help is here what three lines of the outturn return hold: children's centres, family support and services for
young people. Money is in cash and in the prices of the latest year.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from analysis import narrative as say
from analysis.figure import ENGLAND, period_label
from analysis.figures import Figures
from analysis.formats import Format, missing
from analysis.methods.prices import Prices
from analysis.trends import NEIGHBOURS

LINES = {
    "spend_official_sure_start": "Children's centres",
    "spend_official_family_support": "Family support",
    "spend_official_young_people": "Services for young people",
}
OTHERS = {"spend_official_safeguarding": "Safeguarding", "spend_official_looked_after": "Children in care"}
FOLD, LEAST, SHARE = 2.0, 10.0, 0.1
"""A line that changes at least twofold, by at least so many pounds a child and this share of the three lines' total,
is taken for a possible artefact of the return."""
MOST = 0.75
"""Share of such a change that other lines must make up for, if it is probably only a service on another line."""


def prices(figures: Figures, deflator: str, growth: float) -> Prices:
    """Return the price levels of a deflator, "CPIH" or "SPPI", with an assumed growth after its last year."""
    known = figures.series(f"price_index_{deflator.lower()}", ENGLAND)
    return Prices({int(f.time_period): f.value for f in known if f.known}, growth)


@dataclass(frozen=True)
class Spending:
    """What an area spent in each year that all three lines have, from its first year to its latest.

    `table` has the year in which the financial year ends as index, and the columns `period` (2024/25), each line's
    indicator and those of `OTHERS` (cash), `total` (of the three lines, cash), `children` (0 to 17, mid-year, of the
    very authorities whose spend is in the total), `of` (a total's authorities in words, blank for an authority) and
    `real` (pounds a child at prices of `base`).
    """

    name: str
    table: pd.DataFrame
    prices: Prices
    base: int

    @property
    def known(self) -> bool:
        """Whether there is any year."""
        return not self.table.empty

    @property
    def last(self) -> pd.Series:
        """The latest year."""
        return self.table.iloc[-1]

    @property
    def first(self) -> pd.Series:
        """The first year."""
        return self.table.iloc[0]

    @property
    def per_child(self) -> float:
        """Pounds a child in the latest year, in its own prices."""
        return float(self.last["total"] / self.last["children"])

    def a_child(self, column: str) -> pd.Series:
        """Return a column of money in pounds a child at prices of the base year."""
        factors = [self.prices.factor(year, self.base) for year in self.table.index]
        return self.table[column] / self.table["children"] * factors


def spending(figures: Figures, area: str, levels: Prices, base: int | None = None) -> Spending:
    """Return what an area spent; `base` is the year of the prices, the area's latest if None."""
    series = {name: {f.time_period: f for f in figures.series(name, area)} for name in (*LINES, *OTHERS)}
    rows = {}
    for period in sorted(series[next(iter(LINES))]):
        values = {name: found[period].value if period in found else math.nan for name, found in series.items()}
        total, lines = sum(values[name] for name in LINES), [series[name].get(period) for name in LINES]
        # Lines of different authorities have no children in common to be divided by.
        if not missing(total) and len({(line.base, line.note) for line in lines}) == 1 and lines[0].base > 0:
            known = {"period": period_label(period, "Financial year"), "total": total, "children": lines[0].base}
            rows[int(period[:4]) + 1] = known | {"of": lines[0].note} | values
    table = pd.DataFrame.from_dict(rows, orient="index")
    made = Spending(figures.area_name(area), table, levels, base or max(rows, default=levels.last))
    return made if table.empty else Spending(made.name, table.assign(real=made.a_child("total")), levels, made.base)


def comparators(figures: Figures, here: Spending, area: str) -> dict[str, pd.Series]:
    """Return pounds a child by year at the same prices: of the area, England, and the neighbours' median."""
    spent = [spending(figures, code, here.prices, here.base) for code in figures.neighbours_of(area)]
    found = {here.name: here, "England": spending(figures, ENGLAND, here.prices, here.base)}
    real = {name: one.table["real"] for name, one in found.items() if one.known}
    others = [one.table["real"] for one in spent if one.known]
    return real | ({NEIGHBOURS: pd.concat(others, axis=1).median(axis=1)} if others else {})


def left_out(figures: Figures, here: Spending) -> str:
    """Return of which authorities England's spend is not the sum, by year, and what it is divided by; "" if of all."""
    england = spending(figures, ENGLAND, here.prices, here.base).table
    england = england[england.index.isin(here.table.index)]
    gone = [(row["period"], row["of"].partition(", ")[2]) for _, row in england.iterrows() if ", " in row["of"]]
    if not gone:
        return ""
    return (
        f"England is {say.listed([f'{without} in {period}' for period, without in gone])}, which have no figure: its "
        "spend is divided by the children of the others"
    )


def spend_sentence(here: Spending, others: dict[str, pd.Series]) -> str:
    """Return what the area spent in its latest year and how that stands to others."""
    if not here.known:
        return f"the official releases read here do not have all three lines of early-help spend for {here.name}"
    year = here.table.index[-1]
    also = {"England": "in England", NEIGHBOURS: "for the median of its neighbours"}
    there = [f"{say.pounds(series[year])} {also[n]}" for n, series in others.items() if n in also and year in series]
    compared = f"; it was {say.listed(there)}" if there else ""
    return (
        f"{here.name} spent {say.pounds(here.last['total'])} on early help (children's centres, family support and "
        f"services for young people) in {here.last['period']}: {say.pounds(here.per_child)} for each child under 18"
        f"{compared}"
    )


def real_sentence(here: Spending) -> str:
    """Return the change since the first year after prices; "" with one year only."""
    if len(here.table) < 2:
        return ""
    moved = more_or_less(here.first["real"], here.last["real"])
    assumed = here.base > here.prices.last
    taken = f", if prices rose {say.percent(here.prices.growth * 100)} a year after {here.prices.last}" * assumed
    return f"after price rises that is {moved} a child than in {here.first['period']}{taken}"


def more_or_less(before: float, after: float) -> str:
    """Return a change as "12% more", "3% less" or "as much, to the nearest percent,"."""
    if missing(before) or missing(after) or not before:
        return "an unknown amount more or less"
    change = (after / before - 1) * 100
    if say.whole(abs(change)) == "0%":
        return "no more and no less, to the nearest percent,"
    return f"{say.whole(abs(change))} {'more' if change > 0 else 'less'}"


def one_unit(values: pd.Series | list[float]) -> Format:
    """Return what writes all these pounds in one unit: millions if any reaches one, else whole pounds."""
    known = [abs(value) for value in values if not missing(value) and value]
    if max(known, default=0) >= 999_500:
        places = 1 if min(known) >= 50_000 else 2
        return lambda value: f"£{say.number(value / 1e6, places)} million"
    return say.pounds


# --- Lines of the return that jump ------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A line of the return that changed suddenly, and the other lines that moved the other way, with how far."""

    line: str
    before: tuple[str, float]
    after: tuple[str, float]
    against: tuple[tuple[str, float], ...]
    fmt: Format

    @property
    def change(self) -> float:
        """The change in pounds."""
        return self.after[1] - self.before[1]

    @property
    def moved(self) -> bool:
        """Whether other lines moved the other way by nearly as much."""
        return sum(abs(change) for _, change in self.against) >= MOST * abs(self.change)

    @property
    def sentence(self) -> str:
        """The step in words, with what it probably is."""
        said = (
            f"{self.line}: {self.fmt(self.before[1])} in {self.before[0]}, {self.fmt(self.after[1])} in {self.after[0]}"
        )
        if not self.moved:
            return f"{said}; no other line makes up for it, and the return does not say why"
        turn = "fell" if self.change > 0 else "rose"
        others = say.listed([f"{name.lower()} {turn} by {self.fmt(abs(change))}" for name, change in self.against])
        return f"{said}, while {others}: probably a change of the return"


def steps(here: Spending) -> list[Step]:
    """Return the sudden changes of the three lines from one year to the next, those that look moved first."""
    fmt = one_unit(here.table[list(LINES)].to_numpy().ravel()) if here.known else say.pounds
    found = []
    for (_, a), (_, b) in zip(here.table.iloc[:-1].iterrows(), here.table.iloc[1:].iterrows(), strict=True):
        changes = {label: b[line] - a[line] for line, label in LINES.items()}
        least = max(LEAST * b["children"], SHARE * max(a["total"], b["total"]))
        for line, label in LINES.items():
            own = changes[label]
            if max(a[line], b[line]) >= FOLD * min(a[line], b[line]) and abs(own) >= max(least, 1.0):
                against = tuple((o, c) for o, c in changes.items() if c * own < 0 and abs(c) >= SHARE * abs(own))
                found.append(Step(label, (a["period"], a[line]), (b["period"], b[line]), against, fmt))
    return sorted(found, key=lambda step: (not step.moved, -abs(step.change)))


def lines_finding(here: Spending) -> str:
    """Return the main fact of the three lines: a sudden step, or which is the largest."""
    if not here.known:
        return f"the three lines of {here.name} are not all published for any year"
    jumps = steps(here)
    if jumps:
        return jumps[0].sentence
    largest = max(LINES, key=lambda line: here.last[line])
    share = say.whole(here.last[largest] / here.last["total"] * 100) if here.last["total"] else "none"
    return f"{LINES[largest]} took {share} of early-help spend in {here.last['period']}"


def spend_finding(here: Spending, others: dict[str, pd.Series]) -> str:
    """Return how the area's spend a child stands to England's, for a heading."""
    if not here.known:
        return spend_sentence(here, others)
    year, own = here.table.index[-1], say.pounds(here.per_child)
    there = others.get("England", pd.Series(dtype=float)).get(year, float("nan"))
    said = f"{here.name} spends {own} a child on early help"
    if missing(there):
        return said
    if own == say.pounds(there):
        return f"{said}, as England does"
    return f"{said}, {'more' if here.per_child > there else 'less'} than the {say.pounds(there)} in England"
