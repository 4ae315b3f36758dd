"""Sentences on the activities of 2024, the impact indicators and the strategies, each made from what was counted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import narrative as say
from analysis.figure import Figure
from analysis.methods import plan_life
from analysis.topics.plans.action_words import none_or, verb
from analysis.topics.plans.lists import LEVEL, NEITHER, RIGHT, WRONG, Moved
from analysis.trends import OF_MODEL

# --- The activities of 2024 --------------------------------------------------------------------


def activities(listed: pd.DataFrame, share: float, linked: int, stated: Figure) -> str:
    """Return how many activities report a figure, how many show a change, and the stated share recomputed."""
    return (
        f"{measured(listed)}; {linked} of the {len(listed)} are linked first of all to the best start in life or the "
        f"right skills, which is {say.whole(share)}, {_beside(share, stated)}"
    )


def _beside(share: float, stated: Figure) -> str:
    return f"as stated ({stated})" if stated.rounding_interval.contains(share) else f"not the {stated} stated"


def measured(listed: pd.DataFrame) -> str:
    """Return how many updates hold a figure of what was done, and how many let a change be seen."""
    number, twice = int((listed["measured"] == "yes").sum()), int(listed["repeated"].sum())
    return (
        f"{say.word(number)} of the {say.number(len(listed))} activities of 2024 report a figure of what was done, and "
        f"{none_or(twice)} of these {verb(twice, 'lets', 'let')} a reader see a change"
    )


def directors(listed: pd.DataFrame) -> pd.DataFrame:
    """Return activities by director (rows) and by what the update holds (columns)."""
    kinds = ["A change", "A figure", "No figure"]
    held = [
        kinds[0] if row.repeated else kinds[1] if row.measured == "yes" else kinds[2] for row in listed.itertuples()
    ]
    table = pd.crosstab(listed["director"], pd.Series(held, index=listed.index))
    order = listed["director"].value_counts().index
    return table.reindex(index=order, columns=kinds, fill_value=0).rename_axis(index=None, columns=None)


def director_title(table: pd.DataFrame) -> str:
    """Return how many activities report a figure, for a chart; it ranks no person."""
    without = int(table["No figure"].sum())
    return f"{without} of {int(table.to_numpy().sum())} activities are without a figure"


def missions(found: pd.Series, share: float, stated: Figure) -> str:
    """Return the share of the two missions recomputed, beside the stated one."""
    return (
        f"two missions are the primary link of {say.whole(share)} of the activities, {_beside(share, stated)}; the "
        f"most frequent is {say.quoted(found.index[0])} with {found.iloc[0]}"
    )


# --- The impact indicators ---------------------------------------------------------------------


def ways(measures: Sequence[Moved]) -> dict[str, int]:
    """Return how many measures moved the right way, the wrong way, not at all, or in no direction that can be told."""
    return {way: sum(found.way == way for found in measures) for way in (RIGHT, WRONG, LEVEL, NEITHER, OF_MODEL)}


def indicators(listed: pd.DataFrame, measures: Sequence[Moved]) -> str:
    """Return how many impact indicators have figures, and which way those with official ones moved."""
    known = int((listed["kind"] != "Neither").sum())
    return (
        f"{say.word(known)} of the strategy's {say.number(len(listed))} impact indicators have any figures, "
        f"{say.word(len(measures))} of them official; of these {_moves(measures)}"
    )


def directions(measures: Sequence[Moved]) -> str:
    """Return how many of the indicators with official figures moved the right and the wrong way."""
    return f"of {say.word(len(measures))} impact indicators with official figures {_moves(measures)}"


_OTHER_WAYS = {
    LEVEL: ("did not move", "did not move"),
    NEITHER: ("has no good direction", "have no good direction"),
    OF_MODEL: ("is modelled, so that its direction is not known", "are modelled, so that their direction is not known"),
}
"""What is said of one measure, and of more, that moved neither the right way nor the wrong way."""


def _moves(measures: Sequence[Moved]) -> str:
    """Return how many moved each way, and for how many of them a release says enough to leave out chance."""
    found = ways(measures)
    parts = [f"{none_or(found[RIGHT])} moved the right way", f"{none_or(found[WRONG])} the wrong way"]
    parts += [f"{say.word(found[way])} {verb(found[way], *words)}" for way, words in _OTHER_WAYS.items() if found[way]]
    judged = [m for m in measures if m.way in (RIGHT, WRONG) and m.clear is not None]
    sure = sum(bool(m.clear) for m in judged)
    return (
        f"{say.listed(parts)}; chance can be judged for {none_or(len(judged))}, and {none_or(sure)} of those moved by "
        "more than chance"
    )


def missing(listed: pd.DataFrame) -> str:
    """Return how many impact indicators have no figures at all."""
    none = int((listed["kind"] == "Neither").sum())
    return (
        f"{none_or(none)} of {say.number(len(listed))} impact indicators {verb(none, 'has', 'have')} no figures, in "
        "the documents or in the releases read here"
    )


def without(listed: pd.DataFrame) -> str:
    """Return which impact indicators have no figures at all, by name."""
    names = listed.loc[listed["kind"] == "Neither", "indicator_in_words"]
    return f"without any figure: {'; '.join(f'{name[0].lower()}{name[1:]}' for name in names) or 'none'}"


def coverage_title(kinds: pd.Series, total: int) -> str:
    """Return how many indicators the documents themselves give figures of, for a chart."""
    own = int(kinds["Both"] + kinds["Documents only"])
    return f"The documents give figures of {say.word(own)} of {say.number(total)} indicators"


def way_title(measures: Sequence[Moved]) -> str:
    """Return how many measures moved the right way, for a chart."""
    return f"{say.capital(none_or(ways(measures)[RIGHT]))} of {say.word(len(measures))} moved the right way"


def most_moved(measures: Sequence[Moved]) -> list[str]:
    """Return sentences on the measures that moved most each way, relative to where they were."""
    said = []
    for way in (RIGHT, WRONG):
        own = [m for m in measures if m.way == way and m.first.value]
        if own:
            most = max(own, key=lambda m: abs(m.latest.value / m.first.value - 1))
            change = say.changed(most.first.value, most.latest.value, most.latest.text)
            said.append(f"furthest {way}, for where it began: {most.latest.title}, which {change} ({_years(most)})")
    return said


def _years(measure: Moved) -> str:
    return f"{measure.first.year} to {measure.latest.year}"


# --- The strategies ----------------------------------------------------------------------------


def strategies(listed: pd.DataFrame, year: int, assumed_years: int) -> str:
    """Return how many strategies were in force at the end of a year and how many had lapsed, by kind of end."""
    state, printed = listed["state"], listed["life"].map(lambda life: life.printed)
    force, lapsed = state == plan_life.IN_FORCE, int((state == plan_life.LAPSED).sum())
    years = say.count(assumed_years, "year", fmt=say.word)
    return (
        f"at the end of {year}, {none_or((force & printed).sum())} of the {say.number(len(listed))} strategies "
        f"{verb((force & printed).sum())} in force by a printed end, and {none_or((force & ~printed).sum())} more if "
        f"those without one hold for {years}; {none_or(lapsed)} had lapsed"
    )


def end_title(listed: pd.DataFrame) -> str:
    """Return how many strategies print an end, for a chart."""
    number = int(listed["life"].map(lambda life: life.printed).sum())
    return f"{say.capital(say.word(number))} of {say.number(len(listed))} strategies print when they end"


def lapse(listed: pd.DataFrame) -> str:
    """Return in which year most of the strategies with a printed end ended, and in which the last did."""
    last = max(int(life.end) - 1 for life in listed["life"] if life.printed)
    ended = pd.Series([int(life.end) - 1 for life in listed["life"] if life.printed]).value_counts()
    most = int(ended[ended == ended.max()].index.min())
    return f"{say.word(ended.max())} of the strategies with a printed end ended in {most} and the last in {last}"


def peak(years: pd.DataFrame) -> str:
    """Return in which year most strategies were in force, for a chart."""
    force = years["In force, end printed"] + years["In force, end assumed"]
    return f"Most were in force at the end of {force.idxmax()}: {force.max()}"
