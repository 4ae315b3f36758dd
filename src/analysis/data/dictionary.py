"""The tables of `data/README.md` that say what each column means, made from `columns.csv`.

`python -m analysis.data.dictionary` brings them up to date; a test says when they are not.
"""

from __future__ import annotations

import re
from pathlib import Path

from analysis import files
from analysis.data.columns import Column, tables
from analysis.files import put

_HEAD = "| column | type | meaning | example |\n| --- | --- | --- | --- |\n"
_SECTION = re.compile(r"^## `([\w.]+)`.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(rf"^{re.escape(_HEAD)}(?:\|.*\n)*", re.MULTILINE)


def up_to_date(text: str, folder: Path) -> str:
    """Return a README with the table of each file's section, which begins with its name, as `columns.csv` has it."""
    described = tables(folder)

    def renewed(section: re.Match[str]) -> str:
        columns = described.get(section[1])
        return _TABLE.sub(lambda _: _HEAD + "".join(map(_row, columns)), section[0], count=1) if columns else section[0]

    return _SECTION.sub(renewed, text)


def _row(column: Column) -> str:
    cells = [f"`{column.column}`", _type(column), column.words, f"`{column.example}`"]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"


def _type(column: Column) -> str:
    listed = [f"`{choice}`" for choice in column.choices]
    said = f"{', '.join(listed[:-1])} or {listed[-1]}" if len(listed) > 1 else column.type
    if column.refers:
        said += f" of `{column.refers.partition('.')[0]}.csv`"
    said += f", {column.range}" if column.range else ""
    said += ", unique" if column.unique == "alone" else ""
    return said + {"no": "", "yes": ", or blank", "absent": ", or blank; the column may be missing"}[column.blank]


def main() -> None:
    """Bring the project's `data/README.md` up to date."""
    readme = files.data_dir() / "README.md"
    put(readme, up_to_date(readme.read_text(encoding="utf-8"), readme.parent).encode())


if __name__ == "__main__":
    main()
