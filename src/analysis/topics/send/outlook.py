"""The SEND figures of an area put together: its plans so far, every method's forecast, and how each did in the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis import narrative as say
from analysis.figure import ENGLAND
from analysis.figures import Figures
from analysis.forecasts import COHORT, LEAST_YEARS, LEVELS, METHODS, PUBLISHED_DRAWS, cohort_path, complete, trials
from analysis.methods import backtest, cohort, cohort_fit, forecast
from analysis.methods.backtest import Trial
from analysis.methods.cohort import History, Model
from analysis.methods.forecast import Path
from analysis.methods.intervals import Interval
from analysis.plan_history import INDICATORS, Mended, plans_of
from analysis.reading import read_table
from analysis.report import Report

TABLE = "plan_backtest.csv"
CHOSEN = "best so far"
SHORT = {
    COHORT: "the cohort model",
    "drift": "drift",
    "linear": "the straight line",
    "exponential": "steady percentage growth",
    "same as last year": "same as last year",
}
"""The methods as the sections name them, once they are explained."""
RULES = {
    "drift": "the mean yearly rise goes on",
    "linear": "numbers follow a straight line",
    "exponential": "numbers grow by the same percentage every year",
    "same as last year": "numbers stay as they are",
}
"""The simple methods as anybody would say them."""


@dataclass(frozen=True)
class Assumptions:
    """What a reader may change: see the notebook's parameters."""

    horizon: int = 4
    joiner_growth: float = 0.0
    cease_rate: float = 1.0
    unit_cost: float = 17000.0
    mitigation: float = 0.0
    seed: int = 1

    @property
    def changed(self) -> bool:
        """Whether joining or leaving is assumed to differ from recent years."""
        return self.joiner_growth != 0 or self.cease_rate != 1


@dataclass(frozen=True)
class Outlook:
    """An area's history and forecasts. Arrays of the area alone; `england` for the same years.

    `confidence` is the coverage of its intervals, the report's. `past` holds each method's forecasts from earlier
    years; it is empty, and so is everything ahead, where the area has too short a history (`possible`).
    """

    name: str
    years: np.ndarray
    history: History
    england: History
    mended: list[Mended]
    assumed: Assumptions
    past: dict[str, Trial]
    national: pd.DataFrame
    confidence: float

    @property
    def possible(self) -> bool:
        """Whether there is enough history to forecast and to see how forecasts did."""
        return bool(self.past)

    @property
    def last(self) -> int:
        """The year of the last January."""
        return int(self.years[-1])

    @property
    def januaries(self) -> int:
        """How many Januaries have a count."""
        return int(np.isfinite(self.history.total).sum())

    @property
    def plans(self) -> float:
        """Plans in the last January."""
        return float(self.history.total[0, -1])

    @property
    def ahead(self) -> np.ndarray:
        """The years forecast."""
        return self.last + np.arange(1, self.assumed.horizon + 1)

    @cached_property
    def compared(self) -> dict[str, Trial]:
        """The past forecasts that every method made: the same ones of each."""
        return backtest.shared(self.past)

    @cached_property
    def errors(self) -> dict[str, np.ndarray]:
        """Mean absolute error in percent by method, and by years ahead."""
        return {name: 100 * backtest.accuracy(trial)[0] for name, trial in self.compared.items()}

    @cached_property
    def method(self) -> str:
        """The method that came closest in the past, over the years ahead up to the horizon."""
        whole = {name: backtest.accuracy(trial) for name, trial in self.compared.items()}
        return str(backtest.best(whole, self.assumed.horizon)[0])

    def error(self, method: str) -> float:
        """Return a method's mean error in percent, over the years ahead up to the horizon."""
        return float(np.mean(self.errors[method][: self.assumed.horizon]))

    @cached_property
    def model(self) -> Model:
        """The cohort model as recent years give it."""
        return cohort_fit.fit(self.history, self.england)

    @cached_property
    def paths(self) -> dict[str, Path]:
        """Every method's forecast, shape (1, horizon)."""
        rng, horizon = np.random.default_rng(self.assumed.seed), self.assumed.horizon
        past = self.history.total[:, -forecast.WINDOW :]
        made = {COHORT: cohort_path(self.model, horizon, rng, PUBLISHED_DRAWS)}
        return made | {name: method(past, horizon) for name, method in forecast.NAIVE.items()}

    def expected(self, method: str | None = None) -> np.ndarray:
        """Return a method's forecast for each year ahead, the published one's by default."""
        return self.paths[method or self.method].expected[0]

    def interval(self, ahead: int, level: float | None = None, method: str | None = None) -> Interval:
        """Return the interval of a forecast 1 or more years ahead, as wide as all authorities' past errors ask.

        Its coverage is the report's, or `level`. Between the levels of the table, widths are taken on the scale of
        normal quantiles, where those of normal errors lie on a straight line.
        """
        name, level = method or self.method, level or self.confidence
        widths, row = backtest.spread(self.paths[name])[0], self.row(name, ahead)
        known = [float(row[f"factor_{end}"]) for end in LEVELS]
        factor = backtest.between(level, list(LEVELS.values()), known)
        return backtest.interval(float(self.expected(name)[ahead - 1]), float(widths[ahead - 1]), factor, level)

    def row(self, method: str, ahead: int) -> pd.Series:
        """Return what all authorities say of a method so many years ahead; see `plan_backtest.csv`."""
        found = self.national[(self.national["method"] == method) & (self.national["horizon"] == ahead)]
        return found.iloc[0]

    def scenario(self, joiners: float = 1.0, growth: float = 0.0, leaving: float = 1.0) -> np.ndarray:
        """Return the cohort model's plans for each year ahead, all ages; arguments as `Model.scenario`.

        They come on top of what the reader assumes.
        """
        assumed = (1 + self.assumed.joiner_growth / 100) * (1 + growth) - 1
        model = self.model.scenario(joiners, assumed, self.assumed.cease_rate * leaving)
        return cohort.expected(model, self.assumed.horizon)[0].sum(axis=-1)

    @cached_property
    def by_band(self) -> np.ndarray:
        """The cohort model's plans for each year ahead by band, with what the reader assumes."""
        growth = self.assumed.joiner_growth / 100
        model = self.model.scenario(growth=growth, leaving=self.assumed.cease_rate)
        return cohort.expected(model, self.assumed.horizon)[0]

    def extra(self, percent: float = 1.0) -> np.ndarray:
        """Return how many more plans there would be in each year ahead if so many percent more children joined."""
        return self.scenario(joiners=1 + percent / 100) - self.scenario()

    @property
    def reason(self) -> str:
        """Why there is no forecast; blank where there is one."""
        if self.possible:
            return ""
        if self.januaries >= LEAST_YEARS:
            return f"the releases lack some of the counts that a forecast for {self.name} would need, so none is made"
        if not self.januaries:
            return f"no forecast: the number of plans in {self.name} is not known for any January"
        counts = say.count(self.januaries, "January", "Januaries", fmt=say.word)
        return (
            f"the number of plans in {self.name} is known for {counts} only, too few for a forecast that could be "
            f"tried on the past: it takes {say.word(LEAST_YEARS)}"
        )


def outlook(report: Report, assumed: Assumptions) -> Outlook:
    """Return what the figures of a report's area say, with every forecast that can be made."""
    country = plans_of(_rows(report, ENGLAND), [ENGLAND])
    area = plans_of(_rows(report, report.area), [report.area], country.years)
    national = national_table(report.figures)
    enough = np.isfinite(area.history.total).sum() >= LEAST_YEARS and complete(area.history)[0]
    past = trials(area.years, area.history, country.history, assumed.seed) if enough and len(national) else {}
    parts = (area.history, country.history, area.mended, assumed, past, national)
    return Outlook(report.name, area.years, *parts, report.confidence)


def national_table(figures: Figures) -> pd.DataFrame:
    """Return the summary of the backtest over all authorities, and remember that the page uses it."""
    figures.asked.tables.add(TABLE)
    return read_table(figures.folder / TABLE)


def coverage(national: pd.DataFrame, methods: Sequence[str] = METHODS) -> tuple[float, float]:
    """Return in percent how often 95% intervals held over all authorities and origins: as given, and as claimed.

    "As claimed" is what the methods' own standard errors would have given, of the same forecasts.
    """
    rows = national[national["method"].isin(methods)]
    given, claimed = (rows[name] * rows["checked"] for name in ("coverage", "own_coverage"))
    return float(given.sum() / rows["checked"].sum()), float(claimed.sum() / rows["checked"].sum())


def _rows(report: Report, area: str) -> pd.DataFrame:
    found = [(f.indicator, f.area, f.time_period, f.value) for i in INDICATORS for f in report.series(i, area)]
    return pd.DataFrame(found, columns=["indicator", "area", "time_period", "value"])
