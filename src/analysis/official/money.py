"""Money spent on children: over how many of them, where a total leaves out authorities that made no return."""

from __future__ import annotations

import math

import pandas as pd

from analysis.figure import ENGLAND
from analysis.official.districts import together
from analysis.official.measures import Measure

NOTE = "The sum of {}"
NOT_THE_SUM = "Not the sum of the authorities with a figure: of how many children it is cannot be told"


def over_children(
    table: pd.DataFrame, measures: list[Measure], indicators: pd.DataFrame, areas: pd.DataFrame
) -> pd.DataFrame:
    """Return figures with the children that money is spent on as the base of each amount.

    A measure of money names the indicator of those children as its `count`. A region's and England's amounts are sums
    over the authorities that have one: their base is the children of these, and their note says whose are left out.

    Args:
        table: figures in the layout of `figures.csv`, unique by indicator, area and period.
        measures: those read.
        indicators, areas: the tables of the data folder, each with its id as index.
    """
    counted = {m.indicator: m for m in measures if m.count and indicators.at[m.indicator, "unit"] == "pounds"}
    authority, base, note = areas["level"] == "Local authority", {}, {}
    inside = {code: authority & ((areas["region"] == code) | (code == ENGLAND)) for code in areas.index[~authority]}
    for measure in counted.values():
        people = table[table["indicator"] == measure.count]
        for period, rows in table[table["indicator"] == measure.indicator].groupby("time_period"):
            children = people[people["time_period"] == period[:4]].set_index("area")["value"]
            spent = rows.set_index("area")["value"]
            for row, code in rows["area"].items():
                if authority[code]:
                    base[row] = children.get(code, math.nan)
                elif inside[code].any():
                    names = areas.loc[inside[code][inside[code]].index.intersection(children.index), "name"]
                    base[row], note[row] = _of_total(spent, children, names, code, measure.unit(code, period))
    return table.assign(base=table["base"].fillna(pd.Series(base)), note=pd.Series(note).combine_first(table["note"]))


def _of_total(spent: pd.Series, children: pd.Series, names: pd.Series, whole: str, unit: float) -> tuple[float, str]:
    """Return the children of the authorities that a total is the sum of, and which these are; `unit` rounds amounts."""
    own = (values.reindex(names.index).set_axis(names) for values in (spent, children))
    made = together(*own, whole=children.get(whole, math.nan))
    # Each amount is rounded, so that the sum may be out by half a unit for every one of them.
    if abs(spent[whole] - made.number) <= unit * (len(made.areas) + 1) / 2:
        return made.divisor, NOTE.format(made.words)
    return math.nan, NOT_THE_SUM
