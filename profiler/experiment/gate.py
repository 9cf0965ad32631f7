"""``--fail-if``: an expression over the keys of a scenario that makes a CI run fail where it holds.

Only names, numbers, texts, comparisons, ``and or not``, ``+ - * /`` and parentheses; nothing can be called.
Names are the keys of the JSON, nested ones with a dot: ``overlap.hidden_fraction < 0.8 and batch >= 32``; the last
part alone will do where only one key ends in it: ``hidden_fraction < 0.8``. Causes are written with underscores, and
those that no time has are 0: ``causes.fill_or_drain > 0``.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from profiler.analysis.exposure import Cause
from profiler.errors import UsageError

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_REMEDY = "Write for example --fail-if 'hidden_fraction < 0.8'."

#: Longer expressions are a mistake or an attack on the parser.
MOST_CHARACTERS = 1000


class Gate:
    """A checked expression.

    Parameters
    ----------
    text : str

    Raises
    ------
    UsageError
        Not an expression of the kind above.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > MOST_CHARACTERS:
            raise UsageError(f"the expression has {len(text)} characters", where="--fail-if", remedy=_REMEDY)
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UsageError(f"{text!r} is not an expression", where="--fail-if", remedy=_REMEDY) from error
        for node in ast.walk(self._tree):
            if not isinstance(node, _ALLOWED):
                # An operator alone has no text.
                wrong = ast.unparse(node) or text
                raise UsageError(f"{wrong!r} is not allowed", where="--fail-if", remedy=_REMEDY)

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether the expression is true of ``row``. A comparison with a figure that has no meaning is false.

        Raises
        ------
        UsageError
            A name that the row does not have, types that cannot be compared, a division by zero.
        """
        try:
            return bool(_value(self._tree, row))
        except (TypeError, ZeroDivisionError) as error:
            raise UsageError(f"{self.text!r} cannot be computed: {error}", where="--fail-if") from error


_ALLOWED = (
    ast.Compare,
    ast.BoolOp,
    ast.UnaryOp,
    ast.BinOp,
    ast.Name,
    ast.Attribute,
    ast.Constant,
    ast.And,
    ast.Or,
    ast.Not,
    ast.USub,
    ast.Load,
    *_COMPARE,
    *_ARITHMETIC,
)


def _value(node: ast.AST, row: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name() | ast.Attribute():
            return _look_up(ast.unparse(node), row)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(item, row) for item in values)
        case ast.BoolOp(values=values):
            return any(_value(item, row) for item in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, row)
        case ast.UnaryOp(operand=operand):
            value = _value(operand, row)
            return None if value is None else -value
        case ast.BinOp(left=left, op=op, right=right):
            return _arithmetic(type(op), _value(left, row), _value(right, row))
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            return _chain([_value(left, row), *(_value(item, row) for item in comparators)], [type(op) for op in ops])
    raise TypeError(f"{ast.dump(node)} has no value")


def _arithmetic(op: type[ast.operator], left: Any, right: Any) -> Any:
    return None if left is None or right is None else _ARITHMETIC[op](left, right)


def _chain(values: list[Any], ops: list[type[ast.cmpop]]) -> bool:
    pairs = zip(values, values[1:], ops, strict=False)
    return all(a is not None and b is not None and _COMPARE[op](a, b) for a, b, op in pairs)


def _look_up(name: str, row: Mapping[str, Any]) -> Any:
    keys = _flat(row)
    if name in keys:
        return keys[name]
    endings = [key for key in keys if key.rsplit(".", 1)[-1] == name]
    if len(endings) == 1:
        return keys[endings[0]]
    if endings:
        raise UsageError(
            f"{name!r} could be any of {', '.join(endings)}", where="--fail-if", remedy="Write it in full."
        )
    close = get_close_matches(name, [*keys, *(key.rsplit(".", 1)[-1] for key in keys)], n=1)
    hint = f"Did you mean {close[0]}?" if close else "The keys are those of --json."
    raise UsageError(f"there is no figure {name!r}", where="--fail-if", remedy=hint)


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if key == "causes" and isinstance(value, Mapping):
            flat |= {f"{prefix}causes.{cause.name.lower()}": value.get(cause.label, 0) for cause in Cause}
        elif isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
