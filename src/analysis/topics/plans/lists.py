"""Three lists beside the action plan: the activities of 2024, the impact indicators and the strategies."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import narrative as say
from analysis.figure import ENGLAND, Figure
from analysis.figures import Figures
from analysis.methods import plan_life
from analysis.position import Position, clear_change, position
from analysis.tables import Table
from analysis.trends import OF_MODEL

UPDATE = "csc_update_2024"
RIGHT, WRONG, LEVEL, NEITHER = "the right way", "the wrong way", "did not move", "no good direction"


# --- The activities of 2024 --------------------------------------------------------------------


def activities(figures: Figures, area: str) -> pd.DataFrame:
    """Return the planned activities with the figures of their updates.

    Returns:
        The columns of `activities.csv`; figures (a list of `Figure`); repeated: whether one indicator has values of two
        periods or more, so that a change can be seen.
    """
    listed = figures.listing("activities").copy()
    table = figures.table[figures.table["source"] == UPDATE]
    found = []
    for locator in listed["locator"]:
        own = table[table["locator"].str.startswith(locator) & (table["area"] == area)]
        found.append([f for name in dict.fromkeys(own["indicator"]) for f in _given(figures, name, area, locator)])
    listed["figures"] = found
    listed["repeated"] = [any(len(periods) > 1 for periods in _periods(given).values()) for given in found]
    return listed


def _given(figures: Figures, name: str, area: str, locator: str) -> list[Figure]:
    """Return an indicator's figures that an activity's update states, targets included."""
    return [f for f in figures.series(name, area, status=None) if f.source == UPDATE and f.locator.startswith(locator)]


def _periods(given: list[Figure]) -> dict[str, set[str]]:
    """Return the periods each indicator has an actual figure of."""
    found: dict[str, set[str]] = {}
    for figure in given:
        if figure.status == "actual":
            found.setdefault(figure.indicator, set()).add(figure.time_period)
    return found


def activities_table(listed: pd.DataFrame) -> Table:
    """Return the activities as a table: director, mission, what is intended and the figures of the update."""
    rows = [
        (f"{row.number:.0f}. {row.activity}", row.director, row.link, row.impact, _figures_said(row))
        for row in listed.itertuples()
    ]
    heads = ["Activity", "Director", "Mission it is linked to", "Intended impact", "Figures of the update"]
    caption = "Planned activities of the update of January 2024, in our words"
    return Table("activities", caption, pd.DataFrame(rows, columns=heads), download=False)


def _figures_said(row: tuple) -> str:
    if not row.figures:
        return "none"
    if row.measured == "no":
        return "none that measures what was done"
    return "; ".join(
        f"{f.label}: {f} ({f.period}{'' if f.status == 'actual' else ', ' + f.status})" for f in row.figures
    )


# --- The impact indicators ---------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """An official measure of an impact indicator: its first and latest figure, and which way it went."""

    number: float
    words: str
    first: Figure
    where: Position
    way: str
    clear: bool | None

    @property
    def latest(self) -> Figure:
        """The latest figure with a value."""
        return self.where.before or self.where.here

    @property
    def verdict(self) -> str:
        """Which way it moved, and whether by more than chance: "the wrong way, beyond chance"."""
        sure = {True: "beyond chance", False: "within chance", None: "chance not known"}[self.clear]
        return self.way if self.way in (LEVEL, NEITHER, OF_MODEL) else f"{self.way}, {sure}"


def moved(figures: Figures, area: str) -> list[Moved]:
    """Return the official measures of the impact indicators, the leading one of each first, in the list's order."""
    found = []
    for row in figures.listing("key_indicators").itertuples():
        for name in filter(None, row.official.split("; ")):
            known = [f for f in figures.series(name, area) if f.known and f.time_period >= row.since]
            where = position(figures, name, area)
            if known and where:
                way = _way(known[0], known[-1], row.polarity, str(figures.indicators.at[name, "polarity"]))
                words = (row.number, row.indicator_in_words)
                found.append(Moved(*words, known[0], where, way, _clear(known[0], known[-1])))
    return found


def _clear(first: Figure, last: Figure) -> bool | None:
    """Return whether a change is more than chance would make; None where a release does not give the cases."""
    return clear_change(first, last) if first.base > 0 and last.base > 0 else None


def _way(first: Figure, last: Figure, wanted: str, own: str) -> str:
    """Return which way a measure moved, by its own polarity or, where it has none, by that of the indicator.

    Of a modelled measure that is not known, whatever its figures are.
    """
    good = wanted if own == "neither" else own
    if good == "neither":
        return NEITHER
    if last.modelled:
        return OF_MODEL
    if first.value == last.value:
        return LEVEL
    return RIGHT if (last.value > first.value) == (good == "high") else WRONG


def leading(measures: list[Moved]) -> list[Moved]:
    """Return the first official measure of each indicator."""
    return list({found.number: found for found in reversed(measures)}.values())[::-1]


def coverage(figures: Figures) -> pd.DataFrame:
    """Return the impact indicators with, for each, whether the documents and whether official releases give figures.

    Returns:
        Columns number, indicator_in_words, note, documents (a list of figures), official (bool) and kind.
    """
    listed = figures.listing("key_indicators").copy()
    kinds = figures.sources["kind"]
    listed["documents"] = [
        [f for name in filter(None, names.split("; ")) for f in figures.series(name) if kinds[f.source] == "document"]
        for names in listed["figures_here"]
    ]
    listed["official"] = listed["official"] != ""
    names = {(True, True): "Both", (True, False): "Documents only", (False, True): "Official only"}
    pairs = zip(listed["documents"].map(bool), listed["official"], strict=True)
    listed["kind"] = [names.get(pair, "Neither") for pair in pairs]
    return listed


def moved_table(figures: Figures, measures: list[Moved], area: str) -> Table:
    """Return the official measures as a table: first and latest figure, England's, and which way the area's moved."""
    rows = []
    for found in measures:
        latest = (found.latest.time_period, found.latest.time_identifier)
        series = figures.series(found.first.indicator, ENGLAND)
        england = [str(f) for f in series if (f.time_period, f.time_identifier) == latest]
        words = f"{found.number:.0f}. {found.words}"
        named = (found.first.title, f"{found.first} ({found.first.year})", f"{found.latest} ({found.latest.year})")
        rows.append((words, *named, england[0] if england else "[x]", say.capital(found.verdict)))
    heads = ["Indicator", "Official measure", "First", "Latest", "England", "Moved"]
    return Table("official", f"Impact indicators with official figures, {area}", pd.DataFrame(rows, columns=heads))


def documents_table(listed: pd.DataFrame) -> Table:
    """Return the figures that the documents give of impact indicators, the latest actual figure of each measure."""
    rows = []
    for row in listed.itertuples():
        last = {f.indicator: f for f in row.documents if f.status == "actual" and f.area.startswith("E06")}
        rows += [(f"{row.number:.0f}. {row.indicator_in_words}", f.title, str(f), f.period) for f in last.values()]
    heads = ["Indicator", "Figure of the documents", "Value", "Period"]
    caption = "Impact indicators with figures in the documents"
    return Table("in-documents", caption, pd.DataFrame(rows, columns=heads), right=["Value"])


# --- The strategies ----------------------------------------------------------------------------


def strategies(figures: Figures, year: int, assumed_years: float) -> pd.DataFrame:
    """Return the strategies with their lives, from the earliest start.

    Returns:
        Columns number, title, topic, published, life (`plan_life.Life`) and state at the end of the year.
    """
    listed = figures.listing("strategies").copy()
    listed["life"] = [
        plan_life.life(row.published, row.period_start, row.period_end, assumed_years) for row in listed.itertuples()
    ]
    listed["state"] = [life.at(year + 0.99) for life in listed["life"]]
    order = sorted(listed.index, key=lambda n: (listed.at[n, "life"].start, listed.at[n, "number"]))
    return listed.loc[order]


def by_year(listed: pd.DataFrame, years: range) -> pd.DataFrame:
    """Return how many strategies were in force, and had lapsed, at the end of each year (rows), by kind of end."""
    rows = []
    for year in years:
        at = [(life.at(year + 0.99), life.printed) for life in listed["life"]]
        rows.append(
            {
                "In force, end printed": at.count((plan_life.IN_FORCE, True)),
                "In force, end assumed": at.count((plan_life.IN_FORCE, False)),
                "Lapsed, end printed": at.count((plan_life.LAPSED, True)),
                "Lapsed, end assumed": at.count((plan_life.LAPSED, False)),
            }
        )
    return pd.DataFrame(rows, index=[str(year) for year in years])
