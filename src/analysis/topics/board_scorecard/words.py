"""The sentences of the scorecard: how many of each colour, what stands out, and what moved."""

from __future__ import annotations

import math

from analysis import narrative as say
from analysis.figure import SAID
from analysis.methods.rating import COLOURS, RED
from analysis.topics.board_scorecard.rows import NAMES, ROWS, WITHOUT
from analysis.topics.board_scorecard.standing import (
    BOARD,
    CHANCE,
    CLOSE,
    ENGLAND,
    NEIGHBOURS,
    REGION,
    SWINGS,
    TARGET,
    Card,
    Rule,
    Standing,
    swung,
)

WORDS = {"green": "G green", "amber": "A amber", "red": "R red", "": "not rated"}
"""A colour as a table shows it: a letter and a word."""


def answer(card: Card) -> list[str]:
    """Return the answer to the page's question, in up to five sentences."""
    return [part for part in (colours(card), stands_out(card), direction(card), without(), caution(card)) if part]


def colours(card: Card) -> str:
    """Return how many measures have each colour, and by which rule."""
    name = card.report.name
    if not any(s.known for s in card.standings):
        return f"none of the {say.word(len(card.standings))} official measures has a figure for {name}"
    if not card.rated:
        return f"none of the {say.word(len(card.standings))} official measures can be rated in {name}: {why_not(card)}"
    counts = [(count(card, colour), colour) for colour in COLOURS if count(card, colour)]
    left = len(card.standings) - len(card.rated)
    parts = [(say.word(n), word) for n, word in [*counts, *[(left, "not rated")] * (left > 0)]]
    verb = "is" if counts[0][0] == 1 else "are"
    listed = say.listed([f"{parts[0][0]} {verb} {parts[0][1]}", *(f"{n} {word}" for n, word in parts[1:])])
    own = len({row.measure for row in ROWS} & {s.measure for s in card.standings})
    measures = f"of {say.word(len(card.standings))} official measures, {say.word(own)} of them the board's own"
    return f"{measures}, {listed} in {name}: {rule_words(card.rule)}"


def count(card: Card, colour: str) -> int:
    """Return how many measures have a colour."""
    return sum(s.colour == colour for s in card.standings)


def why_not(card: Card) -> str:
    """Return why nothing is rated."""
    if card.rule.compared_with == TARGET and not card.report.figures.documents:
        return "no target of its own is published here"
    return "what the rule compares them with is not in the releases read here"


def other_words(rule: Rule) -> str:
    """Return what figures are compared with, in words."""
    names = {NEIGHBOURS: "the median of its statistical neighbours", ENGLAND: "England", REGION: "its region"}
    return names.get(rule.compared_with, "the board's target for 2013/14")


def rule_words(rule: Rule) -> str:
    """Return the rule of the colours in words."""
    other, share = other_words(rule), f"{rule.tolerance:g}%"
    if rule.test == CHANCE and rule.good_direction == CLOSE:
        return f"green is what chance alone could set apart from {other}, red what it could not"
    if rule.test == CHANCE:
        return f"green is better than {other} by more than chance would make it, red worse, amber neither"
    if rule.good_direction == CLOSE:
        return f"green is within {rule.tolerance / 2:g}% of {other}, amber within {share}, red further off"
    return f"green is no worse than {other}, amber worse by up to {share}, red worse by more"


def stands_out(card: Card) -> str:
    """Return how many measures differ from the comparator beyond chance, and which are red, or lie furthest off."""
    able = [s for s in card.standings if s.interval and s.other > 0]
    if not able:
        return ""
    beyond, red = [s for s in able if beyond_chance(s)], [s for s in card.standings if s.colour == RED]
    differ = "differs" if len(beyond) == 1 else "differ"
    of = part(len(beyond), len(able))
    if len(able) == 1:
        of, differ = "the one that can be compared", "differs" if beyond else "does not differ"
    said = f"{of} {differ} from {other_words(card.rule)} by more than chance"
    if red:
        worst = sorted(red, key=_far, reverse=True)[:3]
        more = f" and {say.word(len(red) - 3)} more" if len(red) > 3 else ""
        return f"{said}; red {'is' if len(red) == 1 else 'are'} {say.listed([amount(card, s) for s in worst])}{more}"
    if not beyond:
        return said
    return f"{said}; the furthest off: {amount(card, max(beyond, key=_far))}"


def part(n: int, of: int) -> str:
    """Return a part of a number in words: "none of the seven", "six of the seven", "both", "all seven"."""
    if n == of > 1:
        return "both" if of == 2 else f"all {say.word(of)}"
    return f"{'none' if not n else say.word(n)} of the {say.word(of)}"


def amount(card: Card, s: Standing) -> str:
    """Return a measure with figure, interval and comparator: "children who left care (14 per 10,000 children …)"."""
    per = SAID.get(s.rated.unit, "")
    spread = f", {say.around(s.interval, lambda v: rate(s, v))}" if s.interval else ""
    return f"{NAMES[s.measure]} ({rate(s, s.rated.value)}{per} {s.rated.when}{spread}, against {rate(s, s.other)})"


def _far(s: Standing) -> float:
    """Return how far a figure lies from its comparator, as a share of it."""
    return abs(s.rated.value / s.other - 1)


def beyond_chance(s: Standing) -> bool:
    """Whether a rated figure's interval leaves the comparator out."""
    return bool(s.interval and s.other > 0 and not s.interval.contains(s.held))


def rate(s: Standing, value: float) -> str:
    """Return a value of a standing's figure; a rate of 100 or more without decimals."""
    return (s.rated or s.here).short(value)


def direction(card: Card) -> str:
    """Return which measures moved by more than noise, that the rest did not, and how far neighbours usually swing."""
    told = [s for s in card.standings if s.change]
    if not told:
        return f"which way they are going cannot be told: {card.report.name} has no two figures to compare"
    clear = sorted((s for s in told if s.change.way), key=lambda s: -abs(math.log(s.change.ratio)))
    noise = "the neighbours' usual swings" if card.rule.noise == SWINGS else "chance would make"
    if not clear:
        since = f"since {say.listed(sorted({s.change.before.time_period for s in told}))}"
        if len(told) == 1:
            return f"the one measure with an earlier figure did not move by more than {noise} {since}"
        return f"none of the {say.word(len(told))} measures with an earlier figure moved by more than {noise} {since}"
    years = {s.change.before.time_period for s in clear}
    parts = [f"{NAMES[s.measure]} {s.change.way} {moved_by(s)}{'' if len(years) == 1 else _since(s)}" for s in clear]
    once = _since(clear[0]) if len(years) == 1 else ""
    rest = len(told) - len(clear)
    tail = "" if not rest else f"; {say.word(rest)} {'other shows' if rest == 1 else 'others show'} no clear change"
    return f"{say.listed(parts)}{once}, more than {noise}{unusual(card, clear)}{tail}"


def _since(s: Standing) -> str:
    return f" since {s.change.before.time_period}"


def unusual(card: Card, clear: list[Standing]) -> str:
    """Return which of the clear changes are also beyond what neighbours' rates usually swing; blank if not asked."""
    able = [s for s in clear if s.swing > 0]
    if card.rule.noise == SWINGS or not able:
        return ""
    wide, usual = [s for s in able if swung(card, s)], "swings usual among the neighbours"
    if not wide:
        return f", though {'not' if len(able) == 1 else 'none of it'} beyond the {usual}"
    if len(wide) == len(clear):
        return f" and beyond the {usual}"
    return f" (beyond the {usual} too: {say.listed([NAMES[s.measure] for s in wide])})"


def moved_by(s: Standing) -> str:
    """Return how far a measure moved: "by 20%", or from where to where if it doubled or halved."""
    if 0.5 < s.change.ratio < 2:
        return f"by {say.whole(100 * abs(s.change.ratio - 1))}"
    return f"from {s.change.before} to {s.here}"


def without() -> str:
    """Return which of the board's indicators have no official series."""
    return (
        f"{say.word(len(WITHOUT))} of the board's {len(ROWS)} indicators have no official series today and cannot be "
        "rated anywhere: open common assessments (CAFs, a shared check of what help a family needs), contacts that did "
        "not become referrals, and referrals that led to an initial assessment, which has been replaced by another"
    )


def caution(card: Card) -> str:
    """Return how few measures have a good direction of their own."""
    named = [
        NAMES[s.measure]
        for s in card.standings
        if card.report.figures.indicators.at[s.measure, "polarity"] != "neither"
    ]
    few = say.listed(named)
    if card.rule.good_direction != BOARD:
        return f"the Department for Education names a good direction for only {say.word(len(named))} of them, {few}"
    return (
        "a colour is no verdict: fewer children helped is not better in itself, and the Department for Education names "
        f"a good direction for only {say.word(len(named))} of the {say.word(len(card.standings))}, {few}"
    )


def years_of(years: int) -> str:
    """Return a number of years in words: "a year", "three years"."""
    return "a year" if years == 1 else f"{say.word(years)} years"
