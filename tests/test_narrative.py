"""Numbers into words: every function at its edges, and what no sentence may ever say."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis import words as say
from analysis.methods.intervals import Interval

NAN, INF = math.nan, math.inf
FINITE = st.floats(-1e15, 1e15)


def read(text):
    """Return the number that a text made by `number` says."""
    return float(text.replace(",", "").replace(say.MINUS, "-"))


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        (say.number, (0,), "0"), (say.number, (-0.04, 1), "0.0"), (say.number, (-0.4,), "0"),
        (say.number, (-3.756, 2), "−3.76"), (say.number, (2.5,), "2"), (say.number, (999.5,), "1,000"),
        (say.number, (-1234567.891, 1), "−1,234,567.9"),
        (say.percent, (-0.04,), "0.0%"), (say.percent, (6.3,), "6.3%"), (say.percent, (1e4,), "10,000.0%"),
        (say.whole, (-0.4,), "0%"), (say.whole, (99.5,), "100%"),
        (say.pounds, (-0.4,), "£0"), (say.pounds, (-5,), "−£5"), (say.pounds, (902_000,), "£902,000"),
        (say.pounds, (999_999.6,), "£1.0 million"), (say.pounds, (-18_418_700,), "−£18.4 million"),
        (say.pounds, (999_999_999,), "£1.0 billion"), (say.pounds, (10_397_900, 0), "£10 million"),
        (say.pounds, (902_000, 2), "£902,000"),
        (say.about, (-0.3,), "0"), (say.about, (3.6,), "4"), (say.about, (47.2,), "50"), (say.about, (2163,), "2,160"),
        (say.about, (705_432,), "705,000"), (say.about, (19098.8,), "19,100"), (say.modelled, (3757.4,), "3,800"),
        (say.modelled, (903,), "900"), (say.modelled, (47.2,), "47"), (say.modelled, (3.6,), "4"),
        (say.number, (30019,), "30,019"), (say.number, (-0.001,), "0"),
        (say.word, (0,), "no"), (say.word, (9.0,), "nine"), (say.word, (11,), "11"), (say.word, (-1,), "−1"),
        (say.count, (1.0, "child", "children"), "1 child"), (say.count, (0.6, "child", "children"), "1 child"),
        (say.count, (1028, "child", "children"), "1,028 children"), (say.count, (0, "figure"), "0 figures"),
        (say.count, (9, "child", "children", say.word), "nine children"),
        (say.count, (NAN, "child", "children"), "an unknown number of children"),
        (say.span, (Interval(5.9, 6.7), say.percent), "5.9% to 6.7%"),
        (say.span, (Interval(5.91, 5.94), say.percent), "5.9%"), (say.span, (Interval(1, NAN),), "not available"),
        (say.around, (Interval(5.6, 7.1, 0.998), say.percent), "99.8% interval 5.6% to 7.1%"),
        (say.around, (Interval(NAN, NAN, 0.95),), "95% interval not available"),
        (say.level, (0.998,), "99.8%"), (say.level, (0.29,), "29%"),
        (say.compared, (Interval(5.9, 6.7), 6.7), "not clearly different from"),
        (say.compared, (Interval(5.9, 6.7), 5.8), "higher than"), (say.compared, (Interval(-3, -1), 0), "lower than"),
        (say.compared, (Interval(NAN, NAN), 5), "not clearly different from"),
        (say.changed, (495, 630), "rose from 495 to 630"), (say.changed, (-2, -3), "fell from −2 to −3"),
        (say.changed, (5.1, 4.9), "stayed at 5"),
        (say.changed, (5, NAN), "cannot be compared: a value is missing"),
        (say.listed, ([],), "none"), (say.listed, (("a",),), "a"), (say.listed, (list("abc"),), "a, b and c"),
        (say.sentence, ("  \n ",), ""), (say.sentence, ("one\n  child ",), "One child."),
        (say.sentence, ("is it?",), "Is it?"), (say.sentence, ("it is £1.2m",), "It is £1.2m."),
        (say.capital, ("",), ""), (say.capital, ("élan",), "Élan"), (say.capital, ("nine AM",), "Nine AM"),
    ],
)  # fmt: skip
def test_what_is_said(function, arguments, text):
    assert function(*arguments) == text


@pytest.mark.parametrize("value", [NAN, INF, None])
@pytest.mark.parametrize("function", [say.number, say.percent, say.whole, say.pounds, say.about, say.word])
def test_what_is_missing_is_said_so(function, value):
    assert function(value) == "not available"


def test_what_a_rounding_allows_is_no_interval():
    with pytest.raises(ValueError, match="expected an interval with a coverage"):
        say.around(Interval(6.25, 6.35))


@given(value=FINITE, decimals=st.integers(0, 6))
def test_number_reads_back_to_within_its_rounding(value, decimals):
    text = say.number(value, decimals)
    assert abs(read(text) - value) <= 0.5 * 10**-decimals + abs(value) * 1e-15
    assert re.fullmatch(r"−?\d{1,3}(,\d{3})*" + (rf"\.\d{{{decimals}}}" if decimals else ""), text)
    assert text.startswith(say.MINUS) == (read(text) < 0)


@given(value=FINITE, decimals=st.sampled_from([None, 0, 1, 2]))
def test_pounds_keeps_its_amount_and_never_reads_a_thousand_millions(value, decimals):
    text = say.pounds(value, decimals)
    sign, amount, unit = re.fullmatch(r"(−?)£([\d,.]+)( million| billion)?", text).groups()
    scale = {None: 1, " million": 1e6, " billion": 1e9}[unit]
    places = 0 if unit is None else 1 if decimals is None else decimals
    assert abs(read(sign + amount) * scale - value) <= 0.5 * scale * 10**-places + abs(value) * 1e-14
    assert unit == " billion" or read(amount) < (1000 if unit else 1e6)
    assert unit is None or read(amount) >= 1
    assert (sign == "") or read(amount) > 0


@given(value=st.floats(10, 1e12))
def test_about_is_right_to_three_figures_or_the_nearest_ten(value):
    assert abs(read(say.about(value)) - value) <= max(5, 0.005 * value) * (1 + 1e-9)
    assert say.about(-value) == say.MINUS + say.about(value)


@given(ends=st.lists(FINITE, min_size=2, max_size=2), other=FINITE)
def test_compared_says_higher_or_lower_only_when_the_interval_leaves_the_value_out(ends, other):
    interval = Interval(*sorted(ends))
    said = say.compared(interval, other)
    assert (said == "not clearly different from") == interval.contains(other)
    assert (said == "higher than") == (interval.lower > other)
    assert (said == "lower than") == (interval.upper < other)


@given(before=FINITE, after=FINITE)
def test_changed_never_gives_one_number_twice(before, after):
    text = say.changed(before, after)
    numbers = re.findall(r"−?\d[\d,]*", text)
    assert len(set(numbers)) == len(numbers) == (1 if text.startswith("stayed") else 2)
    assert text.startswith("rose") == (read(numbers[-1]) > read(numbers[0]))


@given(st.text(st.characters(exclude_characters=".?!…"), max_size=40))
def test_a_sentence_ends_with_one_stop_and_stays_as_it_is(text):
    assume(text.split())
    made = say.sentence(text)
    assert made.endswith(".")
    assert made.count(".") == 1
    assert say.sentence(made) == made
    assert made.split() == made.split(" ")
