"""The compiled scanner stays within its memory on any bytes: it runs here under sanitizers."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from profiler.io import compiled
from tests.helpers.project import assert_passes, run
from tests.io.samples import CASES

SANITIZERS = ["-g", "-O1", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined"]
PIECES = [b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"-", b"\0", b"\xff", b"\xc3", b"\\u00", b"1e9", b"null"]


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[bytes]], tuple[int, int]]:
    """Rows read and events left of some texts, which end where their memory ends."""
    folder = tmp_path_factory.mktemp("sanitized")
    sources = Path(compiled.__file__).with_name("native")
    program = Path(__file__).with_name("scan_sanitized.c")
    command = ["cc", *SANITIZERS, "-fno-sanitize-recover=all", f"-I{sources}", "-o", folder / "scan", program]
    assert_passes(run(command))

    def scanned(texts: list[bytes]) -> tuple[int, int]:
        (folder / "texts").write_bytes(b"".join(struct.pack("<q", len(text)) + text for text in texts))
        result = run([folder / "scan", folder / "texts"])
        assert_passes(result)
        rows, left = result.stdout.split()
        return int(rows), int(left)

    return scanned


def inner(text: str) -> bytes:
    """The text behind the bracket that opens its events."""
    at = text.find("[", max(0, text.find('"traceEvents"')))
    return text[at + 1 :].encode("utf-8", "surrogatepass")


def mutated(text: bytes, source: random.Random) -> bytes:
    found = bytearray(text)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(found) + 1)
        what = source.randrange(5)
        if what == 0 and at < len(found):
            found[at] ^= 1 << source.randrange(8)
        elif what == 1:
            del found[at : at + source.randint(1, 20)]
        elif what == 2:
            found[at:at] = source.choice(PIECES)
        elif what == 3:
            found[at:at] = found[at : at + source.randint(1, 60)]
        else:
            del found[at:]
    return bytes(found)


TEXTS = [inner(case.text) for case in CASES]


def test_whole_files_and_every_cut_of_them(scan: Callable[[list[bytes]], tuple[int, int]]) -> None:
    assert scan(TEXTS)[0] > 50
    scan([text[:size] for text in TEXTS for size in range(min(len(text), 700))])


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(4))
def test_damaged_texts(seed: int, scan: Callable[[list[bytes]], tuple[int, int]]) -> None:
    source = random.Random(seed)
    rows, left = scan([mutated(source.choice(TEXTS), source) for _ in range(5000)])
    assert rows > 1000
    assert left > 1000
