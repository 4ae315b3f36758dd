"""Sentences on the safeguarding board's action plan, each made from what was counted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import narrative as say
from analysis.figure import Figure
from analysis.methods import plan_life
from analysis.methods import plan_status as rule
from analysis.methods.intervals import Interval

_WORDS = {
    rule.UNDER_WAY: "under way",
    rule.BEHIND: "behind",
    rule.STOPPED: "stopped in part",
    rule.NOT_SAID: "reported without a word of status",
    rule.NO_UPDATE: "without any update",
}


def none_or(number: float) -> str:
    """Return a number in words, "none" for zero."""
    return say.word(number) if number else "none"


def verb(number: float, one: str = "was", more: str = "were") -> str:
    """Return the verb that goes with a number; "none" goes with the plural."""
    return one if number == 1 else more


def done(plan: pd.DataFrame, as_of: str, ends: Interval) -> str:
    """Return how many priorities were done, with the other reading, and how many had an overdue action."""
    number, late = int((plan["status"] == rule.DONE).sum()), int(plan["overdue"].sum())
    other = ends.upper if number == ends.lower else ends.lower
    name = "most favourable" if other == ends.upper else "most cautious"
    spread = f" ({say.word(other)} by the {name} reading of its updates)" if other != number else ""
    return (
        f"{none_or(number)} of the action plan's {say.number(len(plan))} priorities {verb(number)} done by "
        f"{as_of}{spread}; "
        f"{none_or(late)} had an action overdue by the plan's own dates"
    )


def others(plan: pd.DataFrame) -> str:
    """Return how many priorities had each status but done."""
    found = plan["status"].value_counts()
    parts = [f"{say.word(found[status])} {text}" for status, text in _WORDS.items() if status in found]
    if not parts:
        return "every priority was done"
    number = int((plan["status"] != rule.DONE).sum())
    return f"{say.count(number, 'priority', 'priorities', say.word)} {verb(number)} not done: {say.listed(parts)}"


def title(plan: pd.DataFrame) -> str:
    """Return the most frequent status, for a chart."""
    found = plan["status"].value_counts().reindex(rule.STATUSES, fill_value=0)
    return f"{say.capital(found.idxmax())} is the commonest status: {found.max()} of {len(plan)}"


def sub_groups(groups: pd.DataFrame, total: int) -> str:
    """Return which lead had most actions and how many of them were done.

    Args:
        groups: actions by lead and status, as `plans.counts` gives them.
        total: actions of all leads.
    """
    name = groups.sum(axis=1).idxmax()
    own, finished = int(groups.loc[name].sum()), int(groups.loc[name, "Done"])
    return (
        f"{name} led most actions, {say.number(own)} of {say.number(total)}; {none_or(finished)} of them "
        f"{verb(finished)} done"
    )


def most_open(groups: pd.DataFrame) -> str:
    """Return which lead had most actions done, for a chart."""
    most = groups["Done"].max()
    names = [name for name in groups.index if groups.loc[name, "Done"] == most]
    return f"Most actions done: {say.some(names, 'leads')}, {most}{' each' if len(names) > 1 else ''}"


def by_theme(themes: pd.DataFrame) -> str:
    """Return in which themes no priority was done."""
    none = [name for name in themes.index if not themes.loc[name, "Done"]]
    if not none:
        return "every theme had a priority that was done"
    number = len(none)
    return (
        f"in {say.word(number)} of {say.word(len(themes))} themes no priority was done: {say.listed(none)}"
        if number < len(themes)
        else "no theme had a priority that was done"
    )


def theme_title(themes: pd.DataFrame) -> str:
    """Return the largest theme and how many of its priorities were done, for a chart."""
    name = themes.sum(axis=1).idxmax()
    return f"{name}: {themes.loc[name, 'Done']} of {themes.loc[name].sum()} done"


def overdue(late: pd.DataFrame, timed: int, total: int, as_of: str) -> str:
    """Return how many actions were overdue, of those with a date that ends them."""
    number = len(late)
    if not number:
        return f"none of the {timed} actions with a last date was overdue in {as_of}"
    worst = late["late"].max()
    return (
        f"{say.word(number)} of the {timed} actions with a last date {verb(number)} overdue in {as_of}, the longest by "
        f"{say.count(worst, 'month', fmt=say.word)}; the other {total - timed} have no date or are to go on"
    )


def latest_title(late: pd.DataFrame) -> str:
    """Return the action that was overdue longest, for a chart."""
    first = late.iloc[0]
    return f"Longest overdue: {first['subject']}, {say.count(first['late'], 'month', fmt=say.word)}"


def overdue_rows(late: pd.DataFrame) -> list[tuple[str, int]]:
    """Return overdue actions for a chart: priority, subject and lead, and months."""
    named = zip(late["priority"], late["subject"], late["lead"], late["late"], strict=True)
    return [(f"{n:.0f}. {subject} ({lead})", int(months)) for n, subject, lead, months in named]


def hidden_harm(rows: pd.DataFrame, workers: Figure, children: Figure) -> str:
    """Return what became of the actions on hidden harm, beside the children said to be supported."""
    return (
        f"{hidden_harm_finding(rows, workers)}, while {children} children are called identified and supported in the "
        f"strategy of that year"
    )


def hidden_harm_finding(rows: pd.DataFrame, workers: Figure) -> str:
    """Return how many actions on hidden harm were done, and that the service was suspended if an update says so."""
    number, stopped = (int((rows["status"] == status).sum()) for status in (rule.DONE, rule.STOPPED))
    said = f"{none_or(number)} of the {say.word(len(rows))} actions that touch on hidden harm {verb(number)} done"
    if stopped:
        said += f", and {say.word(stopped)} {verb(stopped, 'reports', 'report')} the link workers' service suspended"
    return f"{said}; in {workers.period} {_workers(workers.value)} {'were' if workers.value > 1 else 'was'} in post"


def _workers(number: float) -> str:
    """Return a number of link workers in words: "no link worker", "one link worker"."""
    return "no link worker" if number == 0 else say.count(number, "link worker", fmt=say.word)


def hidden_harm_beside(published: pd.DataFrame, counted: Sequence[Figure], children: Figure) -> list[str]:
    """Return sentences on the children counted as supported, and on the strategies then in force.

    Args:
        published: strategies, as `plan_lists.strategies` gives them.
        counted: the figures of children identified.
        children: the one the strategy calls identified and supported.
    """
    moment = 2013 + 11.5 / 12
    own = published[published["topic"] == "hidden_harm"]
    held = [row.title for row in own.itertuples() if row.life.at(moment) == plan_life.IN_FORCE]
    said = (
        f"the draft strategy of September 2013 calls {children} children identified and supported, in {children.year}"
    )
    further = [str(f) for f in counted if f is not children and f.known]
    if further:
        said += f" (other counts of the documents: {say.listed(further)})"
    ours = f"in December 2013 {say.word(len(held))} documents on hidden harm were in force: {say.listed(held)}"
    unknown = (
        "how many of those children had a link worker is in none of these documents, so the two cannot be set against "
        "each other"
    )
    return [said, ours, unknown]


def chosen(rows: pd.DataFrame, total: int) -> str:
    """Return how many actions are listed, and how many of them were done."""
    if not len(rows):
        return "no action is of this sub-group and this theme"
    number = int((rows["status"] == rule.DONE).sum())
    whose = f"all {total} actions" if len(rows) == total else f"{say.word(len(rows))} of the {total} actions"
    return f"{whose} one by one: {none_or(number)} of them {verb(number)} done"
