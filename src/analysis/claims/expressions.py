"""Arithmetic and comparisons written as text, worked out without ever being executed, and what they may call.

The text is parsed, and only the kinds of node that `_Worker` has a method for are worked out. Anything else is refused.
"""

from __future__ import annotations

import ast
import datetime
import operator
from collections.abc import Callable, Mapping

import pandas as pd

from analysis.data.figure import CONFIDENCE, Figure
from analysis.data.figures import WILTSHIRE, Figures
from analysis.files import did_you_mean
from analysis.methods import intervals, rounding
from analysis.methods.rounding import Quantity

LONGEST, DEEPEST = 500, 40
"""Characters of an expression, and how many of its parts may stand in one another."""
RATINGS = {"green": 1.0, "amber": 2.0, "red": 3.0}

_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_COMPARISONS: dict[type, Callable[[Quantity, Quantity], bool | None]] = {
    ast.Gt: rounding.greater,
    ast.Lt: lambda a, b: rounding.greater(b, a),
    ast.GtE: rounding.at_least,
    ast.LtE: lambda a, b: rounding.at_least(b, a),
    ast.Eq: rounding.equal,
}

Functions = Mapping[str, Callable[..., Quantity]]


class BadExpression(ValueError):
    """An expression that cannot be read or worked out; the message says what is wrong with it."""


def evaluate(text: str, names: Mapping[str, Quantity], functions: Functions) -> Quantity | bool | None:
    """Work out an expression: a quantity, or of a comparison True, False, or None where rounding leaves it open.

    Args:
        text: numbers, names, `+ - * /`, comparisons, `and`, and calls; anything else raises `BadExpression`.
        names: what each name stands for.
        functions: what each function does; they take quantities, and texts for names of tables and dates.
    """
    try:
        return _Worker(names, functions).visit(_parsed(text))
    except (ZeroDivisionError, OverflowError) as error:
        raise BadExpression(f"{error}: {text!r}") from None


def names_in(text: str) -> set[str]:
    """Return the names an expression uses, without those of functions; raises as `evaluate` if it cannot be read."""
    nodes = list(ast.walk(_parsed(text)))
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return {node.id for node in nodes if isinstance(node, ast.Name)} - called


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise BadExpression(f"longer than {LONGEST} characters")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression(f"not an expression: {text!r}") from None


class _Worker(ast.NodeVisitor):
    """Works out an expression's tree; refuses every kind of node it has no method for."""

    def __init__(self, names: Mapping[str, Quantity], functions: Functions) -> None:
        self.names, self.functions, self.depth = names, functions, 0

    def visit(self, node: ast.AST) -> Quantity | bool | None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadExpression(f"nested more than {DEEPEST} deep")
        result = super().visit(node)
        self.depth -= 1
        return result

    def generic_visit(self, node: ast.AST) -> None:
        raise BadExpression(f"{type(node).__name__} is not allowed in an expression")

    def number(self, node: ast.AST) -> Quantity:
        if not isinstance(result := self.visit(node), Quantity):
            raise BadExpression("a comparison stands where a number is expected")
        return result

    def visit_Constant(self, node: ast.Constant) -> Quantity:
        if type(node.value) not in (int, float):
            raise BadExpression(f"{node.value!r} is not a number")
        return Quantity.exact(float(node.value))

    def visit_Name(self, node: ast.Name) -> Quantity:
        return self.names[_one_of(self.names, node.id, "name")]

    def visit_BinOp(self, node: ast.BinOp) -> Quantity:
        if type(node.op) not in _ARITHMETIC:
            raise BadExpression(f"{type(node.op).__name__} is not one of + - * /")
        return _ARITHMETIC[type(node.op)](self.number(node.left), self.number(node.right))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Quantity:
        return -self.number(node.operand) if isinstance(node.op, ast.USub) else self.generic_visit(node.op)

    def visit_Compare(self, node: ast.Compare) -> bool | None:
        sides = [self.number(side) for side in (node.left, *node.comparators)]
        if odd := [type(op).__name__ for op in node.ops if type(op) not in _COMPARISONS]:
            raise BadExpression(f"{odd[0]} is not one of > >= < <= ==")
        pairs = zip(node.ops, sides, sides[1:], strict=False)
        return rounding.all_of([_COMPARISONS[type(op)](left, right) for op, left, right in pairs])

    def visit_BoolOp(self, node: ast.BoolOp) -> bool | None:
        if isinstance(node.op, ast.Or):
            raise BadExpression("`or` is not allowed in an expression")
        answers = [self.visit(value) for value in node.values]
        if any(isinstance(answer, Quantity) for answer in answers):
            raise BadExpression("`and` joins comparisons, not numbers")
        return rounding.all_of(answers)

    def visit_Call(self, node: ast.Call) -> Quantity:
        name = _one_of(self.functions, ast.unparse(node.func), "function")
        if any(keyword.arg is None for keyword in node.keywords):
            raise BadExpression("** is not allowed in an expression")
        given = [self.argument(name, part) for part in node.args]
        named = {keyword.arg: self.argument(name, keyword.value) for keyword in node.keywords}
        try:
            return self.functions[name](*given, **named)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise BadExpression(f"{name}(…): {error}") from None

    def argument(self, function: str, node: ast.AST) -> Quantity | str:
        """Return an argument: a text as it is, and a name for `rag`, which rates figures and no values."""
        if function == "rag" and isinstance(node, ast.Name):
            return node.id
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else self.number(node)


def _one_of(known: Mapping[str, object], wanted: str, kind: str) -> str:
    if wanted not in known:
        hint = did_you_mean(wanted, list(known)) or f" ({kind}s: {', '.join(known) or 'none'})"
        raise BadExpression(f"unknown {kind} {wanted!r}{hint}")
    return wanted


def functions(figures: Figures, used: Mapping[str, Figure], document: str) -> dict[str, Callable[..., Quantity]]:
    """Return the functions by name, for a claim that uses these figures and stands in this document."""
    return _ARITHMETICAL | {
        "rising": lambda *about: _rising(figures, *about),
        "authorities": lambda region: _rows(figures.areas, "areas", region=region, level="Local authority", end=""),
        "rows": lambda table, **where: _rows(figures.listing(table), table, **where),
        "document_date": lambda: _written(figures.sources.at[document, "date"]),
        "rag": lambda alias: _rag(figures, used[alias]),
    }


def _extreme(which: Callable[..., float], *of: Quantity) -> Quantity:
    return Quantity(*(which(part) for part in zip(*((q.value, q.lower, q.upper) for q in of), strict=True)))


def _absolute(of: Quantity) -> Quantity:
    ends = (abs(of.lower), abs(of.upper))
    return Quantity(abs(of.value), 0.0 if of.lower < 0 < of.upper else min(ends), max(ends))


def _within(value: Quantity, limits: Callable[..., intervals.Interval], *of: Quantity, times: float = 1) -> Quantity:
    """Return a value with the interval of a method; at `CONFIDENCE` on every page, as a verdict is one."""
    interval = limits(*(q.value for q in of), CONFIDENCE).times(times)
    return Quantity(value.value, interval.lower, interval.upper)


_HUNDRED = Quantity.exact(100)
_ARITHMETICAL: dict[str, Callable[..., Quantity]] = {
    "day": lambda text: Quantity.exact(float(datetime.date.fromisoformat(text).toordinal())),
    "sum": lambda *of: sum(of, Quantity.exact(0.0)),
    "min": lambda *of: _extreme(min, *of),
    "max": lambda *of: _extreme(max, *of),
    "abs": _absolute,
    "share": lambda part, whole: part / whole * _HUNDRED,
    "growth": lambda later, earlier: (later / earlier - Quantity.exact(1)) * _HUNDRED,
    "wilson": lambda k, n: _within(k / n * _HUNDRED, intervals.wilson, k, n, times=100),
    "poisson": lambda events: _within(events, intervals.count, events),
    "ratio": lambda later, earlier: _within(later / earlier, intervals.ratio_of_counts, later, earlier),
    "difference": lambda k, n, k_before, n_before: _within(
        (k / n - k_before / n_before) * _HUNDRED, intervals.difference, k, n, k_before, n_before, times=100
    ),
}


def _rising(figures: Figures, indicator: str, later: Quantity, earlier: Quantity) -> Quantity:
    """Return in how many of the other authorities with a value of both years it rose, in percent of them."""
    codes = figures.areas.index[figures.areas["level"] == "Local authority"]
    then, now = (
        {
            code: figures.get(indicator, code, figure.time_period)
            for code in codes
            for figure in figures.every(indicator, code)
            if figure.time_period == f"{year.value:.0f}"
        }
        for year in (earlier, later)
    )
    both = [c for c in then.keys() & now.keys() if c != WILTSHIRE and then[c].known and now[c].known]
    return Quantity.exact(sum(now[code].value > then[code].value for code in both) / len(both) * 100)


def _rows(rows: pd.DataFrame, table: str, **where: str) -> Quantity:
    """Count the rows of a table in which each column has the value given, capitals aside."""
    for column, wanted in where.items():
        if column not in rows.columns:
            raise ValueError(f"{table} has no column {column!r}; it has {', '.join(rows.columns)}")
        rows = rows[rows[column].str.casefold() == wanted.casefold()]
    return Quantity.exact(float(len(rows)))


def _written(date: str) -> Quantity:
    """Return the days that the date of a document can mean, such as "2024-01" or "2024", as ordinals."""
    days = pd.Period(date)
    first, last = float(days.start_time.toordinal()), float(days.end_time.toordinal())
    return Quantity((first + last) / 2, first, last)


def _rag(figures: Figures, figure: Figure) -> Quantity:
    """Return a board figure's printed rating as a number: 1 green, 2 amber, 3 red."""
    ratings, columns = figures.ratings, ["indicator", "time_period", "time_identifier"]
    own = ratings.loc[ratings[columns].eq([getattr(figure, name) for name in columns]).all(axis="columns"), "rag"]
    if len(own) != 1:
        raise ValueError(f"board_ratings.csv has no rating for {figure.indicator}, {figure.period}")
    return Quantity.exact(RATINGS[own.item()])
