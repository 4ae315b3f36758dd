"""Which plans were in force when, from the dates they print, and an assumed life where they print no end."""

from __future__ import annotations

from dataclasses import dataclass

NOT_YET, IN_FORCE, LAPSED = "not yet begun", "in force", "lapsed"


@dataclass(frozen=True)
class Life:
    """When a plan began and ended, in years (2013.0 is the start of 2013), and whether the end is printed."""

    start: float
    end: float
    printed: bool

    def at(self, when: float) -> str:
        """Return whether it was in force at a moment; it is at both ends of its life."""
        if when < self.start:
            return NOT_YET
        return IN_FORCE if when <= self.end else LAPSED


def life(published: str, first_year: str, last_year: str, assumed_years: float) -> Life:
    """Return a plan's life.

    It begins when it is published, or with the first year it is for if that is later, and ends with the last year it
    is for; without one, so many years after it began.

    Args:
        published: year and month, "2011-02".
        first_year, last_year: of the period it is for; blank if none is printed.
        assumed_years: the life of a plan without a printed end.

    Raises:
        ValueError: if the period ends before it begins, or the life assumed is not above zero.
    """
    if not assumed_years > 0:
        raise ValueError(f"life: expected more than 0 years; got {assumed_years}")
    if first_year and last_year and int(last_year) < int(first_year):
        raise ValueError(f"life: expected a period that ends after it begins; got {first_year} to {last_year}")
    year, month = map(int, published.split("-"))
    start = max(year + (month - 1) / 12, float(first_year or 0))
    return Life(start, float(int(last_year) + 1) if last_year else start + assumed_years, bool(last_year))
