"""What published documents say on NEET, held against the data: a difference, a break, a dip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import claims
from analysis import narrative as say
from analysis.charts import About, Chart, lines
from analysis.figure import ENGLAND, Figure
from analysis.methods import funnel, intervals, rounding
from analysis.methods.intervals import Interval
from analysis.report import Report
from analysis.tables import Table
from analysis.topics.neet.fall import Dip


@dataclass(frozen=True)
class Slight:
    """A printed count and share beside England's share. Shares in percent; `people` is what count and share imply.

    `limits` is the interval of the share, `by_chance` where chance alone would leave a share like England's.
    """

    count: Figure
    rate: Figure
    england: Figure
    people: float
    cohort: Interval
    limits: Interval
    by_chance: Interval

    @property
    def gap(self) -> float:
        """Young people more than at England's share."""
        return self.count.value - self.england.value / 100 * self.people

    @property
    def gap_limits(self) -> Interval:
        """The gap's interval of chance, in young people."""
        return self.limits.plus(-self.england.value).times(self.people / 100)

    @property
    def differs(self) -> bool:
        """Whether chance alone would not leave the share where it is."""
        return not self.by_chance.contains(self.rate.value)

    @property
    def needed(self) -> float:
        """Among how many young people this gap would stand out from chance."""
        return funnel.size_to_tell(self.rate.value / 100, self.england.value / 100, self.limits.coverage)


def slight(report: Report) -> Slight:
    """Return the strategy's count and share of young people NEET beside England's share."""
    count, rate = report.figure("neet_count"), report.figure("neet_rate")
    england = report.figure("neet_rate", area=ENGLAND)
    people = count.value / rate.value * 100
    cohort = rounding.implied_denominator(count.rounding_interval, rate.rounding_interval)
    limits = intervals.wilson(count.value, people, report.confidence).times(100)
    ends = funnel.exact(np.array([people]), england.value / 100, report.confidence)
    lower, upper = (float(end[0]) * 100 for end in ends)
    return Slight(count, rate, england, people, cohort, limits, Interval(lower, upper, report.confidence))


def slight_chart(made: Slight, name: str) -> Chart:
    """Return the funnel about England's share, by the number of young people, with the area's share in it."""
    sizes = np.geomspace(1000, 40_000, 40)
    lower, upper = (end * 100 for end in funnel.exact(sizes, made.england.value / 100, made.limits.coverage))
    level = say.level(made.limits.coverage)
    rows = [(made.people, name, made.rate.value, np.nan, np.nan)]
    rows += [(n, "England", made.england.value, *ends) for n, *ends in zip(sizes, lower, upper, strict=True)]
    return lines(
        pd.DataFrame(rows, columns=["x", "series", "value", "lower", "upper"]),
        About(
            "slightly-higher",
            f"{made.rate} lies {'outside' if made.differs else 'inside'} what chance allows about {made.england}",
            f"Young people NEET, percent, by the number they are counted among, {made.rate.period}",
            f"Dot: {name}. Band: a funnel, the exact binomial {level} limits about England's {made.england}.",
        ),
        say.percent,
        "Percent NEET",
        "Young people in the count",
        say.number,
        roles={name: "area", "England": "england"},
    )


def break_chart(report: Report) -> Chart:
    """Return the share NEET as the strategy has it and as the releases have it, the two never joined."""
    rows: list[tuple[str, str, float]] = []
    places = {report.name: report.area, "England": ENGLAND}
    old = {name: report.figure("neet_rate", area=code) for name, code in places.items()}
    new = {name: report.series("neet_16_17_rate", area=code) for name, code in places.items()}
    years = range(int(old[report.name].time_period), int(new[report.name][-1].time_period) + 1)
    for year in map(str, years):
        for name in places:
            same = old[name].value if old[name].time_period == year else np.nan
            rows.append((year, f"{name}, 16 to 18", same))
            rows.append(
                (year, f"{name}, 16 and 17", next((f.value for f in new[name] if f.time_period == year), np.nan))
            )
    looks = {f"{report.name}, 16 and 17": "area", "England, 16 and 17": "england"}
    looks |= {f"{report.name}, 16 to 18": "neighbours", "England, 16 to 18": "region"}
    first = new[report.name][0]
    return lines(
        pd.DataFrame(rows, columns=["x", "series", "value"]),
        About(
            "definition-break",
            "The strategy's share and today's count different ages, and cannot be joined",
            f"Young people NEET, percent, ages 16 to 18 in {old[report.name].period}, 16 and 17 from {first.year}",
            "Official figures before 2016 are of ages 16 to 18; from 2016 of ages 16 and 17, with those not known "
            f"counted apart. The releases read here begin in {first.year}.",
        ),
        say.percent,
        "Percent NEET",
        roles=looks,
    )


def slight_finding(made: Slight) -> str:
    """Return whether the share differs from England's, as a section's finding."""
    how = "a greater difference than" if made.differs else "no greater difference than"
    return f"{made.rate} against England's {made.england} is {how} chance alone would make"


def slight_sentences(made: Slight) -> list[str]:
    """Return what the count implies, how many more than at England's share, and what it would take to tell."""
    more = say.count(abs(made.gap), "young person", "young people", say.about)
    level = say.level(made.limits.coverage)
    return [
        f"{made.count} young people at {made.rate} imply that {say.span(made.cohort)} were in the count; were "
        f"their risk England's, chance alone would leave {level} of such counts at "
        f"{say.span(made.by_chance, say.percent)}",
        f"that is about {more} {'more' if made.gap > 0 else 'fewer'} than at England's share "
        f"({say.around(made.gap_limits)}); before rounding the gap can be next to nothing",
        f"a gap as small as this would stand out only among about {say.about(made.needed)} young people, "
        f"{say.number(made.needed / made.people)} times as many",
        "the count itself has no sampling error, but it leaves out young people whose activity is not known",
    ]


def phrases(report: Report, made: Slight, dip: Dip, group: float) -> tuple[str, Table]:
    """Return the register's verdicts on the documents' phrases as a finding, and a table with what the figures show.

    Args:
        report: the report.
        made: the strategy's share beside England's.
        dip: the fall in care leavers' activity.
        group: other care leavers than those who joined.
    """
    whole = group + dip.joined
    fall = dip.chance(whole)
    shows = {
        "ehs-neet-slightly-higher": (
            "“Slightly higher than the national figure”",
            f"{made.rate} ({say.span(made.limits, say.percent)}) against {made.england}: chance allows "
            f"{say.span(made.by_chance, say.percent)} about England's share",
        ),
        "csc-eet-dip": (
            "“A one-off dip”",
            f"{dip.before} to {dip.after}: were the group of {say.number(whole)}, a change of {say.span(fall)} points; "
            f"those who joined explain {say.whole(dip.explained(group))} of it, and only later quarters show that it "
            "was one-off",
        ),
    }
    judged = claims.judged(report.figures, topic="neet").loc[list(shows)]
    verdicts = zip(shows.values(), judged["verdict"], judged["chance"], strict=True)
    rows = [(words, verdict.capitalize(), chance, what) for (words, what), verdict, chance in verdicts]
    heads = ["Phrase", "Verdict", claims.BEYOND_CHANCE, "What the figures show"]
    caption = f"Phrases of the documents, with {report.level} intervals of chance"
    table = Table("phrases", caption, pd.DataFrame(rows, columns=heads), folded=False, download=False)
    sure = sum(judged["chance"] == "Yes")
    return (
        f"of the documents' {say.word(len(rows))} phrases, {claims.in_words(judged)}; "
        f"{say.some_or_none(sure)} of them is shown to be beyond chance",
        table,
    )
