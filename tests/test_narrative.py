"""Numbers into words: every function at its edges, and what no sentence may ever say."""

from __future__ import annotations

import doctest
import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis import words as say
from analysis.methods.intervals import Interval

NAN, INF = math.nan, math.inf
FINITE = st.floats(-1e15, 1e15)
MISSING = [NAN, INF, -INF, None]


def read(text):
    """Return the number that a text made by `number` says."""
    return float(text.replace(",", "").replace(say.MINUS, "-"))


def test_examples_in_the_documentation():
    assert doctest.testmod(say).attempted == 3
    assert doctest.testmod(say).failed == 0


# --- Numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0, 0, "0"),
        (-0.0, 1, "0.0"),
        (-0.04, 1, "0.0"),
        (-0.4, 0, "0"),
        (-0.05001, 1, "−0.1"),
        (1, 0, "1"),
        (-1, 0, "−1"),
        (-3.756, 2, "−3.76"),
        (0.5, 0, "0"),
        (1.5, 0, "2"),
        (2.5, 0, "2"),
        (999.5, 0, "1,000"),
        (30019, 0, "30,019"),
        (-1234567.891, 1, "−1,234,567.9"),
        (1e15, 0, "1,000,000,000,000,000"),
    ],
)
def test_number(value, decimals, text):
    assert say.number(value, decimals) == text


@given(value=FINITE, decimals=st.integers(0, 6))
def test_number_reads_back_to_within_its_rounding(value, decimals):
    text = say.number(value, decimals)
    assert abs(read(text) - value) <= 0.5 * 10**-decimals + abs(value) * 1e-15
    assert re.fullmatch(r"−?\d{1,3}(,\d{3})*" + (rf"\.\d{{{decimals}}}" if decimals else ""), text)
    assert text.startswith(say.MINUS) == (read(text) < 0)


@pytest.mark.parametrize("value", MISSING)
@pytest.mark.parametrize("function", [say.number, say.percent, say.whole, say.pounds, say.about, say.word])
def test_what_is_missing_is_said_so(function, value):
    assert function(value) == "not available"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0%"), (-0.04, "0.0%"), (6.3, "6.3%"), (-3.76, "−3.8%"), (100, "100.0%"), (1e4, "10,000.0%")],
)
def test_percent(value, text):
    assert say.percent(value) == text


def test_whole():
    assert [say.whole(v) for v in (66.0, 0.4, -0.4, -1, 99.5)] == ["66%", "0%", "0%", "−1%", "100%"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "£0"),
        (-0.4, "£0"),
        (1, "£1"),
        (-5, "−£5"),
        (77_200, "£77,200"),
        (902_000, "£902,000"),
        (960_000, "£960,000"),
        (999_999, "£999,999"),
        (999_999.6, "£1.0 million"),
        (1_000_000, "£1.0 million"),
        (18_418_700, "£18.4 million"),
        (-18_418_700, "−£18.4 million"),
        (960_000_000, "£960.0 million"),
        (999_949_999, "£999.9 million"),
        (999_999_999, "£1.0 billion"),
        (-999_999_999, "−£1.0 billion"),
        (1.5e12, "£1,500.0 billion"),
    ],
)
def test_pounds(value, text):
    assert say.pounds(value) == text


@pytest.mark.parametrize(("decimals", "text"), [(None, "£10.4 million"), (0, "£10 million"), (2, "£10.40 million")])
def test_pounds_with_decimals(decimals, text):
    assert say.pounds(10_397_900, decimals) == text
    assert say.pounds(902_000, decimals) == "£902,000"


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.3, "0"),
        (3.6, "4"),
        (9.6, "10"),
        (10, "10"),
        (47.2, "50"),
        (-47.2, "−50"),
        (99, "100"),
        (999.6, "1,000"),
        (2163, "2,160"),
        (19098.8, "19,100"),
        (705_432, "705,000"),
        (2_638_983, "2,640,000"),
        (1e15, "1,000,000,000,000,000"),
    ],
)
def test_about(value, text):
    assert say.about(value) == text


@given(value=st.floats(10, 1e12))
def test_about_is_right_to_three_figures_or_the_nearest_ten(value):
    assert abs(read(say.about(value)) - value) <= max(5, 0.005 * value) * (1 + 1e-9)
    assert say.about(-value) == say.MINUS + say.about(value)


def test_word():
    assert [say.word(n) for n in (0, 1, 9, 10, 11, 1028)] == ["no", "one", "nine", "ten", "11", "1,028"]
    assert [say.word(n) for n in (-1, 9.0, -0.0)] == ["−1", "nine", "no"]


@pytest.mark.parametrize(
    ("text", "expected"), [("", ""), ("a", "A"), ("nine AM", "Nine AM"), ("£5", "£5"), ("élan", "Élan"), ("A b", "A b")]
)
def test_capital(text, expected):
    assert say.capital(text) == expected


# --- Counts and intervals ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "fmt", "text"),
    [
        (0, say.number, "0 children"),
        (1, say.number, "1 child"),
        (1.0, say.number, "1 child"),
        (0.6, say.number, "1 child"),
        (2, say.number, "2 children"),
        (1028, say.number, "1,028 children"),
        (1, say.word, "one child"),
        (0, say.word, "no children"),
        (9, say.word, "nine children"),
        (1, say.about, "1 child"),
        (11, say.about, "10 children"),
        (NAN, say.number, "an unknown number of children"),
        (NAN, say.word, "an unknown number of children"),
    ],
)
def test_count(value, fmt, text):
    assert say.count(value, "child", "children", fmt) == text


def test_count_adds_an_s():
    assert [say.count(n, "figure") for n in (0, 1, 2)] == ["0 figures", "1 figure", "2 figures"]


def test_span():
    assert say.span(Interval(5.9, 6.7), say.percent) == "5.9% to 6.7%"
    assert say.span(Interval(-3.756, 0.051), lambda v: say.number(v, 2)) == "−3.76 to 0.05"
    assert say.span(Interval(5.91, 5.94), say.percent) == "5.9%"
    assert say.span(Interval(-0.04, 0.04), say.percent) == "0.0%"
    assert [say.span(i) for i in (Interval(NAN, NAN), Interval(1, NAN), Interval(NAN, 1))] == ["not available"] * 3


def test_with_interval():
    assert say.with_interval(6.3, Interval(5.9, 6.7, 0.95), say.percent) == "6.3% (95% interval 5.9% to 6.7%)"
    assert say.with_interval(6.3, Interval(5.6, 7.1, 0.998), say.percent) == "6.3% (99.8% interval 5.6% to 7.1%)"
    assert say.with_interval(6, Interval(NAN, NAN, 0.95)) == "6 (95% interval not available)"
    with pytest.raises(ValueError, match="expected an interval with a coverage"):
        say.with_interval(6.3, Interval(6.25, 6.35))  # what a rounding allows is no interval


@pytest.mark.parametrize(("confidence", "text"), [(0.95, "95%"), (0.998, "99.8%"), (0.9, "90%"), (0.29, "29%")])
def test_level(confidence, text):
    assert say.level(confidence) == text


@pytest.mark.parametrize(
    ("confidence", "text"),
    [(0.8, "an 80%"), (0.88, "an 88%"), (0.85, "an 85%"), (0.95, "a 95%"), (0.5, "a 50%"), (0.998, "a 99.8%")],
)  # fmt: skip
def test_a_level_has_the_article_it_is_read_with(confidence, text):
    assert say.a_level(confidence) == text


# --- Comparisons -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "other", "text"),
    [
        (Interval(5.9, 6.7), 6.2, "not distinguishable from"),
        (Interval(5.9, 6.7), 5.9, "not distinguishable from"),
        (Interval(5.9, 6.7), 6.7, "not distinguishable from"),
        (Interval(5.9, 6.7), 5.8, "higher than"),
        (Interval(5.9, 6.7), 6.8, "lower than"),
        (Interval(0, 0), 0, "not distinguishable from"),
        (Interval(-3, -1), 0, "lower than"),
        (Interval(NAN, NAN), 5, "not distinguishable from"),
        (Interval(5.9, 6.7), NAN, "not distinguishable from"),
    ],
)
def test_compared(interval, other, text):
    assert say.compared(interval, other) == text


@given(ends=st.lists(FINITE, min_size=2, max_size=2), other=FINITE)
def test_compared_says_higher_or_lower_only_when_the_interval_leaves_the_value_out(ends, other):
    interval = Interval(*sorted(ends))
    said = say.compared(interval, other, "above", "below", "level with")
    assert (said == "level with") == interval.contains(other)
    assert (said == "above") == (interval.lower > other)
    assert (said == "below") == (interval.upper < other)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (495, 630, "rose from 495 to 630"),
        (630, 495, "fell from 630 to 495"),
        (5, 5, "stayed at 5"),
        (5.1, 4.9, "stayed at 5"),
        (-0.3, 0.3, "stayed at 0"),
        (-2, -3, "fell from −2 to −3"),
        (-1, 0, "rose from −1 to 0"),
        (0, 1e12, "rose from 0 to 1,000,000,000,000"),
        (NAN, 5, "cannot be compared, as a value is not available"),
        (5, NAN, "cannot be compared, as a value is not available"),
        (NAN, NAN, "cannot be compared, as a value is not available"),
    ],
)
def test_changed(before, after, text):
    assert say.changed(before, after) == text


@given(before=FINITE, after=FINITE)
def test_changed_never_gives_one_number_twice(before, after):
    text = say.changed(before, after)
    numbers = re.findall(r"−?\d[\d,]*", text)
    assert len(set(numbers)) == len(numbers) == (1 if text.startswith("stayed") else 2)
    assert text.startswith("rose") == (read(numbers[-1]) > read(numbers[0]))


# --- Lists and sentences -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], "none"),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcd"), "a, b, c and d"),
    ],
)
def test_listed(items, text):
    assert say.listed(items) == text
    assert say.listed(tuple(items)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  \n ", ""),
        ("one child.", "One child."),
        ("one\n  child ", "One child."),
        ("is it?", "Is it?"),
        ("no!", "No!"),
        ("and so on…", "And so on…"),
        ("6.3", "6.3."),
        ("it is £1.2m", "It is £1.2m."),
    ],
)
def test_sentence(text, expected):
    assert say.sentence(text) == expected


@given(st.text(st.characters(exclude_characters=".?!…"), max_size=40))
def test_a_sentence_ends_with_one_stop_and_stays_as_it_is(text):
    assume(text.split())
    made = say.sentence(text)
    assert made.endswith(".")
    assert made.count(".") == 1
    assert say.sentence(made) == made
    assert made.split() == made.split(" ")
