"""Expressions are worked out on intervals, and nothing in them is ever executed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.claims.expressions import BadExpression, evaluate, names_in
from analysis.methods.rounding import Quantity, equal, greater

NAMES = {
    "rounded": Quantity(6.3, 6.25, 6.35),
    "other": Quantity(6.2, 6.15, 6.25),
    "count": Quantity.exact(209.0),
    "base": Quantity.exact(30019.0),
}


def worked(text):
    return evaluate(text, NAMES, {"double": lambda q: q + q, "named": lambda text: Quantity.exact(float(len(text)))})


def test_arithmetic_carries_limits():
    share = worked("count / base * 100")
    assert share.value == pytest.approx(0.6962257)
    assert share.is_exact
    product = worked("-(rounded - other) * 2")
    assert (product.value, product.lower, product.upper) == pytest.approx((-0.2, -0.4, 0.0))
    assert worked("double(count) - 18").value == 400
    assert worked("named('abc')").value == 3
    assert names_in("double(count) / base > 3") == {"count", "base"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("rounded > other", None),  # they meet at 6.25
        ("rounded >= other", True),
        ("rounded < other", False),
        ("count > base", False),
        ("count == 210", False),
        ("rounded == 6.34", None),
        ("6 < rounded < 7", True),
        ("count < base and rounded > other", None),
        ("count > base and rounded > other", False),
    ],
)
def test_comparisons_are_certain_possible_or_impossible(text, answer):
    assert worked(text) is answer


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os').system('true')", "unknown function"),
        ("count.__class__", "Attribute is not allowed"),
        ("[count]", "List is not allowed"),
        ("count if base else 1", "IfExp is not allowed"),
        ("lambda: 1", "Lambda is not allowed"),
        ("f'{count}'", "JoinedStr is not allowed"),
        ("count ** 9999999", "Pow is not one of"),
        ("'text'", "'text' is not a number"),
        ("count or base", "`or` is not allowed"),
        ("not count", "Not is not allowed"),
        ("coutn + 1", "unknown name 'coutn'; did you mean 'count'?"),
        ("count / (rounded - other)", "division by a number that may be 0"),
        ("count +", "not an expression"),
        ("count > 1 and 2", "`and` joins comparisons"),
        ("(count > 1) + 1", "a comparison stands where a number is expected"),
        ("double(*count)", "Starred is not allowed"),
        ("double(**count)", r"\*\* is not allowed"),
        ("double()", r"double\(…\)"),
        ("1" + "+1" * 400, "longer than 500 characters"),
        ("-" * 100 + "1", "nested more than 40 deep"),
        ("\0", "not an expression"),
    ],
)
def test_anything_else_is_refused(text, message):
    with pytest.raises(BadExpression, match=message):
        worked(text)


NUMBERS = st.floats(0.1, 1e6)


@given(a=NUMBERS, b=NUMBERS, shift=st.floats(-0.5, 0.5), turn=st.floats(-0.5, 0.5))
def test_true_values_give_a_result_within_the_limits(a, b, shift, turn):
    """Whatever the rounded numbers stand for, the result lies in the carried range."""
    names = {"a": Quantity(a, a * 0.9, a * 1.1), "b": Quantity(b, b * 0.9, b * 1.1)}
    x, y = a * (1 + 0.2 * shift), b * (1 + 0.2 * turn)
    for text, true in (("a + b", x + y), ("a - b", x - y), ("a * b", x * y), ("a / b", x / y)):
        found = evaluate(text, names, {})
        slack = 1e-9 * max(abs(found.lower), abs(found.upper), 1)
        assert found.lower - slack <= true <= found.upper + slack


def test_open_bounds_stay_open():
    over = Quantity(math.nan, 70.0, math.inf)
    assert greater(over, Quantity.exact(60.0)) is True
    assert greater(over, Quantity.exact(80.0)) is None
    assert equal(over, Quantity.exact(10.0)) is False
    zero = Quantity.exact(0.0) * over
    assert (zero.lower, zero.upper) == (0.0, 0.0)
