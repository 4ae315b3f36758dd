"""The charts of the page on hidden harm; each title is the finding."""

from __future__ import annotations

import math

import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, dumbbell, ladder, lines, tornado
from analysis.figure import ENGLAND
from analysis.methods import bounds
from analysis.methods.intervals import Interval
from analysis.topics.hidden_harm import known as knowing
from analysis.topics.hidden_harm.definitions import LOCAL, england_share
from analysis.topics.hidden_harm.model import Model

THREE = ("domestic_abuse", "severe_mental_health", "dependency")
"""The three harms whose overlap is bounded."""
MEASURES = (*LOCAL, "two_of_three", "all_of_three")
"""The Commissioner's local measures."""
_NOTHING = Interval(math.nan, math.nan)


def definitions_ladder(model: Model) -> Chart:
    """Draw every definition's children if the area is like the nation, with what the source itself leaves open."""
    rows = [(d.label, e.value, e.interval) for d in model.ordered for e in [model.estimate(d)]]
    level = say.level(model.confidence)
    return ladder(
        rows,
        About(
            "definitions",
            f"{say.capital(model.lead.label)}: {say.modelled(model.estimate(model.lead).value)} children at the "
            "national share",
            f"Children aged {model.ages} by published definition, {model.report.name}, {model.children.period}, at the "
            "national share",
            f"Bars: {level} survey interval, or the range published. {_supposed(model)} The definitions overlap and "
            "must not be added.",
        ),
        say.modelled,
        "Children",
    )


def drivers(model: Model) -> Chart:
    """Draw what each input alone does to the leading estimate."""
    names = {
        "definition": "Which definition is used",
        "multiplier": "How the area compares with the nation",
        "population": "How many children there are",
        "prevalence": "What the survey leaves open",
    }
    written = {"multiplier": lambda v: f"{v:.3g} times", "population": say.about}
    rows = [
        (names[s.driver], s.low, s.high, *(written.get(s.driver, _share)(v) for v in (s.low_setting, s.high_setting)))
        for s in model.swings()
    ]
    middle = model.lead.percent / 100 * model.population * model.local(model.lead).middle
    return tornado(
        pd.DataFrame(rows, columns=["label", "low", "high", "low_setting", "high_setting"]),
        About(
            "drivers",
            "The choice of definition moves the estimate most",
            f"Children, {model.lead.label[0].lower()}{model.lead.label[1:]}, when one input at a time goes from the "
            f"low to the high end of its range, {model.report.name}",
            "Definition: from the narrowest to the widest published share. The other ranges are those of the "
            "parameters and of the source.",
        ),
        say.modelled,
        "Children",
        (middle, f"middle: {say.modelled(middle)}"),
    )


def _supposed(model: Model) -> str:
    """Return for how many definitions a survey's size had to be taken."""
    count = sum(not (d.surveyed or d.ranged) for d in model.ordered)
    return f"For {say.word(count)} the survey's size is not published and {say.number(model.survey_size)} is taken."


def _share(value: float) -> str:
    return say.percent(value * 100)


def overlap_counts(model: Model) -> tuple[list[float], float, float]:
    """Return the children with each of the three harms, with at least one, and with all, at England's shares."""
    per = {name: england_share(model.report, name)[0] / 100 * model.population for name in MEASURES}
    return [per[name] for name in THREE], per["any_of_three"], per["all_of_three"]


def overlap(model: Model) -> Chart:
    """Draw what is certain of the overlap of three harms, the Commissioner's model, and what independence would say."""
    counts, any_, all_ = overlap_counts(model)
    either, every = bounds.independent(counts, model.population)
    rows = [
        ("At least one: the Commissioner's model", any_, *bounds.at_least_one(counts, model.population)),
        ("At least one: if independent", either, *_NOTHING),
        ("All three: the Commissioner's model", all_, *bounds.all_of(counts, model.population)),
        ("All three: if independent", every, *_NOTHING),
    ]
    return ladder(
        pd.DataFrame(rows, columns=["label", "value", "lower", "upper"]),
        About(
            "overlap",
            f"All three harms: {say.modelled(all_)} children by the model, {say.modelled(every)} if they were "
            "independent",
            f"Children aged {model.ages} with domestic abuse, severe mental ill-health, or dependency on alcohol or "
            f"drugs, {model.report.name}, at England's shares",
            "Bars: the fewest and the most there can be, whatever the overlap (Fréchet's bounds); they are certain "
            "only as far as the three shares are.",
        ),
        say.modelled,
        "Children",
    )


def local_pairs(model: Model) -> list[tuple[str, float, float]]:
    """Return each of the Commissioner's measures: label, England's share of the area's children, local estimate.

    Empty where there is no local estimate of the area. The children are those of the Commissioner's own percentages.
    """
    pairs = []
    for name in MEASURES:
        england = model.report.figure(f"local_{name}", area=ENGLAND)
        for own in model.report.series(f"local_{name}"):
            pairs.append((own.label, england.value / england.base * own.base, own.value))
    return pairs


def local_estimates(model: Model) -> Chart:
    """Draw the Commissioner's local estimates beside England's share of the area's children."""
    pairs = local_pairs(model)
    ratios = [local / national for _, national, local in pairs]
    span = say.span(Interval(min(ratios), max(ratios)), lambda v: say.number(v, 2))
    period = model.report.series(f"local_{MEASURES[0]}")[0].period
    return dumbbell(
        pd.DataFrame(pairs, columns=["label", "first", "second"]),
        About(
            "local-estimates",
            f"The local estimates are {span} times the national share",
            f"Children aged 0 to 17, {model.report.name}, mid-{period}: England's share of the area's children, and "
            "the Children's Commissioner's local estimates",
            "Both rest on one survey of adults in England in 2014, so that they agree is no proof of either.",
        ),
        say.about,
        "Children",
        ("England's share", "Commissioner's local estimate"),
    )


def gap(model: Model, year: int) -> Chart | None:
    """Draw children recorded for every 100 estimated, by harm; None where nothing is published."""
    names = dict.fromkeys([model.definition, *LOCAL])
    rows = []
    for definition in (model.definitions[name] for name in names):
        found = knowing.known(model.report, definition.groups, year)
        if found and model.children:
            ratio = knowing.per_hundred(model, found, definition)
            rows.append((definition.label, ratio.value, ratio.interval))
    if not rows:
        return None
    return ladder(
        rows,
        About(
            "gap",
            f"{rows[0][0]}: {say.modelled(rows[0][1])} recorded for every 100 estimated",
            f"Children recorded in assessments in the year to March {year} for every 100 estimated, "
            f"{model.report.name}",
            f"Bars: {say.level(model.confidence)} interval of the simulation, with what is not known of either number. "
            "Recorded concerns and modelled children are unlike things: their ratio can be above 100, and is no share.",
        ),
        say.modelled,
        "Recorded for every 100 estimated",
    )


def scenario(model: Model, found: knowing.Known, year: int) -> Chart:
    """Draw how many more children a year would have to be recorded, by the ratio to be reached."""
    targets = range(10, 101, 10)
    made = [(t, knowing.more(model, found, t)) for t in targets]
    series = "More children a year"
    rows = [(float(t), series, m.value, *m.interval) for t, m in made]
    everyone = made[-1][1]
    return lines(
        pd.DataFrame(rows, columns=["x", "series", "value", "lower", "upper"]),
        About(
            "scenario",
            f"For as many recorded as estimated, about {say.modelled(everyone.value)} more children a year",
            f"Children to be recorded in assessments on top of the year to March {year}, by how many are to be "
            f"recorded for every 100 estimated, {model.report.name}",
            f"The band is the {say.level(model.confidence)} interval of the simulation.",
        ),
        say.modelled,
        "Children a year",
        "Recorded for every 100 estimated",
        say.number,
        roles={series: "area"},
    )
