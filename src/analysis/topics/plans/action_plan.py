"""The safeguarding board's action plan of 2013/14: what became of each priority and of each sub-group's action."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from analysis import narrative as say
from analysis.figures import Figures
from analysis.methods import plan_status as rule
from analysis.methods.intervals import Interval
from analysis.tables import Table

REVIEWS = {"October 2013": "2013-10", "December 2013": "2013-12", "March 2014": "2014-03"}
"""The months a reader may judge the plan in: its two reviews, and the month in which its year ended."""
SUB_GROUPS = {
    "WSCB": "The board",
    "WSCB - Manager": "The board's manager",
    "All Chairs": "All chairs",
    "SCR Panel": "Case review panel",
    "QA": "Quality assurance",
    "P&P": "Policies and procedures",
    "PH": "PH sub-group",
    "WD": "Workforce development",
    "EI": "Early intervention",
}
"""Leads as the plan prints them, and as a page calls them; it nowhere says what PH stands for."""
HIDDEN_HARM = re.compile(r"hidden harm|\bHH", re.IGNORECASE)


def actions(figures: Figures, as_of: str, reading: str) -> pd.DataFrame:
    """Return the plan's actions, a row a sub-group's row of a priority, each with the status its updates give it.

    Args:
        figures: the project's lists.
        as_of: one of `REVIEWS`; in October only the October review is known.
        reading: a name of `plan_status.READINGS`.

    Returns:
        The columns of `plan_rows.csv`, and subject, theme, status, phrase, passage, later, overdue, late (months) and
        hidden_harm.
    """
    rows = figures.listing("plan_rows").copy()
    about = figures.listing("priorities").set_index("number")
    rows["subject"], rows["theme"] = (rows["priority"].map(about[name]) for name in ("subject", "theme"))
    said = _updates(figures)
    keys = list(zip(rows["priority"], rows["lead"], strict=True))
    read = [_read(said.get(key, []), as_of, reading) for key in keys]
    for name in ("status", "phrase", "passage", "later"):
        rows[name] = [getattr(found, name) for found in read]
    month = REVIEWS[as_of]
    each = list(zip(rows["due"], rows["status"], rows["open_ended"] == "yes", strict=True))
    rows["overdue"] = [rule.overdue(due, status, month, goes_on) for due, status, goes_on in each]
    rows["late"] = [
        rule.months_late(due, month) if over else 0 for due, over in zip(rows["due"], rows["overdue"], strict=True)
    ]
    texts = rows["subject"] + " | " + rows["activity"] + " | " + rows["outcome"]
    rows["hidden_harm"] = [
        any(HIDDEN_HARM.search(part) for part in (text, *(words for _, words in said.get(key, []))))
        for key, text in zip(keys, texts, strict=True)
    ]
    return rows


def _updates(figures: Figures) -> dict[tuple[float, str], list[tuple[str, str]]]:
    """Return the passages of each action, by priority and lead: (review, words) in the order printed."""
    table = figures.listing("plan_updates")
    found: dict[tuple[float, str], list[tuple[str, str]]] = {}
    for row in table.itertuples():
        found.setdefault((row.priority, row.lead), []).append((row.review, row.words))
    return found


def _read(passages: Sequence[tuple[str, str]], as_of: str, reading: str) -> rule.Reading:
    """Return the status of one action at a review; a passage that may be of either review counts in both."""
    earlier = [words for review, words in passages if review != "december"]
    if as_of == "October 2013":
        return rule.read(earlier, reading)
    return rule.latest(earlier, [words for review, words in passages if review != "october"], reading)


def priorities(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a priority: subject, theme, leads, the status of its actions together, whether one is overdue."""
    groups = rows.groupby("priority", sort=False)
    return pd.DataFrame(
        {
            "subject": groups["subject"].first(),
            "theme": groups["theme"].first(),
            "leads": groups["lead"].agg("; ".join),
            "status": groups["status"].agg(lambda found: rule.together(list(found))),
            "overdue": groups["overdue"].any(),
        }
    )


def counts(groups: Sequence[str], statuses: Sequence[str]) -> pd.DataFrame:
    """Return how many have each status (columns) in each group (rows, in order of first appearance)."""
    table = pd.crosstab(pd.Series(list(groups), dtype=str), pd.Series(list(statuses), dtype=str))
    found = table.reindex(index=list(dict.fromkeys(groups)), columns=list(rule.STATUSES), fill_value=0)
    return found.rename(columns=say.capital).rename_axis(index=None, columns=None)


def ends(figures: Figures, as_of: str) -> dict[str, Interval]:
    """Return, for each status, the fewest and the most priorities that have it by either reading; so for "overdue"."""
    found = [priorities(actions(figures, as_of, reading)) for reading in rule.READINGS]
    numbers = {status: [float((plan["status"] == status).sum()) for plan in found] for status in rule.STATUSES}
    numbers["overdue"] = [float(plan["overdue"].sum()) for plan in found]
    return {name: Interval(min(both), max(both)) for name, both in numbers.items()}


def table(rows: pd.DataFrame, name: str, caption: str, folded: bool = True) -> Table:
    """Return actions as a table: what was planned and for when, the status, and the words that gave it."""
    lines = [
        (
            f"{row.priority:.0f}. {row.subject}",
            SUB_GROUPS[row.lead],
            f"“{row.activity}”",
            row.timescale or "none printed",
            say.capital(row.status) + (f", {late(row.late)} overdue" if row.overdue else ""),
            gave(row),
        )
        for row in rows.itertuples()
    ]
    heads = ["Priority", "Lead", "Planned", "Timescale", "Status", "Words that gave it"]
    return Table(name, caption, pd.DataFrame(lines, columns=heads), folded=folded, download=False)


def words_table(figures: Figures, rows: pd.DataFrame) -> Table:
    """Return what the plan prints of actions: the outcome wanted, and fragments of what each review says."""
    said = _updates(figures)
    lines = []
    for row in rows.itertuples():
        own = said.get((row.priority, row.lead), [])
        parts = [
            " / ".join(words for review, words in own if review == kind) for kind in ("october", "december", "either")
        ]
        lines.append((f"{row.priority:.0f}. {row.subject}", SUB_GROUPS[row.lead], row.outcome, *parts))
    heads = ["Priority", "Lead", "Outcome", "October 2013", "December 2013", "Either review"]
    caption = "Outcomes and reviews of those actions, in fragments as printed"
    frame = pd.DataFrame(lines, columns=heads).replace("", "none printed")
    return Table("reviews", caption, frame, download=False)


def late(months: float) -> str:
    """Return a delay in words: "1 month", "4 months"."""
    return say.count(months, "month")


def gave(row: tuple) -> str:
    """Return what gave an action its status: the phrase and the passage it stands in."""
    if not row.passage:
        return "No update is printed"
    if not row.phrase:
        return f"No word of status in {say.quoted(row.passage)}"
    earlier = "" if row.later else " (October)"
    return f"“{row.phrase}” in {say.quoted(row.passage)}{earlier}"


def timed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the actions that can be overdue: with a date, and no words that let them go on after it."""
    return rows[(rows["due"] != "") & (rows["open_ended"] == "no")]


def chosen(rows: pd.DataFrame, sub_group: str, theme: str) -> pd.DataFrame:
    """Return the actions of a sub-group and a theme; "all" takes every one."""
    return rows[(rows["lead"].eq(sub_group) | (sub_group == "all")) & (rows["theme"].eq(theme) | (theme == "all"))]
