"""The headline values of two editions of the reports side by side: which changed, by how much, and what shows why."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from analysis.headline import NUMBERS, published, said
from analysis.words import MINUS, amount, two_figures

KINDS = CHANGED, NEW, GONE, SAME = "changed", "new", "gone", "same"
COMPARED = ("value", "lower", "upper", "period", "symbol", "unit")
WORDS = ("label", "unit", "period", "symbol", "source")
"""The parts of a headline value that are words."""


def side_by_side(old: list[dict[str, Any]], new: list[dict[str, Any]], place: list[str]) -> list[dict[str, Any]]:
    """Return the headline values of two editions beside each other, with what became of each.

    Args:
        old, new: values, as `values.csv` or a notebook has them.
        place: what tells one value from another.

    Returns:
        A row a value: what it is in each edition (`old_value`, …, `new_source`), its `label` and `change` ("changed",
        "new", "gone" or "same", in this order), which parts differ (`differs`), the `difference` in the unit and as a
        share of the larger value (`size`: the largest first, before them those where a number came or went), and in
        words the change (`text`), both values (`old`, `new`: of those that are not the same) and a reason for it that
        the values themselves show (`shows`).
    """
    sides = []
    for side, rows in (("old", old), ("new", new)):
        frame = pd.DataFrame(rows, columns=[*place, *WORDS, *NUMBERS, "decimals"], dtype=object)
        frame = frame.astype(dict.fromkeys(NUMBERS, float)).assign(order=range(len(frame)))
        sides.append(frame.set_index(place).add_prefix(f"{side}_"))
    both = sides[0].join(sides[1], how="outer").sort_values(["new_order", "old_order"]).reset_index()
    before, after = (
        {name: both[f"{side}_{name}"] for name in (*COMPARED, "label", "order")} for side in ("old", "new")
    )
    differs = pd.DataFrame({n: before[n].ne(after[n]) & (before[n].notna() | after[n].notna()) for n in COMPARED})
    differs.insert(1, "interval", differs.pop("lower") | differs.pop("upper"))
    kinds = [after["order"].isna(), before["order"].isna(), differs.any(axis=1)]
    difference = (after["value"] - before["value"]).where(before["unit"] == after["unit"]).map(published).astype(float)
    share = before["value"].ne(0) & ~before["unit"].map(_is_percent)
    limits = both[[f"{side}_{end}" for side in ("old", "new") for end in ("lower", "upper")]].notna().all(axis=1)
    limits &= difference.notna() & difference.ne(0)
    apart = (before["upper"] < after["lower"]) | (after["upper"] < before["lower"])
    larger = both[["old_value", "new_value"]].abs().max(axis=1)
    both = both.assign(
        label=after["label"].fillna(before["label"]),
        change=np.select(kinds, [GONE, NEW, CHANGED], SAME),
        differs=[list(differs.columns[row]) for row in differs.to_numpy()],
        difference=difference,
        percent_change=(100 * difference / before["value"].abs()).where(share).map(published).astype(float),
        intervals=np.select([limits & apart, limits], ["intervals apart", "intervals overlap"], ""),
        size=(difference.abs() / larger).mask(difference.eq(0), 0.0).fillna(2.0),
    )
    rows = [row | {"text": _in_words(row), "shows": _shown_by(row)} for row in both.to_dict("records")]
    for row in (row for row in rows if row["change"] != SAME):
        row |= {"old": _side(row, "old"), "new": _side(row, "new")}
    return sorted(rows, key=lambda row: (KINDS.index(row["change"]), -row["size"]))


def _is_percent(unit: Any) -> bool:
    return str(unit).partition(" ")[0] == "percent"


def _in_words(row: dict[str, Any]) -> str:
    """Return a change in words: "+0.3 percentage points", "−12 (−3.5%)", "interval changed"."""
    old, new, difference, unit = row["old_value"], row["new_value"], row["difference"], row["new_unit"]
    if row["change"] != CHANGED:
        return row["change"]
    if row["old_unit"] != unit:
        return "unit changed"
    if math.isnan(old) != math.isnan(new):
        return "no number now" if math.isnan(new) else "number where there was none"
    if not difference or math.isnan(difference):
        names = [name for name in row["differs"] if name != "value"]
        return f"{' and '.join(filter(None, [', '.join(names[:-1]), *names[-1:]]))} changed"
    sign, size, places = "+" if difference > 0 else MINUS, abs(difference), _decimals(row)
    if _is_percent(unit):
        points = amount(size, "", places)
        return f"{sign}{points} percentage point{'' if points == '1' else 's'}"
    percent = row["percent_change"]
    near = 1 if 0.05 <= abs(percent) < 1 else None
    relative = "" if math.isnan(percent) or not percent else f" ({sign}{amount(abs(percent), 'percent', near)})"
    if row["new_symbol"] in ("e", "f") and not unit.startswith("pounds"):
        size, places = two_figures(size), None
    # A unit in words is said once, with the value.
    return f"{sign}{amount(size, 'pounds' if unit.startswith('pounds') else '', places)}{relative}"


def _decimals(row: dict[str, Any]) -> int | None:
    """Return the decimals both values are written in, where these are few and show the difference."""
    known = [row["old_decimals"], row["new_decimals"]]
    if pd.isna(known).any():
        known = [len(f"{row[name]:.10g}".partition(".")[2]) for name in ("old_value", "new_value")]
    return max(known) if max(known) < 3 and 10 ** -max(known) <= abs(row["difference"]) < 1000 else None


def _shown_by(row: dict[str, Any]) -> str:
    if row["change"] in (NEW, GONE):
        return ""
    for name, words in (("period", "new period ("), ("source", "revision (source: ")):
        if row[f"old_{name}"] != row[f"new_{name}"]:
            return f"{words}{row[f'old_{name}'] or 'none'} → {row[f'new_{name}'] or 'none'})"
    return ""


def _side(row: dict[str, Any], side: str) -> dict[str, str]:
    """Return the value of a row in one edition in words; nothing where it is not there."""
    if pd.isna(row[f"{side}_order"]):
        return {}
    record = {name: row[f"{side}_{name}"] for name in (*WORDS, *NUMBERS, "decimals")}
    return said({name: None if pd.isna(cell) else cell for name, cell in record.items()})
