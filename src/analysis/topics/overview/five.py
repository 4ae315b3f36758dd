"""The five topics' answers for one area, worked out by the topics' own functions with their notebooks' defaults."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from analysis.figure import ENGLAND
from analysis.methods.appraisal import Spread
from analysis.methods.intervals import Interval
from analysis.position import chance
from analysis.report import Report
from analysis.standing import standing
from analysis.topics.early_help import headlines, outturn, pays
from analysis.topics.hidden_harm import Model, known, page
from analysis.topics.overview.defaults import CHILD_POVERTY, EARLY_HELP, HIDDEN_HARM, NEET, SEND
from analysis.topics.send import words as send_words
from analysis.topics.send.outlook import Assumptions, Outlook, outlook

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
        return Model(self.topic, own.definition, own.age_base, own.year, *inputs)

    @cached_property
    def known(self) -> known.Known | None:
        """The children with hidden harm whom assessments of the year can stand for."""
        groups = self.harm.lead.groups
        return known.known(self.topic, groups, HIDDEN_HARM.year) if self.harm.children else None

    @cached_property
    def poverty(self) -> pd.DataFrame:
        """Where the area stands on children with a low income after housing costs: their number, then their share."""
        return standing(self.figures, *TAKEN["child_poverty"], until=CHILD_POVERTY.year)

    @cached_property
    def winter(self) -> pd.DataFrame:
        """Where the area stands on the share of young people NEET or not known, and on the share NEET: a row each."""
        return standing(self.figures, "neet_16_17_or_not_known_rate", "neet_16_17_rate", period=NEET.period)

    @cached_property
    def plans(self) -> Outlook:
        """Education, health and care plans and their forecast."""
        own = SEND
        assumed = (own.horizon, own.joiner_growth, own.cease_rate, own.unit_cost, own.mitigation, own.seed)
        return outlook(self.topic, Assumptions(*assumed))

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
        page.record(self.harm, self.known, HIDDEN_HARM.target_share)
        send_words.record(self.topic, self.plans)
        headlines.record(self.topic, self.spent, self.case, self.terms)
        for keys in TAKEN.values():
            for key in keys:
                if key in self.figures.indicators.index:
                    self._published(key)
                else:
                    self.report.take(self.topic, key)

    def value(self, key: str) -> dict | None:
        """Return a headline value of the overview by its key; None where the area has none."""
        return self.report.value(key)

    def _published(self, indicator: str) -> None:
        """Record an indicator's latest figure, with a value or a symbol, as the topics' pages do."""
        series = self.report.series(indicator)
        if series:
            self.report.published(indicator, series[-1], chance(series[-1]))
