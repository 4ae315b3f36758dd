"""The methods: answers known from elsewhere, properties that always hold, coverage, and refusals."""

from __future__ import annotations

import math
import pickle
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.methods import appraisal as breakeven
from analysis.methods import intervals, prevalence, rounding
from analysis.methods.intervals import Interval

CONFIDENCE = st.floats(0.5, 0.999)


# --- Intervals: known answers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "arguments", "limits", "digits"),
    [
        # OHID technical guide, confidence intervals: proportions, counts by Byar's approximation, exact below ten
        (intervals.wilson, (65, 100, 0.95), (0.552544, 0.736358), 6),
        (intervals.wilson, (5, 100, 0.95), (0.021544, 0.111750), 6),
        (intervals.count, (65, 0.95), (50.1632, 82.8491), 4),
        (intervals.count, (1045, 0.95), (982.5932, 1110.3312), 4),
        (intervals.count, (5, 0.95), (1.62349, 11.66833), 5),
        (intervals.rate, (65, 20_000, 100_000, 0.95), (250.816, 414.2455), 3),  # the limits of 65 times five
        # PHEindicatormethods, test data of funnels of ratios and rates, whose limits are ends of exact counts
        (intervals.count, (1, 0.95), (0.02532, 5.57164), 5),
        (intervals.count, (5, 0.998), (0.7394, 16.4547), 4),
        # Newcombe 1998, Stat. Med. 17: 857-872, table I, method 3, and 873-890, table II
        (intervals.wilson, (81, 263, 0.95), (0.2553, 0.3662), 4),
        (intervals.wilson, (0, 20, 0.95), (0, 0.1611), 4),
        (intervals.difference, (56, 70, 48, 80, 0.95), (0.0524, 0.3339), 4),
        # tables of the exact Poisson interval; -ln(0.025)
        (intervals.count, (0, 0.95), (0, 3.6889), 4),
        (intervals.count, (9, 0.95), (4.1154, 17.0848), 4),
        # 20 against 10: Wilson of 20 in 30 is 0.48780 to 0.80769, so the odds are 0.9524 to 4.2.
        (intervals.ratio_of_counts, (20, 10, 0.95), (0.9524, 4.2000), 3),
    ],
)
def test_known_answers(call, arguments, limits, digits):
    """To the digits that their source prints."""
    assert call(*arguments) == pytest.approx(limits, abs=0.5 * 10**-digits)


def test_interval_questions():
    one, two, apart = Interval(1, 2), Interval(2, 3), Interval(2.5, 3)
    assert [one.contains(v) for v in (0.99, 1, 2, 2.01, math.nan)] == [False, True, True, False, False]
    assert one.meets(two)
    assert two.meets(one)
    assert not one.meets(apart)
    assert not apart.meets(one)
    assert one.times(10) == (10, 20)


# --- Intervals: properties ---------------------------------------------------------------------


@given(
    share=st.integers(0, 1000).map(lambda k: k / 1000),
    n=st.integers(1, 10**7),
    confidence=CONFIDENCE,
    effect=st.floats(1, 5),
)
def test_wilson_holds_its_estimate_and_stays_in_range(share, n, confidence, effect):
    limits = intervals.wilson(share * n, n, confidence, effect)
    assert 0 <= limits.lower <= share * n / n <= limits.upper <= 1
    wider = intervals.wilson(share * n, n, (confidence + 1) / 2, effect)
    assert wider.lower <= limits.lower
    assert wider.upper >= limits.upper
    assert width(intervals.wilson(share * n * 4, n * 4, confidence, effect)) < width(limits)
    assert width(intervals.wilson(share * n, n, confidence, effect * 1.5)) > width(limits)


@given(events=st.integers(0, 10**7), confidence=CONFIDENCE)
def test_count_holds_its_estimate_and_widens(events, confidence):
    limits = intervals.count(events, confidence)
    assert 0 <= limits.lower <= events <= limits.upper
    assert (limits.lower == 0) >= (events == 0)
    assert width(intervals.count(events, (confidence + 1) / 2)) > width(limits)
    if events:  # relative width shrinks as the count grows
        assert width(intervals.count(events * 4, confidence)) / 4 < width(limits)


@given(later=st.integers(1, 10**5), earlier=st.integers(1, 10**5), confidence=CONFIDENCE)
def test_ratio_of_counts_holds_the_ratio_and_turns_round(later, earlier, confidence):
    limits = intervals.ratio_of_counts(later, earlier, confidence)
    assert limits.lower < later / earlier < limits.upper
    turned = intervals.ratio_of_counts(earlier, later, confidence)
    assert limits == pytest.approx((1 / turned.upper, 1 / turned.lower), rel=1e-6)


def width(limits):
    return limits.upper - limits.lower


# --- Intervals: coverage -----------------------------------------------------------------------


def test_byar_covers_the_truth_as_often_as_it_says():
    """Of Wilson's and the exact interval that follows from the formulas above."""
    for mean in (20, 1028):
        drawn, times = np.unique(np.random.default_rng(2013).poisson(mean, 20_000), return_counts=True)
        held = [intervals.count(int(k), 0.95).contains(mean) for k in drawn]
        assert times[held].sum() / 20_000 == pytest.approx(0.95, abs=0.015)


# --- Rounding ----------------------------------------------------------------------------------


def test_neet_cohort():
    # Early Help Strategy: 794 young people are 6.3%; 794 / 0.063 = 12,603.
    implied = rounding.implied_denominator(rounding.around(794, 1), rounding.around(6.3, 0.1))
    assert implied == pytest.approx((793.5 / 0.0635, 794.5 / 0.0625))
    assert implied.contains(12_603)
    assert not implied.contains(12_400)
    assert not implied.contains(12_800)


CENTS = st.integers(1, 10**6).map(lambda n: Decimal(n) / 1000)


@given(top=CENTS, bottom=CENTS, unit=st.sampled_from([Decimal("0.1"), Decimal(1)]))
def test_whatever_rounds_to_the_stated_lies_in_the_carried_interval(top, bottom, unit):
    """Two true values, published rounded: every figure derived from the published ones allows for the true one."""
    stated_top, stated_bottom = (value.quantize(unit) for value in (top, bottom))
    assume(stated_top > 0)
    assume(stated_bottom > 0)
    above, below = (widened(rounding.around(float(v), float(unit))) for v in (stated_top, stated_bottom))
    assert above.contains(float(top))
    ratio = float(top / bottom)
    assert widened(rounding.quotient(above, below)).contains(ratio)
    assert widened(rounding.implied_percent(above, below)).contains(100 * ratio)
    assert widened(rounding.implied_denominator(above, below)).contains(100 * ratio)


def widened(limits):
    """Allow for the last digit of a float: a value on the very edge is not the point."""
    return Interval(limits.lower * (1 - 1e-12), limits.upper * (1 + 1e-12))


# --- Prevalence --------------------------------------------------------------------------------


@given(before=st.floats(0, 1), with_=st.floats(0, 1), n=st.floats(1, 1000), arrivals=st.floats(1, 1000))
def test_cohort_before_arrivals_finds_the_group_it_was_made_from(before, with_, n, arrivals):
    assume(abs(before - with_) > 0.01)
    after = (before * n + with_ * arrivals) / (n + arrivals)
    assert prevalence.cohort_before_arrivals(before, after, arrivals, with_) == pytest.approx(n, rel=1e-6)


@pytest.mark.parametrize(("before", "after", "with_"), [(0.5, 0.5, 0), (0.5, 0.6, 0), (0.5, 0.4, 0.8)])
def test_cohort_before_arrivals_knows_what_cannot_be(before, after, with_):
    assert math.isnan(prevalence.cohort_before_arrivals(before, after, 9, with_))


# --- Refusals ----------------------------------------------------------------------------------

WILSON = r"^wilson: expected 0 <= events <= n and n > 0; got events="
CONFIDENT = r"^expected a confidence between 0 and 1, such as 0.95; got "
SHARES = r"^cohort_before_arrivals: expected shares of 0 to 1 and arrivals above 0; got "


def test_an_interval_keeps_its_coverage_and_a_range_has_none():
    share = intervals.wilson(65, 100, 0.8)
    assert (share.coverage, share.times(100).coverage, share.plus(-1).coverage) == (0.8, 0.8, 0.8)
    assert share.plus(-1).times(2) == pytest.approx((2 * share.lower - 2, 2 * share.upper - 2))
    assert intervals.count(5, 0.9).coverage == intervals.difference(5, 9, 4, 9, 0.9).coverage == 0.9
    assert intervals.ratio_of_counts(5, 4, 0.9).coverage == intervals.rate(5, 100, 1, 0.9).coverage == 0.9
    printed = rounding.around(6.3, 0.1)
    assert math.isnan(printed.coverage)
    assert math.isnan(rounding.widest(printed, Interval(6, 6.2)).coverage)
    assert rounding.widest(printed, share).coverage == 0.8  # 0.58 to 6.35: the interval gives the lower limit
    assert math.isnan(rounding.widest(share, Interval(0, 1)).coverage)
    copied = pickle.loads(pickle.dumps(share))
    assert (copied, copied.coverage) == (share, 0.8)


@pytest.mark.parametrize(
    ("call", "arguments", "message"),
    [
        (intervals.wilson, (-1, 10, 0.95), WILSON + "-1, n=10$"),
        (intervals.wilson, (1, 10, 95), CONFIDENT + "95$"),
        (intervals.wilson, (1, 10, 0.95, 0.9), r"^wilson: expected a design effect of 1 or more; got 0.9$"),
        (intervals.count, (-1, 0.95), r"^count: expected a number of events of 0 or more; got -1$"),
        (intervals.rate, (5, 0, 1, 0.95), r"^rate: expected a population above 0; got 0$"),
        (intervals.ratio_of_counts, (0, 5, 0.95), r"^ratio_of_counts: expected two counts above 0; got 0 and 5$"),
        (rounding.around, (5, 0), r"^around: expected a rounding unit above 0; got 0$"),
        (rounding.quotient, (Interval(-1, 1), Interval(1, 2)), r"^quotient: expected intervals above 0; got \(-1, 1\)"),
        (prevalence.cohort_before_arrivals, (66, 51, 9), SHARES + r"66, 51, 0.0, 9$"),
        (breakeven.discounted_years, (0, 0), r"^discounted_years: expected years >= 1, a rate.*; got 0, 0 and 0$"),
        (breakeven.cases_to_break_even, (-1, 5), r"^cases_to_break_even: expected .*; got -1 and 5$"),
    ],
)
def test_what_is_out_of_range_is_refused(call, arguments, message):
    with pytest.raises(ValueError, match=message):
        call(*arguments)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (260.60000000000002, 0.1, 260.6),
        (42.25, 0.1, 42.3),  # halves away from zero: to the even digit it would be 42.2
        (-42.25, 0.1, -42.3),
        (13_452, 5, 13_450),
        (13_452.5, 5, 13_455),
    ],
)
def test_rounding_to_a_unit(value, unit, expected):
    assert rounding.to_unit(value, unit) == expected
