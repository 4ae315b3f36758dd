"""What stands in for the functions that draw: it draws what differs in anything, and equal charts once."""

from __future__ import annotations

import inspect
import sys

import pytest

from analysis import charts
from drawn_once import KINDS, draw_once

ABOUT = charts.About("any", "Rose", "Any, England", "")
ROWS = [("2024", "Area", 1.0), ("2025", "Area", 2.0)]


def in_words(word):
    """A format made on the spot, as topics make theirs."""
    return lambda value: f"{value:.0f} {word}"


def seen(chart):
    """All that a reader can see of a chart."""
    return chart.title, chart.alt, chart.svg, chart.table.html()


@pytest.fixture
def once(monkeypatch):
    draw_once(monkeypatch)
    return charts.lines


def test_a_chart_of_equal_arguments_is_drawn_once(once):
    assert once(list(ROWS), ABOUT, in_words("days"), "Days") is once(list(ROWS), ABOUT, in_words("days"), "Days")


@pytest.mark.parametrize(
    ("place", "other"),
    [
        (0, [*ROWS[:1], ("2025", "Area", 2.5)]),
        (1, charts.About("any", "Fell", "Any, England", "")),
        (2, in_words("weeks")),
        (2, lambda value: f"{value:.1f} days"),
        (3, "Weeks"),
    ],
)
def test_a_chart_that_differs_in_anything_is_drawn_anew(once, place, other):
    usual = [ROWS, ABOUT, in_words("days"), "Days"]
    changed = [*usual[:place], other, *usual[place + 1 :]]
    assert seen(once(*usual)) != seen(once(*changed))
    assert seen(once(*changed)) == seen(KINDS["lines"](*changed))


def test_a_format_of_a_notebook_is_not_told_from_others_and_drawn_each_time(once):
    for word in ("days", "weeks"):
        space = {"__name__": "__main__", "word": word}
        exec("form = lambda value: f'{value:.0f} {word}'", space)
        assert word in once(ROWS, ABOUT, space["form"], "Time").alt


def test_every_place_that_draws_has_the_stand_in_and_has_it_no_more_afterwards(monkeypatch):
    def drawing():
        modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == "analysis"]
        return sum(found in KINDS.values() for m in modules for found in vars(m).values() if inspect.isfunction(found))

    draw_once(monkeypatch)
    assert drawing() == 0
    monkeypatch.undo()
    assert drawing() > 2 * len(KINDS)
