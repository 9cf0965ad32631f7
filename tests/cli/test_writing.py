"""Outputs that cannot be written, or not yet, and Ctrl-C in the middle: one message, the exit code, no half file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from profiler.cli import main
from tests.helpers.patience import PATIENCE_S
from tests.helpers.project import running

ENDINGS = ("parquet", "json", "json.gz", "json.zst", "pftrace", "csv")

EVENTS = [
    {"ph": "X", "cat": "kernel", "name": f"k{number % 7}", "ts": 10 * number, "dur": 5, "pid": 0, "tid": 7}
    | {"args": {"device": 0, "stream": 7, "context": 1, "correlation": number}}
    for number in range(50)
]


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps({"traceEvents": EVENTS}))
    return path


def refused(args: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error with which a command ends in exit code 5."""
    code = main(args)
    out, err = capfd.readouterr()
    assert (code, out, err.count("\n")) == (5, "", 1), err
    return err


def folder(place: Path) -> Path:
    place.mkdir()
    return place


def full_device(place: Path) -> Path:
    place.symlink_to("/dev/full")
    return place


def missing_folder(place: Path) -> Path:
    return place.parent / "nothing" / place.name


def below_a_file(place: Path) -> Path:
    place.write_text("kept")
    return place / place.name


@pytest.mark.parametrize("make", [folder, full_device, missing_folder, below_a_file])
@pytest.mark.parametrize("ending", [*ENDINGS, "svg", "sqlite"])
def test_places_that_take_no_file(
    make: Callable[[Path], Path], ending: str, trace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    target = make(tmp_path / f"out.{ending}")
    before = sorted(path.name for path in tmp_path.iterdir())
    verb = ["render", str(trace), "-o"] if ending == "svg" else ["convert", str(trace)]
    message = refused([*verb, str(target)], capfd)
    assert str(target) in message
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_folder_that_takes_no_files_from_anybody(trace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "/sys/out.json: cannot be written" in refused(["convert", str(trace), "/sys/out.json"], capfd)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_pipe_gets_the_whole_file(
    ending: str, trace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plain, pipe, found = tmp_path / f"plain.{ending}", tmp_path / f"pipe.{ending}", []
    assert main(["convert", str(trace), str(plain)]) == 0
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    assert main(["convert", str(trace), str(pipe)]) == 0
    reader.join()
    (tmp_path / f"copy.{ending}").write_bytes(found[0])
    assert len(found[0]) == plain.stat().st_size
    if ending != "csv":
        capfd.readouterr()
        assert main(["info", str(tmp_path / f"copy.{ending}"), "--json"]) == 0
        assert json.loads(capfd.readouterr().out)["events"] == len(EVENTS)


def test_a_pipe_whose_reader_left(trace: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    with started(["convert", str(trace), str(pipe)]) as process:
        with pipe.open("rb"):
            pass
        _, err = process.communicate(timeout=PATIENCE_S)
    # What was written before it left may have fitted into the pipe.
    assert process.returncode in (0, 5)
    assert err.count("\n") <= 1


RUN = "import sys; from profiler.cli import main; sys.exit(main(sys.argv[1:]))"

#: Files on disks so slow that Ctrl-C comes in the middle on any machine: each block read takes half a second, the
#: third write of an output a minute. They say "slow" when that begins.
SLOW = """
import io, time
from pathlib import Path
from profiler.io import files

class SlowToRead(io.FileIO):
    blocks = 0

    def readinto(self, block):
        if len(block) > 1 << 18:
            self.blocks += 1
            if self.blocks == 2:
                print("slow", flush=True)
            time.sleep(0.5)
        return super().readinto(block)

class SlowToWrite(io.FileIO):
    writes = 0

    def write(self, data):
        self.writes += 1
        if self.writes == 3:
            print("slow", flush=True)
            time.sleep(60)
        return super().write(data)
"""
SLOW_TO_READ = SLOW + "Path.open = lambda path, mode: io.BufferedReader(SlowToRead(path))\n"
SLOW_TO_WRITE = SLOW + "files.open = lambda name, mode, opener: SlowToWrite(name, 'x+', opener=opener)\n"


def started(args: list[str], before: str = "") -> AbstractContextManager[subprocess.Popen[str]]:
    return running([sys.executable, "-c", before + RUN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def interrupted(args: list[str], before: str) -> None:
    """Ctrl-C once a program says that a file is slow: exit 130, one line, no traceback."""
    with started(args, before) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "slow\n", process.communicate()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, err) == (130, "", "lanescope: interrupted\n")


def write_large(path: Path) -> None:
    """100,000 events, a file of many blocks."""
    path.write_text('{"traceEvents": [' + ",".join([json.dumps(EVENTS)[1:-1]] * 2000) + "]}")


@pytest.mark.parametrize("verb", ["analyze", "info", "convert"])
def test_ctrl_c_while_reading(verb: str, tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    write_large(large)
    target = [str(tmp_path / "out.parquet")] if verb == "convert" else []
    interrupted([verb, str(large), *target], SLOW_TO_READ)
    assert [path.name for path in tmp_path.iterdir()] == ["large.json"]


@pytest.mark.parametrize("ending", ["json", "pftrace", "csv", "parquet"])
def test_ctrl_c_while_writing(ending: str, tmp_path: Path) -> None:
    large, target = tmp_path / "large.json", tmp_path / f"out.{ending}"
    write_large(large)
    target.write_text("what was there")
    interrupted(["convert", str(large), str(target)], SLOW_TO_WRITE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large.json", f"out.{ending}"]
    assert target.read_text() == "what was there"
