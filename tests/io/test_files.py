"""Outputs are complete or absent; inputs that cannot be read say why."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from profiler.errors import OutputError, TraceReadError, UsageError
from profiler.io.files import require_file, written
from profiler.io.text_blocks import written_text


def test_written_file_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with written(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["out"]


def test_new_file_has_ordinary_permissions(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        with written(tmp_path / "out"):
            pass
    finally:
        os.umask(mask)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError])
def test_interrupted_write_leaves_what_was_there(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with written_text(path) as put:
            put(b"half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out"]


def test_link_keeps_pointing(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    with written(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_pipe_is_written_straight(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    with written(pipe) as file:
        file.write(b"through")
    reader.join()
    assert got == [b"through"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("name", ["missing/out", "", "file/out"])
def test_place_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError) as caught, written(tmp_path / name) as file:
        file.write(b"x")
    assert caught.value.exit_code == 5
    assert sorted(os.listdir(tmp_path)) == ["file"]


def test_full_device(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No space left"), written("/dev/full") as file:
        file.write(b"x" * (1 << 20))


@pytest.mark.parametrize("name", ["missing", "file/inside", "a\0b", "folder"])
def test_missing_path_and_folder_are_wrong_use(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError):
        require_file(tmp_path / name)


def test_empty_file_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(TraceReadError, match="is empty"):
        require_file(tmp_path / "empty")
