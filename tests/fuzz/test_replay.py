"""Every input kept, those that once broke a reader among them, gives a sound trace or a proper refusal."""

from __future__ import annotations

import pytest

from tests.fuzz import corpus
from tests.fuzz.readers import READERS, fuzz_one
from tests.fuzz.seeds import seeds

pytestmark = pytest.mark.fuzz


@pytest.mark.parametrize("reader", READERS)
def test_every_input_kept(reader: str) -> None:
    kept = {**corpus.inputs(reader), **{f"seed {number}": data for number, data in enumerate(seeds(reader))}}
    assert kept
    broken = {}
    for name, data in kept.items():
        try:
            fuzz_one(reader, data)
        except Exception as error:
            broken[name] = repr(error)
    assert not broken
