"""Which lanes a filter shows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from profiler.errors import UsageError
from profiler.timeline.tree import Node
from profiler.trace.patterns import found_in

#: Letters of a lane's name that a filter looks at: a pattern takes steps for each, in the window's own thread.
LETTERS = 300


def leaves(tree: Iterable[Node]) -> tuple[str, ...]:
    """Names of all lanes of a tree, from top to bottom."""
    return tuple(node.title for top in tree for node in top.walk() if not node.children)


@lru_cache(maxsize=16)
def found_names(pattern: str, names: tuple[str, ...]) -> frozenset[str]:
    """The names in which a pattern is found, in any case.

    A pattern that is no regular expression is taken letter by letter; an empty one is found everywhere.
    """
    if not pattern:
        return frozenset(names)
    heads = [name[:LETTERS] for name in names]
    try:
        marks = found_in(heads, pattern, any_case=True)
    except UsageError:
        wanted = pattern.casefold()
        return frozenset(name for name, head in zip(names, heads, strict=True) if wanted in head.casefold())
    return frozenset(name for name, found in zip(names, marks.tolist(), strict=True) if found)
