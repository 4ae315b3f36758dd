"""Arithmetic and comparisons written as text, worked out without ever being executed.

The text is parsed, and only the kinds of node listed here are walked: numbers, names of figures,
`+ - * /`, comparisons, `and`, and calls of the functions given. Anything else is refused.
"""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable, Mapping

from analysis.methods import quantity
from analysis.methods.quantity import Quantity

LONGEST = 500
DEEPEST = 40

_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
_COMPARISONS: dict[type, Callable[[Quantity, Quantity], bool | None]] = {
    ast.Gt: quantity.greater,
    ast.Lt: lambda a, b: quantity.greater(b, a),
    ast.GtE: quantity.at_least,
    ast.LtE: lambda a, b: quantity.at_least(b, a),
    ast.Eq: quantity.equal,
}

Result = Quantity | bool | None


class BadExpression(ValueError):
    """An expression that cannot be read or worked out; the message says what is wrong with it."""


def evaluate(text: str, names: Mapping[str, Quantity], functions: Mapping[str, Callable[..., Quantity]]) -> Result:
    """Work out an expression.

    Args:
        text: such as `identified / estimated * 100` or `wiltshire > england`.
        names: what each name stands for.
        functions: what each function does; they take quantities, and texts for names of tables and dates. A function
            with an attribute `by_name` that is true takes the names themselves.

    Returns:
        A quantity; or for a comparison True, False, or None where rounding leaves it open.

    Raises:
        BadExpression: for anything else than the listed kinds, an unknown name, or a division by zero.
    """
    tree = _parsed(text)
    try:
        return _Walker(names, functions).walk(tree.body, 0)
    except (ZeroDivisionError, OverflowError) as error:
        raise BadExpression(f"{error}: {text!r}") from None


def names_in(text: str) -> set[str]:
    """Return the names an expression uses, without those of functions.

    Raises:
        BadExpression: if it cannot be read.
    """
    tree = _parsed(text)
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - called


def _parsed(text: str) -> ast.Expression:
    if len(text) > LONGEST:
        raise BadExpression(f"longer than {LONGEST} characters")
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression(f"not an expression: {text!r}") from None


class _Walker:
    """Walks an expression's tree; refuses every kind of node it does not know."""

    def __init__(self, names: Mapping[str, Quantity], functions: Mapping[str, Callable[..., Quantity]]) -> None:
        self._names = names
        self._functions = functions

    def walk(self, node: ast.AST, depth: int) -> Result:
        """Work out a node and what is below it; `depth` is how deep it stands."""
        if depth > DEEPEST:
            raise BadExpression(f"nested more than {DEEPEST} deep")
        step = getattr(self, f"_{type(node).__name__.lower()}", None)
        if step is None:
            raise BadExpression(f"{type(node).__name__} is not allowed in an expression")
        return step(node, depth + 1)

    def _number(self, node: ast.AST, depth: int) -> Quantity:
        result = self.walk(node, depth)
        if not isinstance(result, Quantity):
            raise BadExpression("a comparison stands where a number is expected")
        return result

    def _constant(self, node: ast.Constant, depth: int) -> Quantity:
        if type(node.value) not in (int, float):
            raise BadExpression(f"{node.value!r} is not a number")
        return Quantity.exact(float(node.value))

    def _name(self, node: ast.Name, depth: int) -> Quantity:
        if node.id not in self._names:
            raise BadExpression(_unknown("name", node.id, self._names))
        return self._names[node.id]

    def _binop(self, node: ast.BinOp, depth: int) -> Quantity:
        if type(node.op) not in _ARITHMETIC:
            raise BadExpression(f"{type(node.op).__name__} is not one of + - * /")
        return _ARITHMETIC[type(node.op)](self._number(node.left, depth), self._number(node.right, depth))

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Quantity:
        if not isinstance(node.op, ast.USub):
            raise BadExpression(f"{type(node.op).__name__} is not allowed in an expression")
        return -self._number(node.operand, depth)

    def _compare(self, node: ast.Compare, depth: int) -> bool | None:
        sides = [self._number(side, depth) for side in (node.left, *node.comparators)]
        answers = []
        for kind, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if type(kind) not in _COMPARISONS:
                raise BadExpression(f"{type(kind).__name__} is not one of > >= < <= ==")
            answers.append(_COMPARISONS[type(kind)](left, right))
        return quantity.all_of(answers)

    def _boolop(self, node: ast.BoolOp, depth: int) -> bool | None:
        if not isinstance(node.op, ast.And):
            raise BadExpression("`or` is not allowed in an expression")
        answers = [self.walk(value, depth) for value in node.values]
        if any(isinstance(answer, Quantity) for answer in answers):
            raise BadExpression("`and` joins comparisons, not numbers")
        return quantity.all_of(answers)

    def _call(self, node: ast.Call, depth: int) -> Quantity:
        if not isinstance(node.func, ast.Name) or node.func.id not in self._functions:
            raise BadExpression(_unknown("function", ast.unparse(node.func), self._functions))
        function = self._functions[node.func.id]
        by_name = getattr(function, "by_name", False)
        given = [a.id if by_name and isinstance(a, ast.Name) else self._argument(a, depth) for a in node.args]
        named = {keyword.arg: self._argument(keyword.value, depth) for keyword in node.keywords if keyword.arg}
        if len(named) != len(node.keywords):
            raise BadExpression("** is not allowed in an expression")
        try:
            return function(*given, **named)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise BadExpression(f"{node.func.id}(…): {error}") from None

    def _argument(self, node: ast.AST, depth: int) -> Quantity | str:
        """Return a function's argument: a text as it is, anything else as a number."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return self._number(node, depth)


def _unknown(kind: str, wanted: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(wanted, list(known), n=1)
    hint = f"; did you mean {close[0]!r}?" if close else f" ({kind}s: {', '.join(known) or 'none'})"
    return f"unknown {kind} {wanted!r}{hint}"
