"""The headline values of two report folders, matched: which changed, came or went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from analysis.compare.folders import Area, Report, area_folders, folder_name, read_area
from analysis.compare.reasons import Inputs, differing, reason
from analysis.compare.values import CHANGED, GONE, KINDS, NEW, Change, differs
from analysis.runner.catalogue import Refused


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
    changes = [Change(*pair, reason(*pair, old, new)) for pair in pairs if None in pair or differs(*pair)]
    ordered = sorted(changes, key=lambda change: (KINDS.index(change.kind), -change.size))
    paths = (old.path, new.path) if old.path and new.path else None
    return Compared(shown.notebook, shown.title or shown.notebook, ordered, len(pairs) - len(changes), "", paths)
