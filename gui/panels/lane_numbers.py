"""From the keys of lanes to their numbers in a timeline."""

from __future__ import annotations

from gui.state.document import Document
from gui.state.lanes import LaneKey
from profiler.timeline.tree import lane_tree


def lane_numbers(document: Document, keys: tuple[LaneKey, ...]) -> tuple[int, ...]:
    """Numbers of the lanes that the keys name, those in groups included, each once, rising."""
    if document.trace is None or document.timeline is None:
        return ()
    wanted = set(keys)
    found: set[int] = set()
    for top in lane_tree(document.trace, document.timeline.lanes):
        for node in top.walk():
            if node.key in wanted:
                found.update(node.lanes())
    return tuple(sorted(found))
