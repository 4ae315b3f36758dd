"""Children with hidden harm: published share × the area's children × how common the harm is there, simulated.

How common it is in an area relative to England is what a reader gives, or follows from the Children's Commissioner's
estimates: each authority's share of children, modelled from its make-up, divided by England's. No survey has tested it
in any area, so an area is taken to lie as far from its own ratio as authorities lie from each other: the ratio's
logarithm is normal about that of its own, with the standard deviation over all authorities.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from analysis.data.figure import ENGLAND, UNITED_KINGDOM
from analysis.data.figures import ENGLAND_AND_WALES, Figures
from analysis.methods import prevalence, rounding, simulation
from analysis.methods.intervals import Interval, wilson
from analysis.methods.simulation import Middle, middle, points

Groups = tuple[tuple[str, ...], ...]
"""Harms that social workers record: all of the groups, any of the harms in each."""

ALCOHOL, DRUGS, EITHER = ("alcohol",), ("drugs",), ("alcohol", "drugs")
ABUSE, MENTAL = ("domestic_abuse",), ("mental_health",)
HARMS = ("alcohol", "drugs", "domestic_abuse", "mental_health")
"""Harms that assessments record, of a parent and of another person."""

SURVEYS: dict[str, Groups] = {
    **dict.fromkeys(("binge_drinker", "hazardous_drinker", "harmful_drinker", "dependent_drinker"), (ALCOHOL,)),
    **dict.fromkeys(("illicit_drug_user", "class_a_user", "drug_dependent", "drug_treatment"), (DRUGS,)),
    "problem_drugs_parent": (DRUGS,),
    "drinker_and_drugs": (ALCOHOL, DRUGS),
    "drinking_and_mental_health": (ALCOHOL, MENTAL),
}
"""Shares published before the strategy of 2013, of children under 16."""
TRIO: dict[str, Groups] = dict.fromkeys(("trio_moderate", "trio_severe"), (ABUSE, EITHER, MENTAL))
"""Shares of children under 18 in England with all three harms (Adult Psychiatric Morbidity Survey 2014)."""
LOCAL: dict[str, Groups] = {
    "dependency": (EITHER,),
    "any_substance_misuse": (EITHER,),
    "domestic_abuse": (ABUSE,),
    "severe_mental_health": (MENTAL,),
    "any_of_three": ((*EITHER, *ABUSE, *MENTAL),),
}
"""Children's Commissioner's local estimates; the share is their sum over England's authorities."""
GROUPS = SURVEYS | TRIO | LOCAL
USE = ("binge_drinker", "hazardous_drinker", "illicit_drug_user", "class_a_user")
NEAREST = {
    **{name: name for name in LOCAL},
    **dict.fromkeys(SURVEYS, "dependency"),
    **dict.fromkeys(USE, "any_substance_misuse"),
    **dict.fromkeys(TRIO, "all_of_three"),
    "drinking_and_mental_health": "two_of_three",
}
"""Definition → the Commissioner's local measure that is nearest to it: how an area compares with England is taken
from that."""
CHILDREN = "population_0_17"
AGES = {"0 to 15": 16 / 18, "0 to 17": 1.0}
"""Ages of children → their part of those aged 0 to 17, taking each year of age to have as many children."""
PARTS = 16
"""Equal parts of the range of children recorded, from each of which one is drawn for every estimate."""
_NO_MIDDLE = Middle(math.nan, Interval(math.nan, math.nan))
VALUES = ["children_estimated", "assessments", "children_known", "share_known", "more_to_know"]
_WHAT = ("title", "period", "when", "symbol")


def definitions(figures: Figures) -> pd.DataFrame:
    """Return every published definition by name, the widest first.

    Columns `label`; `phrase`, what the children do ("living with …"); `year`; `percent`, the national share of
    children, with the `least` and `most` that its rounding or its source allows; `ranged`, whether its source gives
    that range and no share; `n`, the children in the survey, NaN where not published; `source`.
    """
    nations = {"problem_drugs_parent": ENGLAND_AND_WALES} | dict.fromkeys(TRIO, ENGLAND)
    rows = {}
    for name in SURVEYS | TRIO:
        one = figures.get(f"prevalence_{name}", nations.get(name, UNITED_KINGDOM))
        limits = one.rounding_interval
        share = one.value if one.known else sum(limits) / 2
        rows[name] = (one.label, one.title, one.year, share, *limits, not one.known, one.base, one.source)
    for name in LOCAL:
        count = figures.get(f"local_{name}", ENGLAND)
        people = figures.get(CHILDREN, ENGLAND, count.time_period)
        limits = rounding.implied_percent(count.rounding_interval, people.rounding_interval)
        share, source = count.value / people.value * 100, _joined(count.source, people.source)
        rows[name] = (count.label, count.title, count.year, share, *limits, False, math.nan, source)
    columns = ["label", "phrase", "year", "percent", "least", "most", "ranged", "n", "source"]
    frame = pd.DataFrame.from_dict(rows, "index", columns=columns).rename_axis("definition")
    frame["phrase"] = [re.sub(r"^Children (under \d+ )?", "", title) for title in frame["phrase"]]
    frame[["least", "most"]] = frame[["least", "most"]].clip(0.0, 100.0)
    return frame.sort_index().sort_values("percent", ascending=False, kind="stable")


def at_national(
    shares: pd.DataFrame, people: float, confidence: float, design_effect: float, survey_size: float
) -> pd.DataFrame:
    """Return how many of `people` each definition gives at its national share.

    The rows with `value`, `lower`, `upper` and `coverage`: of Wilson's interval of the survey, whose size is
    `survey_size` where none is published and whose variance is `design_effect` times that of a simple random sample; or
    of the range that the source gives, NaN.
    """
    made = []
    for row in shares.itertuples():
        size = survey_size if math.isnan(row.n) else row.n
        found = Interval(row.least / 100, row.most / 100)
        found = found if row.ranged else wilson(row.percent / 100 * size, size, confidence, design_effect)
        made.append(Middle(row.percent / 100 * people, found.times(people)))
    return _with(shares, made)


def ratios(figures: Figures, measure: str) -> pd.DataFrame:
    """Return every authority's share of children by one of the Commissioner's measures, relative to England's.

    By area code: `value` (children), `base` (of how many), `ratio`, and `own`, whether it is the report's area or,
    where that has none, one of the authorities it was formed from. `measure` is one of the values of `NEAREST`.
    """
    indicator, areas = f"local_{measure}", figures.areas
    england = figures.get(indicator, ENGLAND)
    every = [f for code in areas.index[areas["level"] == "Local authority"] for f in figures.every(indicator, code)]
    before = areas.at[figures.area, "predecessors"].split("; ")
    own = figures.series(indicator, figures.area) or [f for code in before for f in figures.series(indicator, code)]
    figures.asked.pairs.update((indicator, figure.area) for figure in every)
    # The page's sources name all of them in one row, not one by one.
    column = england.locator.removeprefix("Sum of the ").partition(" over ")[0]
    row = {"source": england.source, "figure": england.title, "area": f"{len(every)} authorities",
           "stated": f"{len(every)} figures", "place": f"All rows, {column}", "note": ""}  # fmt: skip
    figures.asked.rows += [row] * (row not in figures.asked.rows)
    frame = pd.DataFrame([(f.area, f.value, f.base) for f in every], columns=["area", "value", "base"])
    share = england.value / england.base
    frame = frame.assign(ratio=frame["value"] / frame["base"] / share, own=frame["area"].isin([f.area for f in own]))
    return frame.set_index("area")


class Ratio(NamedTuple):
    """How common a harm is in an area relative to England, and the limits between which that is taken to lie.

    `spread` is the standard deviation of the ratio's logarithm; NaN where a reader gives the limits and every ratio
    between them is as likely. `own` are the areas whose estimates it rests on, none where it is England's. `among`
    authorities have one, from `least` to `most`.
    """

    middle: float
    limits: Interval
    spread: float = math.nan
    own: tuple[str, ...] = ()
    among: float = math.nan
    least: float = math.nan
    most: float = math.nan

    def draws(self, at: np.ndarray) -> np.ndarray:
        """Return draws of the ratio at points between 0 and 1."""
        if math.isnan(self.spread):
            return simulation.between(*self.limits, at)
        return simulation.ratios(self.middle, self.spread, at)


def given(low: float, high: float) -> Ratio:
    """Return the ratio of which a reader gives the limits; ValueError if these are not in order."""
    if not 0 < low <= high:
        raise ValueError(
            f"multiplier_low and multiplier_high: expected the first to be at most the second; got {low:.3g} and "
            f"{high:.3g}, where an end that is 0 is that of the area's own ratio: give both"
        )
    return Ratio((low + high) / 2, Interval(low, high))


class Known(NamedTuple):
    """Children that a year's assessments can stand for.

    `assessments` is what records there can be, whatever their overlap; `children` is lower by the share of repeats.
    """

    assessments: Interval
    children: Interval
    period: str
    when: str
    source: str


@dataclass(frozen=True)
class Model:
    """What one report assumes, and the estimates that follow.

    `figures` are for the report's area and with its confidence; `definition` leads; `ages` is a key of `AGES`.
    Assessments are of the year to March of `year`, children of the middle of the year before. `design_effect` and
    `survey_size` are as in `at_national`. `multiplier` is the range of the area's prevalence relative to the nation's:
    an end that is 0 is that of the area's own ratio, and with both 0 the ratio is drawn about its middle. The
    population may be off by `population_error` percent. `size` is the number of draws, `seed` theirs.
    """

    figures: Figures
    definition: str
    ages: str
    year: int
    design_effect: float
    survey_size: float
    multiplier: Interval
    population_error: float
    size: int
    seed: int

    @cached_property
    def definitions(self) -> pd.DataFrame:
        """Every definition; see `definitions`."""
        return definitions(self.figures)

    @cached_property
    def children(self) -> pd.Series:
        """The area's children aged 0 to 17 in the middle of the year before, or nearest to it; a row of figures."""
        area = self.figures.area
        years = [f.time_period for f in self.figures.every(CHILDREN, area) if f.known]
        nearest = min(years, key=lambda year: (abs(int(year) - self.year + 1), year), default=None)
        return self.figures.take(CHILDREN, areas=area, period=nearest).iloc[-1]

    @property
    def population(self) -> float:
        """The children of the ages chosen; NaN where their number is not published."""
        return self.children["value"] * AGES[self.ages]

    @property
    def possible(self) -> bool:
        """Whether anything can be estimated."""
        return not math.isnan(self.population)

    @cached_property
    def points(self) -> np.ndarray:
        """The points at which share, population, multiplier and children recorded are drawn, a row each."""
        return points(4, self.size, self.seed)

    @cached_property
    def _own(self) -> dict[str, Ratio]:
        return {measure: self._own_ratio(measure) for measure in dict.fromkeys(NEAREST.values())}

    def ratio(self, definition: str) -> Ratio:
        """Return how common a definition's harm is in the area relative to the nation."""
        low, high = self.multiplier
        if low and high:
            return given(low, high)
        own = self._own[NEAREST[definition]]
        return given(low or own.limits.lower, high or own.limits.upper) if low or high else own

    def _own_ratio(self, measure: str) -> Ratio:
        every = ratios(self.figures, measure)
        own, spread = every[every["own"]], float(np.log(every["ratio"]).std(ddof=1))
        england = self.figures.get(f"local_{measure}", ENGLAND)
        at = own["value"].sum() / own["base"].sum() / (england.value / england.base) if len(own) else 1.0
        far = math.exp(spread * float(special.ndtri(0.5 + self.figures.confidence / 2)))
        extent = len(every), every["ratio"].min(), every["ratio"].max()
        return Ratio(at, Interval(at / far, at * far), spread, tuple(own.index), *extent)

    def at_national(self) -> pd.DataFrame:
        """Return each definition's children if the area is like the nation; rows as `simulated`."""
        about = (self.population, self.figures.confidence, self.design_effect, self.survey_size)
        return self._facts(at_national(self.definitions, *about))

    def draws(self, definition: str) -> np.ndarray:
        """Return draws of the number of children: share × population × local multiplier."""
        row = self.definitions.loc[definition]
        if row["ranged"]:
            shares = simulation.between(row["least"] / 100, row["most"] / 100, self.points[0])
        else:
            size = self.survey_size if math.isnan(row["n"]) else row["n"]
            shares = simulation.survey_shares(row["percent"], size, self.points[0], self.design_effect)
        people = simulation.populations(self.population, self.population_error, self.points[1])
        return shares * people * self.ratio(definition).draws(self.points[2])

    def simulated(self, *names: str) -> pd.DataFrame:
        """Return the median of the draws and their interval, of some definitions or all.

        They have `value`, `lower`, `upper` and all else that a `fact` is made of; NaN where the number of children is
        not published.
        """
        chosen = self.definitions.loc[list(names or self.definitions.index)]
        draws = [self.draws(name) for name in chosen.index if self.possible]
        made = [middle(drawn, self.figures.confidence) for drawn in draws] or [_NO_MIDDLE] * len(chosen)
        return self._facts(_with(chosen, made))

    def _facts(self, estimates: pd.DataFrame) -> pd.DataFrame:
        """Return estimates of children with unit, symbol, place, time and sources."""
        children = self.children
        symbol = np.where(estimates["value"].isna(), children["symbol"] or "z", "e")
        source = [_joined(children["source"], source) for source in estimates["source"]]
        about = {name: children[name] for name in ("name", "title", "period", "when")}
        return estimates.assign(**about, unit="children", rough=True, symbol=symbol, source=source)

    @cached_property
    def recorded(self) -> pd.DataFrame:
        """The assessments of the year that record each harm: rows of figures with `harm` and `who` besides."""
        pairs = [(harm, who) for harm in HARMS for who in ("parent", "other")]
        names = [f"factor_{harm}_{who}" for harm, who in pairs]
        rows = self.figures.take(*names, areas=self.figures.area, period=self.year)
        rows = rows.drop_duplicates("indicator").set_index("indicator").loc[names].reset_index()
        return rows.assign(harm=[harm for harm, _ in pairs], who=[who for _, who in pairs])

    def known(self, definition: str) -> Known | None:
        """Return how many children the records of the year can stand for; None where a count needed is not published.

        A child can be in several of the counts, so only bounds are certain: from the largest count to their sum.
        Another person's count that is withheld is left out of the upper bound.
        """
        figures, recorded = self.figures, self.recorded.set_index(["harm", "who"])
        harms = sorted({harm for group in GROUPS[definition] for harm in group})
        total = figures.in_period("assessments_with_factors", figures.area, self.year)
        rests, parents = recorded.loc[harms], recorded["value"].loc[[(harm, "parent") for harm in harms]]
        if not (self.possible and total and total.known and parents.notna().all() and (rests["source"] != "").all()):
            return None
        counts = [recorded["value"].loc[list(group)].dropna().tolist() for group in GROUPS[definition]]
        found = prevalence.all_of_ranges([prevalence.at_least_one(sizes, total.value) for sizes in counts], total.value)
        again = figures.in_period("rereferrals_rate", figures.area, self.year)
        again = [again] if again and again.known else []
        children = Interval(found.lower * (1 - sum(rate.value for rate in again) / 100), found.upper)
        sources = rests.sort_index(level=["who", "harm"], ascending=[False, True])["source"]
        source = _joined(total.source, *sources, *(rate.source for rate in again))
        return Known(found, children, total.period, total.when, source)

    def _beside(self, known: Known, definition: str) -> tuple[np.ndarray, np.ndarray]:
        """Return draws of the children recorded, equally likely anywhere in their range, and of those estimated.

        Each estimate meets children recorded from all parts of their range: a difference of the two settles only so.
        """
        everywhere = (np.arange(PARTS)[:, None] + self.points[3]) / PARTS
        return simulation.between(*known.children, everywhere.ravel()), np.tile(self.draws(definition), PARTS)

    def per_hundred(self, *names: str) -> pd.DataFrame:
        """Return children recorded for every 100 estimated by some definitions, rows as `simulated`.

        A ratio of unlike things, with the uncertainty of both numbers; where a count that is needed is not published,
        it has no value, but the symbol, title and time of that count.
        """
        made = [self._against(name, simulation.per_hundred) for name in names]
        return pd.concat(made).assign(unit="per 100 estimated")

    def more(self, target: float) -> pd.DataFrame:
        """Return how many more children a year would have to be recorded for `target` to every 100 estimated."""
        return self._against(self.definition, lambda there, all_: simulation.more_needed(target, all_, there))

    def _against(self, definition: str, result: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> pd.DataFrame:
        """Return a row of a result of children recorded and children estimated, each a draw; see `per_hundred`."""
        known = self.known(definition)
        if not known:
            return self._resting(known, _NO_MIDDLE, definition)
        made = result(*self._beside(known, definition))
        return self._resting(known, middle(made, self.figures.confidence), definition)

    def _resting(self, known: Known | None, made: Middle, definition: str) -> pd.DataFrame:
        """Return a result that rests on the children recorded too, as a row; see `per_hundred`."""
        row = self._facts(_with(self.definitions.loc[[definition]], [made]))
        if known:
            sources = [_joined(known.source, source) for source in row["source"]]
            return row.assign(period=known.period, when=known.when, source=sources)
        harms = {harm for group in GROUPS[definition] for harm in group}
        needed = self.recorded[self.recorded["harm"].isin(harms) & (self.recorded["who"] == "parent")]
        lacks = needed[needed["value"].isna()].head(1 if self.possible else 0)
        return row.assign(**{name: lacks[name].iloc[0] for name in _WHAT if len(lacks)})

    def values(self, target: float) -> pd.DataFrame:
        """Return the page's numbers by key: estimated, assessments, recorded, per 100 estimated, more for a target."""
        known, lead = self.known(self.definition), self.definition
        limits = (known.assessments, known.children) if known else (_NO_MIDDLE.interval,) * 2
        counted = pd.concat([self._resting(known, Middle(sum(ends) / 2, ends), lead) for ends in limits])
        counted = counted.assign(unit=["assessments", "children"], rough=False, decimals=0)
        found = pd.concat([self.simulated(lead), counted, self.per_hundred(lead), self.more(target)])
        return found.set_index(pd.Index(VALUES, name="key"))


def _with(rows: pd.DataFrame, made: Sequence[Middle]) -> pd.DataFrame:
    """Return rows with a value and its interval each."""
    value, lower, upper, coverage = zip(*((m.value, *m.interval, m.interval.coverage) for m in made), strict=True)
    return rows.assign(value=value, lower=lower, upper=upper, coverage=np.where(np.isnan(value), np.nan, coverage))


def _joined(*sources: str) -> str:
    """Return ids of sources, each once."""
    return "; ".join(dict.fromkeys(part for source in sources for part in source.split("; ") if part))
