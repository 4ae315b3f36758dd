"""Why a headline value changed, as far as the records of two reports show it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.compare.folders import Report, clean
from analysis.compare.values import Value, shown_by
from analysis.runner.catalogue import show

_CODE = {"notebook": "notebook", "package": "package", "lock": "locked libraries"}
_OF_A_RELEASE = re.compile(r"[\d,]+ figures?")


@dataclass(frozen=True)
class Inputs:
    """Which inputs of two reports differ; `parameters` and `code` in words, blank where they are the same."""

    data: bool
    parameters: str
    code: str

    def words(self) -> list[str]:
        """Return the inputs that differ, in words."""
        return [text for text in ("data" if self.data else "", self.parameters, self.code) if text]


def differing(old: Report, new: Report) -> Inputs | None:
    """Return which inputs of two reports differ, or None if that is not recorded for both."""
    if old.fingerprint is None or new.fingerprint is None:
        return None
    other = {name for name, digest in old.fingerprint.items() if new.fingerprint[name] != digest}
    code = ", ".join(words for name, words in _CODE.items() if name in other)
    return Inputs("data" in other, _parameters(old, new, "parameters" in other), f"code ({code})" if code else "")


def _parameters(old: Report, new: Report, differ: bool) -> str:
    """Return the parameters that differ with both values: `parameter (year: 2011 → 2013)`."""
    before, after = old.parameters or {}, new.parameters or {}
    names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    if not names:
        return "parameter (which one is not recorded)" if differ else ""
    shown = [f"{clean(name)}: {_shown(before, name)} → {_shown(after, name)}" for name in names]
    return f"parameter{'s' if len(names) > 1 else ''} ({', '.join(shown)})"


def _shown(parameters: dict, name: str) -> str:
    return clean(show(parameters[name])) or "blank" if name in parameters else "not there"


def reason(old: Value | None, new: Value | None, before: Report, after: Report) -> str:
    """Return why a value changed, in plain words.

    A report records a fingerprint of each input, so an input that is the same is no reason. Where several differ, none
    can be ruled out and all are named; a cause in the data that shows (another period or source, another number at the
    same place of a document) comes first.

    Args:
        old, new: the value before and after; None where it was not there.
        before, after: the reports they are from.
    """
    inputs = differing(before, after)
    if inputs is None:
        if old and new and old.period != new.period:
            return shown_by(old, new)
        return "not known (not recorded what both reports were made from)"
    others = [text for text in (inputs.parameters, inputs.code) if text]
    if not inputs.data:
        return " or ".join(others) or "not known (all inputs are the same: this should not be)"
    shows = _seen_in_data(old, new, before, after)
    if shows:
        return f"{shows}, perhaps also {' or '.join(others)}" if others else shows
    data = "revision" if old and new else "data"
    return " or ".join([data, *others]) if others else f"{data} (only the data differ)"


def _seen_in_data(old: Value | None, new: Value | None, before: Report, after: Report) -> str:
    """Return what the data show of a change, or nothing."""
    if not old or not new:
        return ""
    shows = shown_by(old, new)
    if shows:
        return shows
    restated = _restated(set(new.source.split("; ")), before, after)
    if not restated:
        return ""
    more = f"; {len(restated) - 1} more figures of the source" if len(restated) > 1 else ""
    return f"revision ({restated[0]}{more})"


def _restated(sources: set[str], before: Report, after: Report) -> list[str]:
    """Return the figures of some documents that are stated otherwise than before at the same place.

    Of a release only a count of figures is recorded, which says nothing of their values.
    """
    found = []
    for place, stated in before.stated.items():
        now = after.stated.get(place, stated)
        if place[0] in sources and now != stated and not any(map(_OF_A_RELEASE.fullmatch, [*stated, *now])):
            found.append(f"{place[1]}, {place[2]}: {', '.join(stated)} → {', '.join(now)}")
    return found
