"""Headline values are stored as they were worked out, and marked as what they are."""

from __future__ import annotations

import ast

import pytest

from analysis.headline import interval_shown, shown
from analysis.project import project
from notebook_runs import ROOT

TOPICS = sorted(file for room in ("models", "topics") for file in (ROOT / "src" / "analysis" / room).rglob("*.py"))


def test_only_what_is_written_is_rounded_roughly():
    """A number rounded for reading goes straight into words: kept in a name it could be used as if it were exact."""
    loose = []
    for path in TOPICS:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        into_words = {
            id(argument)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func) in ("say.pounds", "say.number", "say.count")
            for argument in call.args
        }
        loose += [
            f"{path.name}:{call.lineno}"
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "roughly" and id(call) not in into_words
        ]
    assert loose == []


@pytest.mark.parametrize(
    ("unit", "symbol", "decimals", "value", "interval"),
    [
        ("per 10,000 children under 18", "", 1, "45.9 per 10,000 children under 18", "41.9 to 50.2"),
        ("children", "e", None, "46 children [e]", "42 to 50"),
        ("percent", "", 1, "45.9%", "41.9% to 50.2%"),
        ("pounds", "", 0, "£46", "£42 to £50"),
    ],
)
def test_a_unit_in_words_is_said_once(unit, symbol, decimals, value, interval):
    record = {"value": 45.8729, "lower": 41.852, "upper": 50.176, "unit": unit, "symbol": symbol, "decimals": decimals}
    assert (shown(record), interval_shown(record)) == (value, interval)
    said = project(ROOT).said(record | {"label": "Any", "released": "2025-11-20"})
    assert said == {"label": "Any", "value": value, "interval": interval, "released": "November 2025"} | dict.fromkeys(
        ("period", "change"), ""
    )
