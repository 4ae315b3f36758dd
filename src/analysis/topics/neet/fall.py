"""A fall in care leavers' activity that a document puts down to those who joined: what it takes to explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis import narrative as say
from analysis.charts import About, Chart, bars, lines
from analysis.figure import Figure
from analysis.methods import intervals, prevalence
from analysis.methods.intervals import Interval
from analysis.topics.neet.leavers import clear_changes


@dataclass(frozen=True)
class Dip:
    """A fall in a group's share and those who joined it, of whom a share has the characteristic (0 to 1)."""

    before: Figure
    after: Figure
    joined: float
    share: float

    def after_joining(self, group: float) -> float:
        """Return the percent once they have joined a group of this size that stays as it was."""
        return (self.before.value / 100 * group + self.share * self.joined) / (group + self.joined) * 100

    @property
    def size(self) -> float:
        """The others' number at which those who joined explain the whole fall; NaN if none does."""
        return self._size(self.before.value, self.after.value)

    @property
    def sizes(self) -> Interval:
        """The sizes that the rounding of both shares allows."""
        ends = [self._size(a, b) for a in self.before.rounding_interval for b in self.after.rounding_interval]
        return Interval(min(ends), max(ends))

    def _size(self, before: float, after: float) -> float:
        return prevalence.cohort_before_arrivals(before / 100, after / 100, self.joined, self.share)

    def explained(self, group: float) -> float:
        """Return how much of the fall, in percent of it, they explain in a group of this size."""
        return (self.before.value - self.after_joining(group)) / (self.before.value - self.after.value) * 100

    def chance(self, group: float) -> Interval:
        """Return the interval of the change, in points, if both quarters had a group of this size."""
        after, before = (figure.value / 100 * group for figure in (self.after, self.before))
        return intervals.difference(after, group, before, group, self.after.confidence).times(100)


def dip_chart(made: Dip, name: str) -> Chart:
    """Return the share once they have joined, by the number of others, in steps of ten."""
    joined = say.word(made.joined)
    return lines(
        [(n, "Share after they join", made.after_joining(n)) for n in range(10, 201, 10)],
        About(
            "arrivals",
            f"The smaller the group, the further {joined} who join move its share",
            f"Care leavers in education, employment or training after {joined} join, percent, {name}",
            f"Takes {say.whole(made.share * 100)} of those who join and {made.before} of the others to be active.",
        ),
        say.whole,
        "Percent after they join",
        "Other care leavers aged 17 to 18",
        say.number,
        marks=[(made.after.value, f"as reported: {made.after}")],
    )


def both_ages(made: Dip, older: Sequence[Figure], name: str) -> Chart:
    """Return both age groups in the two quarters."""
    before, after = made.before, made.after
    ages_of = {"17 to 18": (before, after), "19 to 21": older}
    rows = [(f"Aged {ages}, {f.period}", f.value) for ages, pair in ages_of.items() for f in pair]
    return bars(
        rows,
        About(
            "dip",
            f"The share aged 17 to 18 {say.changed(before.value, after.value, say.whole)}",
            f"Care leavers in education, employment or training, percent, {name}, Ofsted calculation",
        ),
        say.whole,
        "Percent in education, employment or training",
        focus={row[0] for row in rows[:2]},
    )


def finding(made: Dip) -> str:
    """Return how large the group must have been, as a section's finding."""
    joined = say.capital(say.word(made.joined))
    if not made.size >= 1:
        return f"{joined} new arrivals cannot explain the whole fall, whatever the size of the group"
    return f"{joined} new arrivals explain the whole fall only if the group had {say.span(made.sizes)} others"


def beyond_chance(made: Dip, group: float) -> bool:
    """Say whether the fall is more than chance makes in groups of this size."""
    return not made.chance(group).contains(0)


def sentences(made: Dip, group: float, steady: Figure, yearly: Sequence[Figure]) -> list[str]:
    """Return what those who joined explain, what chance allows, and what the official years show.

    Args:
        made: the fall.
        group: other care leavers of the ages.
        steady: the range that the document gives for the last 12 months.
        yearly: the official series of the same ages.
    """
    joined, whole = say.word(made.joined), group + made.joined
    active = "none of them was" if made.share == 0 else f"{say.whole(made.share * 100)} of them were"
    change = made.chance(whole)
    chance = "beyond chance" if beyond_chance(made, whole) else "which chance alone could make"
    return [
        f"this takes that {active} in education, employment or training and that the others' share stayed as it was",
        f"with {say.number(group)} others the {joined} would alone take the share to "
        f"{say.whole(made.after_joining(group))}: {say.whole(made.explained(group))} of the fall to {made.after}",
        f"in a group of {say.number(whole)} in both quarters the change has "
        f"{say.a_level(change.coverage)} interval from {say.span(change)} points, {chance}",
        years(yearly),
        f"the update also says performance was {say.span(steady.rounding_interval, say.whole)} over the last 12 "
        f"months, which can be so only if the quarter with {made.after} is not counted among them",
    ]


def years(yearly: Sequence[Figure]) -> str:
    """Return what became of the official yearly share, with how many of its changes are beyond chance."""
    known = [figure for figure in yearly if figure.known]
    listed = say.listed([f"{figure} in {figure.time_period}" for figure in known])
    clear, pairs = clear_changes(known)
    number = f"{say.word(clear)} of its {say.word(pairs)} changes"
    found = "none of its changes is" if not clear else f"{number} {'is' if clear == 1 else 'are'}"
    return f"by the department's yearly count, of years to March, the share was {listed}; {found} beyond chance"
