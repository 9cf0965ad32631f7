"""The proof says the same as a transitive closure over all moments of a plan, on thousands of small plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from profiler.errors import PlanError
from profiler.plan.model import Plan
from profiler.plan.proof import prove
from tests.plan.oracle import Oracle
from tests.plan.random_plans import bent_plan, free_plan
from tests.plan.toys import lines

PLANS = 2500


def _verdict(plan: Plan) -> str:
    try:
        prove(plan)
    except PlanError as error:
        return str(error)
    return "safe"


@pytest.mark.parametrize("make", [free_plan, bent_plan])
def test_the_proof_agrees_with_the_closure(make: Callable[[Random], Plan]) -> None:
    seen: Counter[bool] = Counter()
    for seed in range(PLANS):
        plan = make(Random(seed))
        verdict = _verdict(plan)
        safe = Oracle(plan).is_safe()
        assert (verdict == "safe") is safe, f"seed {seed}: {verdict}\n" + "\n".join(lines(plan))
        seen[safe] += 1
    # Neither answer is rare, or the comparison would say little.
    assert min(seen[True], seen[False]) > PLANS // 10


def test_random_plans_fail_in_every_way() -> None:
    verdicts = [_verdict(free_plan(Random(seed))) for seed in range(PLANS)]
    for part in ("nothing orders the two", "nothing has written", "not joined", "before its record", "never go on"):
        assert any(part in verdict for verdict in verdicts), part
