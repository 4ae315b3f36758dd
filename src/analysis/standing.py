"""Where an area stands on measures: beside England, its region and its neighbours, among all, and over time."""

from __future__ import annotations

import math

import pandas as pd

from analysis import narrative
from analysis.fact import fact
from analysis.figures import Figures
from analysis.formats import NOT_AVAILABLE
from analysis.methods.intervals import Interval
from analysis.official.cache import EVERYWHERE
from analysis.position import RATES
from analysis.trends import change_in_short

ENGLAND, NEIGHBOURS = "England", "its neighbours' median"
_SHOWN = {"England": "England", "Region": "region", "Neighbours": "neighbours"}


def standing(
    figures: Figures, *indicators: str, period: str | int | None = None, until: int | None = None
) -> pd.DataFrame:
    """Return where the report's area stands on each indicator, a row each.

    Args:
        figures: the tables, for the report's area.
        indicators: ids of `indicators.csv`.
        period: time_period; None for the area's latest of each, with a value or a symbol.
        until: the last year whose figures count, by the year in which a period ends; None for all.

    Returns:
        The columns of `Figures.take` for the area's own figure, by indicator, and besides `England`, `region` (its
        value; whose it is, in `region_name`), `neighbours` (their median), `lowest` and `highest` of them and `near`,
        how many have one; `rank` among the authorities with a figure of the period, lowest first, and `among`, where
        every authority is read; `change` since the first figure, in words; `compared_with`, the names of whom a fact
        of the row can be compared with, each a column too. Comparators are NaN for what is no rate.
    """
    frame = figures.take(*indicators)
    rows = [
        _row(figures, part.reset_index(drop=True), period, until) for _, part in frame.groupby("indicator", sort=False)
    ]
    return pd.DataFrame(rows).set_index("indicator")


def _row(figures: Figures, part: pd.DataFrame, period: str | int | None, until: int | None) -> pd.Series:
    own = part[part["role"] == "area"]
    dated = own[own["time_period"] == str(period)] if period else own[~(own["ends"] > until)] if until else own
    if len(dated):
        here = dated.iloc[-1]
    else:
        here = figures.take(own["indicator"].iloc[0], areas=figures.area, period=period or until).iloc[-1]
        here["when"] = here["when"] if period else f"up to {until}"
    same = part[(part["time_period"] == here["time_period"]) & (part["time_identifier"] == here["time_identifier"])]
    same = same if here["unit"] in RATES else same.iloc[:0]
    region = str(figures.areas.at[figures.area, "region"])
    near = same.loc[same["role"] == "neighbour", "value"].dropna()
    series = [f for f in figures.series(here["indicator"], figures.area) if f.time_period <= here["time_period"]]
    beside = {
        ENGLAND: _only(same, ENGLAND),
        placed(figures.area_name(region)) if region else "its region": _only(same, "region"),
        NEIGHBOURS: near.median() if len(near) else math.nan,
    }
    more = {"region": _only(same, "region"), "region_name": list(beside)[1], "neighbours": beside[NEIGHBOURS]}
    more |= {"lowest": near.min(), "highest": near.max(), "near": len(near)}
    more |= {
        "compared": not here["modelled"],
        "change": change_in_short(series) if not math.isnan(here["value"]) else "",
    }
    return pd.Series({**here, **more, **_rank(figures, here), **beside, "compared_with": list(beside)})


def table(where: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return measures as people read them: a row a measure, with interval, comparators and rank as text.

    Args:
        where: from `standing`.
        name: the area's, which heads the column of its own figures.
    """
    rows = []
    for _, row in where.iterrows():
        own = fact(row)
        value = own.short(own.value) if own.known else ""
        cells = {"Measure": row["title"], "Period": row["period"]}
        cells[name] = " ".join(filter(None, [value, f"[{own.symbol}]" if own.symbol else ""]))
        cells["Interval"] = narrative.span(own.interval, own.short)
        cells |= {head: own.short(row[column]) for head, column in _SHOWN.items()}
        cells["Their range"] = narrative.span(Interval(row["lowest"], row["highest"]), own.short)
        cells["Rank"] = "" if math.isnan(row["rank"]) else format(own, "rank")
        rows.append({head: "[x]" if text == NOT_AVAILABLE else text for head, text in cells.items()})
    frame = pd.DataFrame(rows)
    return frame if frame["Rank"].any() else frame.drop(columns="Rank")


def _only(same: pd.DataFrame, role: str) -> float:
    return float(next(iter(same.loc[same["role"] == role, "value"]), math.nan))


def _rank(figures: Figures, here: pd.Series) -> dict[str, float]:
    """Return the area's rank among all authorities with a figure of the period; NaN where they are not all read."""
    if here["indicator"] not in EVERYWHERE or math.isnan(here["value"]):
        return {"rank": math.nan, "among": math.nan}
    every = figures.take(here["indicator"], areas="all", period=here["time_period"])
    values = every[~every["role"].isin(["England", "region"])]["value"].dropna()
    return {"rank": float((values < here["value"]).sum() + 1), "among": float(len(values))}


def placed(name: str) -> str:
    """Return a region's name as it stands in a sentence: "the South West", "London"."""
    return f"the {name}" if name.split()[0] in ("North", "South", "East", "West") else name
