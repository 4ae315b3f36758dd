"""The headline values of two report folders, matched: which changed, came or went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analysis.compare.folders import Area, Report, Value, area_folders, folder_name, read_area
from analysis.compare.reasons import Inputs, differing, reason
from analysis.formats import MINUS, amount
from analysis.runner.catalogue import Refused

KINDS = CHANGED, NEW, GONE = "changed", "new", "gone"
_COMPARED = ("value", "lower", "upper", "period", "symbol", "unit")


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
            return f"{_listed([name for name in _names(self.old, self.new) if name != 'value'])} changed"
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
            return f"{_listed(_names(self.old, self.new))} changed"
        return "no number now" if self.new.value is None else "number where there was none"


@dataclass
class Compared:
    """One notebook's report on an area: its changes, largest first, and how many values are the same.

    `only` is "old" or "new" where the report is in one folder alone. `paths` are the executed
    notebooks, where both are there.
    """

    notebook: str
    title: str
    changes: list[Change]
    same: int = 0
    only: str = ""
    paths: tuple[Path, Path] | None = None


@dataclass
class ComparedArea:
    """One area's reports; `only` is "old" or "new" where the area is in one folder alone."""

    slug: str
    name: str
    reports: list[Compared]
    only: str = ""

    def changes(self) -> Iterator[tuple[Compared, Change]]:
        """Yield every change with its report."""
        yield from ((report, change) for report in self.reports for change in report.changes)


@dataclass
class Comparison:
    """Two report folders, named by the last part of their paths.

    `inputs` counts the reports by input that differs; `notes` are lines on what is odd in the folders.
    """

    old: str
    new: str
    areas: list[ComparedArea] = field(default_factory=list)
    inputs: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Return the counts in one line."""
        counts = Counter(change.kind for area in self.areas for _, change in area.changes())
        same = sum(report.same for area in self.areas for report in area.reports)
        both = f"{counts[CHANGED]:,} of {counts[CHANGED] + same:,} headline values changed"
        return f"{both}, {counts[NEW]:,} new, {counts[GONE]:,} gone; {same:,} the same"


def is_percent(unit: str) -> bool:
    """Return whether values in a unit are percentages, whose differences are percentage points."""
    return unit.partition(" ")[0] == "percent"


def _names(old: Value, new: Value) -> list[str]:
    """Return what differs between two values: "value", "interval", "period", "symbol", "unit"."""
    differ = [name for name in _COMPARED if getattr(old, name) != getattr(new, name)]
    return list(dict.fromkeys("interval" if name in ("lower", "upper") else name for name in differ))


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def compare_folders(old: Path, new: Path) -> Comparison:
    """Compare two report folders, or two folders of one area.

    Areas are matched by the names of their folders; two folders of one area are matched whatever their names.

    Raises:
        Refused: if a folder is missing, holds no report or has a broken file, or two areas' folders are of two areas.
    """
    before, after = area_folders(old), area_folders(new)
    if [*before.values(), *after.values()] == [old, new]:
        before = dict(zip(after, before.values(), strict=True))
    made, found = Comparison(folder_name(old), folder_name(new)), {"old": 0, "new": 0}
    for name in sorted({*before, *after}):
        # One area at a time, so that memory does not grow with the number of areas.
        sides = [read_area(folders[name]) if name in folders else None for folders in (before, after)]
        for side, area in zip(found, sides, strict=True):
            found[side] += len(area.reports) if area else 0
            made.notes += [_stale(side, area, report) for report in (area.stale if area else ())]
        compared = _area(*sides, made.inputs)
        if compared.reports:
            made.areas.append(compared)
    for side, folder in zip(found, (old, new), strict=True):
        if not found[side]:
            raise Refused(f"{folder} holds no report: expected a folder made by `analysis run --output`; name that one")
    made.areas.sort(key=lambda area: (area.name.casefold(), area.slug))
    return made


def _stale(side: str, area: Area, notebook: str) -> str:
    where = f"values.csv of {area.name} in the {side} folder"
    return f"{where} is not what notebook {notebook} has; the notebook's values are compared"


def _area(old: Area | None, new: Area | None, inputs: Counter[str]) -> ComparedArea:
    """Compare an area's reports and count the inputs that differ."""
    if old and new and old.code and new.code and old.code != new.code:
        raise Refused(
            f"{old.name} and {new.name} are two areas: expected reports on one; name folders of the same area"
        )
    before, after = (area.reports if area else {} for area in (old, new))
    names = [*after, *(name for name in before if name not in after)]
    reports = [_report(before.get(name), after.get(name)) for name in names]
    for name in before:
        differ = differing(before[name], after[name]) if name in after else Inputs(False, "", "")
        inputs.update(differ.words() if differ else ["not recorded"])
    shown = new or old
    return ComparedArea(shown.slug, shown.name, reports, "" if old and new else "new" if new else "old")


def _report(old: Report | None, new: Report | None) -> Compared:
    """Compare one report with its former edition; either may be missing."""
    shown = new or old
    if not old or not new:
        side = "new" if new else "old"
        pairs = [(None, value) if new else (value, None) for value in shown.values.values()]
        changes = [Change(*pair, f"the whole report is only in the {side} folder") for pair in pairs]
        return Compared(shown.notebook, shown.title or shown.notebook, changes, only=side)
    keys = [*new.values, *(key for key in old.values if key not in new.values)]
    pairs = [(old.values.get(key), new.values.get(key)) for key in keys]
    changes = [Change(*pair, reason(*pair, old, new)) for pair in pairs if None in pair or _names(*pair)]
    ordered = sorted(changes, key=lambda change: (KINDS.index(change.kind), -change.size))
    paths = (old.path, new.path) if old.path and new.path else None
    return Compared(shown.notebook, shown.title or shown.notebook, ordered, len(pairs) - len(changes), "", paths)
