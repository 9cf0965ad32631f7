from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.labels import elide, fit_label, label_forms

KERNEL = "void at::native::vectorized_elementwise_kernel<4, at::native::Fill<float>>(int, at::native::Fill<float>)"


def letters(text: str) -> float:
    return float(len(text))


@pytest.mark.parametrize(
    ("room", "text"),
    [
        (200, KERNEL),
        (100, "at::native::vectorized_elementwise_kernel"),
        (30, "vectorized_elementwise_kernel"),
        (12, "vectorized_…"),
        (4, "vec…"),
        (3, ""),
        (0, ""),
    ],
)
def test_a_signature_gives_way_in_steps(room: int, text: str) -> None:
    assert fit_label(KERNEL, room, letters) == text


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("sgemm", ["sgemm"]),
        ("k[/foo]", ["k[/foo]"]),
        ("<img src=x>", ["<img src=x>"]),
        ("Memcpy HtoD (Pinned -> Device)", ["Memcpy HtoD (Pinned -> Device)", "Memcpy HtoD", "HtoD"]),
        ("[CUDA memcpy HtoD]", ["[CUDA memcpy HtoD]", "memcpy HtoD", "HtoD"]),
        ("[CUDA memcpy Device-to-Host]", ["[CUDA memcpy Device-to-Host]", "memcpy Device-to-Host", "DtoH"]),
        (
            "[CUDA Unified Memory memcpy DtoH]",
            ["[CUDA Unified Memory memcpy DtoH]", "Unified Memory memcpy DtoH", "DtoH"],
        ),
        ("[CUDA memset]", ["[CUDA memset]", "memset"]),
        ("Memset (Device)", ["Memset (Device)", "Memset"]),
        ("cudaMemcpyAsync", ["cudaMemcpyAsync"]),
        ("memcpy_kernel(int)", ["memcpy_kernel(int)", "memcpy_kernel"]),
        ("(anonymous namespace)::f(int)", ["(anonymous namespace)::f(int)", "f"]),
        ("a::b<c::d>::e()", ["a::b<c::d>::e()", "a::b", "b"]),
        ("void ", ["void "]),
        ("::", ["::"]),
        ("", [""]),
    ],
)
def test_forms_of_a_name(name: str, forms: list[str]) -> None:
    assert list(label_forms(name)) == forms


def test_a_name_that_fits_stays_as_it_is() -> None:
    assert fit_label("ab", 2, letters) == "ab"


def test_an_endless_name_shows_that_it_was_cut() -> None:
    assert fit_label("x" * 4_000, 10_000, letters) == "x" * 400 + "…"


@given(st.text(max_size=60), st.floats(0, 80))
def test_labels_fit_and_are_the_longest_that_do(text: str, room: float) -> None:
    short = elide(text, room, letters)
    assert letters(short) <= room or short == ""
    if short != text and short:
        assert short.endswith("…")
        assert text.startswith(short[:-1])
        kept = len(short) - 1
        assert all(
            letters(text[:more].rstrip() + "…") > room for more in range(kept + 1, len(text)) if text[more - 1].strip()
        )
    assert letters(fit_label(text, room, letters)) <= room
