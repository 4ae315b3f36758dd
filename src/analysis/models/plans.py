"""Plans of boards: which were in force when, and what became of their actions, by rules that are written out here.

A plan is in force between the dates it prints, or for an assumed life. The status of an action is read from the words
of its updates: the phrases of `PHRASES` are looked for in the order of the statuses there, and what one has matched is
taken out before the next, so that "to be approved" is under way and not done. Where an update has phrases of several
statuses the reading decides: the cautious one takes the worst, the favourable one the best. The later review decides;
where it holds no such phrase, the earlier one does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

NOT_YET, IN_FORCE, LAPSED = "not yet begun", "in force", "lapsed"
DONE, UNDER_WAY, BEHIND, STOPPED = "done", "under way", "behind", "stopped"
NOT_SAID, NO_UPDATE = "status not said", "no update"
STATUSES = (DONE, UNDER_WAY, BEHIND, STOPPED, NOT_SAID, NO_UPDATE)
"""Every status, the best first; the last two say that the updates, or their words, give none."""

PHRASES = {
    STOPPED: ("suspended",),
    BEHIND: (
        "outstanding", "timescale has changed", "not yet in place", "poor take up", "low take up",
        "attendance has been low", "further progress is required", "there are issues", "not had any involvement",
    ),
    UNDER_WAY: (
        "will be put in place", r"(?:aim )?to be (?:further )?\w+", r"(?:will|being)\b(?: (?:now )?(?:be )?\w+)?",
        "in place or in development",
        "on ?going", "under ?way", "in progress", "under (?:review|development)", "in development", "in draft",
        "planned", "piloted", "aim to", "view to", "arranged", "organised", "continues", "agreement in principle",
        "agreed for next", "agenda", "joining",
    ),
    DONE: (
        "(?<!to )complete(?:d)?", "approved", "disseminated", "in place", "delivered", "(?:has taken|took) place",
        "presented", "has attended", "been developed", "been produced", "been revised", "written",
        "(?:is|now) available", "paid",
    ),
}  # fmt: skip
"""The phrases that give a status, as regular expressions of whole words, whether capitals or not."""

_PATTERNS = {status: re.compile(rf"\b(?:{'|'.join(parts)})\b", re.IGNORECASE) for status, parts in PHRASES.items()}

READINGS = {"cautious": (STOPPED, BEHIND, UNDER_WAY, DONE), "favourable": (DONE, UNDER_WAY, BEHIND, STOPPED)}
"""Which status decides where an update has words of several."""

REVIEWS = {"October 2013": "2013-10", "December 2013": "2013-12", "March 2014": "2014-03"}
"""The months a plan may be judged in: its two reviews, and the month in which its year ended."""


@dataclass(frozen=True)
class Reading:
    """A status, the phrase that gave it, the passage it stands in, and whether that is of the later review."""

    status: str
    phrase: str = ""
    passage: str = ""
    later: bool = True


def phrases(passage: str) -> dict[str, str]:
    """Return the first phrase of each status in a passage, as printed; statuses without one are left out.

    >>> phrases("Approved December 2013 now to be disseminated.")
    {'under way': 'to be disseminated', 'done': 'Approved'}
    """
    found, rest = {}, passage
    for status, pattern in _PATTERNS.items():
        match = pattern.search(rest)
        if match:
            found[status] = match[0]
        rest = pattern.sub("|", rest)
    return found


def read(passages: Sequence[str], reading: str = "cautious") -> Reading:
    """Return what the passages of one review, in the order printed, say by a reading of `READINGS`."""
    if not passages:
        return Reading(NO_UPDATE)
    said = [(phrases(passage), passage) for passage in passages]
    for status in READINGS[reading]:
        for found, passage in said:
            if status in found:
                return Reading(status, found[status], passage)
    return Reading(NOT_SAID, "", passages[-1])


def latest(earlier: Sequence[str], later: Sequence[str], reading: str = "cautious") -> Reading:
    """Return the status after two reviews: that of the later, or of the earlier where the later says none."""
    second, first = read(later, reading), read(earlier, reading)
    if second.status not in (NOT_SAID, NO_UPDATE):
        return second
    if first.status not in (NOT_SAID, NO_UPDATE) or second.status == NO_UPDATE:
        return Reading(first.status, first.phrase, first.passage, later=False)
    return second


def together(statuses: Sequence[str]) -> str:
    """Return the status of a priority from those of its actions, one or more.

    Stopped or behind if any action is; done only if all are; under way if any is under way or done.
    """
    if not statuses:
        raise ValueError("together: expected the status of at least one action; got none")
    for worst in (STOPPED, BEHIND):
        if worst in statuses:
            return worst
    if set(statuses) == {DONE}:
        return DONE
    if {DONE, UNDER_WAY} & set(statuses):
        return UNDER_WAY
    return NOT_SAID if NOT_SAID in statuses else NO_UPDATE


def overdue(due: str, status: str, as_of: str, open_ended: bool = False) -> bool:
    """Return whether an action's date had passed in the month `as_of` while it was not done.

    `due` is the last month of its timescale, "2013-08", in which it is not yet overdue, or blank. An action that goes
    on after that date has no end to miss.
    """
    return bool(due) and due < as_of and status != DONE and not open_ended


def months_late(due: str, as_of: str) -> int:
    """Return how many months lie between two: 4 from "2013-08" to "2013-12", negative where it is still to come."""
    (year, month), (now, then) = (map(int, date.split("-")) for date in (due, as_of))
    return (now - year) * 12 + then - month


def judged(actions: pd.DataFrame, updates: pd.DataFrame, as_of: str, reading: str = "cautious") -> pd.DataFrame:
    """Return what became of each action, a row each with the index of `actions`.

    `actions` has columns priority, lead, due and open_ended ("yes" or "no"); `updates` passages in the order printed,
    with columns priority, lead, words and review ("october", "december", or "either" where that is lost, which counts
    in both). In October only the October review is known. Columns of the result: status, phrase, passage and later as
    of a `Reading`, overdue, and late, in months, 0 unless overdue.
    """
    first, second = (updates[updates["review"] != other] for other in ("december", "october"))
    reviews = (first.iloc[:0], first) if as_of == "October 2013" else (first, second)
    said = [{key: list(words) for key, words in part.groupby(["priority", "lead"])["words"]} for part in reviews]
    keys = list(zip(actions["priority"], actions["lead"], strict=True))
    found = pd.DataFrame([latest(*(part.get(key, []) for part in said), reading) for key in keys], actions.index)
    dated = zip(actions["due"], found["status"], actions["open_ended"] == "yes", strict=True)
    found["overdue"] = [overdue(due, status, REVIEWS[as_of], goes_on) for due, status, goes_on in dated]
    late = zip(actions["due"], found["overdue"], strict=True)
    return found.assign(late=[months_late(due, REVIEWS[as_of]) if over else 0 for due, over in late])


@dataclass(frozen=True)
class Life:
    """When a plan began and ended, in years (2013.0 is the start of 2013), and whether the end is printed."""

    start: float
    end: float
    printed: bool

    def at(self, when: float) -> str:
        """Return whether it was in force at a moment; it is at both ends of its life."""
        if when < self.start:
            return NOT_YET
        return IN_FORCE if when <= self.end else LAPSED


def life(published: str, first_year: str, last_year: str, assumed_years: float) -> Life:
    """Return a plan's life: from its publication ("2011-02"), or its first year if later, to the end of its last year.

    Without a last year it ends `assumed_years` after it began. ValueError if it ends before it begins, or that is not
    above 0.
    """
    if not assumed_years > 0:
        raise ValueError(f"life: expected more than 0 years; got {assumed_years}")
    if first_year and last_year and int(last_year) < int(first_year):
        raise ValueError(f"life: expected a period that ends after it begins; got {first_year} to {last_year}")
    year, month = map(int, published.split("-"))
    start = max(year + (month - 1) / 12, float(first_year or 0))
    return Life(start, float(int(last_year) + 1) if last_year else start + assumed_years, bool(last_year))
