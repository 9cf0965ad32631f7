"""Texts that are decoded when they are asked for are the same texts."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.trace.texts import LazyTexts

#: Any text that Python can hold, halves of surrogate pairs included.
ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)


def lazy(texts: list[str]) -> LazyTexts:
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    return LazyTexts(np.cumsum([0, *map(len, encoded)], dtype=np.int64), b"".join(encoded))


@settings(max_examples=200)
@given(st.lists(ANY | st.text("ab ", max_size=5), max_size=20), st.integers(-25, 25), st.integers(-25, 25))
def test_they_are_a_sequence_like_any_other(texts: list[str], first: int, last: int) -> None:
    found = lazy(texts)
    assert len(found) == len(texts)
    assert list(found) == texts
    assert [found[place] for place in range(len(texts))] == texts
    assert [found[-place] for place in range(1, len(texts) + 1)] == texts[::-1]
    assert found[first:last] == tuple(texts[first:last])
    assert found == tuple(texts)
    assert tuple(texts) == found
    assert found == lazy(texts)
    assert pickle.loads(pickle.dumps(found)) == tuple(texts)


def test_many_are_decoded_block_by_block() -> None:
    texts = [f"{number} {'ü' * (number % 900 == 7)}\ud800"[: 6 + number % 3] for number in range(20_000)]
    found = lazy(texts)
    assert list(found) == texts
    assert found[12_345] == texts[12_345]


def test_a_text_more_or_another_is_a_difference() -> None:
    assert lazy(["a", "b"]) != ("a", "c")
    assert lazy(["a", "b"]) != ("a", "b", "c")
    assert lazy(["a"]) != "a"


@pytest.mark.parametrize("place", [2, -3])
def test_there_is_nothing_beyond_the_ends(place: int) -> None:
    with pytest.raises(IndexError, match="there are 2 texts"):
        lazy(["a", "b"])[place]
