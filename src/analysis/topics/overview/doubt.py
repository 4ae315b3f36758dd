"""How sure the answers are: what each interval holds, the widest reason for doubt, and a grade by a stated rule."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import narrative as say
from analysis.links import address
from analysis.tables import Table
from analysis.topics.overview.five import Five
from analysis.topics.overview.words import IN_COST

COUNTED, MODELLED, ASSUMED = "counted", "modelled", "assumed"
RULE = (
    "Counted: every case is in the source's records, and what is uncertain is chance and recording. Modelled: worked "
    "out by a model that was held against data. Assumed: hangs on a supposition that no data here could test."
)


@dataclass(frozen=True)
class Doubt:
    """One number of an answer: its name and page, what its interval holds, what to doubt most, and its grade."""

    label: str
    page: str
    section: str
    holds: str
    doubt: str
    grade: str


CHANCE = "chance alone"
DOUBTS = {
    "children_estimated": Doubt(
        "Children with hidden harm",
        "hidden_harm",
        "How sure the estimate is",
        "survey, population, how far the area may differ from the nation",
        "The definition decides, and no survey asked in the area",
        ASSUMED,
    ),
    "share_known": Doubt(
        "Recorded for every 100 of them",
        "hidden_harm",
        "Children recorded beside children estimated",
        "the estimate's, repeats and overlaps of assessments",
        "Recorded concerns and modelled children are unlike things",
        ASSUMED,
    ),
    "low_income_ahc_rate_under_16": Doubt(
        "Children with a low income",
        "child_poverty",
        "How sure we are",
        CHANCE,
        "The department's model of incomes: its error is not published",
        MODELLED,
    ),
    "neet_16_17_or_not_known_rate": Doubt(
        "NEET or not known",
        "neet",
        "Who is missing from the count",
        CHANCE,
        "What those not known do: the share NEET has bounds only",
        COUNTED,
    ),
    "ehc_plans": Doubt(
        "Plans in force",
        "send",
        "Plans in force",
        "none",
        "Counts plans, and not children whose need has none",
        COUNTED,
    ),
    "plans_forecast": Doubt(
        "Plans to be expected",
        "send",
        "Would it have worked before?",
        "errors of past forecasts in every authority",
        "A change of law or policy, which no past forecast foresaw",
        MODELLED,
    ),
    "ehc_plans_20_weeks_rate": Doubt(
        "Plans within 20 weeks",
        "send",
        "Plans on time",
        CHANCE,
        "Which cases are left out as lawful exceptions",
        COUNTED,
    ),
    "spend_per_child": Doubt(
        "Early-help spend a child",
        "early_help_spend",
        "Lines of the return",
        "none",
        "Which line of the return a service stands on",
        COUNTED,
    ),
    "cla_rate": Doubt(
        "Children in care",
        "early_help_spend",
        "Children in care",
        CHANCE,
        "Brothers and sisters come together, so chance is wider",
        COUNTED,
    ),
    "break_even_years": Doubt(
        "Care-years to break even",
        "early_help_spend",
        "What the spend would have to achieve",
        IN_COST,
        "Whether early help prevents care: nothing here shows it",
        ASSUMED,
    ),
}
"""Headline value → how sure it is. Each says what its topic's page says at more length."""


def show(five: Five) -> None:
    """Show how sure each number of the answers is."""
    there = {key: record for key in DOUBTS if (record := five.value(key))}
    known = [key for key in there if there[key]["value"] is not None]
    grades = [(sum(DOUBTS[key].grade == grade for key in known), grade) for grade in (COUNTED, MODELLED, ASSUMED)]
    parts = [f"{say.word(n)} {'is' if n == 1 else 'are'} {grade}" for n, grade in grades if n]
    numbers = say.count(len(known), "number", fmt=say.word)
    five.report.finding(f"of {numbers} in the answers, {say.listed(parts)}" if parts else "no answer has a number")
    five.report.table(_table(there))


def _table(there: dict[str, dict]) -> Table:
    heads = ["Number", "Data of", "Its interval holds", "The widest reason for doubt", "Grade"]
    rows = []
    for key, record in there.items():
        one = DOUBTS[key]
        holds = f"[{record['symbol']}]" if record["value"] is None else "none" if record["lower"] is None else one.holds
        # A forecast's own period is yet to come: its data are the plans counted last.
        when = there["ehc_plans"]["period"] if key == "plans_forecast" else record["period"]
        rows.append((one.label, when, holds, one.doubt, one.grade))
    links = {DOUBTS[key].label: address(DOUBTS[key].page, DOUBTS[key].section) for key in there}
    frame = pd.DataFrame(rows, columns=heads)
    return Table("how-sure", "How sure each number is", frame, note=RULE, links=links)
