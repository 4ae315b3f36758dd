"""What an expression of the claims register may call."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable, Mapping

from analysis.figure import CONFIDENCE, Figure
from analysis.figures import WILTSHIRE, Figures
from analysis.methods import intervals
from analysis.methods.quantity import Quantity

RATINGS = {"green": 1.0, "amber": 2.0, "red": 3.0}


def functions(figures: Figures, used: Mapping[str, Figure], document: str) -> dict[str, Callable[..., Quantity]]:
    """Return the functions by name; their intervals are at `CONFIDENCE` on every page, as a verdict is one.

    Args:
        figures: for the tables that `rows` counts and the ratings that `rag` reads.
        used: the claim's figures by alias.
        document: the claim's source, for its own date.
    """

    def rag(alias: str) -> Quantity:
        return _rag(figures, used[alias])

    rag.by_name = True  # a rating belongs to the figure, not to its value
    return {
        "sum": lambda *q: _total(q),
        "min": lambda *q: _extreme(min, q),
        "max": lambda *q: _extreme(max, q),
        "abs": _absolute,
        "share": lambda part, whole: part / whole * Quantity.exact(100),
        "growth": lambda later, earlier: (later / earlier - Quantity.exact(1)) * Quantity.exact(100),
        "wilson": lambda events, n: _interval(
            events / n * Quantity.exact(100), intervals.wilson(events.value, n.value, CONFIDENCE).times(100)
        ),
        "poisson": lambda events: _interval(events, intervals.count(events.value, CONFIDENCE)),
        "ratio": lambda later, earlier: _interval(
            later / earlier, intervals.ratio_of_counts(later.value, earlier.value, CONFIDENCE)
        ),
        "difference": lambda later, n_later, earlier, n_earlier: _interval(
            (later / n_later - earlier / n_earlier) * Quantity.exact(100),
            intervals.difference(later.value, n_later.value, earlier.value, n_earlier.value, CONFIDENCE).times(100),
        ),
        "rising": lambda indicator, later, earlier: _rising(figures, indicator, later, earlier),
        "authorities": lambda region: _authorities(figures, region),
        "rows": lambda table, **where: _rows(figures, table, where),
        "day": lambda text: Quantity.exact(float(datetime.date.fromisoformat(text).toordinal())),
        "document_date": lambda: _month(figures.sources.at[document, "date"]),
        "rag": rag,
    }


def _total(quantities: tuple[Quantity, ...]) -> Quantity:
    total = Quantity.exact(0.0)
    for quantity in quantities:
        total = total + quantity
    return total


def _extreme(which: Callable[..., float], quantities: tuple[Quantity, ...]) -> Quantity:
    parts = zip(*((q.value, q.lower, q.upper) for q in quantities), strict=True)
    return Quantity(*(which(part) for part in parts))


def _absolute(quantity: Quantity) -> Quantity:
    ends = (abs(quantity.lower), abs(quantity.upper))
    lowest = 0.0 if quantity.lower < 0 < quantity.upper else min(ends)
    return Quantity(abs(quantity.value), lowest, max(ends))


def _interval(value: Quantity, interval: intervals.Interval) -> Quantity:
    return Quantity(value.value, interval.lower, interval.upper)


def _rows(figures: Figures, table: str, where: Mapping[str, str]) -> Quantity:
    """Count the rows of a listing in which each column has the value given."""
    rows = figures.listing(table)
    for column, wanted in where.items():
        if column not in rows.columns:
            raise ValueError(f"{table} has no column {column!r}; it has {', '.join(rows.columns)}")
        rows = rows[rows[column].str.casefold() == wanted.casefold()]
    return Quantity.exact(float(len(rows)))


def _rising(figures: Figures, indicator: str, later: Quantity, earlier: Quantity) -> Quantity:
    """Return in how many of the other authorities with a value of both years it rose, in percent of them."""
    then, now = (figures.everywhere(indicator, f"{year.value:.0f}") for year in (earlier, later))
    both = [c for c in then.keys() & now.keys() if c != WILTSHIRE and then[c].known and now[c].known]
    return Quantity.exact(sum(now[code].value > then[code].value for code in both) / len(both) * 100)


def _authorities(figures: Figures, region: str) -> Quantity:
    """Count the authorities of today in a region."""
    areas = figures.areas
    today = (areas["region"] == region) & (areas["level"] == "Local authority") & (areas["end"] == "")
    return Quantity.exact(float(today.sum()))


def _month(date: str) -> Quantity:
    """Return the days a date such as "2024-01" or "2024" can mean, as ordinals."""
    parts = [int(part) for part in date.split("-")]
    first = datetime.date(*[*parts, 1, 1][:3])
    last = first
    if len(parts) == 1:
        last = first.replace(month=12, day=31)
    elif len(parts) == 2:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    ends = (float(first.toordinal()), float(last.toordinal()))
    return Quantity(sum(ends) / 2, *ends)


def _rag(figures: Figures, figure: Figure) -> Quantity:
    """Return a board figure's printed rating as a number: 1 green, 2 amber, 3 red."""
    rows = figures.ratings
    for column in ("indicator", "time_period", "time_identifier"):
        rows = rows[rows[column] == getattr(figure, column)]
    if len(rows) != 1:
        raise ValueError(f"board_ratings.csv has no rating for {figure.indicator}, {figure.period}")
    return Quantity.exact(RATINGS[rows["rag"].iloc[0]])
