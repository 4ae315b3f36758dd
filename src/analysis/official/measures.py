"""Which column of which release is which indicator: `data/measures.csv`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis.reading import BadTable, read_table


@dataclass(frozen=True)
class Measure:
    """One indicator in one release.

    `measure` is the release's own name for it (a column; sheet, group and column with " | " between; a short
    description), `per` that of a denominator, `where` what other columns must hold, `base` that of the number of
    cases a rate is out of, and `count` the indicator of ours from which that number follows.
    """

    indicator: str
    source: str
    measure: str
    per: str
    where: tuple[tuple[str, str], ...]
    time_identifier: str
    rounding: float
    base: str
    count: str

    @property
    def columns(self) -> list[str]:
        """The release's columns that hold its numbers."""
        return [name for name in (self.measure, self.per, self.base) if name]

    @property
    def words(self) -> str:
        """What to look for in the release: "column A, where age is 5", or "A out of B"."""
        where = "".join(f", {column} {value}" for column, value in self.where)
        return f"{self.measure} out of {self.per}{where}" if self.per else f"{self.measure}{where}"


def load_measures(data: Path) -> list[Measure]:
    """Read `measures.csv`.

    Raises:
        BadTable: if it is not as `data/README.md` describes.
    """
    table = read_table(data / "measures.csv")
    return [
        Measure(**row | {"where": _where(row["where"], line)}) for line, row in enumerate(table.to_dict("records"), 2)
    ]


def _where(text: str, line: int) -> tuple[tuple[str, str], ...]:
    parts = [part.partition("=") for part in text.split("; ") if part]
    if any(not sign for _, sign, _ in parts):
        raise BadTable(f"measures.csv, line {line}, column where: found {text!r}; expected column=value; column=value")
    return tuple((column, value) for column, _, value in parts)
