"""What the NEET page says in sentences; each works for an area with suppressed, few or no figures."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import narrative as say
from analysis.figure import Figure, is_known
from analysis.methods.intervals import Interval
from analysis.position import FEW, chance
from analysis.tables import SYMBOL_KEY, explained
from analysis.topics.neet.facts import Comparator, Group, Winter
from analysis.topics.neet.funnel import Funnel
from analysis.topics.neet.lifetime import Cost

EET = "in education, employment or training"
SHARE_EITHER = "the share of young people NEET or not known"


def share_of_leavers(ages: str) -> str:
    """Return what the share of care leavers is called, by their ages: "17 and 18"."""
    return f"the share of care leavers aged {ages} {EET}"


def how_many(here: Winter, period: int) -> str:
    """Return how many young people are NEET or not known in the winter that ends in a year, and the bounds of NEET."""
    when = f"in winter {period - 1}/{period % 100:02d}"
    if not here.known:
        return nothing(here, when)
    share = "so that the share NEET" if str(here.either) != str(here.neet) else "and the share NEET"
    limits = say.span(here.limits, here.either.text)
    between = f"lies between {limits.replace(' to ', ' and ')}" if " to " in limits else f"is {limits} either way"
    lost = f" ({here.unknown})" if here.unknown is not None and here.unknown.known else ""
    if not here.people > 0:
        return (
            f"in {here.name}, {here.either} {when} of the young people aged 16 and 17 were NEET ({here.neet}) or "
            f"not known to services{lost}, {share} {between}; the releases read here do not say how many that is"
        )
    return (
        f"about {say.about(here.count(here.either.value))} of the {say.number(here.people)} young people aged 16 and "
        f"17 in {here.name}, {here.either} {when}, were NEET ({here.neet}) or not known to services{lost}, {share} "
        f"{between}"
    )


def nothing(here: Winter, when: str) -> str:
    """Return that there is no figure, and why if a release says so."""
    why = [f for f in (here.either, here.neet) if f is not None and not f.known]
    symbol = f": {SYMBOL_KEY[why[0].symbol]} [{why[0].symbol}]" if why else ""
    return f"the releases read here have no share of young people NEET for {here.name} {when}{symbol}"


def stands(here: Winter, other: Comparator, among: Funnel | None) -> list[str]:
    """Return how the share NEET or not known stands to the comparator's and among all authorities; none without one."""
    if not here.known or not other:
        return []
    beside = f"{other.whose} {here.either.text(other.value)}"
    interval = chance(here.either)
    if interval is None:
        return [f"beside it stands {beside}; without a number of young people, chance cannot be judged"]
    how = say.compared(interval, other.value)
    limits = say.around(interval, here.either.text)
    said = f"the {here.either} ({limits}) is {how} {beside}"
    if among is None:
        return [said]
    joined = ", but" if (how.startswith("not")) != (among.place == "within") else ", and"
    return [f"{said}{joined} {among.standing}"]


def of_groups(groups: Sequence[Group]) -> list[str]:
    """Return how young people with special needs and in vulnerable groups fare, with intervals; none without groups."""
    by = {group.key: group for group in groups}
    shown = [by[key] for key in ("sen_plan", "sen_support", "vulnerable") if key in by]
    known = [f"{_OF[group.key]} {_with_interval(group)}" for group in shown if group.rate.known]
    symbols = dict.fromkeys(group.rate.symbol for group in shown if not group.rate.known)
    gone = {symbol: say.listed([_OF[g.key] for g in shown if g.rate.symbol == symbol]) for symbol in symbols}
    missing = "; ".join(f"no share is given of those {those}: {explained(symbol)}" for symbol, those in gone.items())
    if not known:
        return [missing] if missing else []
    said = f"among young people {known[0]} were NEET or not known"
    said += {1: "", 2: " and "}.get(len(known), ", ") + say.listed(known[1:]) if len(known) > 1 else ""
    none = by.get("sen_none")
    if none and none.rate.known:
        said += f", against {none.rate} {_OF['sen_none']}"
    return [
        f"{said} ({say.level(shown[0].rate.confidence)} intervals in brackets)" + (f"; {missing}" if missing else "")
    ]


_OF = {
    "sen_plan": "with an education, health and care plan",
    "sen_support": "on special educational needs support",
    "sen_none": "without special educational needs",
    "vulnerable": "in vulnerable groups",
}


def _with_interval(group: Group) -> str:
    return f"{group.rate} ({say.span(group.interval, group.rate.text)})" if group.interval else str(group.rate)


def care_leavers(
    figure: Figure | None, active: Figure | None, other: Comparator, name: str, lost: Figure | None = None
) -> str:
    """Return how many care leavers are in education, employment or training, with an interval for small numbers.

    `active` is their count, as the share is rounded. Those whose activity is not known are said where they are a tenth
    or more.
    """
    if figure is None:
        return f"the releases read here have no figure of care leavers {EET} for {name}"
    ages = figure.title.partition("aged ")[2].partition(" in education")[0]
    if not figure.known:
        why = explained(figure.symbol)
        return f"how many care leavers aged {ages} were {EET} is not given for {name} {figure.when}: {why}"
    interval = chance(figure)
    if interval is None:
        return f"{EET} were {figure} of care leavers aged {ages} {figure.when}"
    limits = f"{figure}, {say.around(interval, figure.text)}"
    how = f", {say.compared(interval, other.value)} {other.whose} {figure.text(other.value)}" if other else ""
    number = say.number(active.value if is_known(active) else figure.cases)
    were = "all were" if number == say.number(figure.base) else "none was" if number == "0" else f"{number} were"
    return (
        f"of {say.number(figure.base)} care leavers aged {ages}, {were} {EET} {figure.when} "
        f"({limits}){'' if figure.base < FEW else how}{_many(lost, figure)}"
    )


def _many(lost: Figure | None, figure: Figure) -> str:
    if lost is None or not lost.known or lost.value < figure.base / 10:
        return ""
    return f"; what {say.number(lost.value)} of them do is not known"


def lost_leavers(lost: Figure | None, limits: Interval | None, rate: Figure) -> list[str]:
    """Return how far care leavers whose activity is not known leave the share open; none where it is not given."""
    if lost is None or limits is None:
        return []
    if lost.value == 0:
        return [f"what all of them do is known {rate.when}"]
    return [
        f"what {say.number(lost.value)} of them {'does' if lost.value == 1 else 'do'} is not known "
        f"{rate.when}; whoever is not known counts as not {EET}, so the share could be anything from {rate} to "
        f"{rate.text(limits.upper)}"
    ]


def lifetime(costs: Sequence[Cost], prices: str) -> list[str]:
    """Return the lifetime costs in one sentence; none where the number of young people is not known."""
    if not costs:
        return []
    ranges = [f"{say.span(cost.interval, say.rough_pounds)} in {cost.kind} terms" for cost in costs]
    return [
        f"at a national study's estimates the young people NEET would cost {say.listed(ranges)} over their whole "
        f"lifetimes ({prices}), not in a year"
    ]
