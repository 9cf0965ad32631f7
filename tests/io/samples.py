"""Small Chrome and Kineto files of our own, each named after its quirk, with the rows they must give."""

from __future__ import annotations

from tests.io.samples_events import EVENTS
from tests.io.samples_gpu import GPU
from tests.io.samples_text import TEXT

CASES = [*GPU, *EVENTS, *TEXT]
