from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from profiler.errors import OutputError, TraceReadError, UsageError
from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Pieces
from profiler.trace import mapped
from profiler.trace.mapped import _HEADER, load, save
from profiler.trace.tables import Track, TrackKind


def test_everything_comes_back_and_arrays_are_views_of_the_file(tmp_path: Path) -> None:
    big = np.arange(1000)
    thing = {
        "big": big, "again": big, "small": np.arange(3, dtype=np.int8), "none": np.empty(0, np.int64),
        "pieces": Pieces(big[:500], big[500:], big), "kinds": (LaneKind.HOST, TrackKind.STREAM),
        "track": Track(TrackKind.NVTX, "é", pid=3), "text": "a", "flags": frozenset({1, 2}), "matrix": np.eye(40),
    }  # fmt: skip
    save(tmp_path / "file", thing)
    found = load(tmp_path / "file")
    (tmp_path / "file").unlink()
    assert list(found) == list(thing)
    for name in ("big", "small", "none", "matrix"):
        np.testing.assert_array_equal(found[name], thing[name])
        assert found[name].dtype == thing[name].dtype
    assert found["again"] is found["big"]
    assert not found["big"].flags.writeable
    assert not found["big"].flags.owndata
    np.testing.assert_array_equal(found["pieces"].ends, big[500:])
    assert found["pieces"].ends.ctypes.data % 8 == 0
    for name in ("kinds", "track", "text", "flags"):
        assert found[name] == thing[name]


def test_what_stands_apart_is_put_in_again(tmp_path: Path) -> None:
    trace, other = object(), object()
    save(tmp_path / "file", [trace, [trace], 1], apart={"trace": trace})
    assert load(tmp_path / "file", apart={"trace": other}) == [other, [other], 1]


def test_only_objects_of_this_package_are_made(tmp_path: Path) -> None:
    for thing in (Path("x"), pickle.Unpickler):
        save(tmp_path / "file", thing)
        with pytest.raises(TraceReadError, match="does not belong there"):
            load(tmp_path / "file")


@pytest.mark.parametrize("keep", [0, 3, 30, 200, 4000])
def test_a_cut_off_file_is_refused(tmp_path: Path, keep: int) -> None:
    save(tmp_path / "whole", {"a": np.arange(1000)})
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[:keep])
    with pytest.raises(TraceReadError):
        load(tmp_path / "cut")


def test_files_that_are_not_there_or_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load(tmp_path / "none")
    (tmp_path / "text").write_text("no such thing" * 10)
    with pytest.raises(TraceReadError):
        load(tmp_path / "text")
    with pytest.raises(OutputError):
        save(tmp_path / "none" / "file", 1)


def test_what_a_module_of_ours_imports_is_not_reached_through_it(tmp_path: Path) -> None:
    class Reached:
        def __reduce_ex__(self, protocol: object) -> tuple[object, tuple[str, ...]]:
            return mapped.os.getenv, ("HOME",)

    save(tmp_path / "file", Reached())
    written = (tmp_path / "file").read_bytes()
    # The pickle names a function of another package as an attribute of a module of ours.
    inner = b"\x8c\x02os\x94\x8c\x06getenv\x94"
    assert inner in written
    module, name = b"profiler.trace.mapped", b"os.getenv"
    forged = b"\x8c%c%b\x94\x8c%c%b\x94" % (len(module), module, len(name), name)
    rest = written[_HEADER.size :].replace(inner, forged)
    # The length of the frame is part of the pickle, and that of the pickle of the header.
    start = rest.index(b"\x95") + 1
    frame = int.from_bytes(rest[start : start + 8], "little") + len(forged) - len(inner)
    rest = rest[:start] + frame.to_bytes(8, "little") + rest[start + 8 :]
    (tmp_path / "file").write_bytes(_HEADER.pack(b"LSMAP001", len(rest), 0) + rest)
    with pytest.raises(TraceReadError, match="does not belong there"):
        load(tmp_path / "file")
