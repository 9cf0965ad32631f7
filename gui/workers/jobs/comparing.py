"""Timelines and strategies beside each other."""

from __future__ import annotations

from typing import Any

import msgspec

from gui.workers.jobs.job import MOST_ROWS, Job
from profiler.devices.sim.what_if import Factors
from profiler.experiment.spec import ScenarioSpec


class Match(Job, frozen=True):
    """Operations of two traces matched, as ``lanescope diff`` does; of the names the ``most_rows`` that differ most."""

    task = "matching:match"
    files = True

    trace_a: str
    trace_b: str
    most_rows: int = MOST_ROWS


class Matched(msgspec.Struct, frozen=True):
    """The keys of ``diff --json``; ``file`` to map: a dict of ``a_rows`` and ``b_rows``, counterparts side by side.

    Attributes
    ----------
    examples : list of (int or None, int or None)
        For each of the figures' ``rows`` a row in each trace: the counterparts that differ most, else the first of
        the operations that only one trace has.
    left_out : int
        Rows beyond those.
    """

    figures: dict[str, Any]
    file: str
    examples: list[tuple[int | None, int | None]]
    left_out: int = 0


Match.result = Matched


class Rank(Job, frozen=True):
    """All strategies for a scenario, on a simulated GPU: the keys of ``compare --json``."""

    role = "side"
    task = "ranking:rank"

    spec: ScenarioSpec
    factors: Factors = Factors()


class Ranking(msgspec.Struct, frozen=True):
    """``comparison`` has the keys of ``compare --json``; ``refused`` says in words what cannot be done."""

    comparison: dict[str, Any]
    refused: list[str]
    whole: bool


Rank.result = Ranking
