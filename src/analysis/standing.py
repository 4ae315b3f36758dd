"""Where an area stands on measures: beside England, its region and its neighbours, among all, and over time.

An interval here says how far a figure could differ by chance alone had the area's underlying rate stayed as it is: the
counts behind it are complete.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from analysis import words as say
from analysis.data.areas import newest
from analysis.data.fact import FEW, fact
from analysis.data.figure import ENGLAND as COUNTRY
from analysis.data.figure import MONTHS, PER_10_000, PER_100_IN_CARE, Figure, chance, period_label
from analysis.data.figures import Figures
from analysis.methods import intervals
from analysis.methods.intervals import Interval
from analysis.methods.rounding import carried
from analysis.official.cache import EVERYWHERE
from analysis.words import NOT_AVAILABLE, explained, fill

RATES = ("percent", PER_10_000, PER_100_IN_CARE, "pounds per child")
"""Units in which areas of different size can be compared; for others only the area itself is shown."""
ENGLAND, NEIGHBOURS = "England", "its neighbours' median"
MEDIAN = "Neighbours' median"
"""What a chart calls that line."""
ROSE, FELL, UNCLEAR = "rose", "fell", "no clear change"
DOUBT = "the model's own error is not known"
"""Said of two values that a model gave, instead of a direction."""
LATE = 2
"""Years by which a series that goes on may end before the newest of all figures; one that ends earlier has ended."""
_SHOWN = {"England": "England", "Region": "region", "Neighbours": "neighbours"}


def standing(
    figures: Figures, *indicators: str, period: str | int | None = None, until: int | None = None
) -> pd.DataFrame:
    """Return where the report's area stands on each indicator, a row each.

    Of a period, or the area's latest, with a value or a symbol, that ends in the year `until` or before.

    Returns:
        By indicator, the columns of `Figures.take` for the area's own figure, and `England`, `region` (its value; whose
        it is, in `region_name`), `neighbours` (their median), `lowest` and `highest` of them and `near`, how many have
        one; `rank` and `among` how many authorities, where every one is read, and its `order`; `change` since the first
        figure, in words; `compared_with`, the columns that a fact of the row can be compared with. Comparators are NaN
        for what is no rate.
    """
    frame = figures.take(*indicators)
    rows = []
    for _, part in frame.groupby("indicator", sort=False):
        row = _row(figures, part.reset_index(drop=True), period, until)
        rows.append(pd.Series({**row, **_rank(figures, row)}))
    return pd.DataFrame(rows).set_index("indicator")


def _row(figures: Figures, part: pd.DataFrame, period: str | int | None, until: int | None) -> pd.Series:
    """Return a row of `standing`, without the rank, from all figures of an indicator."""
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
    only = same.drop_duplicates("role").set_index("role")["value"]
    series = [f for f in figures.series(here["indicator"], figures.area) if f.time_period <= here["time_period"]]
    beside = {
        ENGLAND: only.get(ENGLAND, math.nan),
        placed(figures.area_name(region)) if region else "its region": only.get("region", math.nan),
        NEIGHBOURS: near.median() if len(near) else math.nan,
    }
    more = {"region": only.get("region", math.nan), "region_name": list(beside)[1], "neighbours": beside[NEIGHBOURS]}
    more |= {"lowest": near.min(), "highest": near.max(), "near": len(near), "compared": not here["modelled"]}
    more |= {"change": change(series) if not math.isnan(here["value"]) else ""}
    return pd.Series({**here, **more, **beside, "compared_with": list(beside)})


def table(where: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return rows of `standing` as people read them, as text; the area's name heads the column of its own figures."""
    rows = []
    for _, row in where.iterrows():
        own = fact(row)
        value = own.short(own.value) if own.known else ""
        cells = {"Measure": row["title"], "Period": row["period"]}
        cells[name] = " ".join(filter(None, [value, f"[{own.symbol}]" if own.symbol else ""]))
        cells["Interval"] = say.span(own.interval, own.short)
        cells |= {head: own.short(row[column]) for head, column in _SHOWN.items()}
        cells["Their range"] = say.span(Interval(row["lowest"], row["highest"]), own.short)
        cells["Rank"] = "" if math.isnan(row["rank"]) else format(own, "rank").partition(",")[0]
        rows.append({head: "[x]" if text == NOT_AVAILABLE else text for head, text in cells.items()})
    frame = pd.DataFrame(rows)
    return frame if frame["Rank"].any() else frame.drop(columns="Rank")


def _rank(figures: Figures, here: pd.Series) -> dict[str, float]:
    """Return the area's rank among all authorities with a figure of the period; NaN where they are not all read."""
    if here["indicator"] not in EVERYWHERE or math.isnan(here["value"]) or here["base"] < FEW:
        return {"rank": math.nan, "among": math.nan, "order": ""}
    authorities = figures.areas.index[figures.areas["level"] == "Local authority"]
    found = (figures.in_period(here["indicator"], code, here["time_period"]) for code in authorities)
    every = pd.Series({figure.area: figure.value for figure in found if figure}).dropna()
    rank, order = ranks(every, figures.indicators.at[here["indicator"], "polarity"])
    return {"rank": rank.get(figures.area, math.nan), "among": float(len(every)), "order": order}


def ranks(values: pd.Series, polarity: str) -> tuple[pd.Series, str]:
    """Return the rank of each value, equal ones alike, and the order: from the highest where the polarity is "high"."""
    order = "highest first" if polarity == "high" else "lowest first"
    return values.rank(method="min", ascending=order == "lowest first"), order


def everyone(figures: Figures, *indicators: str) -> pd.DataFrame:
    """Return every authority's figure of each indicator's latest period: the columns of `Figures.take`, a row each."""
    frame = figures.take(*indicators, areas="all").query("role not in ['England', 'region']")
    return frame[frame["time_period"] == frame.groupby("indicator")["time_period"].transform("max")].copy()


def placed(name: str, begins: tuple[str, ...] = ("North ", "South ", "East ", "West ")) -> str:
    """Return a region's name as it stands in a sentence: "the South West", "London"."""
    return f"the {name}" if name.startswith(begins) else name


# --- Over time ---------------------------------------------------------------------------------


def clear_change(before: Figure, after: Figure) -> bool | None:
    """Return whether a change is more than chance alone would make at the report's coverage; None if unknown.

    Shares by the interval of their difference, rates and counts by that of their ratio, with what rounding allows. None
    for money, where cases are not known, and for what a model gave, as its own error comes on top of chance.
    """
    if after.modelled or after.unit.startswith("pounds") or not before.known or not after.known:
        return None
    ranges, confidence = (after.cases_range, before.cases_range), after.confidence
    if after.unit == "percent":
        if not min(before.base, after.base) >= FEW:
            return None
        apart = carried(lambda a, b: intervals.difference(a, after.base, b, before.base, confidence), *ranges)
        return not apart.contains(0)
    if not all(cases.lower > 0 for cases in ranges):
        return None
    ratio = carried(lambda a, b: intervals.ratio_of_counts(a, b, confidence), *ranges)
    return not ratio.times(before.base / after.base if after.unit in RATES else 1.0).contains(1)


def moved(series: Sequence[Figure]) -> str:
    """Return "rose", "fell" or "no clear change" from the first value of a series to its last; "" if it cannot be told.

    See `clear_change`; nor is it told where both read the same, or there are fewer than two.
    """
    known = [f for f in series if f.known]
    clear = clear_change(known[0], known[-1]) if len(known) > 1 else None
    if clear is None or str(known[0]) == str(known[-1]):
        return ""
    return UNCLEAR if not clear else ROSE if known[-1].value > known[0].value else FELL


def change(series: Sequence[Figure]) -> str:
    """Return how the last value of a series compares with the first: "rose from 40 in 2016"; "" of fewer than two.

    "no clear change, from 40 in 2016" where chance may explain it; "was 40 in 2016", with any doubt, if nobody knows.
    """
    known = [f for f in series if f.known]
    if len(known) < 2:
        return ""
    first, way = f"{known[0]} in {known[0].year}", moved(known)
    if way:
        return f"{way}{',' if way == UNCLEAR else ''} from {first}"
    return f"was {first}{f'; {DOUBT}' if doubtful(known) else ''}"


def doubtful(series: Sequence[Figure]) -> bool:
    """Say whether the first and the last value differ but are a model's, so that the doubt is to stand with them."""
    known = [f for f in series if f.known]
    return len(known) > 1 and known[-1].modelled and str(known[0]) != str(known[-1])


def heading(series: Sequence[Figure], what: str) -> str:
    """Return what became of a measure in a few words after its name: "The rate rose from 40 to 46 since 2016"."""
    known = [f for f in series if f.known]
    if not known:
        return f"{what}: no figure"
    first, last, way, begun = str(known[0]), str(known[-1]), moved(series), known[0].year.split()[-1]
    if first == last:
        return f"{what}: {last}, as in {begun}" if len(known) > 1 else f"{what} stood at {last}"
    if way == UNCLEAR:
        return f"{what} showed {way} since {begun}"
    return f"{what} {way} from {first} to {last} since {begun}" if way else f"{what}: {last}, after {first} in {begun}"


def latest(figures: Figures, indicator: str) -> str:
    """Return the report's area's last value of an indicator in a sentence, beside England's where there is one."""
    frame = figures.take(indicator)
    known = frame[(frame["role"] == "area") & frame["value"].notna()]
    row = _row(figures, frame, known["time_period"].iloc[-1] if len(known) else None, None)
    return fill("{here} {here:when}" + ", {here:vs England}" * (not math.isnan(row[ENGLAND])), here=fact(row))


def over_time(figures: Figures, indicator: str, area: str) -> pd.DataFrame:
    """Return an indicator over time for an area, England and the neighbours' median, for the periods the area has.

    Columns: x (the period as an axis has it), series (whose), value, lower and upper (the area's interval by chance); a
    row of NaN for a year between that has no figure. England and neighbours only for rates.
    """
    own = figures.series(indicator, area)
    years = {(f.time_period, f.time_identifier): year(f) for f in own}
    name, none = figures.area_name(area), Interval(math.nan, math.nan)
    rows = [(year(f), name, f.value, *(chance(f) or none)) for f in own]
    span = [int(x) for x in years.values() if len(x) == 4]
    between = [str(x) for x in range(min(span, default=0), max(span, default=-1)) if x not in span]
    rows = sorted(rows + [(x, name, *[math.nan] * 3) for x in between], key=lambda row: row[0]) if between else rows
    codes = [COUNTRY, *figures.neighbours_of(area)] if own[-1].unit in RATES else []
    others = [(code, f) for code in codes for f in figures.series(indicator, code) if f.known]
    beside = pd.DataFrame(
        [
            (years[f.time_period, f.time_identifier], ENGLAND if code == COUNTRY else MEDIAN, f.value)
            for code, f in others
            if (f.time_period, f.time_identifier) in years
        ],
        columns=["x", "series", "value"],
    )
    beside = beside.groupby(["series", "x"], as_index=False)["value"].median()
    return pd.concat([pd.DataFrame(rows, columns=["x", "series", "value", "lower", "upper"]), beside])


def year(figure: Figure) -> str:
    """Return a figure's period for an axis: the year alone where the month is the same in every year."""
    return figure.time_period if figure.time_identifier in MONTHS else figure.year


# --- What is not there -------------------------------------------------------------------------


def gaps(series: Sequence[Figure]) -> list[str]:
    """Return a sentence for the periods without a value, one a symbol: "no figure for 2020 and 2021: …"."""
    said = []
    for symbol in dict.fromkeys(f.symbol for f in series if not f.known):
        periods = [f.year for f in series if not f.known and f.symbol == symbol]
        said.append(f"no figure for {say.listed(periods)}: {explained(symbol)}")
    return said


def to_know(figures: Figures, area: str, indicator: str) -> list[str]:
    """Return what a reader is to know of an area's series: doubt, gaps, revisions; or that there is none, and why."""
    if not (series := figures.series(indicator, area)):
        return nothing(figures, area, indicator)
    return [DOUBT] * doubtful(series) + gaps(series) + revised(figures, area, indicator)


def revised(figures: Figures, area: str, indicator: str = "") -> list[str]:
    """Return what a later release revised of an area's figures, or of one indicator's: a sentence an indicator."""
    table = figures.read("revisions.csv")
    own = table[(table["area"] == area) & table["indicator"].isin([indicator] if indicator else table["indicator"])]
    commas = {"pat": r"^\d+$", "repl": lambda digits: say.number(int(digits[0])), "regex": True}
    own = own.assign(old=own["old"].str.replace(**commas), new=own["new"].str.replace(**commas))
    said = []
    for name, rows in own.sort_values("time_period").groupby("indicator"):
        title = figures.indicators.at[name, "title"]
        title = f"{title[0].lower()}{title[1:]}"
        parts = [
            f"from {row.old} to {row.new} ({period_label(row.time_period, row.time_identifier)})"
            for row in rows.itertuples(index=False)
        ]
        said.append(f"revised by a later release: {title}, {say.listed(parts)}")
    return said


def nothing(figures: Figures, area: str, *indicators: str) -> list[str]:
    """Return that an area has no figure of some indicators, or none yet, and what its predecessors' were."""
    name, titles = figures.area_name(area), figures.indicators["title"]
    ended = {one: _ended(figures, area, one) for one in indicators}
    said = []
    for words, named in (
        (f"no figure for {name}", [titles[one] for one, end in ended.items() if end is None]),
        (f"not published yet for {name}", [titles[one] for one, end in ended.items() if end == 0]),
        (f"ended before {name} was formed", [f"{titles[one]} (in {end})" for one, end in ended.items() if end]),
    ):
        said += [f"{words}: {'; '.join(named)}"] if named else []
    for one in (one for one, end in ended.items() if end is not None):
        for code in predecessors(figures, area):
            series = figures.series(one, code)
            for figure in ([f for f in series if f.known] or series)[-1:]:
                value = fact(dict(vars(figure))).text(figure.value) if figure.known else explained(figure.symbol)
                said.append(f"before, {titles[one]}, {figures.area_name(code)}: {value} {figure.when}")
    return said


def unpublished(figures: Figures, area: str) -> list[str]:
    """Return that nothing at all is published of an area, and why, or that it has no statistical neighbours."""
    said, name, every = [], figures.area_name(area), list(figures.indicators.index)
    if not any(figures.every(one, area) for one in every):
        figures.asked.pairs.update((one, area) for one in every)
        start, last = figures.areas.at[area, "start"], _last(figures, [(one, COUNTRY) for one in every])
        yet = bool(start) and int(start) >= last
        said += [f"no figure of {name} is published{' yet' * yet}", f"the newest figures end in {last}"]
    return said if figures.neighbours_of(area) else [*said, f"{name} has no statistical neighbours in the list"]


def predecessors(figures: Figures, area: str) -> list[str]:
    """Return the codes of the authorities from which an area was formed."""
    return [code for code in figures.areas.at[area, "predecessors"].split("; ") if code]


def _ended(figures: Figures, area: str, indicator: str) -> int | None:
    """Return 0 where the area's first figure of an indicator is yet to come, or the year in which the indicator ended.

    None where neither is why there is none: the area is as old as the series, or the series ended long before.
    """
    start = figures.areas.at[area, "start"]
    if not start:
        return None
    own = _last(figures, [(indicator, code) for code in (COUNTRY, *predecessors(figures, area))])
    if not own or own > int(start):
        return None
    last = _last(figures, [(name, COUNTRY) for name in figures.indicators.index])
    return 0 if own >= last - LATE else own if int(start) >= last else None


def _last(figures: Figures, pairs: Sequence[tuple[str, str]]) -> int:
    """Return the year in which the newest figure of some indicators and areas ends; none of them counts as used."""
    figures.asked.pairs.update(pairs)
    return newest(f.time_period for pair in pairs for f in figures.every(*pair) if f.status == "actual")
