"""An analyst's own figures: CSV files in `data/local/`, in the layout that `columns.csv` has under `local`.

Nothing outside that folder is read, and git keeps only its templates. Small numbers are withheld or rounded before
anything else sees them, so that none reaches a page, a file, a message or a digest, from which it could be guessed. The
rule stands in the file, that no two pages follow different ones.

Method: Government Statistical Service, Disclosure Control Guidance for Tables Produced from Administrative Sources (ONS
2014): small cells are suppressed (primary), then those by which totals would give them away (secondary). As in the
Department for Education's children in need, 1 to 5 are withheld and 0 is shown. What totals still tell is found by
linear programming, for a reader who knows the rule (Fischetti and Salazar 2001, Management Science 47:7). What
measures, areas or files tell of each other is not looked for, but for a share of a number that is withheld.
"""

from __future__ import annotations

import hashlib
import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from analysis.data.columns import LOCAL, BadTable, tables
from analysis.data.tables import checked, read_table
from analysis.files import did_you_mean

TEMPLATE, MARK = "template_", " (local figures)"
"""How the names of files begin that git keeps, and what follows the area's name wherever local figures stand."""
FEW, APART = 5, 2
"""The most people that are too few to be shown; how far apart the least and the most must be that a cell could be."""
_STEPS = {"suppress 1 to 5": 1, "round to 5": 5, "round to 10": 10}
_LAYOUT = f"{LOCAL}.csv"
_YEARS = [(0, 1), (0, 4), (0, 9), (-1, 4), (-1, 9)]
"""When the twelve months of a year may begin: years after the one that names it, and month."""


def local(folder: Path, file: str) -> pd.DataFrame:
    """Read figures of one's own, as they may be shown, from a CSV in the data folder's `local/`: "referrals.csv".

    Returns the columns of `local` in `columns.csv`, the area's `name`, and `rounding`; what is withheld is NaN with the
    symbol c. BadTable says in one line what is not there, or not as described, and repeats no number.
    """
    found = sorted((folder / LOCAL).glob("*.[cC][sS][vV]"))
    own = [path for path in found if path.is_file() and not (path.is_symlink() or path.name.startswith(TEMPLATE))]
    there = {path.name: path for path in own}
    if file not in there:  # as no name is that leads elsewhere
        near = did_you_mean(file, there)
        raise BadTable(f"{file!r}: no CSV of your own in data/{LOCAL}/{near}; expected one in the layout of a template")
    path = there[file]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadTable(f"{file!r}: cannot be read: {error.strerror or error}") from None
    try:
        table = checked(path, content.removeprefix(b"\xef\xbb\xbf"), _LAYOUT, folder)  # Excel's mark of UTF-8
    except BadTable as error:
        said = re.sub(r"found .*; (?=expected)|(?<=columns not expected: )\[.*\d.*\]", "", str(error))
        first, *more = said.splitlines()
        hint = " (in Excel: save it as CSV UTF-8)" if "not a UTF-8 CSV" in first else ""
        raise BadTable(f"{first}{hint}{f' (and more: {len(more)} lines)' if more else ''}") from None
    areas = read_table(folder / "areas.csv").set_index("area")["name"]
    for row, cell in table.loc[~table["area"].isin(areas.index), "area"].items():
        codes = areas.index[areas.str.casefold() == cell.strip().casefold()]
        hint = f"; its code is {codes[0]!r}" if len(codes) else did_you_mean(cell, areas.index)
        raise BadTable(f"{path.name}, line {row + 2}, column area: expected a code of areas.csv{hint}")
    columns = tables(folder)[_LAYOUT]
    absent = {c.column: np.nan if c.number else "" for c in columns if c.column not in table}
    table = table.assign(name=table["area"].map(areas) + MARK, **absent)
    table["control"] = table["control"].replace("", next(iter(_STEPS)))
    return shown(table[[*(c.column for c in columns), "name"]], path.name)


def shown(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table as it may be shown: small numbers withheld or rounded, with all that would give them away.

    BadTable if a row does not say how many people it counts, or a total is not that of its parts.
    """
    value, base, unit, symbol = (table[column] for column in ("value", "base", "unit", "symbol"))
    step, of = table["control"].map(_STEPS), _out_of(unit)
    people, rate = step.notna() & ~unit.str.startswith("pounds"), of.notna()
    _refuse(name, table["owner"].str.casefold() == "example", "owner", "figures of your own, not the example's")
    for column in ("control", "unit"):
        several = table.groupby("measure")[column].transform("nunique") > 1
        _refuse(name, several, column, "the same in all rows of a measure")
    whole = value.isna() | ((value >= 0) & (value % 1 == 0))
    _refuse(name, people & ~rate & ~whole, "value", "a whole number, 0 or more")
    fits = ((base % 1 == 0) & (of > 0) & (value >= 0)) | value.isna()
    _refuse(name, people & (~fits).where(rate, base.notna()), "base", "how many people a share is of")
    cases = (value * base / of).round().where(rate, value).where(people)
    rest = (base - cases).where((of == 100) & (cases <= base))
    counts = pd.DataFrame({"cases": cases, "rest": rest, "base": base})
    hidden = (symbol == "c") | ((step == 1) & counts.isin(range(1, FEW + 1)).any(axis=1))
    blocks = [(part, _sums(part, name)) for _, part in table[people].assign(rate=rate).groupby(["measure", "area"])]
    before = -1
    while before != hidden.sum():  # what is withheld of one number can make another too plain
        before = hidden.sum()
        for part, sums in blocks:
            for _, numbers in counts.loc[part.index].items() if len(sums) else ():
                found = withheld(numbers.to_numpy(), hidden[part.index].to_numpy(), sums, int(step[part.index[0]]))
                hidden[part.index] = found
        hidden |= _told(table, cases, hidden, rate, of)
    near = _rounded(cases, step), _rounded(base, step)
    hidden |= rate & (near[1] == 0)
    plain = people & ~hidden & (step > 1)
    share = [round(v, d) for v, d in zip(of * near[0] / near[1], digits(value), strict=True)]
    return table.assign(
        value=value.mask(plain, near[0].mask(rate, share)).mask(hidden),
        base=base.mask(plain, near[1]).mask(hidden),
        symbol=symbol.mask(hidden, "c"),
        rounding=step.where(plain & ~rate),
    )


def withheld(counts: np.ndarray, hidden: np.ndarray, sums: np.ndarray, step: int = 1) -> np.ndarray:
    """Return which cells are to be withheld so that totals tell of none what it is.

    The smallest first, and all of one size at once: which of them was taken would tell that none is smaller.

    Args:
        counts: numbers of people; NaN where not known.
        hidden: which are withheld already: of one step those of 1 to `FEW`.
        sums: a row for each total: 1 for its parts, -1 for itself, 0 for others.
        step: what the others are rounded to; 1 if they are not.
    """
    for row in sums:  # a share gives its number nearly, so that sums nearly fit
        parts = counts[row == 1]
        fitted = np.nansum(parts) if np.isfinite(parts).all() else np.maximum(np.nansum(parts), counts[row == -1])
        counts = np.where((row == -1) & ~np.isnan(counts), fitted, counts)
    total, small, unknown = (sums == -1).any(axis=0), (counts >= 1) & (counts <= FEW), np.isnan(counts)
    near, most, safe = _rounded(counts, step), 2 * np.nansum(counts) + 100, unknown & ~hidden
    while True:
        free = unknown | (hidden & (step > 1))
        bounds = [free, hidden & (total | small | (counts < 1)), hidden]
        lower = np.select(bounds, [0, np.minimum(counts, 1), FEW + 1], np.maximum(near - step // 2, 0))
        upper = np.select([free, hidden & small & ~total, hidden], [most, FEW, most], near + (step - 1) // 2)
        wanted = (hidden | small) & ~safe
        plain = _plain(sums, lower, upper, wanted)
        safe |= wanted & ~plain
        beside = (sums[(sums[:, plain] != 0).any(axis=1)] != 0).any(axis=0) & ~hidden & ~unknown
        beside = beside & (counts > 0) if (beside & (counts > 0)).any() else beside
        if not beside.any():
            return hidden
        least = beside & (near == near[beside].min())
        hidden = hidden | (least & ~total if (least & ~total).any() else least)


def _plain(sums: np.ndarray, lower: np.ndarray, upper: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return which of the wanted cells cannot be two numbers `APART`, by what is known of all."""
    low, high, aims = np.full(len(lower), np.inf), np.full(len(lower), -np.inf), np.eye(len(lower))
    for cell, sign in product(np.flatnonzero(wanted), (1, -1)):
        if high[cell] - low[cell] < APART:
            about = {"A_eq": sums, "b_eq": np.zeros(len(sums)), "bounds": np.c_[lower, upper]}
            found = scipy.optimize.linprog(sign * aims[cell], **about).x
            if found is None:
                raise BadTable(
                    f"data/{LOCAL}: totals over parts and over months contradict each other; expected one sum"
                )
            low, high = np.minimum(low, found), np.maximum(high, found)
    return wanted & (high - low < APART - 1e-6)


def _sums(part: pd.DataFrame, name: str) -> np.ndarray:
    """Return the totals of a measure in one area, as `withheld` takes them: over its parts, and of months in a year."""
    total, value, found = part["breakdown"].str.casefold().isin(["", "total"]), part["value"].copy(), []
    for _, same in part.groupby("time_period"):
        parts = same.index[~total[same.index]]
        found += [(line, parts) for line in same.index[total[same.index]] if len(parts)]
    if not part["rate"].any():
        for line, parts in found:
            gap = value[line] - value[parts].sum()
            wrong = pd.Series({line: gap < 0 or (gap > 0 and value[parts].notna().all())})
            _refuse(name, wrong, "value", "the sum of its parts, unless they overlap")
        for _, same in part.groupby("breakdown"):
            lines = pd.Series(same.index, same["time_period"])
            for period, line in lines[~lines.index.str.contains("-")].items():
                for first in (f"{int(period[:4]) + year}-{month:02d}" for year, month in _YEARS):
                    months = pd.period_range(first, periods=12, freq="M").astype(str)
                    of = lines.reindex(months).dropna().astype(int)
                    gap = value[line] - value[of].sum()
                    if len(of) == 12 and (gap == 0 or (gap > 0 and value[of].isna().any())):
                        found.append((line, pd.Index(of)))
    return np.array([part.index.isin(parts).astype(float) - (part.index == line) for line, parts in found])


def _told(table: pd.DataFrame, cases: pd.Series, hidden: pd.Series, rate: pd.Series, of: pd.Series) -> pd.Series:
    """Return which rows say the same as one that is withheld: a share of as many, or the number that it is a share of.

    A share gives its number within half of its last digit.
    """
    where = ["area", "time_period", "breakdown"]
    rows = table[where].assign(row=table.index, cases=cases, hidden=hidden)
    rows["slack"] = 0.5 + 0.5 * table["base"] / of / 10.0 ** digits(table["value"])
    pairs = rows[~rate].merge(rows[rate], on=where)
    pairs = pairs[(pairs["cases_x"] - pairs["cases_y"]).abs() <= pairs["slack_y"]]
    pairs = pairs[pairs["hidden_x"] | pairs["hidden_y"]]
    return table.index.isin(pd.concat([pairs["row_x"], pairs["row_y"]]))


def _out_of(unit: pd.Series) -> pd.Series:
    """Return what shares are out of, by their unit: 100, 10,000; 0 where it does not say; NaN for other units."""
    per = unit.str.extract(r"^per ([\d,]+) ")[0].str.replace(",", "").astype(float).fillna(0)
    return per.where(unit.str.startswith("per ")).mask(unit.str.startswith("percent"), 100.0)


def digits(value: pd.Series) -> pd.Series:
    """Return how many decimals each number has; none where there is no number."""
    return value.map("{:.10g}".format).str.partition(".")[2].str.len()


def _rounded(counts: pd.Series | np.ndarray, step: pd.Series | int) -> pd.Series | np.ndarray:
    return np.floor(counts / step + 0.5) * step


def about(file: str, table: pd.DataFrame) -> dict[str, str]:
    """Return what a page says of a file that was read: `file`, `owner`, `control`, `sha256`, `rows` and `periods`.

    The digest is that of what may be shown: from the file's own, what is withheld could be found by trying.
    """
    periods = sorted(table["time_period"])
    return {
        "file": f"data/{LOCAL}/{file}",
        "owner": "; ".join(dict.fromkeys(table["owner"])),
        "control": "; ".join(dict.fromkeys(table["control"])),
        "sha256": hashlib.sha256(table.to_csv(lineterminator="\n").encode()).hexdigest(),
        "rows": f"{len(table):,}",
        "periods": periods[0] if periods[0] == periods[-1] else f"{periods[0]} to {periods[-1]}",
    }


def _refuse(name: str, bad: pd.Series, column: str, expected: str) -> None:
    """Refuse a table of which any row is bad: the first, without its number."""
    if bad.any():
        raise BadTable(f"{name}, line {bad.idxmax() + 2}, column {column}: expected {expected}")
