"""A GPU written as a file and read again is the same GPU."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.devices.sim.model import gpu_names, load_gpu, parse_gpu
from profiler.devices.sim.render import render_gpu
from tests.helpers.gpus import toy_gpu


@pytest.mark.parametrize("name", gpu_names())
def test_a_shipped_gpu_survives(name: str) -> None:
    gpu = load_gpu(name)
    again = parse_gpu(render_gpu(gpu, "two\nlines"), "again.toml")
    assert again == gpu
    assert dict(again.source) == dict(gpu.source)


def test_keys_at_their_defaults_are_left_out_unless_somebody_says_where_they_come_from() -> None:
    text = render_gpu(toy_gpu())
    assert "engine_queue" not in text
    assert "kernel_fixed_us" not in text
    assert "kernel_fixed_us = 0.0" in render_gpu(replace(toy_gpu(), source={"kernel_fixed_us": "measured"}))


@given(st.integers(1, 10**15), st.integers(0, 11))
def test_numbers_are_exact(digits: int, places: int) -> None:
    rate = Fraction(digits, 10**places)
    if rate > 10**15:
        return
    assert parse_gpu(render_gpu(replace(toy_gpu(), htod_gb_per_s=rate)), "x.toml").htod_gb_per_s == rate


@given(st.text(max_size=30))
def test_any_text_can_be_a_source(text: str) -> None:
    gpu = replace(toy_gpu(), source={"name": f"x{text}"}, efficiency={"fp32": {"fc": Fraction(1, 2)}})
    again = parse_gpu(render_gpu(gpu), "x.toml")
    assert again.source == gpu.source
    assert again.efficiency == gpu.efficiency


def test_every_line_of_a_comment_is_one() -> None:
    assert render_gpu(toy_gpu(), "one\n\ntwo").startswith("# one\n#\n# two\n\nname = ")
