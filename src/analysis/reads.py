"""What a report has read, so that it is made again only when that has changed.

The record names lookups, not values: also those that found nothing, as a figure may come to stand there.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd

from analysis import derived
from analysis.figures import Figures


def record(figures: Figures) -> dict[str, Any]:
    """Return what was asked of the figures so far, as JSON can hold it.

    `figures` gives the areas asked for by indicator, `topics` the topics whose indicators were listed, `tables` the
    other files of the data folder.
    """
    asked: dict[str, list[str]] = {}
    for indicator, area in sorted(figures.asked.pairs):
        asked.setdefault(indicator, []).append(area)
    return {"figures": asked, "topics": sorted(figures.asked.topics), "tables": sorted(figures.asked.tables)}


def digest(figures: Figures, read: dict[str, Any]) -> str:
    """Return the SHA-256 of everything a record names, and of the lists of areas, neighbours and sources.

    Args:
        figures: the tables as they are now, for the report's area.
        read: from `record`.
    """
    total = hashlib.sha256()
    for table in (figures.areas, figures.neighbours, figures.sources):
        total.update(_text(table))
    about = {row[0]: row for row in figures.indicators.itertuples(name=None)}
    topic_of = dict(figures.indicators["topic"])
    for topic in read["topics"]:
        total.update(repr([about[name] for name, of in topic_of.items() if of == topic]).encode())
    pairs = []
    for indicator, areas in read["figures"].items():
        total.update(repr(about.get(indicator)).encode())
        pairs += [(indicator, area) for area in areas]
    # In the order of the table, as that is the order in which a page lists its sources.
    for indicator, area in sorted(pairs, key=lambda pair: (figures.place(*pair), pair)):
        total.update(repr((indicator, area, figures.every(indicator, area))).encode())
    for name in read["tables"]:
        total.update(name.encode() + b"\0" + derived.content(figures, name))
    return total.hexdigest()


def _text(table: pd.DataFrame) -> bytes:
    return table.to_csv(lineterminator="\n").encode() + b"\0"
