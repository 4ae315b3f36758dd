"""The scorecard's exceptions: measures that are worse than the comparator, or moving the wrong way.

The board's targets ended in March 2014: no figure of today is held against them here.
"""

from __future__ import annotations

from dataclasses import dataclass

from analysis import narrative as say
from analysis.figure import SAID
from analysis.links import link
from analysis.methods.rating import HIGH, LOW, RED
from analysis.topics import scorecard_for_overview as words
from analysis.topics.overview.defaults import SCORECARD
from analysis.topics.overview.five import Five
from analysis.topics.scorecard_for_overview import NAMES, Card, Rule, Standing, card, swung

PAGE = "scorecard"
NAMED = 3
"""Most exceptions that a heading names."""


@dataclass(frozen=True)
class Found:
    """A measure that is an exception, and why, in words."""

    standing: Standing
    reasons: tuple[str, ...]


def made_card(five: Five, compared_with: str, years: int) -> Card:
    """Return the scorecard by the rule of its page."""
    own = SCORECARD
    return card(five.topic, Rule(compared_with, own.rule, own.tolerance, own.good_direction, years, own.noise))


def found(made: Card) -> list[Found]:
    """Return the exceptions, those with most reasons first, then in the order of the scorecard."""
    told = [Found(s, tuple(_reasons(made, s))) for s in made.standings]
    return sorted((one for one in told if one.reasons), key=lambda one: -len(one.reasons))


def _reasons(made: Card, s: Standing) -> list[str]:
    """Return why a measure is an exception; none where it is not."""
    said = []
    if s.colour == RED:
        said.append(f"worse than {words.other_words(made.rule)} ({words.rate(s, s.other)})")
    if wrong_way(made, s):
        up = "up" if s.change.way == "rose" else "down"
        said.append(f"{up} {_by(s)}")
    return said


def wrong_way(made: Card, s: Standing) -> bool:
    """Whether a measure moved the way that is not good, by more than chance and the swings usual among neighbours.

    Where too few neighbours' figures are known for a usual swing, chance alone decides, as on the scorecard's page.
    """
    if not s.change or (s.good, s.change.way) not in ((LOW, "rose"), (HIGH, "fell")):
        return False
    return swung(made, s) if s.swing > 0 else True


def _by(s: Standing) -> str:
    """Return how far a measure moved: "by 16% since 2022", or "from 292 in 2022" where it doubled or halved."""
    before = s.change.before
    if 0.5 < s.change.ratio < 2:
        return f"{words.moved_by(s)} since {before.year}"
    return f"from {words.rate(s, before.value)} in {before.year}"


def show(five: Five, compared_with: str, years: int) -> None:
    """Show each exception in one line, and in one more how many measures are none."""
    made = made_card(five, compared_with, years)
    told, report = found(made), five.report
    known = [s for s in made.standings if s.known]
    if not known:
        report.finding(f"none of the scorecard's measures has a figure for {report.name}")
        return
    report.finding(_finding(told, len(known), len(made.standings)))
    if told:
        report.listed(*(_line(made, one) for one in told))
    report.text(*_rest(made, told, len(known)))


def _finding(told: list[Found], known: int, every: int) -> str:
    measures = f"the scorecard's {say.count(known, 'measure', fmt=say.word)}"
    measures += " with a figure" * (known < every)
    if len(told) == known == 2:
        measures = measures.replace("two ", "")
    if not told:
        return f"none of {measures} is an exception" if known > 1 else f"{measures} is no exception"
    are = "is an exception" if len(told) == 1 else "are exceptions"
    names = say.listed([NAMES[one.standing.measure] for one in told])
    named = f": {names}" if len(told) <= NAMED else ""
    of = "" if known == 1 else f"{_part(len(told), known)} of "
    return f"{of}{measures} {are}{named}"


def _part(n: int, of: int) -> str:
    return say.word(n) if n < of else "both" if n == 2 else "all"


def _line(made: Card, one: Found) -> str:
    s = one.standing
    name = link(say.capital(NAMES[s.measure]), PAGE, "Over time")
    per = SAID.get(s.here.unit, "")
    around = f" ({say.around(s.interval, lambda v: words.rate(s, v))})" if s.interval else ""
    return f"{name}: {words.rate(s, s.here.value)}{per} {s.here.when}{around}: {say.listed(list(one.reasons))}"


def _rest(made: Card, told: list[Found], known: int) -> list[str]:
    """Return how many measures are no exceptions, how many have no figure, and by which rule."""
    rest, gone = known - len(told), len(made.standings) - known
    others = ""
    if told and rest:
        others = f"; the other {'one is no exception' if rest == 1 else f'{say.word(rest)} are no exceptions'}"
    said = [f"these are the scorecard's measures, not those above{others}"]
    if gone:
        none = say.count(gone, "official measure has", "official measures have", say.word)
        said.append(f"{none} no figure for {made.report.name}")
    said.append(
        f"an exception is worse than the comparator by more than chance ({made.report.level}), or has moved the wrong "
        f"way over {words.years_of(made.rule.years)}, or since its first figure, by more than chance and the swings "
        "usual among its neighbours; what is worse is the board's reading, not the department's: see the "
        f"{link('scorecard', PAGE, 'How sure we are')}"
    )
    return said
