"""The five topics' answers for one area, worked out by the topics' own functions with their notebooks' defaults."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from analysis.fact import fact
from analysis.figure import ENGLAND
from analysis.methods.appraisal import Spread
from analysis.methods.intervals import Interval
from analysis.models import send
from analysis.models.hidden_harm import Known, Model
from analysis.position import chance
from analysis.report import Report
from analysis.standing import standing
from analysis.topics.early_help import for_overview as headlines
from analysis.topics.early_help import for_overview as outturn
from analysis.topics.early_help import for_overview as pays
from analysis.topics.overview.defaults import CHILD_POVERTY, EARLY_HELP, HIDDEN_HARM, NEET, SEND

TAKEN = {
    "hidden_harm": ("children_estimated", "share_known"),
    "child_poverty": ("low_income_ahc_under_16", "low_income_ahc_rate_under_16"),
    "neet": ("neet_16_17_or_not_known_rate", "neet_16_17_rate"),
    "send": ("ehc_plans", "plans_growth", "plans_forecast", "ehc_plans_20_weeks_rate"),
    "early_help_spend": ("spend_per_child", "cla_rate", "break_even_years"),
}
"""Notebook → the headline values of its page that the overview gives too, under the same keys."""


class Five:
    """The five answers of a report's area.

    Args:
        report: the overview.
    """

    def __init__(self, report: Report) -> None:
        self.report, self.figures = report, report.figures
        self.topic = Report(report.area, report.figures)
        """Where the topics' own functions record their headline values; it shows nothing."""

    @cached_property
    def harm(self) -> Model:
        """The estimates of hidden harm."""
        own = HIDDEN_HARM
        limits = Interval(own.multiplier_low, own.multiplier_high)
        inputs = (own.design_effect, own.survey_size, limits, own.population_error, own.draws, own.seed)
        return Model(self.figures, own.definition, own.age_base, own.year, *inputs)

    @cached_property
    def known(self) -> Known | None:
        """The children with hidden harm whom assessments of the year can stand for."""
        return self.harm.known(HIDDEN_HARM.definition)

    @cached_property
    def harm_values(self) -> pd.DataFrame:
        """The numbers of the page on hidden harm, by key; see `Model.values`."""
        return self.harm.values(HIDDEN_HARM.target_share)

    @cached_property
    def poverty(self) -> pd.DataFrame:
        """Where the area stands on children with a low income after housing costs: their number, then their share."""
        return standing(self.figures, *TAKEN["child_poverty"], until=CHILD_POVERTY.year)

    @cached_property
    def winter(self) -> pd.DataFrame:
        """Where the area stands on the share of young people NEET or not known, and on the share NEET: a row each."""
        return standing(self.figures, "neet_16_17_or_not_known_rate", "neet_16_17_rate", period=NEET.period)

    @cached_property
    def plans(self) -> send.Outlook:
        """Education, health and care plans and their forecast."""
        own, rows = SEND, self.figures.take(*send.INDICATORS, areas=[self.report.area, "England"])
        assumed = {name: getattr(own, name) for name in ("horizon", "joiner_growth", "cease_rate", "seed")}
        national = self.figures.read("plan_backtest.csv")
        return send.outlook(rows, self.report.area, national, self.report.confidence, **assumed)

    @cached_property
    def spent(self) -> outturn.Spending:
        """What is spent on early help."""
        return self.spending(self.report.area)

    def spending(self, area: str) -> outturn.Spending:
        """Return what another area spends."""
        levels = outturn.prices(self.figures, EARLY_HELP.deflator, EARLY_HELP.inflation_after)
        return outturn.spending(self.figures, area, levels)

    @cached_property
    def terms(self) -> pays.Terms:
        """What is assumed of early help's effect."""
        own = EARLY_HELP
        cost = Spread.of(own.care_year_low, own.care_year_cost, own.care_year_high)
        effect = Spread.of(own.effect_low, own.effect_per_10000, own.effect_high)
        assumed = (own.optimism_bias, own.years_averted, own.lag, own.discount_rate)
        return pays.Terms(cost, effect, *assumed, self.report.confidence, own.draws, own.seed)

    @cached_property
    def case(self) -> pays.Case | None:
        """What early help would have to achieve; None where it cannot be worked out."""
        year = int(self.report.figure("care_year_cost", area=ENGLAND).time_period)
        return pays.case_of(self.figures, self.report.area, self.spent, self.terms, year, EARLY_HELP.outcome)

    def record(self) -> None:
        """Record the headline values of the five answers: those of the topics' pages, under the same keys."""
        self._record_harm()
        self._plans()
        headlines.record(self.topic, self.spent, self.case, self.terms)
        for keys in TAKEN.values():
            for key in keys:
                if key in self.figures.indicators.index:
                    self._published(key)
                else:
                    self.report.take(self.topic, key)

    def _record_harm(self) -> None:
        """Record the children with hidden harm, and those recorded for every 100 of them, where there is a value."""
        phrase = self.harm.definitions.at[HIDDEN_HARM.definition, "phrase"]
        labels = {
            "children_estimated": f"Children aged {HIDDEN_HARM.age_base} {phrase}",
            "share_known": "Children recorded for every 100 estimated, a ratio of unlike things",
        }
        for key, row in self.harm_values.loc[list(labels)].dropna(subset="value").iterrows():
            self.topic.headline(str(key), fact(row), labels[str(key)])

    def value(self, key: str) -> dict | None:
        """Return a headline value of the overview by its key; None where the area has none."""
        return self.report.value(key)

    def _plans(self) -> None:
        """Record how plans grew and what is to be expected of them."""
        last = {name: self.report.series(name) for name in (send.TOTAL, send.NEW, send.CHILDREN)}
        known = {name: [f for f in series if f.known] for name, series in last.items()}
        own = known[send.TOTAL]
        if len(own) > 1 and own[-2].value > 0:
            change = 100 * (own[-1].value / own[-2].value - 1)
            label = "Growth in plans in the last year"
            self.topic.headline("plans_growth", label, change, unit="percent", symbol="", of=own[-1:-3:-1])
        ahead = self.plans
        if ahead.possible:
            label = f"Plans to be expected, by {send.NAMES[ahead.method]}"
            value, limits = float(ahead.expected()[-1]), ahead.interval(ahead.horizon)
            about = {"period": f"January {ahead.until}", "symbol": "f", "of": [f[-1] for f in known.values() if f]}
            self.topic.headline("plans_forecast", label, value, limits, unit="children", **about)

    def _published(self, indicator: str) -> None:
        """Record an indicator's latest figure, with a value or a symbol, as the topics' pages do."""
        series = self.report.series(indicator)
        if series:
            self.report.published(indicator, series[-1], chance(series[-1]))
