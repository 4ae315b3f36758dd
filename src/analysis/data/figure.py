"""One published number with its place, and how it is written."""

from __future__ import annotations

import calendar
import math
from dataclasses import dataclass, field

from analysis.methods import intervals
from analysis.methods.intervals import Interval
from analysis.methods.rounding import around, carried
from analysis.words import number, percent, pounds

ENGLAND, UNITED_KINGDOM = "E92000001", "K02000001"
PER_10_000 = "per 10,000 children under 18"
PER_100_IN_CARE = "per 100 children in care"
OUT_OF = {"percent": 100, PER_10_000: 10_000, PER_100_IN_CARE: 100}
"""Units of rates whose number of cases follows from the rate and its base, and what the rate is out of."""
SAID = {PER_10_000: " per 10,000 children", PER_100_IN_CARE: " per 100 in care", "pounds per child": " a child"}
"""What follows a number in a sentence, where the number alone does not say its unit."""
DATED = {
    "on 31 March": ("31 March {year}", "on 31 March {year}"),
    "year to March": ("year to March {year}", "in the year to March {year}"),
    "winter": ("winter {before}/{short}", "in winter {before}/{short}"),
    "March": ("March {year}", "in March {year}"),
}
"""What a year stands for, as `indicators.csv` says: the period as a label, and in a sentence."""
MODELLED = "Modelled: "
"""How the caution of an indicator begins that is a model's result."""
CONFIDENCE = 0.95
"""The coverage of a report's intervals where nobody asks for another, and that of intervals others publish."""
MONTHS = ("January", "March", "April", "September", "October", "December")


@dataclass(frozen=True)
class Figure:
    """One published number with its place.

    `value`, `lower` and `upper` are in `unit`; NaN where the document gives none. `rounding` is the unit the number was
    rounded to (0.1 for 6.3), NaN where unknown. `modelled`: a model gave it, whose error is not published. `confidence`
    is the coverage of intervals worked out for it, that of the report; `row` its place in the table of figures.
    """

    indicator: str
    area: str
    time_period: str
    time_identifier: str
    status: str
    value: float
    lower: float
    upper: float
    rounding: float
    base: float
    symbol: str
    stated: str
    source: str
    locator: str
    note: str
    title: str
    label: str
    unit: str
    decimals: int
    dated: str = ""
    modelled: bool = False
    confidence: float = field(default=CONFIDENCE, repr=False, compare=False)
    row: int = field(default=-1, repr=False, compare=False)

    @property
    def rounding_interval(self) -> Interval:
        """The true values that round to the published one (6.3 → 6.25, 6.35); published bounds where there is none."""
        if not self.known:
            return Interval(self.lower, self.upper)
        return Interval(self.value, self.value) if math.isnan(self.rounding) else around(self.value, self.rounding)

    @property
    def known(self) -> bool:
        """Whether it has a value, not only bounds or a symbol."""
        return not math.isnan(self.value)

    @property
    def cases(self) -> float:
        """The number of cases behind a share or rate with a known base; NaN for other units."""
        return self._cases(self.value)

    @property
    def cases_range(self) -> Interval:
        """Fewest and most cases that a share, rate or number stands for; NaN for rates whose base is not known."""
        if not self.unit.startswith(("percent", "per ", "pounds")):
            return self.rounding_interval if self.rounding > 1 else Interval(self.value, self.value)
        most = self.base if self.unit == "percent" and self.value <= 100 else math.inf
        lower, upper = map(self._cases, self.rounding_interval)
        return Interval(max(0.0, lower), min(most, upper))

    def _cases(self, value: float) -> float:
        # Nine decimals, so that a whole number of cases comes back whole from its rate.
        return round(value / OUT_OF.get(self.unit, math.nan) * self.base, 9)

    @property
    def places(self) -> int:
        """Decimals the document gave (18% has none), where its rounding is known; else those of the indicator."""
        given = not math.isnan(self.rounding) and not all(map(math.isnan, (self.value, self.lower, self.upper)))
        return self.decimals if not given else max(0, -math.floor(math.log10(self.rounding)))

    def text(self, value: float) -> str:
        """Return another value of the same kind as this one is written: in its unit and decimals."""
        written = {"percent": lambda v: percent(v, self.places), "pounds": pounds, "pounds per child": pounds}
        return written.get(self.unit, lambda v: number(v, self.places))(value)

    def __str__(self) -> str:
        """The value in its unit and decimals ("6.3%", "30,019"); its bounds or [symbol] where there is none."""
        if self.known:
            return self.text(self.value)
        lower, upper = map(self.text, (self.lower, self.upper))
        if math.isnan(self.lower):
            return f"[{self.symbol}]" if math.isnan(self.upper) else f"at most {upper}"
        return f"at least {lower}" if math.isnan(self.upper) else f"{lower} to {upper}"

    @property
    def period(self) -> str:
        """The period in words: "2013", "2012/13", "October to December 2022", "31 March 2025"."""
        return self._dated(0) or self.year

    @property
    def when(self) -> str:
        """The period in a sentence: "in 2013", "on 31 March 2025", "in the year to March 2025"."""
        return self._dated(1) or f"in {self.year}"

    @property
    def year(self) -> str:
        """The period without the day or season that `dated` names: "2025"."""
        return period_label(self.time_period, self.time_identifier)

    def _dated(self, form: int) -> str:
        if not self.dated or self.time_identifier not in ("Calendar year", "Reporting year"):
            return ""
        year = int(self.time_period)
        return DATED[self.dated][form].format(year=year, before=year - 1, short=f"{year % 100:02d}")


def chance(figure: Figure) -> Interval | None:
    """Return a share's Wilson interval or a rate's interval (Byar, exact below 10 cases), its rounding carried in.

    None for other units, and where the number of cases (`base`) is not known.
    """
    if not figure.known or math.isnan(figure.base):
        return None
    if figure.unit == "percent" and 0 <= figure.value <= 100:
        return carried(lambda n: intervals.wilson(n, figure.base, figure.confidence), figure.cases_range).times(100)
    if figure.unit in (PER_10_000, PER_100_IN_CARE):
        multiple = OUT_OF[figure.unit]
        return carried(lambda n: intervals.rate(n, figure.base, multiple, figure.confidence), figure.cases_range)
    return None


def period_label(time_period: str, time_identifier: str) -> str:
    """Return a period in words for people: "2012/13", "January to March 2013", "April 2025", "2021 to 2023"."""
    start = time_period[:4]
    end = str(int(start) + 1)
    span = f"{start}/{time_period[4:]}" if len(time_period) == 6 else start
    quarters = {
        "Financial year Q3": f"October to December {start}",
        "Financial year Q4": f"January to March {end}",
        "Year to date May": f"April to May {start}",
    }
    if " to " in time_period:
        return time_period
    if "-" in time_period:
        return f"{calendar.month_name[int(time_period[5:])]} {start}"
    if time_identifier in MONTHS:
        return f"{time_identifier} {start}"
    return quarters.get(time_identifier, span)
