"""Plans: the host calls of a run in order, made by a strategy, and proved before they run.

Names are imported when they are first used, so that importing the package costs next to nothing. The function
`profiler.plan.dependencies.dependencies` has its module's name and is imported from there.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from profiler.plan.describe import describe_step
    from profiler.plan.model import Plan, StreamConfig
    from profiler.plan.proof import prove
    from profiler.plan.registry import STRATEGIES, graph_bases, knobs, make_plan

__all__ = [
    "STRATEGIES",
    "Plan",
    "StreamConfig",
    "describe_step",
    "graph_bases",
    "knobs",
    "make_plan",
    "prove",
]

_HOME = {
    "STRATEGIES": "registry",
    "Plan": "model",
    "StreamConfig": "model",
    "describe_step": "describe",
    "graph_bases": "registry",
    "knobs": "registry",
    "make_plan": "registry",
    "prove": "proof",
}


def __getattr__(name: str) -> Any:
    """The public name, from the module that defines it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
