"""A headline value of two editions: what differs, by how much, and what it shows of the reason itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.formats import MINUS, amount

KINDS = CHANGED, NEW, GONE = "changed", "new", "gone"
_COMPARED = ("value", "lower", "upper", "period", "symbol", "unit")


@dataclass(frozen=True)
class Value:
    """One headline value; a number is None where there is none.

    `coverage` is that of the interval, None of an edition that does not say it: a change of it shows in the limits.
    `decimals` are those to show; `values.csv` does not have them.
    """

    key: str
    label: str
    value: float | None
    lower: float | None
    upper: float | None
    unit: str
    period: str
    symbol: str
    source: str
    coverage: float | None = field(default=None, compare=False)
    decimals: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Change:
    """One headline value that changed, came (`old` is None) or went (`new` is None)."""

    old: Value | None
    new: Value | None
    reason: str

    @property
    def kind(self) -> str:
        """What became of the value: "changed", "new" or "gone"."""
        return CHANGED if self.old and self.new else NEW if self.new else GONE

    @property
    def latest(self) -> Value:
        """The new value, or the old one where there is no new one."""
        return self.new or self.old

    @property
    def label(self) -> str:
        """What the value is, in words; its key where the report gives none."""
        return self.latest.label or self.latest.key

    @property
    def difference(self) -> float | None:
        """New minus old in the unit, to 10 significant digits; None unless both have a number in one unit."""
        if not (self.old and self.new) or self.old.unit != self.new.unit:
            return None
        if self.old.value is None or self.new.value is None:
            return None
        return float(f"{self.new.value - self.old.value:.10g}")

    @property
    def percent(self) -> float | None:
        """The difference in percent of the old amount; None for percentages and where the old amount is 0."""
        if self.difference is None or not self.old.value or is_percent(self.old.unit):
            return None
        return float(f"{100 * self.difference / abs(self.old.value):.10g}")

    @property
    def intervals(self) -> str:
        """Whether the intervals are apart or overlap; blank where the value is the same or one has no interval."""
        if not self.difference or None in (self.old.lower, self.old.upper, self.new.lower, self.new.upper):
            return ""
        apart = self.old.upper < self.new.lower or self.new.upper < self.old.lower
        return "intervals apart" if apart else "intervals overlap"

    @property
    def size(self) -> float:
        """How large a change is, to order by: the difference as a share of the larger of both values.

        2 where a number came or went, so that this is first, and 0 where only the interval, period or symbol changed.
        """
        if self.difference is None:
            return 2.0
        return abs(self.difference) / max(abs(self.old.value), abs(self.new.value)) if self.difference else 0.0

    def text(self) -> str:
        """Return the change in words: "+0.3 percentage points", "−12 (−3.5%)", "interval changed"."""
        if self.kind != CHANGED:
            return self.kind
        if self.difference is None:
            return self._without_number()
        if not self.difference:
            return f"{_listed([name for name in differs(self.old, self.new) if name != 'value'])} changed"
        sign = "+" if self.difference > 0 else MINUS
        size = abs(self.difference)
        if is_percent(self.new.unit):
            points = amount(size, "", self._decimals())
            return f"{sign}{points} percentage point{'' if points == '1' else 's'}"
        relative = f" ({sign}{amount(abs(self.percent), 'percent')})" if self.percent else ""
        # A unit in words is said once, with the value.
        unit = "pounds" if self.new.unit.startswith("pounds") else ""
        return f"{sign}{amount(size, unit, self._decimals())}{relative}"

    def _decimals(self) -> int | None:
        """Return the decimals both values are written in, where these are few and show the difference."""
        written = [len(f"{side.value:.10g}".partition(".")[2]) for side in (self.old, self.new)]
        known = (self.old.decimals, self.new.decimals)
        places = max(written) if None in known else max(known)
        return places if places < 3 and 10**-places <= abs(self.difference) < 1000 else None

    def _without_number(self) -> str:
        if self.old.unit != self.new.unit:
            return "unit changed"
        if self.old.value is None and self.new.value is None:
            return f"{_listed(differs(self.old, self.new))} changed"
        return "no number now" if self.new.value is None else "number where there was none"


def is_percent(unit: str) -> bool:
    """Return whether values in a unit are percentages, whose differences are percentage points."""
    return unit.partition(" ")[0] == "percent"


def differs(old: Value, new: Value) -> list[str]:
    """Return what differs between two values: "value", "interval", "period", "symbol", "unit"."""
    differ = [name for name in _COMPARED if getattr(old, name) != getattr(new, name)]
    return list(dict.fromkeys("interval" if name in ("lower", "upper") else name for name in differ))


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def shown_by(old: Value, new: Value) -> str:
    """Return the reason of a change that the values themselves show: a new period, another source; else blank."""
    if old.period != new.period:
        return f"new period ({old.period or 'none'} → {new.period or 'none'})"
    if old.source != new.source:
        return f"revision (source: {old.source or 'none'} → {new.source or 'none'})"
    return ""
