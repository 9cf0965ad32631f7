"""Which lanes a filter shows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from profiler.timeline.tree import Node
from profiler.trace.patterns import found_in, why_not

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
    if why_not(pattern):
        wanted = pattern.casefold()
        return frozenset(name for name in names if wanted in name[:LETTERS].casefold())
    marks = found_in([name[:LETTERS] for name in names], pattern, any_case=True)
    return frozenset(name for name, found in zip(names, marks.tolist(), strict=True) if found)
