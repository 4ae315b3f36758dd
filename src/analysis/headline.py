"""A headline value: one number a report stands for, as files and pages give it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analysis.words import amount, month, roughly, two_figures

if TYPE_CHECKING:
    from analysis.data.fact import Fact

SIGNIFICANT_DIGITS = 10
"""Digits kept in published values: enough for any use, few enough that processors agree."""
NUMBERS = ("value", "lower", "upper", "coverage")
"""The parts of a headline value that are numbers, None where there is none."""
STANDING = ("rank", "among", "base")
"""The same of where it stands."""
_BLANK: dict[str, Any] = {
    **dict.fromkeys(("key", "label"), ""), **dict.fromkeys(NUMBERS),
    **dict.fromkeys(("unit", "period", "symbol", "source"), ""), "decimals": None, "change": "", "released": "",
    "when": "", "beside": {}, **dict.fromkeys(STANDING), "order": "lowest first", "compared": True, "rough": False,
}  # fmt: skip
"""A record of nothing: the key, the words for it, when its newest source was released, and the parts of a fact."""


def recorded(key: str, label: str, of: Fact, dates: Mapping[str, str]) -> dict[str, Any]:
    """Return a fact as a headline value for JSON; `dates` says when each source that there may be was published.

    ValueError if a source is unknown, a number is infinite, a missing value has no symbol, or a coverage is not between
    0 and 1 or stands without an interval.
    """
    where, sources = f"headline value {key!r}", [name for name in of.source.split("; ") if name]
    for name in sources:
        if name not in dates:
            raise ValueError(f"{where}: unknown source {name!r}")
    if math.isnan(of.value) and not of.symbol:
        raise ValueError(f"{where}: a missing value needs a symbol")
    if any(map(math.isinf, (of.value, of.lower, of.upper))):
        raise ValueError(f"{where}: expected finite numbers; got {of.value} ({of.lower} to {of.upper})")
    if not math.isnan(of.coverage) and (not 0 < of.coverage < 1 or math.isnan(of.lower + of.upper)):
        raise ValueError(f"{where}: expected a coverage between 0 and 1, of an interval; got {of.coverage}")
    given = {name: value for name, value in vars(of).items() if name in _BLANK}
    given |= {name: published(given[name]) for name in (*NUMBERS, *STANDING)}
    beside = {name: published(value) for name, value in of.beside.items() if not math.isnan(value)}
    released = max((dates[name] for name in sources), default="")
    more = {"key": key, "label": label, "beside": beside, "compared": bool(of.compared), "released": released}
    return _BLANK | given | more


def published(value: float) -> float | None:
    """Return a value as it is written to files: None for NaN, and to fixed significant digits."""
    return None if math.isnan(value) else float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def said(record: dict[str, Any]) -> dict[str, str]:
    """Return a record of any edition in words: value, interval, when it was released, and what it says in words."""
    record = _BLANK | record  # an earlier edition may lack the newer fields
    texts = {name: str(record[name]) for name in ("label", "period", "change")}
    return texts | {"value": shown(record), "interval": interval_shown(record), "released": month(record["released"])}


def shown(record: dict[str, Any]) -> str:
    """Return a recorded value for reading: with unit, and with its symbol in brackets, which may stand alone.

    An estimated or forecast number without decimals of its own is not known better than to two digits, or three of
    pounds.
    """
    mark = f"[{record['symbol']}]" if record["symbol"] else ""
    return f"{_amount(record, 'value', record['unit'])} {mark}".strip()


def interval_shown(record: dict[str, Any]) -> str:
    """Return a recorded interval for reading, "5.9% to 6.7%"; a unit in words is said with the value only."""
    sign = record["unit"] if amount(1, record["unit"]) in ("1%", "£1") else ""
    lower, upper = (_amount(record, end, sign) for end in ("lower", "upper"))
    narrow = record["lower"] is not None and record["upper"] is not None and record["decimals"] is not None
    if narrow and 0 < record["upper"] - record["lower"] < 2 * 10.0 ** -record["decimals"]:  # a rounding's own ends
        record = record | {"decimals": record["decimals"] + 1}
        lower, upper = (_amount(record, end, sign) for end in ("lower", "upper"))
    return f"{lower} to {upper}" if lower and upper else lower or upper


def coverage_shown(record: dict[str, Any]) -> str:
    """Return the coverage of a recorded interval for reading: "95%", "range" for limits without one, "" without any."""
    if record["coverage"] is None:
        return "" if record["lower"] is None and record["upper"] is None else "range"
    return f"{100 * record['coverage']:.6g}%"


def _amount(record: dict[str, Any], name: str, unit: str) -> str:
    """Return a number of a record in a unit, which is the record's own or only its sign."""
    value, own = record[name], record["unit"]
    uncertain = own and not own.startswith("percent") and record["symbol"] in ("e", "f")
    if value is not None and uncertain and record["decimals"] is None:
        value = roughly(value) if own.startswith("pounds") else two_figures(value)
    return amount(value, unit, record["decimals"])
