"""How a series looks: colour, dash and marker together, so that it is known without colour, and wherever it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.charts.svg_parts import TEXT


@dataclass(frozen=True)
class Look:
    """A line's colour, a darker one for its name, its dash, its marker, its width and its marker's size in points."""

    colour: str
    text: str
    dash: str | tuple
    marker: str
    width: float = 1.8
    size: float = 5.5
    hollow: bool = False

    @property
    def mark(self) -> dict:
        """The marker alone, as matplotlib takes it."""
        inside = {"markerfacecolor": "white", "markeredgewidth": 1.5} if self.hollow else {"markeredgewidth": 0}
        return {"marker": self.marker, "markersize": self.size, "color": self.colour} | inside

    @property
    def line(self) -> dict:
        """Line and marker, as matplotlib takes them."""
        return self.mark | {"linestyle": self.dash, "linewidth": self.width, "dash_capstyle": "butt"}


LOOKS = {
    "area": Look("#12436D", "#12436D", "solid", "o", 2.6, 6),
    "neighbours": Look("#28A197", "#1B6E67", (0, (1, 1.2)), "^", size=6.5),
    "england": Look("#801650", "#801650", (0, (4, 1.6)), "s"),
    "region": Look("#F46A25", "#A8410A", (0, (5, 1.5, 1, 1.5)), "D", size=5),
}
"""The look of each role; the order is that of the palette, and decides for series without a role."""
PLAIN = Look(TEXT, TEXT, (0, (4, 2)), "", 1.2)
"""The look of a value that is only marked."""


def looks_of(kind: str, names: Sequence[str], roles: Mapping[str, str] | None) -> dict[str, Look]:
    """Return each series' look: that of its role, or the next that none has.

    Raises:
        ValueError: for more series than looks, a role that is not known, or one that two series have.
    """
    if len(names) > len(LOOKS):
        raise ValueError(
            f"{kind}: expected at most {len(LOOKS)} series, as more cannot be told apart; got {len(names)}"
        )
    given = {name: role for name, role in (roles or {}).items() if name in names}
    for name, role in given.items():
        if role not in LOOKS:
            raise ValueError(f"{kind}: expected a role of {', '.join(LOOKS)}; {name!r} has {role!r}")
    if len(set(given.values())) < len(given):
        raise ValueError(f"{kind}: expected each role once; got {', '.join(given.values())}")
    free = iter([role for role in LOOKS if role not in given.values()])
    return {name: LOOKS[given.get(name) or next(free)] for name in names}
