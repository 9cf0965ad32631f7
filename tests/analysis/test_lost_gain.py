"""The lost INT8 gain and its parts."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.analysis.lost_gain import RequestParts, lost_gain
from profiler.errors import UsageError

PARTS = st.builds(
    lambda compute, transfer, launch: RequestParts(compute + transfer + launch, compute, transfer),
    st.integers(1, 10**12),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
)


def _share(int8: int, fp32: int, reference: Fraction) -> Fraction:
    return int8 - fp32 / reference


@given(PARTS, PARTS, PARTS, PARTS)
def test_parts_add_up_and_each_is_within_one_ns(
    fp32: RequestParts, int8: RequestParts, fp32_ref: RequestParts, int8_ref: RequestParts
) -> None:
    found = lost_gain(fp32, int8, fp32_ref, int8_ref)
    gain = Fraction(fp32_ref.total_ns, int8_ref.total_ns)
    exact = _share(int8.total_ns, fp32.total_ns, gain)
    assert found.compute_ns + found.transfer_ns + found.launch_ns == found.lost_ns == round(exact)
    for part in ("compute_ns", "transfer_ns", "launch_ns"):
        assert abs(getattr(found, part) - _share(getattr(int8, part), getattr(fp32, part), gain)) < 1
    assert found.gain == fp32.total_ns / int8.total_ns
    assert found.reference_gain == pytest.approx(float(gain))


def test_a_small_batch_that_loses_its_gain_to_transfer_and_launch() -> None:
    small = RequestParts(1000, 600, 300), RequestParts(700, 200, 300)
    reference = RequestParts(9000, 8000, 900), RequestParts(3000, 2000, 900)
    found = lost_gain(*small, *reference)
    assert found.to_json() == {
        "gain": 1000 / 700,
        "reference_gain": 3.0,
        "lost_ns": 367,
        "compute_ns": 0,
        "transfer_ns": 200,
        "launch_ns": 167,
    }


def test_a_small_batch_that_gains_more_has_lost_less_than_nothing() -> None:
    small = RequestParts(1000, 1000, 0), RequestParts(200, 200, 0)
    reference = RequestParts(1000, 1000, 0), RequestParts(500, 500, 0)
    found = lost_gain(*small, *reference)
    assert (found.lost_ns, found.compute_ns, found.transfer_ns, found.launch_ns) == (-300, -300, 0, 0)


def test_ties_of_the_rounding_go_to_compute_then_transfer() -> None:
    """Each part loses 1/3 ns: together one ns, which compute gets."""
    zero = RequestParts(0, 0, 0)
    int8 = RequestParts(3, 1, 1)
    fp32 = RequestParts(6, 2, 2)
    reference = RequestParts(3, 3, 0), RequestParts(1, 1, 0)
    found = lost_gain(fp32, int8, *reference)
    assert (found.compute_ns, found.transfer_ns, found.launch_ns, found.lost_ns) == (1, 0, 0, 1)
    assert zero.launch_ns == 0


def test_a_request_without_time_has_no_gain() -> None:
    some = RequestParts(5, 5, 0)
    with pytest.raises(UsageError, match="no time"):
        lost_gain(some, RequestParts(0, 0, 0), some, some)
