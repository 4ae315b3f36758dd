"""Numbers in words: British English, rounding, intervals, direction and comparison; and templates filled with them.

A template is plain text with names in braces: "{neet} of young people were NEET {neet:when}, {neet:vs England}"; what
a fact can say is in `fact.Fact.SAYS`. One that needs a number that is not there becomes a sentence that says which and
why, so that the same template serves every area.
"""

from __future__ import annotations

import calendar
import math
import string
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.methods.intervals import Interval

MINUS = "\N{MINUS SIGN}"
NOT_AVAILABLE = "not available"
Format = Callable[[float], str]
SYMBOL_KEY = {
    "c": "confidential",
    "x": "not available",
    "z": "not applicable",
    "low": "rounds to zero",
    "p": "provisional",
    "r": "revised",
    "e": "estimated",
    "f": "forecast",
    "u": "low reliability",
}


class Missing(LookupError):
    """A sentence needs a number that is not there; the text says which, and why."""


class Gap(str):
    """A sentence that says which number is missing, in the place of one that needs it."""


def number(value: float, decimals: int = 0) -> str:
    """Return a number with thousands commas and a true minus sign, "−3,757"; "not available" for NaN or infinity."""
    return NOT_AVAILABLE if missing(value) else f"{value:z,.{decimals}f}".replace("-", MINUS)


def count(value: float, singular: str, plural: str | None = None, fmt: Format = number) -> str:
    """Return a count with its noun: "1 child", "0 children", "1,028 parents", "an unknown number of children"."""
    text = fmt(value).replace(NOT_AVAILABLE, "an unknown number of")
    return f"{text} {singular if text in ('1', 'one') else plural or singular + 's'}"


def percent(value: float, decimals: int = 1) -> str:
    """Return a percentage: 6.3 → "6.3%"."""
    return NOT_AVAILABLE if missing(value) else number(value, decimals) + "%"


def whole(value: float) -> str:
    """Return a percentage without decimals: 66.0 → "66%"."""
    return percent(value, 0)


def of_all(value: float) -> str:
    """Return a share of all there are in whole percent: 47.2 → "47%"; "more than all" above 100, as no share is."""
    return "more than all" if value > 100 else whole(value)


def pounds(value: float, decimals: int | None = None) -> str:
    """Return an amount of money: "£18.4 million", "£77,200"; decimals are of millions or billions, 1 if None."""
    if missing(value):
        return NOT_AVAILABLE
    sign = MINUS if value < 0 else ""
    places = 1 if decimals is None else decimals
    size = abs(value)
    # The amount as the next smaller unit would show it decides: 999,999,999 is £1.0 billion, not £1,000.0 million,
    # while 960,000 stays as it is.
    for unit, name, shown in ((1e9, "billion", round(size / 1e6, places) * 1e6), (1e6, "million", round(size))):
        if shown >= unit:
            return f"{sign}£{size / unit:,.{places}f} {name}"
    text = number(size)
    return ("" if text == "0" else sign) + "£" + text


def amount(value: float | None, unit: str, decimals: int | None = None) -> str:
    """Return a number with its unit, as the figures table has it: "3.9%", "£354 per child", "1 child"; "" for None.

    Decimals are none from 1,000 and of whole numbers, one from 1, else three significant digits, if not said.
    """
    if value is None:
        return ""
    kind, _, rest = unit.partition(" ")
    if kind == "pounds":
        return f"{pounds(value)} {rest}".rstrip()
    if decimals is None:
        size = abs(value)
        plain = missing(value) or size >= 1000 or size == int(size)
        decimals = 0 if plain else 1 if size >= 1 else 2 - math.floor(math.log10(size))
    text = number(value, decimals)
    if kind == "percent":
        return f"{text}% {rest}".rstrip()
    return f"{text} {_ONE.get(unit, unit) if text == '1' else unit}".rstrip()


_ONE = {"children": "child", "claims": "claim", "models": "model", "priorities": "priority", "strategies": "strategy"}


def month(date: str) -> str:
    """Return a date of publication in words: "2026-04" → "April 2026", "2025" → "2025"."""
    year, _, rest = date.partition("-")
    return f"{calendar.month_name[int(rest[:2])]} {year}" if rest else year


def about(value: float) -> str:
    """Return a rounded count for an estimate, 19098.8 → "19,100"; see `roughly`."""
    return NOT_AVAILABLE if missing(value) else number(roughly(value))


def roughly(value: float) -> float:
    """Return a number rounded to 3 significant figures, one of 10 or more to the nearest 10 or wider."""
    return _rounded(value, 2, 10)


def modelled(value: float) -> str:
    """Return a simulated count, whose further digits mean nothing, 3757.4 → "3,800"; see `two_figures`."""
    return NOT_AVAILABLE if missing(value) else number(two_figures(value))


def two_figures(value: float) -> float:
    """Return a number rounded to 2 significant figures; one below 10 stays as it is."""
    return _rounded(value, 1, 1)


def _rounded(value: float, further: int, least: int) -> float:
    """Return a number of 10 or more rounded to so many further digits than its first, to `least` or wider."""
    if missing(value) or abs(value) < 10:
        return value
    unit = max(least, 10 ** (math.floor(math.log10(abs(value))) - further))
    return float(round(value / unit) * unit)


def rough_pounds(value: float) -> str:
    """Return an estimated amount of pounds to three digits: "£852,000", "£63.9 million", "£229 million"."""
    rounded = roughly(value)
    return pounds(rounded, 0) if 1e8 <= abs(rounded) < 1e9 else pounds(rounded)


def modelled_pounds(value: float) -> str:
    """Return a simulated amount of pounds to two digits: "£850,000", "£6.4 million", "£64 million"."""
    rounded = two_figures(value)
    return pounds(rounded, 0) if 1e7 <= abs(rounded) < 1e9 else pounds(rounded)


def tenths(value: float) -> str:
    """Return a number with one decimal."""
    return number(value, 1)


def missing(value: float | None) -> bool:
    """Return whether there is no finite number."""
    return value is None or not math.isfinite(value)


def word(value: float) -> str:
    """Return a whole number up to ten as a word, others as figures: 9 → "nine", 12 → "12"."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[int(value)] if value in range(11) else number(value)


def some_or_none(value: float) -> str:
    """Return a whole number as `word` does, but "none" for zero, where it stands without a noun."""
    return word(value) if value else "none"


def capital(text: str) -> str:
    """Return text with its first letter a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def span(interval: Interval, fmt: Format = number) -> str:
    """Return an interval's limits: "5.9% to 6.7%"; one where both read the same, "not available" if one is missing."""
    lower, upper = fmt(interval.lower), fmt(interval.upper)
    if NOT_AVAILABLE in (lower, upper):
        return NOT_AVAILABLE
    return lower if lower == upper else f"{lower} to {upper}"


def around(interval: Interval, fmt: Format = number) -> str:
    """Return an interval with its coverage: "95% interval 5.9% to 6.7%"; ValueError for a range that has none."""
    if math.isnan(interval.coverage):
        raise ValueError(f"expected an interval with a coverage; got the range {tuple(interval)}")
    return f"{level(interval.coverage)} interval {span(interval, fmt)}"


def level(confidence: float) -> str:
    """Return a confidence in percent: 0.95 → "95%", 0.998 → "99.8%"."""
    return f"{confidence * 100:.6g}%"


def compared(interval: Interval, other: float) -> str:
    """Return how an estimate stands to a fixed value: higher or lower where its interval leaves the value out."""
    if interval.lower > other:
        return "higher than"
    return "lower than" if interval.upper < other else "not clearly different from"


def changed(before: float, after: float, fmt: Format = number) -> str:
    """Return a change in words: "rose from 495 to 630", "stayed at 5"; "cannot be compared …" if a value is missing."""
    if missing(before) or missing(after):
        return "cannot be compared: a value is missing"
    if fmt(before) == fmt(after):
        return f"stayed at {fmt(after)}"
    return f"{'rose' if after > before else 'fell'} from {fmt(before)} to {fmt(after)}"


def moved(change: float) -> str:
    """Return a change in percent in words: "rose by 15.3%", "fell by 2.0%", "hardly changed"."""
    if missing(change):
        return "cannot be compared: a value is missing"
    if percent(abs(change)) == "0.0%":
        return "hardly changed"
    return f"{'rose' if change > 0 else 'fell'} by {percent(abs(change))}"


def listed(items: Sequence[str]) -> str:
    """Return items as a British list: "a", "a and b", "a, b and c"; "none" if empty."""
    if len(items) < 2:
        return items[0] if items else "none"
    return ", ".join(items[:-1]) + " and " + items[-1]


def some(items: Sequence[str], noun: str, most: int = 3) -> str:
    """Return items as a list where there are few, else how many: "Wiltshire and England", "13 areas"."""
    return listed(items) if len(items) <= most else f"{number(len(items))} {noun}"


def quoted(text: str) -> str:
    """Return words of a document in quotation marks."""
    return f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}"


def sentence(text: str) -> str:
    """Return text with a capital first letter and a full stop, white space folded; blank text stays blank."""
    text = capital(" ".join(text.split()))
    return text if not text or text.endswith((".", "?", "!", "…")) else text + "."


def explained(symbol: str) -> str:
    """Return a symbol with its meaning, as a sentence says it: "confidential [c]"."""
    return f"{SYMBOL_KEY[symbol]} [{symbol}]"


class _Filler(string.Formatter):
    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        # Names alone: a template reaches no attribute and no item of what it is given.
        if field_name not in kwargs:
            raise ValueError(f"a template asks for {field_name!r}; given are: {', '.join(kwargs) or 'none'}")
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        whole = isinstance(value, Integral) and not (isinstance(value, bool) or format_spec)
        return number(int(value)) if whole else super().format_field(value, format_spec)


def fill(template: str, **given: Any) -> str:
    """Return a template as a sentence; "" where None or NaN is given for a name it needs, a Gap for a lacking fact.

    ValueError if it asks for a name that is not given, or for what a fact cannot say.
    """
    needed = [given.get(name, "") for _, name, _, _ in string.Formatter().parse(template) if name]
    if any(value is None or (isinstance(value, float) and math.isnan(value)) for value in needed):
        return ""
    try:
        return sentence(_Filler().format(template, **given))
    except Missing as error:
        return Gap(sentence(str(error)))


def filled(*templates: str, **given: Any) -> list[str]:
    """Return templates as sentences, each once, those left out (see `fill`) not among them."""
    return [text for text in dict.fromkeys(fill(template, **given) for template in templates) if text]
