"""How many children come to need more, and how that moved beside what was spent."""

from __future__ import annotations

import math

import pandas as pd

from analysis import narrative as say
from analysis.charts import About, Chart, dumbbell, matrix
from analysis.figure import ENGLAND, Figure
from analysis.figures import Figures
from analysis.position import beside, clear_change, position
from analysis.tables import SYMBOL_KEY
from analysis.topics.early_help.outturn import Spending, more_or_less, spending

FLOWS = ("referrals_rate", "s47_rate", "icpc_rate", "cpp_starts_rate", "cla_starts_rate")
STOCKS = ("cin_rate", "cpp_rate", "cla_rate")
FAR = 3
"""Times the neighbours' median from which a rate of referrals is pointed out."""
WORDS = {"cin_rate": "were in need", "cpp_rate": "had a child protection plan", "cla_rate": "were in care"}


def plain(figure: Figure) -> str:
    """Return a rate with a decimal below ten only, or its symbol and what that means where it has no value."""
    if not figure.known:
        return f"{SYMBOL_KEY[figure.symbol]} [{figure.symbol}]"
    return rate(figure.value)


def rate(value: float) -> str:
    """Return a rate per 10,000, with a decimal only below ten."""
    return say.number(value, 1 if 0 < value < 10 else 0)


def latest(figures: Figures, indicators: tuple[str, ...], area: str) -> list[Figure]:
    """Return each indicator's figure of the latest period it has for the area, with or without value."""
    return [series[-1] for name in indicators if (series := figures.series(name, area))]


def need_sentence(figures: Figures, area: str) -> str:
    """Return how many of 10,000 children are referred, in need, protected and in care; what is withheld is said."""
    stocks = latest(figures, STOCKS, area)
    known = [f for f in stocks if f.known]
    parts = [f"{plain(f)} {WORDS[f.indicator]}" for f in known]
    referred = [f for f in latest(figures, FLOWS[:1], area) if f.known]
    parts = [f"{plain(f)} were referred {f.when}" for f in referred] + parts
    said = (
        f"of every 10,000 children under 18, {say.listed(parts)}"
        if parts
        else "no rate of need in the releases read here"
    )
    said += f" {known[0].when}" if known else ""
    for gone in (f for f in stocks if not f.known):
        before = [f for f in figures.series(gone.indicator, area) if f.known]
        last = f"; the last one is {plain(before[-1])} {before[-1].when}" if before else ""
        said += f"; how many {WORDS[gone.indicator]} {gone.when} is {plain(gone)}{last}"
    return said


def chain_finding(figures: Figures, area: str, name: str) -> str:
    """Return what follows a hundred referrals, by rates of one year."""
    found = {f.indicator: f for f in latest(figures, FLOWS, area)}
    start = found.get(FLOWS[0])
    same = [f for f in found.values() if f.known and start and f.time_period == start.time_period]
    told = {"s47_rate": "section 47 enquiries", "cpp_starts_rate": "new plans", "cla_starts_rate": "starts in care"}
    parts = [f"{say.number(f.value / start.value * 100)} {told[f.indicator]}" for f in same if f.indicator in told]
    if not (start and start.known and start.value and parts):
        return f"the releases read here do not have all the steps from referral to care for {name}"
    return f"for every 100 referrals there were {say.listed(parts)} {start.when}"


def chain_chart(figures: Figures, area: str, name: str) -> Chart | None:
    """Return the steps from referral to care as rates, the area beside England; None where no step has a value."""
    here = latest(figures, (*FLOWS, *STOCKS), area)
    if not any(f.known for f in here):
        return None
    rows = [(f.label, f.value, (e.value if (e := beside(figures, f).england) else math.nan)) for f in here]
    about = About(
        "chain-of-need",
        _below(rows, name),
        f"Latest year, per 10,000 children under 18, {name} and England",
        "The upper rows count a year's events, the last three the children on 31 March. They are counts of the same "
        "year, not children followed from step to step.",
    )
    return dumbbell(rows, about, rate, "Per 10,000 children", (name, "England"))


# --- Outcomes beside spend ---------------------------------------------------------------------


def changes(figures: Figures, here: Spending, area: str) -> pd.DataFrame:
    """Return by area the change in early-help spend a child and in the rate in care, in percent, first to last year.

    `clear` says whether the rate in care moved by more than chance alone would make it; None where that is not known.
    """
    rows = {}
    for code in [area, ENGLAND, *figures.neighbours_of(area)]:
        spent = spending(figures, code, here.prices, here.base)
        care = {int(f.time_period): f for f in figures.series("cla_rate", code) if f.known}
        years = [year for year in spent.table.index if year in care]
        if len(years) > 1 and all(spent.table.at[years[0], c] > 0 for c in ("total", "real")) and care[years[0]].value:
            spend = (spent.table.at[years[-1], "real"] / spent.table.at[years[0], "real"] - 1) * 100
            before, after = care[years[0]], care[years[-1]]
            moved = (after.value / before.value - 1) * 100
            rows[spent.name] = (spend, moved, years[0], years[-1], clear_change(before, after))
    names = ["Early-help spend a child", "Children in care, rate", "first", "last", "clear"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=names)


def changes_finding(table: pd.DataFrame, name: str) -> str:
    """Return how spend and care moved in the area."""
    spend, care, first, last, clear = table.loc[name]
    moved = f"{name} spent {more_or_less(100, 100 + spend)} a child in {int(last)} than in {int(first)}"
    return f"{moved}, and its rate in care {_moved(care, clear)}"


def neighbours_sentence(table: pd.DataFrame, name: str) -> str:
    """Return in how many neighbours the rate in care rose, of those that spent less and more; "" without any."""
    others = table.drop(index=[name, "England"], errors="ignore")
    up, more = _rose(others), others["Early-help spend a child"] >= 0
    groups = (("less", ~more), ("more", more))
    told = [
        f"in {_some(int((up & part).sum()), int(part.sum()))} that spent {word}" for word, part in groups if part.any()
    ]
    return f"among its neighbours the rate in care rose by more than chance {say.listed(told)}" if told else ""


def _rose(table: pd.DataFrame) -> pd.Series:
    """Return for which areas the rate in care rose by more than chance alone would make it."""
    return (table["Children in care, rate"] > 0) & table["clear"].eq(True)


def _some(part: int, whole: int) -> str:
    """Return a part of a whole as "all three", "none of the three", "six of the seven", "the one"."""
    if part == whole:
        return {1: "the one", 2: "both"}.get(whole, f"all {say.word(whole)}")
    return f"{say.word(part) if part else 'none'} of the {say.word(whole)}"


def _moved(change: float, clear: bool | None) -> str:
    """Return a change in percent as words: "rose by 4%", "did not change clearly (4% higher)", "stood 4% higher"."""
    size = say.whole(abs(change))
    if size == "0%":
        return "did not change"
    if clear:
        return f"{'rose' if change > 0 else 'fell'} by {size}"
    size += " higher" if change > 0 else " lower"
    return f"stood {size}" if clear is None else f"did not change clearly ({size})"


def changes_chart(table: pd.DataFrame, name: str) -> Chart:
    """Return the changes of all areas as cells, the area's own marked."""
    shown = table.iloc[:, :2]
    marked = pd.DataFrame([[label == name] * 2 for label in shown.index], index=shown.index, columns=shown.columns)
    years = f"{int(table['first'].min())} to {int(table['last'].max())}"
    about = About(
        "beside-each-other",
        _care_moved(table),
        f"Change {years} in percent, spend after price rises, {name} and its neighbours",
        "Side by side, not cause and result: each row has its own poverty, thresholds and history.",
    )
    return matrix(shown, about, lambda v: f"{'+' if v > 0 else ''}{say.whole(v)}", "Area", marked)


def _care_moved(table: pd.DataFrame) -> str:
    """Return in how many authorities the rate in care rose clearly, and whether with either change of spend."""
    places = table.drop(index="England", errors="ignore")
    up = places[_rose(places)]
    both = {bool(spend >= 0) for spend in up["Early-help spend a child"]} == {True, False}
    many = say.count(len(places), "authority", "authorities", fmt=say.word)
    found = f"Children in care rose by more than chance in {say.word(len(up))} of {many}"
    return f"{found}{', with more spend and with less' * both}"


def care_finding(figures: Figures, area: str) -> str:
    """Return how the rate of children in care moved from its first figure to its latest, and whether that is clear."""
    known = [f for f in figures.series("cla_rate", area) if f.known]
    if not known:
        return f"the releases read here have no rate of children in care for {figures.area_name(area)}"
    first, last = known[0], known[-1]
    if len(known) == 1:
        only = "the only figure in the releases read here"
        return f"of every 10,000 children {_none(last)} were in care {last.when}, {only}"
    clear = clear_change(first, last)
    if clear and str(first) != str(last):
        moved = "rose" if last.value > first.value else "fell"
        return f"children in care {moved} from {first} per 10,000 in {first.year} to {last} {last.when}"
    unclear = ", no clear change" if clear is False else ""
    before, after = _none(first), _none(last)
    return f"of every 10,000 children {before} were in care in {first.year} and {after} {last.when}{unclear}"


def _none(figure: Figure) -> str:
    return rate(figure.value) if figure.value else "none"


def outlier_note(figures: Figures, area: str) -> str:
    """Return a caution about neighbours whose rate of referrals is several times the median; "" without any."""
    where = position(figures, "referrals_rate", area)
    far = [f for f in where.neighbours if f.value > FAR * where.median] if where else []
    if not far:
        return ""
    named = say.listed([f"{figures.area_name(f.area)} ({plain(f)})" for f in far])
    return (
        f"{named} {'has' if len(far) == 1 else 'have'} more than {say.word(FAR)} times the neighbours' median of "
        "referrals per 10,000 children, and may count as referrals what others call contacts"
    )


def _below(rows: list[tuple[str, float, float]], name: str) -> str:
    """Return at how many steps an area is below England, of those where both are known."""
    known = [(here, there) for _, here, there in rows if not (math.isnan(here) or math.isnan(there))]
    below = sum(here < there for here, there in known)
    if not known:
        return f"No step can be compared with England for {name}"
    some = f"{say.word(below)} of {say.count(len(known), 'step', fmt=say.word)}"
    return f"{name} is below England at {({0: 'no step'} | {len(known): 'every step'}).get(below, some)}"
