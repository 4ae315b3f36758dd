"""One number that says itself: the grammar of templates at nought, one, none, ties and negatives, tried once, here."""

from __future__ import annotations

import math
import string
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data.fact import Fact, fact, worked_out
from analysis.words import fill, filled

NEAR = "its neighbours' median"
RATE = Fact(
    3.1, "percent", 1, 2.7, 3.5, 0.95, title="NEET or not known", area="Wiltshire", period="winter 2024/25",
    when="in winter 2024/25", base=11253, beside={"England": 5.6, NEAR: 3.0, "the East Midlands": math.nan},
    rank=22, among=151, change="rose from 2.9% in 2016",
)  # fmt: skip
GONE = Fact(math.nan, "percent", 1, symbol="c", title="NEET or not known", area="Rutland", when="in winter 2024/25")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{x} were NEET {x:when}", "3.1% were NEET in winter 2024/25."),
        ("{x:ci}", "3.1% (95% interval 2.7% to 3.5%)."),
        ("{x:range}", "2.7% to 3.5%."),
        ("they are {x:between}", "They are between 2.7% and 3.5%."),
        ("{x}, {x:vs England}", "3.1%, lower than England's 5.6%."),
        (f"it is {{x:vs {NEAR}}}", "It is not clearly different from its neighbours' median of 3.0%."),
        ("{x:cases} of {x:base}", "350 of 11,253."),
        ("{area} ranks {x:rank}", "Wiltshire ranks 22nd of 151, lowest first."),
        ("the share {x:change}", "The share rose from 2.9% in 2016."),
        ("the share {level:change}", "The share showed no clear change from 3.0% in 2016."),
        (
            "{x:vs the East Midlands}",
            "NEET or not known for Wiltshire in winter 2024/25: no figure of the East Midlands is given.",
        ),
    ],
)  # fmt: skip
def test_a_fact_says_itself(template, said):
    level = replace(RATE, change="no clear change, from 3.0% in 2016")
    assert fill(template, x=RATE, level=level, area="Wiltshire") == said


def test_a_missing_number_is_one_sentence_that_says_which_and_why_however_many_templates_need_it():
    templates = ("{x} were NEET {x:when}", "{x:vs England}", "{x:ci}", "{x:rank}", "{x:child|children}")
    said = "No figure: NEET or not known for Rutland in winter 2024/25, confidential [c]."
    assert filled(*templates, x=GONE) == [said]
    assert fill("no figure {x:when}", x=GONE) == "No figure in winter 2024/25."


NOUN = "child|children"


@pytest.mark.parametrize(
    ("made", "what", "said"),
    [
        *((Fact(n), NOUN, said) for n, said in ((0, "0 children"), (1, "1 child"), (-1, "−1 children"))),
        (Fact(12345), NOUN, "12,345 children"),
        (Fact(-5.6e6, "pounds"), "", "−£5.6 million"),
        (Fact(0, "percent"), "", "0%"),
        (Fact(-0.04, "percent", 1), "", "0.0%"),
        (Fact(354, "pounds per child"), "", "£354 per child"),
        (Fact(45.8, "per 10,000 children under 18"), "", "46 per 10,000 children"),
        *((Fact(1.0, rank=rank, among=151), "rank", f"{rank}st of 151, lowest first") for rank in (1, 121)),
        *((Fact(1.0, rank=rank, among=151), "rank", f"{rank}th of 151, lowest first") for rank in (4, 11, 112)),
        (Fact(1.0, rank=2, among=151), "rank", "2nd of 151, lowest first"),
        (Fact(1.0, rank=3, among=151, order="highest first"), "rank", "3rd of 151, highest first"),
    ],
)
def test_nouns_signs_units_and_ranks(made, what, said):
    assert format(made, what) == said


def test_equal_ends_are_said_once_and_an_equal_value_is_no_difference():
    same = Fact(2.5, "percent", 1, 2.51, 2.52, 0.95, beside={"England": 2.52})
    assert format(same, "between") == "2.5%"
    assert format(same, "vs England") == "not clearly different from England's 2.5%"


def test_few_modelled_and_unbounded_numbers_are_not_judged():
    bounded = Fact(9.0, "percent", 1, 1, 12, 0.95, beside={"England": 30})
    unbounded = Fact(9.0, "percent", 1, beside={"England": 30})
    for told in (replace(bounded, base=19), replace(bounded, compared=False), unbounded):
        assert format(told, "vs England") == "beside England's 30.0%"


def test_a_sentence_that_lacks_a_word_or_a_plain_number_is_left_out():
    assert filled("{a} and {b}", "{a} alone", a=1, b=None) == ["1 alone."]
    assert fill("{a}", a=math.nan) == ""


def test_a_template_reaches_nothing_but_names():
    for template in ("{x.value}", "{x[0]}", "{x.__class__}", "{0}", "{}"):
        with pytest.raises(ValueError, match="asks for"):
            fill(template, x=RATE)
    with pytest.raises(ValueError, match="it can say"):
        fill("{x:colour}", x=RATE)
    with pytest.raises(ValueError, match="'y'; given are: x"):
        fill("{y}", x=RATE)


def test_a_row_is_a_fact_whatever_numbers_it_holds():
    row = pd.Series(
        {"value": np.float64(3.1), "decimals": np.int64(1), "unit": "percent", "name": "Wiltshire", "other": 1}
    )
    made = fact(row, lower=3, upper=4)
    assert (type(made.decimals), made.area, str(made), made.lower) == (int, "Wiltshire", "3.1%", 3)
    assert worked_out(math.nan, GONE).symbol == "c"
    assert worked_out(1.0, RATE, unit="people").area == "Wiltshire"


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-1e9, 1e9),
    st.sampled_from(["percent", "pounds", "people", ""]),
    st.sampled_from([what for what in Fact.SAYS if " " not in what and "|" not in what]),
)
def test_no_number_makes_a_page_say_nan_or_none(value, limit, unit, what):
    made = Fact(value, unit, lower=limit, upper=limit, symbol="x", title="Rate", rank=1, among=2, base=10)
    text = fill("it is {x:" + what + "} here", x=made)
    assert not any(word.strip(string.punctuation) in ("nan", "None", "inf") for word in text.split())
    assert text.endswith(".")
    assert "  " not in text
